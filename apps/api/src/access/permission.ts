import { createParamDecorator, SetMetadata, type ExecutionContext } from '@nestjs/common';
import type { Permission as PermissionName } from '@interoffice/contract';
import type { AccountRecord } from '@interoffice/directory';
import type { FastifyRequest } from 'fastify';

/** Metadata key: what a route needs. */
export const NEEDS = 'interoffice.needs';

/** Declares what a route needs. Every route declares it: one without stops the start. */
export function Permission(...anyOf: [PermissionName, ...PermissionName[]]): MethodDecorator {
  return SetMetadata(NEEDS, anyOf);
}

/** Declares a route that needs no log-in. */
export function Public(): MethodDecorator {
  return SetMetadata(NEEDS, []);
}

/** Who asks, as the guard found out. */
export interface Identity {
  readonly account: AccountRecord;
  readonly permissions: readonly PermissionName[];
  /** SHA-256 of the session's token. */
  readonly sessionHash: Buffer;
  readonly expiresAt: number;
}

const identities = new WeakMap<object, Identity>();

/** Remembers who asks, for as long as the request lives. */
export function identify(request: FastifyRequest, identity: Identity): void {
  identities.set(request, identity);
}

/** Who asks. Throws on a public route, where nobody was asked for: a fault of the program. */
export function identityOf(request: FastifyRequest): Identity {
  const identity = identities.get(request);
  if (!identity) throw new Error('a public route asks who is logged in');
  return identity;
}

/** A controller's parameter: who asks. */
export const Who = createParamDecorator((_: unknown, context: ExecutionContext) =>
  identityOf(context.switchToHttp().getRequest<FastifyRequest>()),
);

/** A controller's parameter: the network address of the client. */
export const RemoteAddress = createParamDecorator(
  (_: unknown, context: ExecutionContext) => context.switchToHttp().getRequest<FastifyRequest>().ip,
);
