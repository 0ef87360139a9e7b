import { Failure } from '@interoffice/telemetry';
import { jid } from '@interoffice/wire';
import { normalDn } from '../ldap/distinguished-name.js';
import type { Changes, Cursor, PeopleSource, Refusal, SeenGroup, SeenPerson } from '../people-source.js';
import type { Person } from '../person.js';

interface Entry {
  person: SeenPerson;
  changed: number;
  /** Below the base that is read. */
  isInScope: boolean;
}

/** What a test says of a person; the rest follows from the log-in name. */
export interface Made {
  readonly id?: string;
  readonly person?: Person;
  readonly refusal?: Refusal | undefined;
  readonly primaryGroup?: string;
  readonly dn?: string;
}

const PAGE = 500;

/**
 * A directory in memory as a server keeps one: every change has a number, deletions leave a tombstone, entries can be
 * moved out of the base, and the whole can be exchanged for another server that counts anew.
 */
export class MemoryPeople implements PeopleSource {
  readonly name: string;
  readonly #entries = new Map<string, Entry>();
  readonly #groups = new Map<string, { group: SeenGroup; changed: number }>();
  readonly #tombs = new Map<string, number>();
  #server = 'server-1';
  #changes = 0;
  /** Pages that are given before the connection breaks. */
  breaksAfterPages = Infinity;
  areGroupsBroken = false;
  /** Called before each page, so that a test can do something in the middle of a reading. */
  beforePage: () => Promise<void> | void = () => undefined;

  constructor(name = 'ad') {
    this.name = name;
  }

  add(
    login: string,
    { id = `id-${login}`, person = {}, refusal, primaryGroup, dn = `CN=${login},OU=People,DC=lab` }: Made = {},
  ): this {
    const seen: SeenPerson = {
      jid: jid(login, 'im.example'),
      directory: this.name,
      directoryId: id,
      person: { name: login, ...person },
      dn,
      login,
      principal: `${login}@lab`,
      primaryGroup,
      refusal,
    };
    this.#tombs.delete(id);
    this.#entries.set(id, { person: seen, changed: ++this.#changes, isInScope: true });
    return this;
  }

  change(login: string, change: Partial<SeenPerson>): void {
    const entry = this.#entry(login);
    entry.person = { ...entry.person, ...change };
    entry.changed = ++this.#changes;
  }

  delete(login: string): void {
    const { person } = this.#entry(login);
    this.#entries.delete(person.directoryId);
    this.#tombs.set(person.directoryId, ++this.#changes);
  }

  /** Out of the base, or back into it. */
  move(login: string, isInScope: boolean): void {
    Object.assign(this.#entry(login), { isInScope, changed: ++this.#changes });
  }

  /** Somebody empties the base that is read: everybody is somewhere else. */
  empty(): void {
    for (const entry of this.#entries.values()) Object.assign(entry, { isInScope: false, changed: ++this.#changes });
  }

  refill(): void {
    for (const entry of this.#entries.values()) Object.assign(entry, { isInScope: true, changed: ++this.#changes });
  }

  group(name: string, members: readonly string[], more: Partial<SeenGroup> = {}): this {
    const group: SeenGroup = {
      directory: this.name,
      directoryId: `group-${name}`,
      dn: groupDn(name),
      name,
      key: undefined,
      members: members.map((member) => normalDn(this.#dnOf(member))),
      memberLogins: [],
      ...more,
    };
    this.#groups.set(name, { group, changed: ++this.#changes });
    return this;
  }

  dropGroup(name: string): void {
    const { group } = this.#groups.get(name)!;
    this.#groups.delete(name);
    this.#tombs.set(group.directoryId, ++this.#changes);
  }

  /** Another server answers from now on: it counts otherwise. */
  failOver(): void {
    this.#server = `${this.#server}+`;
    this.#changes += 1000;
  }

  async cursor(): Promise<Cursor> {
    return { server: this.#server, at: String(this.#changes) };
  }

  async server(): Promise<string> {
    return this.#server;
  }

  async *people(): AsyncIterable<readonly SeenPerson[]> {
    const all = [...this.#entries.values()].filter(({ isInScope }) => isInScope).map(({ person }) => person);
    for (let page = 0; page * PAGE < all.length; page++) {
      await this.beforePage();
      if (page >= this.breaksAfterPages) throw unreachable();
      yield all.slice(page * PAGE, (page + 1) * PAGE);
    }
    if (this.breaksAfterPages === 0) throw unreachable();
  }

  async *groups(): AsyncIterable<readonly SeenGroup[]> {
    if (this.areGroupsBroken) throw unreachable();
    yield [...this.#groups.values()].map(({ group }) => group);
  }

  async changesSince({ server, at }: Cursor): Promise<Changes | undefined> {
    if (this.breaksAfterPages < Infinity) throw unreachable();
    if (server !== this.#server) return undefined;
    const isNew = ({ changed }: { changed: number }): boolean => changed > Number(at);
    return {
      people: [...this.#entries.values()].filter(isNew).map(seenNow),
      groups: [...this.#groups.values()].filter(isNew).map(({ group }) => group),
      deleted: [...this.#tombs].filter(([, changed]) => changed > Number(at)).map(([id]) => id),
      cursor: await this.cursor(),
    };
  }

  async look(ids: readonly string[]): Promise<ReadonlyMap<string, SeenPerson | 'deleted'>> {
    if (this.breaksAfterPages < Infinity) throw unreachable();
    return new Map(
      ids.map((id) => {
        const entry = this.#entries.get(id);
        return [id, entry ? seenNow(entry) : 'deleted'];
      }),
    );
  }

  #entry(login: string): Entry {
    return [...this.#entries.values()].find(({ person }) => person.login === login)!;
  }

  #dnOf(member: string): string {
    return [...this.#entries.values()].find(({ person }) => person.login === member)?.person.dn ?? groupDn(member);
  }
}

export function groupDn(name: string): string {
  return `CN=${name},OU=Groups,DC=lab`;
}

function seenNow({ person, isInScope }: Entry): SeenPerson {
  return isInScope ? person : { ...person, refusal: 'out-of-scope' };
}

function unreachable(): Failure {
  return new Failure('DIRECTORY_UNREACHABLE', 'The directory does not answer.');
}
