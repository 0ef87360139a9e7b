import type { AccountQuery, KnownAccount } from '../account-records.js';

/** True when all filters of the query but the text let the account through. */
export function passes(account: KnownAccount, { state, role, office, directory, refusal }: AccountQuery): boolean {
  const isRefused =
    refusal === undefined || (refusal === 'any' ? account.refusal !== undefined : account.refusal === refusal);
  return (
    isRefused &&
    (state === undefined || account.state === state) &&
    (role === undefined || account.role === role) &&
    (office === undefined || account.office === office) &&
    (directory === undefined || account.directory === directory)
  );
}

/** The order of a list. */
export function byField(field: AccountQuery['sort']): (a: KnownAccount, b: KnownAccount) => number {
  const key = (account: KnownAccount): string => {
    if (field === 'jid') return account.jid.bare;
    return field === 'lastLoginAt'
      ? String(account.lastLoginAt ?? 0).padStart(16, '0')
      : (account[field] ?? '').toLowerCase();
  };
  return (a, b) => key(a).localeCompare(key(b)) || a.id - b.id;
}
