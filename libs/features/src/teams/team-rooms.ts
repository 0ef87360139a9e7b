import './events.js';
import type { Account, Accounts } from '@interoffice/routing';
import { Failure, type Log } from '@interoffice/telemetry';
import { type Jid, parseJid } from '@interoffice/wire';
import type { Sql } from '../sql.js';
import { RoomMembers } from './room-members.js';
import { type Affiliation, planRoom, type Remembered, type Ruled, type Turn } from './room-plan.js';

/** A room whose people are those of a group of a directory. */
export interface TeamRoom {
  /** What stands before the @. */
  readonly room: string;
  readonly title: string;
  /** `mandatory`: clients come in by themselves. `optional`: they find the room among their bookmarks. */
  readonly membership: 'mandatory' | 'optional';
  /** Accounts, by number. Undefined: the directory shows no such group, so nothing changes. */
  readonly people: TeamPeople | undefined;
}

export interface TeamPeople {
  readonly members: readonly number[];
  /** Empty: somebody who administers the company, unless the room has an owner. */
  readonly owners: readonly number[];
}

/** Puts a room among somebody's bookmarks, as the rule that is being carried out says. */
export type Invite = (account: Account, room: { readonly jid: Jid; readonly name: string }) => Promise<unknown>;

/** Rooms as administrators change them. */
export interface RoomOffice {
  readonly domain: string;
  addressOf(text: string): Jid;
  find(jid: Jid): Promise<{ readonly name: string; readonly ended: unknown } | undefined>;
  people(jid: Jid): Promise<readonly { readonly jid: string; readonly affiliation: Affiliation }[]>;
  create(
    plan: {
      readonly jid: string;
      readonly config: { readonly name: string; readonly isMembersOnly: true; readonly isNonAnonymous: true };
      readonly owners: readonly string[];
      readonly members: readonly string[];
    },
    actor: Jid,
  ): Promise<unknown>;
  relate(jid: Jid, person: Turn, actor: Jid): Promise<void>;
}

export interface TeamRoomParts {
  readonly sql: Sql;
  readonly accounts: Pick<Accounts, 'load'>;
  /** With what is told to people who come in. */
  readonly office: (invite: Invite) => RoomOffice;
  readonly bookmark: (
    account: Account,
    bookmark: { readonly room: Jid; readonly name: string; readonly autojoin: boolean },
  ) => Promise<unknown>;
  readonly log: Log;
}

const ACTIVE = `SELECT id::int AS id, jid FROM accounts WHERE directory = $1 AND state = 'active'`;
const ADMINISTRATOR = `SELECT jid FROM accounts WHERE role = 'admin' AND state = 'active'
  ORDER BY role_scope <> '*', id LIMIT 1`;

/** Rooms whose members are those of groups of directories; who was put in or made more by hand, stays that. */
export class TeamRooms {
  readonly #office: RoomOffice;
  readonly #members: RoomMembers;
  /** Of the room that is being worked on. */
  #wanted: ReadonlyMap<string, Ruled> = new Map();
  /** Retired rooms that were complained about. */
  readonly #retired = new Set<string>();

  constructor(private readonly parts: TeamRoomParts) {
    this.#members = new RoomMembers(parts.sql);
    this.#office = parts.office((account, { jid, name }) => this.#bookmark(account, { room: jid, name }));
  }

  /**
   * Makes the rooms of a directory's rules where they are missing, and brings them in step with the groups; rooms without
   * a rule any more lose whom rules put in. A room that fails is an event, the others go on; false then. One at a time.
   * Rejects with the database.
   */
  async apply(directory: string, rooms: readonly TeamRoom[]): Promise<boolean> {
    const people = await this.parts.sql.query<{ id: number; jid: string }>('teams.active.named', ACTIVE, [directory]);
    const active = new Map(people.map(({ id, jid }) => [id, jid]));
    const known = await this.#members.of(directory);
    let isWhole = true;
    const attempt = async (room: string, work: () => Promise<void>): Promise<void> => {
      try {
        await work();
      } catch (error) {
        isWhole = false;
        this.parts.log.error('teams.room.failed', { directory, room, error: error as Error });
      }
    };
    for (const rule of rooms) await attempt(rule.room, () => this.#follow(directory, rule, { active, known }));
    const ruled = new Set(rooms.map(({ room }) => room));
    for (const [room, before] of known) {
      if (!ruled.has(room)) await attempt(room, () => this.#bring({ directory, room, wanted: new Map(), before }));
    }
    return isWhole;
  }

  /** Directories whose rules have put people into rooms who are still there. */
  directories(): Promise<string[]> {
    return this.#members.directories();
  }

  async #follow(directory: string, rule: TeamRoom, { active, known }: Surroundings): Promise<void> {
    const { room, title, people } = rule;
    if (!people) return;
    const before = known.get(room) ?? new Map<string, Remembered>();
    const jid = this.#office.addressOf(room);
    const facts = await this.#office.find(jid);
    if (facts?.ended !== undefined) return this.#leave(directory, room, before);
    const wanted = wantedBy(people, rule.membership === 'mandatory', active);
    if (wanted.size === 0 && !facts) return;
    await this.#ensureOwner(wanted, before, facts ? jid : undefined);
    if (facts) await this.#bring({ directory, room, wanted, before });
    else await this.#make({ directory, room, wanted, before }, title);
  }

  /** Somebody has retired the room: what rules gave there is of no consequence any more. */
  async #leave(directory: string, room: string, before: ReadonlyMap<string, Remembered>): Promise<void> {
    if (!this.#retired.has(room)) this.parts.log.warn('teams.room.retired', { directory, room });
    this.#retired.add(room);
    await this.#members.forget(directory, room, [...before.keys()]);
  }

  async #ensureOwner(
    wanted: Map<string, Ruled>,
    before: ReadonlyMap<string, Remembered>,
    room: Jid | undefined,
  ): Promise<void> {
    if ([...wanted.values()].some(({ affiliation }) => affiliation === 'owner')) return;
    const people = room ? await this.#office.people(room) : [];
    if (people.some(({ jid, affiliation }) => affiliation === 'owner' && before.get(jid)?.affiliation !== 'owner'))
      return;
    const [heir] = await this.parts.sql.query<{ jid: string }>('teams.administrator', ADMINISTRATOR, []);
    if (heir) wanted.set(heir.jid, { affiliation: 'owner', autojoin: wanted.get(heir.jid)?.autojoin ?? false });
  }

  async #make({ directory, room, wanted, before }: Bringing, title: string): Promise<void> {
    const { remember, forget } = planRoom(wanted, new Map(), before);
    await this.#members.remember(directory, room, remember);
    this.#wanted = wanted;
    const of = (wish: Affiliation): string[] => {
      return [...wanted].filter(([, { affiliation }]) => affiliation === wish).map(([jid]) => jid);
    };
    const config = { name: title, isMembersOnly: true, isNonAnonymous: true } as const;
    await this.#office.create({ jid: room, config, owners: of('owner'), members: of('member') }, this.#actor());
    await this.#members.forget(directory, room, forget);
  }

  async #bring({ directory, room, wanted, before }: Bringing): Promise<void> {
    const jid = this.#office.addressOf(room);
    const facts = await this.#office.find(jid);
    if (!facts || facts.ended !== undefined) return this.#members.forget(directory, room, [...before.keys()]);
    const people = await this.#office.people(jid);
    const now = new Map(people.map((person) => [person.jid, person.affiliation]));
    const steps = planRoom(wanted, now, before);
    // First: what is given must not be taken for something that was made by hand, whatever happens now.
    await this.#members.remember(directory, room, steps.remember);
    this.#wanted = wanted;
    const stayed = new Set<string>();
    for (const turn of steps.turns) if (!(await this.#turn(jid, turn))) stayed.add(turn.jid);
    for (const bare of steps.bookmark) {
      const account = await this.parts.accounts.load(bare);
      if (account) await this.#bookmark(account, { room: jid, name: facts.name });
    }
    const gone = steps.forget.filter((bare) => !stayed.has(bare));
    await this.#members.forget(directory, room, gone);
  }

  /** False: nobody would own the room, so its last owner stays until there is another. */
  async #turn(room: Jid, turn: Turn): Promise<boolean> {
    try {
      await this.#office.relate(room, turn, this.#actor());
      return true;
    } catch (error) {
      if (error instanceof Failure && error.code === 'NO_OWNER') return false;
      throw error;
    }
  }

  /** Whom no rule wants has chosen his bookmark himself. */
  async #bookmark(account: Account, { room, name }: { room: Jid; name: string }): Promise<void> {
    const rule = this.#wanted.get(account.bare);
    if (rule) await this.parts.bookmark(account, { room, name, autojoin: rule.autojoin });
  }

  /** The service itself. */
  #actor(): Jid {
    return parseJid(this.#office.domain);
  }
}

interface Surroundings {
  readonly active: ReadonlyMap<number, string>;
  readonly known: ReadonlyMap<string, ReadonlyMap<string, Remembered>>;
}

interface Bringing {
  readonly directory: string;
  readonly room: string;
  readonly wanted: ReadonlyMap<string, Ruled>;
  readonly before: ReadonlyMap<string, Remembered>;
}

function wantedBy(
  { members, owners }: TeamPeople,
  autojoin: boolean,
  active: ReadonlyMap<number, string>,
): Map<string, Ruled> {
  const wanted = new Map<string, Ruled>();
  const add = (id: number, ruled: Ruled): void => {
    const jid = active.get(id);
    if (jid !== undefined) wanted.set(jid, ruled);
  };
  for (const id of members) add(id, { affiliation: 'member', autojoin });
  // Who owns the room without being in the group looks after it, and is not dragged into it.
  const own = new Set(members);
  for (const id of owners) add(id, { affiliation: 'owner', autojoin: autojoin && own.has(id) });
  return wanted;
}
