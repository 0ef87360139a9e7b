const PREFIX = 'urn:ietf:params:acme:error:';
/** A server may say anything; so much of it is shown. */
const MOST_CHARACTERS = 300;

/** What an ACME server complained of (RFC 8555 §6.7, RFC 9457), as the cause of a failure. */
export class AcmeProblem extends Error {
  constructor(
    /** Without its prefix, `rateLimited` say; empty when the server named none. */
    readonly type: string,
    detail: string,
    /** The server wants to be left alone until then. Milliseconds since 1970. */
    readonly retryAt: number | undefined,
  ) {
    super(detail);
    this.name = 'AcmeProblem';
  }
}

/** An answer of the server, as far as it matters here. */
export interface AcmeAnswer {
  readonly status: number;
  readonly data: unknown;
  /** The header Retry-After. */
  readonly retryAfter: unknown;
}

/** What is wrong according to an answer: of a request, or of an order or challenge that came to nothing. */
export function problemIn({ status, data, retryAfter }: AcmeAnswer, now: number): AcmeProblem | undefined {
  const problem = status >= 400 ? data : propertyOf(data, 'error');
  if (status < 400 && (problem === undefined || problem === null)) return undefined;
  return problemOf(problem, status, retryTime(retryAfter, now));
}

function problemOf(problem: unknown, status: number, retryAt?: number): AcmeProblem {
  const type = clean(propertyOf(problem, 'type'));
  const detail = clean(propertyOf(problem, 'detail')) || `status ${status}`;
  return new AcmeProblem(type.replace(PREFIX, '').slice(0, 40) || typeOf(status), detail, retryAt);
}

/** What a status means when the server does not say. */
function typeOf(status: number): string {
  if (status === 429) return 'rateLimited';
  return status >= 500 ? 'serverInternal' : '';
}

function propertyOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}

/** One line, and not too long. */
function clean(text: unknown): string {
  if (typeof text !== 'string') return '';
  return text
    .replaceAll(/[\p{Cc}\p{Cf}]+/gu, ' ')
    .trim()
    .slice(0, MOST_CHARACTERS);
}

/** Seconds, or a date. RFC 9110 §10.2.3 */
function retryTime(header: unknown, now: number): number | undefined {
  if (typeof header !== 'string' || header === '') return undefined;
  const at = /^\d+$/.test(header) ? now + Number(header) * 1000 : Date.parse(header);
  return Number.isFinite(at) ? at : undefined;
}
