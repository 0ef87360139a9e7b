import { createHmac } from 'node:crypto';
import type { Account, Party, Session } from '@interoffice/routing';
import { type Jid, lasting, parseJid } from '@interoffice/wire';
import { type Affiliation, type Role, roleOnEntering, type Standing } from './affiliation.js';
import type { RoomConfig } from './config.js';
import type { History } from './history.js';
import { Occupant } from './occupant.js';
import type { Avatar, Ending, Relation, RoomRecord, Subject } from './records.js';

/** How a relation is when nothing is kept of it. */
const NO_RELATION: Relation = { affiliation: 'none', nick: undefined, reason: undefined };

/**
 * A room while it is awake: what is kept of it, and who is there. Knows no protocol; what changes it has been decided and
 * recorded before.
 */
export class Room {
  readonly id: number;
  readonly jid: Jid;
  readonly createdAtMs: number;
  readonly createdBy: string;
  /** As the journal names it. */
  readonly party: Party;
  /** The room's address as the journal has it beside each row. */
  readonly name: Buffer;
  config: RoomConfig;
  subject: Subject | undefined;
  avatar: Avatar | undefined;
  isLocked: boolean;
  ended: Ending | undefined;
  /** The last messages, for who comes in; undefined: not read yet, or forgotten for want of use. */
  history: History | undefined;
  /** By bare JID. */
  readonly relations: Map<string, Relation>;
  /** By nick. */
  readonly occupants = new Map<string, Occupant>();
  /** Reserved nicks: whose. */
  readonly reserved = new Map<string, string>();
  usedAtMs = 0;
  /** Devices on their way out: settles when they are gone. */
  readonly departures = new WeakMap<Session, Promise<void>>();
  readonly #byDevice = new Map<Session, Occupant>();
  #audience: Session[] | undefined;
  #work: Promise<unknown> = Promise.resolve();
  #pending = 0;

  constructor(
    record: RoomRecord,
    /** What occupant-ids are derived from. */
    private readonly secret: Buffer,
  ) {
    this.id = record.id;
    this.jid = parseJid(record.jid);
    this.createdAtMs = record.createdAtMs;
    this.createdBy = record.createdBy;
    this.name = lasting(record.jid);
    this.party = {
      accountId: -record.id,
      bare: this.name,
      device: lasting(''),
      office: lasting(record.office),
    };
    this.config = record.config;
    this.subject = record.subject;
    this.avatar = record.avatar;
    this.isLocked = record.isLocked;
    this.ended = record.ended;
    this.relations = new Map(record.relations);
    for (const [jid, { nick }] of this.relations) if (nick !== undefined) this.reserved.set(nick, jid);
  }

  relationOf(bare: string): Relation {
    return this.relations.get(bare) ?? NO_RELATION;
  }

  affiliationOf(bare: string): Affiliation {
    const relation = this.relations.get(bare);
    if (relation) return relation.affiliation;
    // §9.2: a domain may be banned as a whole.
    return this.relations.get(domainOf(bare))?.affiliation === 'outcast' ? 'outcast' : 'none';
  }

  /** Puts a relation in place; who has it and is there keeps his role until `Occupant.role` is changed. */
  relate(bare: string, relation: Relation): void {
    const { nick } = this.relationOf(bare);
    if (nick !== undefined) this.reserved.delete(nick);
    if (relation.affiliation === 'none' && relation.nick === undefined) this.relations.delete(bare);
    else this.relations.set(bare, relation);
    if (relation.nick !== undefined) this.reserved.set(relation.nick, bare);
    for (const occupant of this.of(bare)) occupant.affiliation = this.affiliationOf(occupant.account.bare);
  }

  /** Bare JIDs with this affiliation. */
  *withAffiliation(affiliation: Affiliation): Iterable<[string, Relation]> {
    for (const entry of this.relations) if (entry[1].affiliation === affiliation) yield entry;
  }

  /** The occupant a device is, be it on its way in. */
  occupantOf(session: Session): Occupant | undefined {
    return this.#byDevice.get(session);
  }

  /** A person's occupants: one, unless his devices have chosen different nicks; or everybody of a domain. */
  *of(address: string): Iterable<Occupant> {
    for (const occupant of this.occupants.values()) {
      const { bare, jid } = occupant.account;
      if (bare === address || jid.domain === address) yield occupant;
    }
  }

  /** What the person may do here: by affiliation, and by role if he is there. */
  standingOf(session: Session): Standing {
    const occupant = this.occupantOf(session);
    const role: Role = occupant?.isPresent === true ? occupant.role : 'none';
    return { affiliation: this.affiliationOf(session.account.bare), role };
  }

  /** Gives the device a place under a nick, which is free or his own. */
  place(account: Account, nick: Jid): Occupant {
    const known = this.occupants.get(nick.resource!);
    if (known) return known;
    const affiliation = this.affiliationOf(account.bare);
    const role = roleOnEntering(affiliation, this.config.isModerated);
    const occupant = new Occupant(account, nick, this.occupantIdOf(account.bare), role, affiliation);
    this.occupants.set(occupant.nick, occupant);
    return occupant;
  }

  /** The device belongs to the occupant from here on. */
  seat(session: Session, occupant: Occupant): void {
    this.#byDevice.set(session, occupant);
    this.#audience = undefined;
  }

  /** The device is not here any more; true when nothing of the occupant is left. */
  unseat(session: Session, occupant: Occupant): boolean {
    occupant.devices.delete(session);
    occupant.entering.delete(session);
    this.#byDevice.delete(session);
    this.#audience = undefined;
    if (occupant.devices.size > 0) return false;
    if (this.occupants.get(occupant.nick) === occupant) this.occupants.delete(occupant.nick);
    return true;
  }

  /** The occupant goes on under another nick. */
  rename(occupant: Occupant, jid: Jid): Occupant {
    // Another device of his may go by that nick already: they are one from here on.
    const renamed = this.occupants.get(jid.resource!) ?? occupant.renamed(jid);
    this.occupants.delete(occupant.nick);
    this.occupants.set(renamed.nick, renamed);
    for (const [session, presence] of occupant.devices) {
      renamed.devices.set(session, presence);
      if (occupant.entering.has(session)) renamed.entering.add(session);
      this.seat(session, renamed);
    }
    return renamed;
  }

  /** Devices that have come in; made once, until somebody comes or goes. */
  get audience(): readonly Session[] {
    this.#audience ??= [...this.occupants.values()].flatMap((occupant) => [...occupant.present()]);
    return this.#audience;
  }

  /** Who has come in has to be heard from here on. */
  changed(): void {
    this.#audience = undefined;
  }

  /** The same for one person in one room for ever, and telling nobody who he is. XEP-0421 §3 */
  occupantIdOf(bare: string): string {
    return createHmac('sha256', this.secret).update(`${this.jid.bare}\0${bare}`).digest('base64url');
  }

  /** Runs `work` after everything queued before it: what changes the room happens in order. */
  inOrder<T>(work: () => Promise<T>): Promise<T> {
    this.#pending++;
    const run = this.#work.then(work).finally(() => this.#pending--);
    this.#work = run.catch(() => undefined);
    return run;
  }

  /** It is being changed. */
  get isChanging(): boolean {
    return this.#pending > 0;
  }
}

function domainOf(bare: string): string {
  return bare.slice(bare.indexOf('@') + 1);
}
