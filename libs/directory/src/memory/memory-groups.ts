import type { AccountRecords, KnownAccount } from '../account-records.js';
import { normalDn } from '../ldap/distinguished-name.js';
import type { SeenGroup } from '../people-source.js';
import { shortestWays, type Group, type GroupRecords, type Membership } from '../records/group-records.js';

interface Row {
  readonly group: Group;
  readonly seen: SeenGroup;
  /** Whom the names of members mean, as far as they were known when it was settled. */
  readonly accounts: Set<number>;
  readonly groups: Set<number>;
}

/** Groups that end with the process: for the stage and for tests. */
export class MemoryGroups implements GroupRecords {
  readonly #rows = new Map<number, Row>();
  #last = 0;

  constructor(private readonly records: Pick<AccountRecords, 'ofDirectory' | 'list'>) {}

  async replace(directory: string, groups: readonly SeenGroup[]): Promise<void> {
    const ids = new Set(groups.map(({ directoryId }) => directoryId));
    const gone = this.#of(directory).filter(({ group }) => !ids.has(group.directoryId));
    await this.forget(
      directory,
      gone.map(({ group }) => group.directoryId),
    );
    await this.put(directory, groups);
  }

  async put(directory: string, groups: readonly SeenGroup[]): Promise<void> {
    for (const seen of groups) {
      const known = this.#of(directory).find(({ group }) => group.directoryId === seen.directoryId);
      const isSame = known && JSON.stringify(membersOf(known.seen)) === JSON.stringify(membersOf(seen));
      const group = {
        id: known?.group.id ?? ++this.#last,
        directory,
        directoryId: seen.directoryId,
        dn: seen.dn,
        name: seen.name,
      };
      const settled = isSame ? known : { accounts: new Set<number>(), groups: new Set<number>() };
      this.#rows.set(group.id, { group, seen, accounts: settled.accounts, groups: settled.groups });
    }
  }

  async forget(directory: string, ids: readonly string[]): Promise<void> {
    for (const { group } of this.#of(directory)) {
      if (!ids.includes(group.directoryId)) continue;
      this.#rows.delete(group.id);
      for (const row of this.#rows.values()) row.groups.delete(group.id);
    }
  }

  async settle(directory: string): Promise<void> {
    const accounts = await this.records.ofDirectory(directory);
    const byDn = new Map(accounts.map(({ id, dn }) => [normalDn(dn ?? ''), id]));
    const byLogin = new Map(accounts.map(({ id, login }) => [login, id]));
    const groups = new Map(this.#of(directory).map(({ group }) => [normalDn(group.dn), group.id]));
    for (const { seen, ...row } of this.#of(directory)) {
      const [dns, logins] = membersOf(seen);
      add(row.accounts, [...dns.map((dn) => byDn.get(dn)), ...logins.map((login) => byLogin.get(login))]);
      add(
        row.groups,
        dns.map((dn) => groups.get(dn)),
      );
    }
  }

  async groupsOf(accountId: number): Promise<readonly Membership[]> {
    const account = (await this.#accounts()).find(({ id }) => id === accountId);
    const own = [...this.#rows.values()].filter((row) => row.accounts.has(accountId) || isPrimary(row, account));
    const reached = new Set(own);
    for (const { group } of reached) {
      for (const row of this.#rows.values()) if (row.groups.has(group.id)) reached.add(row);
    }
    const ids = new Set([...reached].map(({ group }) => group.id));
    const ways = [...reached].map((row) => ({
      group: row.group,
      isDirect: own.includes(row),
      isPrimary: own.includes(row) && !row.accounts.has(accountId),
      holds: [...row.groups].filter((id) => ids.has(id)),
    }));
    return shortestWays(ways);
  }

  async membersOf(groupId: number): Promise<readonly number[]> {
    const first = this.#rows.get(groupId);
    const inner = new Set(first ? [first] : []);
    for (const row of inner) {
      for (const id of row.groups) inner.add(this.#rows.get(id)!);
    }
    const accounts = await this.#accounts();
    const primary = accounts.filter((account) => [...inner].some((row) => isPrimary(row, account)));
    return [...new Set([...[...inner].flatMap((row) => [...row.accounts]), ...primary.map(({ id }) => id)])];
  }

  async find(directory: string, dn: string): Promise<Group | undefined> {
    return this.#of(directory).find(({ group }) => normalDn(group.dn) === normalDn(dn))?.group;
  }

  async list(directory: string): Promise<readonly Group[]> {
    const groups = this.#of(directory).map(({ group }) => group);
    return groups.sort((a, b) => a.name.localeCompare(b.name) || a.id - b.id);
  }

  #of(directory: string): Row[] {
    return [...this.#rows.values()].filter(({ group }) => group.directory === directory);
  }

  async #accounts(): Promise<readonly KnownAccount[]> {
    const everybody = { sort: 'jid', descending: false, offset: 0, limit: Number.MAX_SAFE_INTEGER } as const;
    return (await this.records.list(everybody)).records;
  }
}

function membersOf({ members, memberLogins }: SeenGroup): readonly [readonly string[], readonly string[]] {
  return [members.toSorted(), memberLogins.toSorted()];
}

function isPrimary({ group, seen }: Row, account: KnownAccount | undefined): boolean {
  return (
    account?.primaryGroup !== undefined && account.primaryGroup === seen.key && account.directory === group.directory
  );
}

function add(to: Set<number>, ids: readonly (number | undefined)[]): void {
  for (const id of ids) if (id !== undefined) to.add(id);
}
