import { HttpException, Inject, Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { Failure, type Log } from '@interoffice/telemetry';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { PORT } from './ports.js';
import { ProblemError } from './problem.js';
import type { ProblemCode } from '@interoffice/contract';

/** Statuses of the framework's own refusals. */
const BY_STATUS: Readonly<Record<number, ProblemCode>> = {
  400: 'BAD_REQUEST',
  // A file outside its folder, as the server of files says it: there is no such thing.
  403: 'NOT_FOUND',
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_ALLOWED',
  413: 'TOO_LARGE',
  415: 'UNSUPPORTED_MEDIA_TYPE',
};

/** Failures of parts of ours that a client may know of. */
const BY_FAILURE: Readonly<Record<string, ProblemCode>> = {
  ACCOUNT_NOT_FOUND: 'NOT_FOUND',
  ADDRESS_TAKEN: 'ADDRESS_TAKEN',
  ARCHIVE_UNAVAILABLE: 'ARCHIVE_UNAVAILABLE',
  AUDIT_UNAVAILABLE: 'AUDIT_UNAVAILABLE',
  DATABASE_UNREACHABLE: 'UNAVAILABLE',
  DIRECTORY_BUSY: 'DIRECTORY_UNREACHABLE',
  DIRECTORY_UNREACHABLE: 'DIRECTORY_UNREACHABLE',
  // What is outside somebody's office is not told from what does not exist. T-09
  NO_SUCH_OFFICE: 'NOT_FOUND',
  NO_SUCH_ROOM: 'NOT_FOUND',
  RETENTION_NOT_ALLOWED: 'NOT_FOUND',
  RETENTION_RULE_GONE: 'NOT_FOUND',
};

/** Failures whose sentence is for the client as well: it says what was wrong with the request. */
const TOLD_BY_FAILURE: Readonly<Record<string, ProblemCode>> = {
  BAD_ADDRESS: 'BAD_ADDRESS',
  DOMAIN_NOT_SERVED: 'BAD_REQUEST',
  NO_OWNER: 'NO_OWNER',
  NO_SUCH_ACCOUNT: 'NO_SUCH_ACCOUNT',
  NO_SUCH_ALTERNATE: 'NO_SUCH_ALTERNATE',
  NO_SUCH_TEMPLATE: 'NO_SUCH_TEMPLATE',
  OWN_ADMISSION: 'OWN_ADMISSION',
  RETENTION_CHANGE_CLOSED: 'RETENTION_CHANGE_CLOSED',
  RETENTION_CHANGE_EXPIRED: 'RETENTION_CHANGE_EXPIRED',
  RETENTION_SECOND_PERSON: 'RETENTION_SECOND_PERSON',
  ROOM_EXISTS: 'ROOM_EXISTS',
  ROOM_RETIRED: 'ROOM_RETIRED',
  SAME_ADDRESS: 'BAD_REQUEST',
};

/** Every error of every route leaves here, as a problem (RFC 9457). Faults of ours are logged and not told in detail. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  readonly #log: Log;

  constructor(@Inject(PORT.log) log: Log) {
    this.#log = log;
  }

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const problem = asProblem(error);
    if (problem.status >= 500) {
      const request = http.getRequest<FastifyRequest>();
      this.#log.error('api.request.failed', {
        method: request.method,
        route: request.routeOptions.url ?? 'none',
        code: problem.code,
        error: error instanceof Error ? error : undefined,
      });
    }
    void send(http.getResponse<FastifyReply>(), problem);
  }
}

/** The error as the client may see it. */
export function asProblem(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  if (error instanceof Failure) {
    const told = TOLD_BY_FAILURE[error.code];
    if (told) return new ProblemError(told, error.message, { cause: error });
    const code = BY_FAILURE[error.code];
    return code ? new ProblemError(code, undefined, { cause: error }) : new ProblemError('INTERNAL');
  }
  const status = statusOf(error);
  return new ProblemError(BY_STATUS[status] ?? (status < 500 ? 'BAD_REQUEST' : 'INTERNAL'));
}

/** Writes the problem with its media type. */
export function send(reply: FastifyReply, problem: ProblemError): FastifyReply {
  if (problem.retryAfter !== undefined) void reply.header('retry-after', String(problem.retryAfter));
  return reply
    .status(problem.status)
    .header('content-type', 'application/problem+json')
    .send(JSON.stringify(problem.toProblem()));
}

function statusOf(error: unknown): number {
  if (error instanceof HttpException) return error.getStatus();
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  return typeof status === 'number' ? status : 500;
}
