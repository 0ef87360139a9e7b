import type { Account, Session } from '@interoffice/routing';
import { Failure } from '@interoffice/telemetry';
import { type Jid, parseJid, tryJid } from '@interoffice/wire';
import { type Affiliation, type Role } from './affiliation.js';
import { changeAffiliations, NotRecorded } from './change.js';
import type { RoomConfig } from './config.js';
import { destroy } from './destroy.js';
import type { RoomListing, RoomOfPerson, RoomQuery, RoomSummary } from './listing.js';
import { setConfig } from './owner.js';
import type { MucParts } from './parts.js';
import type { Relation } from './records.js';
import type { Room } from './room.js';
import { planWith, type RoomTemplate } from './template.js';

/** A room as administrators see it: how it is set up, never what was said. The subject was said. W-05 of security.md */
export interface RoomFacts extends RoomSummary {
  readonly config: Omit<RoomConfig, 'password'> & { readonly hasPassword: boolean };
}

/** Somebody who belongs to a room, or is in it. */
export interface RoomPerson {
  readonly jid: string;
  readonly affiliation: Affiliation;
  /** Under which he is there now, or which is reserved for him. */
  readonly nick: string | undefined;
  readonly reason: string | undefined;
  /** `none`: not there. */
  readonly role: Role;
}

export interface RoomPlan {
  readonly jid: string;
  readonly office?: string;
  readonly template?: string;
  readonly config: Partial<RoomConfig>;
  readonly owners: readonly string[];
  readonly members: readonly string[];
}

export interface AdministrationParts {
  readonly listing: RoomListing;
  readonly templates: readonly RoomTemplate[];
  /** Somebody in whose name the company acts: the journal says who it was. */
  readonly voiceOf: (actor: Jid) => Session;
  /** Puts the room among the person's bookmarks. */
  readonly invite: (account: Account, room: { readonly jid: Jid; readonly name: string }) => Promise<unknown>;
  /** … and takes it away. */
  readonly uninvite: (account: Account, room: Jid) => Promise<unknown>;
}

/** Rooms as the company's administrators make, change and retire them: with the same rules, records and notices. */
export class RoomAdministration {
  constructor(
    private readonly muc: MucParts,
    private readonly parts: AdministrationParts,
  ) {}

  /** The domain of all rooms. */
  get domain(): string {
    return this.muc.domain;
  }

  /** Kinds of rooms. */
  get templates(): readonly RoomTemplate[] {
    return this.parts.templates;
  }

  /** A room by its address, or by what stands before the @. Throws BAD_ADDRESS. */
  addressOf(text: string): Jid {
    const jid = tryJid(text.includes('@') ? text : `${text}@${this.muc.domain}`);
    if (jid?.domain === this.muc.domain && jid.local !== undefined) return jid.toBare();
    throw new Failure('BAD_ADDRESS', `${text} is no address of a room; rooms are NAME@${this.muc.domain}.`);
  }

  async list(query: RoomQuery): Promise<{ readonly rooms: readonly RoomSummary[]; readonly total: number }> {
    const { rooms, total } = await this.parts.listing.page(query);
    return { rooms: rooms.map((room) => ({ ...room, occupants: this.muc.rooms.present(room.jid) })), total };
  }

  /** The rooms this person (bare JID) belongs to. */
  roomsOf(bare: string): Promise<readonly RoomOfPerson[]> {
    return this.parts.listing.of(bare);
  }

  /** Undefined: there is no such room. */
  async find(jid: Jid): Promise<RoomFacts | undefined> {
    const [summary, room] = await Promise.all([this.parts.listing.find(jid.bare), this.muc.rooms.get(jid)]);
    if (!summary || !room) return undefined;
    const { password, ...config } = room.config;
    return {
      ...summary,
      occupants: this.muc.rooms.present(jid.bare),
      config: { ...config, hasPassword: password !== undefined },
    };
  }

  /**
   * Owners and members find the room among their bookmarks. Without an office, also of the template, it is that of who
   * makes it. Rejects with ROOM_EXISTS, NO_SUCH_ACCOUNT, NO_SUCH_TEMPLATE, BAD_ADDRESS.
   */
  async create(wanted: RoomPlan, actor: Jid): Promise<RoomFacts> {
    const jid = this.addressOf(wanted.jid);
    const plan = this.#complete(wanted);
    const people = await this.#accounts([...plan.owners, ...plan.members]);
    const relations = new Map<string, Relation>();
    const relate = (bare: string, affiliation: Affiliation): void =>
      void relations.set(bare, { affiliation, nick: undefined, reason: undefined });
    for (const member of plan.members) relate(parseJid(member).bare, 'member');
    for (const owner of plan.owners) relate(parseJid(owner).bare, 'owner');
    const config = { ...this.muc.rules.config, isPersistent: true, ...plan.config };
    const made = await this.muc.rooms.create(jid, {
      office: plan.office ?? (await this.muc.accounts.load(actor.bare))?.facts.office ?? '',
      template: plan.template,
      config,
      isLocked: false,
      createdBy: actor.bare,
      relations,
    });
    if (!made) throw new Failure('ROOM_EXISTS', `There is a room ${jid.bare} already.`);
    await Promise.all(people.map((account) => this.parts.invite(account, { jid, name: config.name })));
    return (await this.find(jid))!;
  }

  /** Everybody who is there is told, as by an owner. Rejects with NO_SUCH_ROOM. */
  async configure(jid: Jid, change: Partial<RoomConfig>, actor: Jid): Promise<RoomFacts> {
    const room = await this.#open(jid);
    const by = this.parts.voiceOf(actor);
    await this.#inItsTurn(room, () => setConfig(this.muc, { room, by, config: { ...room.config, ...change } }));
    return (await this.find(jid))!;
  }

  /** By affiliation, then by address. Rejects with NO_SUCH_ROOM. */
  async people(jid: Jid): Promise<readonly RoomPerson[]> {
    const room = await this.#open(jid, { evenIfEnded: true });
    const people = new Map<string, RoomPerson>();
    for (const [bare, { affiliation, nick, reason }] of room.relations) {
      people.set(bare, { jid: bare, affiliation, nick, reason, role: 'none' });
    }
    for (const { account, nick, role, affiliation, isPresent } of room.occupants.values()) {
      if (!isPresent) continue;
      people.set(account.bare, {
        jid: account.bare,
        affiliation,
        nick,
        reason: people.get(account.bare)?.reason,
        role,
      });
    }
    return [...people.values()].toSorted((a, b) => a.jid.localeCompare(b.jid));
  }

  /** Rejects with NO_SUCH_ROOM, NO_SUCH_ACCOUNT, and NO_OWNER when nobody would own the room. */
  async relate(
    jid: Jid,
    person: { jid: string; affiliation: Affiliation; reason?: string },
    actor: Jid,
  ): Promise<void> {
    const room = await this.#open(jid);
    const { affiliation, reason } = person;
    const bare = tryJid(person.jid)?.bare;
    // Who has no account any more can still be taken off the list.
    const isKnown = bare !== undefined && room.relations.has(bare);
    const [account] =
      affiliation === 'none' && isKnown ? [await this.muc.accounts.load(bare)] : await this.#accounts([person.jid]);
    if (bare === undefined) return;
    const by = this.parts.voiceOf(actor);
    const changes = [{ jid: bare, affiliation, nick: undefined, reason }];
    await this.#inItsTurn(room, () => {
      const others = [...room.withAffiliation('owner')].filter(([owner]) => owner !== bare);
      if (room.affiliationOf(bare) === 'owner' && affiliation !== 'owner' && others.length === 0) {
        throw new Failure('NO_OWNER', `Nobody would own ${jid.bare}; make somebody else its owner first.`);
      }
      return changeAffiliations(this.muc, { room, by, changes });
    });
    if (!account) return;
    if (affiliation === 'outcast' || affiliation === 'none') await this.parts.uninvite(account, jid);
    else await this.parts.invite(account, { jid, name: room.config.name });
  }

  /** The room ends, with a tombstone; what was said stays in the archive. Rejects with NO_SUCH_ROOM. */
  async retire(jid: Jid, why: { reason?: string; alternate?: string }, actor: Jid): Promise<void> {
    const room = await this.#open(jid);
    const alternate = why.alternate === undefined ? undefined : this.addressOf(why.alternate).bare;
    const by = this.parts.voiceOf(actor);
    await this.#inItsTurn(room, () => {
      // It leaves a trace, whoever made it and however.
      room.config = { ...room.config, isPersistent: true };
      return destroy(this.muc, room, { by, reason: why.reason, alternate });
    });
  }

  #complete(plan: RoomPlan): RoomPlan {
    if (plan.template === undefined) return plan;
    const template = this.parts.templates.find(({ name }) => name === plan.template);
    if (template) return planWith(template, plan);
    throw new Failure(
      'NO_SUCH_TEMPLATE',
      `There is no template ${plan.template}; see rooms.templates in the settings.`,
    );
  }

  /** Behind what was asked for earlier: the room may have ended by then. */
  async #inItsTurn(room: Room, work: () => Promise<void>): Promise<void> {
    try {
      await room.inOrder(async () => {
        if (room.ended) throw noSuchRoom(room.jid);
        await work();
      });
    } catch (cause) {
      if (!(cause instanceof NotRecorded)) throw cause;
      throw new Failure('ARCHIVE_UNAVAILABLE', 'Nothing was changed: it could not be recorded.', { cause });
    }
  }

  async #open(jid: Jid, how: { evenIfEnded?: boolean } = {}): Promise<Room> {
    const room = jid.domain === this.muc.domain && jid.local !== undefined ? await this.muc.rooms.get(jid) : undefined;
    if (!room || (room.ended && how.evenIfEnded !== true)) throw noSuchRoom(jid);
    return room;
  }

  async #accounts(addresses: readonly string[]): Promise<Account[]> {
    return Promise.all(
      addresses.map(async (address) => {
        const jid = tryJid(address);
        const account = jid && (await this.muc.accounts.load(jid.bare));
        if (!account) throw new Failure('NO_SUCH_ACCOUNT', `There is no account ${address}.`);
        return account;
      }),
    );
  }
}

function noSuchRoom({ bare }: Jid): Failure {
  return new Failure('NO_SUCH_ROOM', `There is no room ${bare}.`);
}
