import type { Jid } from '@interoffice/wire';
import type { Entry } from 'ldapts';
import type { AccountRecord, Explanation, FilterFinding, LoginObstacle } from '../directory.js';
import type { Refusal } from '../people-source.js';
import { stateOf, type StateFinding } from './account-state.js';
import { textOf } from './entry.js';
import type { LockedOut } from './lockout.js';

const SMARTCARD_REQUIRED = 0x40000;

/** What was seen when somebody asked: the entries, or the sentence saying why there are none. */
export interface Seen {
  readonly account: Jid;
  readonly record: AccountRecord | undefined;
  readonly directory: string;
  readonly seen: readonly Entry[] | string;
  readonly now: number;
  readonly server?: string;
  readonly filters?: readonly FilterFinding[];
  readonly lockedOut?: readonly LockedOut[];
  readonly names?: readonly string[];
}

/** Why a person of an LDAP source can or cannot log in, from its entry and our record. */
export function explainEntry(one: Seen): Explanation {
  const { account, record, directory, seen, now, filters = [], lockedOut = [], names = [] } = one;
  const entries = typeof seen === 'string' ? [] : seen;
  const obstacles = [
    ...recordObstacles(record),
    ...lookUpObstacles(account, seen),
    ...filters.filter(({ passed }) => !passed).map(({ detail }) => detail),
    ...entries.flatMap((entry) => stateObstacles(entry, now)),
  ];
  const [entry, ...others] = entries;
  const isOne = entry !== undefined && others.length === 0;
  return {
    account: account.bare,
    directory,
    dn: isOne ? entry.dn : undefined,
    state: record?.state ?? 'unknown',
    mayLogIn: obstacles.length === 0,
    because: [
      ...obstacles,
      ...(isOne ? [`found as ${entry.dn}`, 'the password is checked by the directory'] : []),
      ...(isOne ? addressFact(account, record) : []),
      ...lockedOut.map((out) => blockedFact(out, now)),
    ],
    server: one.server,
    filters,
    states: isOne ? statesOf(entry, now) : [],
    lockedOut,
    names,
  };
}

/** The sentence of an administrator to what an entry's attributes say. */
export function stateSentence({ refusal, attribute }: StateFinding): string {
  return `${SENTENCES[refusal] ?? refusal} (${attribute})`;
}

/** What a refusal is to somebody who logs in; nothing where they would not have been found. */
export function obstacleOf(refusal: Refusal): LoginObstacle | undefined {
  return refusal === 'deleted' || refusal === 'out-of-scope' ? undefined : refusal;
}

function statesOf(entry: Entry, now: number): NonNullable<Explanation['states']> {
  return stateOf(entry, now).flatMap(({ refusal, attribute }) => {
    const obstacle = obstacleOf(refusal);
    return obstacle === undefined ? [] : [{ obstacle, attribute }];
  });
}

function recordObstacles(record: AccountRecord | undefined): string[] {
  return record && record.state !== 'active' ? [`the account is ${record.state} here`] : [];
}

function addressFact(account: Jid, record: AccountRecord | undefined): string[] {
  return record && record.jid.bare !== account.bare ? [`known here as ${record.jid.bare}`] : [];
}

function blockedFact({ client, untilMs }: LockedOut, now: number): string {
  const seconds = Math.ceil((untilMs - now) / 1000);
  return `blocked here for ${seconds} s from ${client || 'wherever the address is not known'}: too many wrong passwords`;
}

function lookUpObstacles(account: Jid, seen: readonly Entry[] | string): string[] {
  if (typeof seen === 'string') return [`the directory could not be asked: ${seen}`];
  if (seen.length === 0)
    return [`no entry matches ${account.bare}: check the name, the base and the filter of the source`];
  return seen.length > 1 ? ['more than one entry matches, so all are refused'] : [];
}

const SENTENCES: Partial<Readonly<Record<Refusal, string>>> = {
  disabled: 'disabled in the directory',
  expired: 'expired in the directory',
  locked: 'locked in the directory',
  'must-change-password': 'must set a new password in the directory first',
  'password-expired': 'the password has expired in the directory',
  'outside-hours': 'outside the permitted log-on hours',
};

function stateObstacles(entry: Entry, now: number): string[] {
  const found = stateOf(entry, now).map(stateSentence);
  const needsCard = (Number(textOf(entry, 'userAccountControl') ?? 0) & SMARTCARD_REQUIRED) !== 0;
  return needsCard ? [...found, 'must use a smart card (userAccountControl)'] : found;
}
