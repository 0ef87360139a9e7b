import { createHash } from 'node:crypto';
import type { Database, Statements } from '@interoffice/storage';
import { normalDn } from '../ldap/distinguished-name.js';
import type { SeenGroup } from '../people-source.js';
import { shortestWays, type Group, type GroupRecords, type Membership } from './group-records.js';
import * as sql from './group-statements.js';

const AS = 'app';
/** Members written by one statement. */
const MOST_ROWS = 5000;

interface GroupRow {
  readonly id: string;
  readonly directory: string;
  readonly directory_id: string;
  readonly dn: string;
  readonly name: string;
  readonly members_hash: string;
}

interface ReachedRow extends GroupRow {
  readonly is_direct: boolean;
  readonly is_primary: boolean;
  readonly holds: readonly string[];
}

/** The groups of directories in PostgreSQL. */
export class PostgresGroups implements GroupRecords {
  constructor(private readonly database: Database) {}

  async replace(directory: string, groups: readonly SeenGroup[]): Promise<void> {
    const ids = groups.map(({ directoryId }) => directoryId);
    await this.database.transaction(AS, async (statements) => {
      await statements.prepared(sql.FORGET_OTHERS, [directory, ids]);
      await write(statements, directory, groups);
    });
  }

  put(directory: string, groups: readonly SeenGroup[]): Promise<void> {
    return this.database.transaction(AS, (statements) => write(statements, directory, groups));
  }

  async forget(directory: string, ids: readonly string[]): Promise<void> {
    await this.database.prepared(AS, sql.FORGET, [directory, ids]);
  }

  async settle(directory: string): Promise<void> {
    for (const statement of sql.SETTLE) await this.database.prepared(AS, statement, [directory]);
  }

  async groupsOf(accountId: number): Promise<readonly Membership[]> {
    const rows = await this.database.prepared<ReachedRow>(AS, sql.GROUPS_OF, [accountId]);
    const reached = rows.map((row) => ({
      group: groupOf(row),
      isDirect: row.is_direct,
      isPrimary: row.is_direct && row.is_primary,
      holds: row.holds.map(Number),
    }));
    return shortestWays(reached);
  }

  async membersOf(groupId: number): Promise<readonly number[]> {
    const rows = await this.database.prepared<{ id: string }>(AS, sql.MEMBERS_OF, [groupId]);
    return rows.map(({ id }) => Number(id));
  }

  async find(directory: string, dn: string): Promise<Group | undefined> {
    const [row] = await this.database.prepared<GroupRow>(AS, sql.FIND, [directory, normalDn(dn)]);
    return row && groupOf(row);
  }

  async list(directory: string): Promise<readonly Group[]> {
    return (await this.database.prepared<GroupRow>(AS, sql.KNOWN, [directory, null])).map(groupOf);
  }
}

async function write(statements: Statements, directory: string, seen: readonly SeenGroup[]): Promise<void> {
  const groups = [...new Map(seen.map((group) => [group.directoryId, group])).values()];
  const ids = groups.map(({ directoryId }) => directoryId);
  const known = await statements.prepared<GroupRow>(sql.KNOWN, [directory, ids]);
  const before = new Map(known.map((row) => [row.directory_id, row.members_hash]));
  const hashes = new Map(groups.map((group) => [group.directoryId, membersHash(group)]));
  const written = await statements.prepared<GroupRow>(sql.PUT, [
    directory,
    ids,
    groups.map(({ dn }) => dn),
    groups.map(({ dn }) => normalDn(dn)),
    groups.map(({ name }) => name),
    groups.map(({ key }) => key ?? null),
    [...hashes.values()],
  ]);
  const numbers = new Map(written.map((row) => [row.directory_id, row.id]));
  const changed = groups.filter(
    ({ directoryId }) => numbers.has(directoryId) && before.get(directoryId) !== hashes.get(directoryId),
  );
  await writeMembers(
    statements,
    changed.map((group) => [numbers.get(group.directoryId)!, group]),
  );
}

async function writeMembers(statements: Statements, groups: readonly (readonly [string, SeenGroup])[]): Promise<void> {
  if (groups.length === 0) return;
  await statements.prepared(sql.DROP_MEMBERS, [groups.map(([id]) => id)]);
  const rows = groups.flatMap(([id, { members, memberLogins }]) => [
    ...members.map((member) => [id, member, false] as const),
    ...memberLogins.map((login) => [id, login, true] as const),
  ]);
  for (let i = 0; i < rows.length; i += MOST_ROWS) {
    const some = rows.slice(i, i + MOST_ROWS);
    await statements.prepared(sql.ADD_MEMBERS, [
      some.map(([id]) => id),
      some.map((row) => row[1]),
      some.map((row) => row[2]),
    ]);
  }
}

function membersHash({ members, memberLogins }: SeenGroup): string {
  const text = JSON.stringify([members.toSorted(), memberLogins.toSorted()]);
  return createHash('sha256').update(text).digest('base64url');
}

function groupOf(row: GroupRow): Group {
  return { id: Number(row.id), directory: row.directory, directoryId: row.directory_id, dn: row.dn, name: row.name };
}
