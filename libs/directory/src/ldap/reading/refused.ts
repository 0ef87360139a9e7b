import { Failure } from '@interoffice/telemetry';
import { isAnswer } from '../pool.js';

/** Of RFC 4511 §4.1.9. */
const TIME_LIMIT = 3;
const SIZE_LIMIT = 4;
export const ADMIN_LIMIT = 11;
const NO_SUCH_OBJECT = 32;
const BUSY = 51;
const UNAVAILABLE = 52;

/**
 * What a failed search below a base means, as a Failure: DIRECTORY_UNREACHABLE, DIRECTORY_RESULT_CUT,
 * DIRECTORY_BASE_MISSING or DIRECTORY_READ_REFUSED. A Failure of the pool comes back as it is.
 */
export function readFailure(cause: unknown, base: string): Failure {
  if (cause instanceof Failure && !cause.code.startsWith('LDAP_')) return cause;
  if (!isAnswer(cause) || cause.code === BUSY || cause.code === UNAVAILABLE)
    return new Failure('DIRECTORY_UNREACHABLE', 'the directory stopped answering while it was read', { cause });
  if ([TIME_LIMIT, SIZE_LIMIT, ADMIN_LIMIT].includes(cause.code))
    return new Failure(
      'DIRECTORY_RESULT_CUT',
      `the directory gives only a part of ${base} (result ${cause.code}): raise its limits for the service account`,
      { cause },
    );
  if (cause.code === NO_SUCH_OBJECT)
    return new Failure(
      'DIRECTORY_BASE_MISSING',
      `${base} is not in the directory, or the service account may not read it`,
      { cause },
    );
  const said = cause.message.slice(0, 200);
  return new Failure('DIRECTORY_READ_REFUSED', `${base} cannot be read (result ${cause.code}): ${said}`, { cause });
}

/** True when the directory does not show the entry: it is not there, or not for our service account. */
export function isHidden(error: unknown): boolean {
  return error instanceof Failure && ['DIRECTORY_BASE_MISSING', 'DIRECTORY_READ_REFUSED'].includes(error.code);
}
