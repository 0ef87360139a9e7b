import { parseJid } from '@interoffice/wire';
import type { AccountState, Role } from '../directory.js';
import { normalDn } from '../ldap/distinguished-name.js';
import type { Refusal } from '../people-source.js';
import type { Candidate } from './adoption.js';
import { searchText } from './fold.js';
import type { FormerNames, KnownAccount } from './known-account.js';

export interface AccountRow {
  readonly id: string;
  readonly jid: string;
  readonly directory: string;
  readonly directory_id: string | null;
  readonly name: string | null;
  readonly mail: string | null;
  readonly department: string | null;
  readonly title: string | null;
  readonly phone: string | null;
  readonly office: string | null;
  readonly photo_hash: string | null;
  readonly photo_source: string | null;
  readonly state: AccountState;
  readonly role: Role;
  readonly role_scope: string;
  readonly role_by: 'hand' | 'directory';
  readonly created_at: Date;
  readonly last_login_at: Date | null;
  readonly dn: string | null;
  readonly login: string | null;
  readonly principal: string | null;
  readonly primary_group: string | null;
  readonly refusal: Refusal | null;
  readonly refused_at: Date | null;
  readonly seen_at: Date | null;
}

export interface NamesRow {
  readonly jid: string;
  readonly login: string | null;
  readonly name: string | null;
  readonly mail: string | null;
  readonly since: Date;
  readonly until: Date;
}

export function accountOf(row: AccountRow): KnownAccount {
  return {
    id: Number(row.id),
    jid: parseJid(row.jid),
    directory: row.directory,
    directoryId: row.directory_id ?? undefined,
    name: row.name ?? undefined,
    mail: row.mail ?? undefined,
    department: row.department ?? undefined,
    title: row.title ?? undefined,
    phone: row.phone ?? undefined,
    office: row.office ?? undefined,
    photoHash: row.photo_hash ?? undefined,
    photoSource: row.photo_source ?? undefined,
    state: row.state,
    role: row.role,
    roleScope: row.role_scope,
    roleBy: row.role_by,
    createdAt: row.created_at.getTime(),
    lastLoginAt: row.last_login_at?.getTime(),
    dn: row.dn ?? undefined,
    login: row.login ?? undefined,
    principal: row.principal ?? undefined,
    primaryGroup: row.primary_group ?? undefined,
    refusal: row.refusal ?? undefined,
    refusedAt: row.refused_at?.getTime(),
    seenAt: row.seen_at?.getTime(),
  };
}

export function namesOf(row: NamesRow): FormerNames {
  return {
    jid: row.jid,
    login: row.login ?? undefined,
    name: row.name ?? undefined,
    mail: row.mail ?? undefined,
    since: row.since.getTime(),
    until: row.until.getTime(),
  };
}

/** What a candidate writes, by column; `known` keeps its address, and its log-in name where none was seen. */
export function columnsOf({ found, facts, photo }: Candidate, known: KnownAccount | undefined): Columns {
  const { name, mail, department, title, phone, office } = found.person;
  const described = { name, mail, department, title, phone, office };
  const jid = known?.jid.bare ?? found.jid.bare;
  return {
    jid,
    directory: found.directory,
    directory_id: found.directoryId,
    ...described,
    photo_source: photo?.source,
    photo_hash: photo?.hash,
    search: searchText({ ...described, jid, login: facts ? facts.login : known?.login }),
    dn: facts?.dn,
    dn_key: facts && normalDn(facts.dn),
    login: facts?.login,
    principal: facts?.principal,
    primary_group: facts?.primaryGroup,
    refusal: facts?.refusal,
  };
}

export type Columns = Readonly<Record<string, string | undefined>>;

/** One array per column, as `unnest` takes them. */
export function arraysOf(names: readonly string[], rows: readonly Columns[]): (string | null)[][] {
  return names.map((name) => rows.map((row) => row[name]?.replaceAll('\0', '') ?? null));
}
