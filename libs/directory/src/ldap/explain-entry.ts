import type { Jid } from '@interoffice/wire';
import type { Entry } from 'ldapts';
import type { AccountRecord, Explanation } from '../directory.js';
import { textOf } from './entry.js';

const ACCOUNT_DISABLED = 0x2;
const SMARTCARD_REQUIRED = 0x40000;
/** Milliseconds between 1601, where Active Directory counts from, and 1970. */
const FILETIME_OFFSET_MS = 11_644_473_600_000;
const NEVER = new Set(['0', '9223372036854775807']);

/** What was seen when somebody asked: the entries, or the sentence saying why there are none. */
export interface Seen {
  readonly account: Jid;
  readonly record: AccountRecord | undefined;
  readonly directory: string;
  readonly seen: readonly Entry[] | string;
  readonly now: number;
}

/** Why a person of an LDAP source can or cannot log in, from its entry and our record. */
export function explainEntry({ account, record, directory, seen, now }: Seen): Explanation {
  const entries = typeof seen === 'string' ? [] : seen;
  const obstacles = [
    ...recordObstacles(record),
    ...lookUpObstacles(seen),
    ...entries.flatMap((one) => stateObstacles(one, now)),
  ];
  const facts = entries.length === 1 ? [`found as ${entries[0]!.dn}`, 'the password is checked by the directory'] : [];
  return {
    account: account.bare,
    directory,
    dn: entries.length === 1 ? entries[0]!.dn : undefined,
    state: record?.state ?? 'unknown',
    mayLogIn: obstacles.length === 0,
    because: [...obstacles, ...facts],
  };
}

function recordObstacles(record: AccountRecord | undefined): string[] {
  return record && record.state !== 'active' ? [`the account is ${record.state} here`] : [];
}

function lookUpObstacles(seen: readonly Entry[] | string): string[] {
  if (typeof seen === 'string') return [`the directory could not be asked: ${seen}`];
  if (seen.length === 0) return ['no entry matches: check the name, the base and the filter of the source'];
  return seen.length > 1 ? ['more than one entry matches, so all are refused'] : [];
}

function stateObstacles(entry: Entry, now: number): string[] {
  const control = Number(textOf(entry, 'userAccountControl') ?? 0);
  const expires = textOf(entry, 'accountExpires') ?? '0';
  const expiresAt = NEVER.has(expires)
    ? Infinity
    : Number(BigInt(/^\d+$/.test(expires) ? expires : 0) / 10_000n) - FILETIME_OFFSET_MS;
  return [
    (control & ACCOUNT_DISABLED) !== 0 ? 'disabled in the directory (userAccountControl)' : '',
    (control & SMARTCARD_REQUIRED) !== 0 ? 'must use a smart card (userAccountControl)' : '',
    expiresAt <= now ? 'expired in the directory (accountExpires)' : '',
    textOf(entry, 'pwdAccountLockedTime') === undefined ? '' : 'locked by the password policy (pwdAccountLockedTime)',
    textOf(entry, 'nsAccountLock')?.toLowerCase() === 'true' ? 'locked in the directory (nsAccountLock)' : '',
  ].filter((sentence) => sentence !== '');
}
