import type { Account } from '@interoffice/contract';
import type { AccountRecord } from '@interoffice/directory';

/** A record as it crosses HTTP: field by field, so that a new column never leaks. */
export function accountOf(record: AccountRecord): Account {
  const { name, mail, department, title, phone, office, directory, state, role } = record;
  return {
    jid: record.jid.bare,
    name,
    mail,
    department,
    title,
    phone,
    office,
    directory,
    state,
    role,
    scope: record.roleScope,
    hasPhoto: record.photoHash !== undefined,
    createdAt: new Date(record.createdAt).toISOString(),
    lastLoginAt: record.lastLoginAt === undefined ? undefined : new Date(record.lastLoginAt).toISOString(),
  };
}
