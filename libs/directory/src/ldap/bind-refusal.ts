import type { LoginRefusal } from '../directory.js';
import { isAnswer } from './pool.js';

/** Why a bind as the person failed. */
export interface BindRefusal {
  readonly reason: LoginRefusal;
  readonly explanation: string;
}

/** Active Directory hides its reason in the text of result 49: `data 533`. */
const ACTIVE_DIRECTORY: Readonly<Record<string, BindRefusal>> = {
  '525': { reason: 'not-authorized', explanation: 'no such user in the directory (data 525)' },
  '52e': { reason: 'not-authorized', explanation: 'wrong password (data 52e)' },
  '530': { reason: 'account-disabled', explanation: 'outside the permitted log-on hours (data 530)' },
  '531': { reason: 'account-disabled', explanation: 'not permitted to log on from here (data 531)' },
  '532': { reason: 'account-disabled', explanation: 'the password has expired (data 532)' },
  '533': { reason: 'account-disabled', explanation: 'disabled in the directory (data 533)' },
  '701': { reason: 'account-disabled', explanation: 'the account has expired in the directory (data 701)' },
  '773': { reason: 'account-disabled', explanation: 'must set a new password in the directory first (data 773)' },
  '775': { reason: 'not-authorized', explanation: 'locked in the directory after too many wrong passwords (data 775)' },
};

/** Result codes of RFC 4511 §4.1.9 other than 49 that speak about the person and not about us. */
const BY_CODE: Readonly<Record<number, BindRefusal>> = {
  19: { reason: 'not-authorized', explanation: 'locked by the password policy of the directory (result 19)' },
  32: { reason: 'not-authorized', explanation: 'the entry is gone (result 32)' },
  48: { reason: 'not-authorized', explanation: 'the entry has no password (result 48)' },
  53: { reason: 'account-disabled', explanation: 'the directory is unwilling: disabled or expired there (result 53)' },
};

/** What a failed bind means. Everything that is not about the person is a temporary failure, never a wrong password. */
export function bindRefusal(error: unknown): BindRefusal {
  if (!isAnswer(error)) {
    const text = error instanceof Error ? error.message : 'no answer';
    return { reason: 'temporary-auth-failure', explanation: `the directory did not answer: ${text}` };
  }
  if (error.code === 49) {
    const [, data = ''] = /data ([0-9a-f]+)/i.exec(error.message) ?? [];
    return (
      ACTIVE_DIRECTORY[data.toLowerCase()] ?? { reason: 'not-authorized', explanation: 'wrong password (result 49)' }
    );
  }
  return (
    BY_CODE[error.code] ?? {
      reason: 'temporary-auth-failure',
      explanation: `the directory answered result ${error.code}: ${error.message.slice(0, 200)}`,
    }
  );
}
