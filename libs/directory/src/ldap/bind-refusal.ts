import type { LoginObstacle, LoginRefusal } from '../directory.js';
import { isAnswer } from './answer.js';

/** Why a bind as the person failed. */
export interface BindRefusal {
  readonly reason: LoginRefusal;
  readonly explanation: string;
  /** What the person may be told; undefined where they may not know more than that something was wrong. */
  readonly obstacle?: LoginObstacle;
  /** The directory has judged the password, and it was not right: this counts against whoever tried it. */
  readonly isWrongPassword: boolean;
}

const REASONS: Readonly<Record<LoginObstacle, LoginRefusal>> = {
  suspended: 'account-disabled',
  disabled: 'account-disabled',
  expired: 'account-disabled',
  locked: 'temporary-auth-failure',
  'must-change-password': 'credentials-expired',
  'password-expired': 'credentials-expired',
  'outside-hours': 'account-disabled',
  'outside-place': 'account-disabled',
  'out-of-group': 'account-disabled',
  'too-many-attempts': 'temporary-auth-failure',
  unavailable: 'temporary-auth-failure',
};

const wrong = (explanation: string): BindRefusal => ({ reason: 'not-authorized', explanation, isWrongPassword: true });

/** A refusal for a reason that the person may know. */
export function obstructed(obstacle: LoginObstacle, explanation: string): BindRefusal {
  return { reason: REASONS[obstacle], obstacle, explanation, isWrongPassword: false };
}

/**
 * Active Directory hides its reason in the text of result 49: `data 533`. It tells a state only to who knew the password;
 * the exception is 775, which it tells everybody, and which therefore reads to the person as our own lock-out does.
 */
const ACTIVE_DIRECTORY: Readonly<Record<string, BindRefusal>> = {
  '525': wrong('no such user in the directory (data 525)'),
  '52e': wrong('wrong password (data 52e)'),
  '530': obstructed('outside-hours', 'outside the permitted log-on hours (data 530)'),
  '531': obstructed('outside-place', 'not permitted to log on from here (data 531)'),
  '532': obstructed('password-expired', 'the password has expired (data 532)'),
  '533': obstructed('disabled', 'disabled in the directory (data 533)'),
  '701': obstructed('expired', 'the account has expired in the directory (data 701)'),
  '773': obstructed('must-change-password', 'must set a new password in the directory first (data 773)'),
  '775': obstructed('locked', 'locked in the directory after too many wrong passwords (data 775)'),
};

/** Result codes of RFC 4511 §4.1.9 other than 49 that speak about the person and not about us. */
const BY_CODE: Readonly<Record<number, BindRefusal>> = {
  19: obstructed('locked', 'locked by the password policy of the directory (result 19)'),
  32: wrong('the entry is gone (result 32)'),
  48: wrong('the entry has no password (result 48)'),
  53: obstructed('disabled', 'the directory is unwilling: disabled or expired there (result 53)'),
};

/** Of the password policy control (draft-behera-ldap-password-policy): OpenLDAP says why only to who asks with it. */
const BY_POLICY: Readonly<Record<number, BindRefusal>> = {
  0: obstructed('password-expired', 'the password has expired (password policy)'),
  1: obstructed('locked', 'locked by the password policy of the directory'),
  2: obstructed('must-change-password', 'must set a new password in the directory first (password policy)'),
};

/** What a failed bind means. Everything that is not about the person is a temporary failure, never a wrong password. */
export function bindRefusal(error: unknown, policyError?: number): BindRefusal {
  if (!isAnswer(error)) {
    const text = error instanceof Error ? error.message : 'no answer';
    return obstructed('unavailable', `the directory did not answer: ${text}`);
  }
  if (error.code === 49) {
    const [, data = ''] = /data ([0-9a-f]+)/i.exec(error.message) ?? [];
    const said = policyError === undefined ? undefined : BY_POLICY[policyError];
    return said ?? ACTIVE_DIRECTORY[data.toLowerCase()] ?? wrong('wrong password (result 49)');
  }
  return (
    BY_CODE[error.code] ??
    obstructed('unavailable', `the directory answered result ${error.code}: ${error.message.slice(0, 200)}`)
  );
}
