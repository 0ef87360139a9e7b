import { Failure } from '@interoffice/telemetry';
import type { RequestAnswer, RequestRecord } from './request-state.js';

/** Reads what was kept about a request. Throws REQUEST_RECORD_INVALID, naming the file, when it is something else. */
export function parseRequestRecord(json: string, path: string): RequestRecord {
  const wrong = (cause?: unknown): Failure =>
    new Failure('REQUEST_RECORD_INVALID', `${path} is damaged; restore it from the backup`, { cause });
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw wrong(cause);
  }
  if (!isRecord(value)) throw wrong();
  return value;
}

type Loose<T> = { readonly [K in keyof T]?: unknown };

function isRecord(value: unknown): value is RequestRecord {
  if (typeof value !== 'object' || value === null) return false;
  const { id, names, keyType, madeAt, sent, answer, liveSince } = value as Loose<RequestRecord>;
  return (
    typeof id === 'string' &&
    Array.isArray(names) &&
    names.every((name) => typeof name === 'string') &&
    typeof keyType === 'string' &&
    typeof madeAt === 'number' &&
    (sent === undefined || isSent(sent)) &&
    (answer === undefined || isAnswer(answer)) &&
    (liveSince === undefined || typeof liveSince === 'number')
  );
}

function isSent(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { to, at } = value as Loose<NonNullable<RequestRecord['sent']>>;
  return typeof to === 'string' && typeof at === 'number';
}

function isAnswer(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { at, certificate, fingerprint, issuer, notAfter } = value as Loose<RequestAnswer>;
  const texts = [certificate, fingerprint, issuer];
  return [at, notAfter].every(Number.isFinite) && texts.every((text) => typeof text === 'string');
}
