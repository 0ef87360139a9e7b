import './events.js';
import { type Account, type Accounts, areOnSpeakingTerms, rosterOf } from '@interoffice/routing';
import type { Log } from '@interoffice/telemetry';
import type { Sql } from '../sql.js';
import type { Book } from './book.js';
import { hidePresence, sees, showPresence } from './seeing.js';
import { ACTIVE, DIFFERING, GIVE, PEOPLE, SERVED, SERVING } from './team-statements.js';

/** Rosters that are worked on at once: the statement for them ends within a second. */
const ROSTERS_AT_ONCE = 200;

/** A group of a directory whose people have each other in their rosters. */
export interface Team {
  /** The group in the roster. */
  readonly name: string;
  /** Accounts, by number. */
  readonly members: readonly number[];
  /** Who else sees the members; `all`: everybody of the directory. */
  readonly seenBy: readonly number[] | 'all';
  /** A team that would bring more people than this together puts nobody into rosters. */
  readonly most: number;
}

export interface TeamParts {
  readonly sql: Sql;
  readonly book: Book;
  readonly accounts: Pick<Accounts, 'peek' | 'load'>;
  readonly log: Log;
}

interface Person {
  readonly id: number;
  readonly jid: string;
}

/** A team and who of it is active. */
interface Gathered {
  readonly name: string;
  readonly members: ReadonlySet<number>;
  readonly others: ReadonlySet<number>;
}

/** Contacts that directories give: the people of a team have each other, under the team's name. */
export class TeamRosters {
  /** Of teams that are too large: how large, when it was said last. */
  readonly #said = new Map<string, number>();

  constructor(private readonly parts: TeamParts) {}

  /**
   * Makes the rosters of a directory's people what its teams say, and nothing else: contacts made by hand stay, and are
   * what they were when a team that gave them too ends. People who are not active have nobody and are in nobody's roster.
   * Devices are told. A second time writes nothing. Returns how many entries were written; rejects with the database, and
   * then the rest is done the next time.
   */
  async apply(directory: string, teams: readonly Team[]): Promise<number> {
    const active = new Set(await this.#ids('teams.active', ACTIVE, directory));
    const gathered = teams.flatMap((team) => this.#gather(directory, team, active));
    const teamsOf = index(gathered);
    const concerned = new Set([...teamsOf.keys(), ...(await this.#ids('teams.served', SERVED, directory))]);
    const ids = [...concerned];
    const turned: Turned[] = [];
    let written = 0;
    try {
      for (let i = 0; i < ids.length; i += ROSTERS_AT_ONCE) {
        written += await this.#write(ids.slice(i, i + ROSTERS_AT_ONCE), teamsOf, turned);
      }
    } finally {
      // Both sides of what was written are in place by now.
      for (const turn of turned) this.#show(turn);
    }
    return written;
  }

  /** Directories whose teams have given contacts that are still there. */
  async directories(): Promise<string[]> {
    const rows = await this.parts.sql.query<{ directory: string }>('teams.serving', SERVING, []);
    return rows.map(({ directory }) => directory);
  }

  /** Another text whenever somebody of a directory comes, goes, or is called otherwise. */
  async peopleOf(directory: string): Promise<string> {
    const [row] = await this.parts.sql.query<{ people: string | null }>('teams.word', PEOPLE, [directory]);
    return row?.people ?? '';
  }

  #gather(directory: string, { name, members, seenBy, most }: Team, active: ReadonlySet<number>): Gathered[] {
    const own = new Set(members.filter((id) => active.has(id)));
    const others = new Set((seenBy === 'all' ? [...active] : seenBy).filter((id) => active.has(id) && !own.has(id)));
    const key = `${directory}\n${name}`;
    const size = own.size + others.size;
    if (size <= most || own.size === 0) {
      this.#said.delete(key);
      return [{ name, members: own, others }];
    }
    if (this.#said.get(key) !== size)
      this.parts.log.warn('roster.team.large', { directory, team: name, people: size, most });
    this.#said.set(key, size);
    return [];
  }

  async #write(ids: readonly number[], teamsOf: TeamsOf, turned: Turned[]): Promise<number> {
    const { sql, accounts } = this.parts;
    const differing = await sql.query<Person>('teams.differing', DIFFERING, valuesOf(ids, teamsOf));
    const absent: Person[] = [];
    let written = 0;
    for (const person of differing) {
      const account = accounts.peek(person.jid);
      if (!account) absent.push(person);
      // In its turn: what its owner changes meanwhile stands before it or behind.
      else written += await account.inOrder(() => this.#giveTo(account, teamsOf, turned));
    }
    if (absent.length === 0) return written;
    written += await this.#give(absent, teamsOf);
    for (const account of await this.#loadedMeanwhile(absent)) {
      await account.inOrder(async () => void turned.push(await this.#reread(account)));
    }
    return written;
  }

  async #giveTo(account: Account, teamsOf: TeamsOf, turned: Turned[]): Promise<number> {
    const written = await this.#give([account], teamsOf);
    turned.push(await this.#reread(account));
    return written;
  }

  async #give(people: readonly Pick<Person, 'id'>[], teamsOf: TeamsOf): Promise<number> {
    const ids = people.map(({ id }) => id);
    const [row] = await this.parts.sql.query<{ written: number }>('teams.give', GIVE, valuesOf(ids, teamsOf));
    return row?.written ?? 0;
  }

  /**
   * Of those who were not in memory before their rosters were written: who is now. Loading goes in steps, one behind the
   * other: when somebody who is loaded from now on is there, what was read before we wrote has come too.
   */
  async #loadedMeanwhile(people: readonly Person[]): Promise<Account[]> {
    const { accounts } = this.parts;
    const barrier = people.find(({ jid }) => !accounts.peek(jid));
    if (barrier) await accounts.load(barrier.jid);
    return people.map(({ jid }) => accounts.peek(jid)).filter((account) => account !== undefined && account !== null);
  }

  async #reread(account: Account): Promise<Turned> {
    const before = await this.parts.book.reread(account);
    return { account, saw: new Map(before.map((contact) => [contact.jid.bare, sees(contact)])) };
  }

  /** Who is seen from now on is shown at once, and who is not is gone. RFC 6121 §3.1.5, §3.2.3 */
  #show({ account, saw }: Turned): void {
    const { contacts } = account.get(rosterOf);
    for (const [bare, saidBefore] of saw) {
      const contact = contacts.get(bare);
      const seesNow = contact !== undefined && sees(contact);
      const other = this.parts.accounts.peek(bare);
      if (!other || seesNow === saidBefore || !areOnSpeakingTerms(account, other)) continue;
      if (seesNow) showPresence(other, account);
      else hidePresence(other, account);
    }
  }

  async #ids(name: string, text: string, directory: string): Promise<number[]> {
    return (await this.parts.sql.query<{ id: number }>(name, text, [directory])).map(({ id }) => id);
  }
}

/** An account whose roster has changed, and whom of those concerned it saw before. */
interface Turned {
  readonly account: Account;
  readonly saw: ReadonlyMap<string, boolean>;
}

/** In which teams somebody is, or which he sees. */
type TeamsOf = ReadonlyMap<number, readonly Gathered[]>;

function index(teams: readonly Gathered[]): TeamsOf {
  const found = new Map<number, Gathered[]>();
  for (const team of teams) {
    for (const id of [...team.members, ...team.others]) {
      const known = found.get(id);
      if (known) known.push(team);
      else found.set(id, [team]);
    }
  }
  return found;
}

/** The values of both statements: only of the teams these people have to do with. */
function valuesOf(ids: readonly number[], teamsOf: TeamsOf): unknown[] {
  const teams = [...new Set(ids.flatMap((id) => teamsOf.get(id) ?? []))];
  const rows = teams.flatMap(({ members, others }, team) => [
    ...[...members].map((id) => ({ team, id, isMember: true })),
    ...[...others].map((id) => ({ team, id, isMember: false })),
  ]);
  return [
    rows.map(({ team }) => team),
    rows.map(({ id }) => id),
    rows.map(({ isMember }) => isMember),
    teams.map((_, team) => team),
    teams.map(({ name }) => name),
    ids,
  ];
}
