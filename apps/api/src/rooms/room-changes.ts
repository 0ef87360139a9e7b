import { Inject, Injectable } from '@nestjs/common';
import { Affiliation, type NewRoom, type Relate, type Retire, type RoomChange } from '@interoffice/contract';
import { Failure } from '@interoffice/telemetry';
import type { Jid } from '@interoffice/wire';
import type { AuditLog, Deed } from '../audit/audit-log.js';
import { PORT } from '../ports.js';
import { type Acting, isFor } from './acting.js';
import type { AdministeredRoom, AdministeredRooms, PersonOfRoom, RoomConfig, RoomPlan } from './administered-rooms.js';
import { configOf } from './room-of.js';
import { VisibleRooms } from './visible-rooms.js';

type Audited = Pick<Deed, 'action' | 'reason' | 'details'>;

/** Changes to rooms: written to the audit log first, with what was before, then made with all the rules of rooms. */
@Injectable()
export class RoomChanges {
  readonly #rooms: AdministeredRooms;
  readonly #visible: VisibleRooms;
  readonly #audit: AuditLog;

  constructor(
    @Inject(PORT.rooms) rooms: AdministeredRooms,
    @Inject(VisibleRooms) visible: VisibleRooms,
    @Inject(PORT.audit) audit: AuditLog,
  ) {
    this.#rooms = rooms;
    this.#visible = visible;
    this.#audit = audit;
  }

  /** Rejects with ROOM_EXISTS, NO_SUCH_ACCOUNT, NO_SUCH_TEMPLATE, NO_SUCH_OFFICE, BAD_ADDRESS. */
  async create(asked: NewRoom, acting: Acting): Promise<AdministeredRoom> {
    const jid = this.#rooms.addressOf(asked.jid);
    const plan = this.#planOf(asked, jid, acting);
    const present = await this.#rooms.find(jid);
    if (present && !present.ended) throw new Failure('ROOM_EXISTS', `There is a room ${jid.bare} already.`);
    const { jid: _said, ...details } = asked;
    await this.#note(jid, { action: 'room.create', details: { ...details, office: plan.office } }, acting);
    return this.#rooms.create(plan, acting.jid);
  }

  /** Rejects with NO_SUCH_ROOM, ROOM_RETIRED. */
  async configure(jid: Jid, change: RoomChange, acting: Acting): Promise<AdministeredRoom> {
    const room = await this.#open(jid, acting);
    const config = configOf(change);
    const details = differences(room, config);
    if (Object.keys(details.after).length === 0) return room;
    await this.#note(jid, { action: 'room.configure', details }, acting);
    return this.#rooms.configure(jid, config, acting.jid);
  }

  /** Rejects with NO_SUCH_ROOM, ROOM_RETIRED, NO_SUCH_ACCOUNT, NO_OWNER, and OWN_ADMISSION: that is for another to do. */
  async relate(jid: Jid, person: Relate & { readonly jid: Jid }, acting: Acting): Promise<PersonOfRoom> {
    await this.#open(jid, acting);
    const { bare } = person.jid;
    const { affiliation, reason } = person;
    const before = await this.#person(jid, bare);
    if (bare === acting.jid.bare && isMore(affiliation, before.affiliation)) throw ownAdmission();
    if (affiliation === before.affiliation && (reason === undefined || reason === before.reason)) return before;
    const details = { person: bare, before: before.affiliation, after: affiliation };
    await this.#note(jid, { action: 'room.relate', reason, details }, acting);
    await this.#rooms.relate(jid, { jid: bare, affiliation, reason }, acting.jid);
    return this.#person(jid, bare);
  }

  /** What was said stays in the archive. Rejects with NO_SUCH_ROOM, ROOM_RETIRED, NO_SUCH_ALTERNATE. */
  async retire(jid: Jid, { reason, alternate }: Retire, acting: Acting): Promise<AdministeredRoom> {
    const { members, occupants } = await this.#open(jid, acting);
    const other = alternate === undefined ? undefined : await this.#alternate(alternate, { jid, acting });
    const details = { members, occupants, ...(other === undefined ? {} : { alternate: other }) };
    await this.#note(jid, { action: 'room.retire', reason, details }, acting);
    await this.#rooms.retire(jid, { reason, alternate: other }, acting.jid);
    return this.#visible.find(jid, acting);
  }

  #planOf(asked: NewRoom, jid: Jid, acting: Acting): RoomPlan {
    const { template, office, owners = [], members } = asked;
    if (template !== undefined && !this.#visible.templates(acting).some(({ name }) => name === template)) {
      throw new Failure('NO_SUCH_TEMPLATE', `There is no template ${template}; see rooms.templates in the settings.`);
    }
    if (office !== undefined && !isFor(acting, office)) {
      throw new Failure('NO_SUCH_OFFICE', `There is no office ${office}.`);
    }
    // Who acts for one office makes rooms of that office.
    const own = acting.scope === '*' ? office : acting.scope;
    return { jid: jid.bare, template, office: own, config: configOf(asked), owners, members };
  }

  async #open(jid: Jid, acting: Acting): Promise<AdministeredRoom> {
    const room = await this.#visible.find(jid, acting);
    if (room.ended) throw new Failure('ROOM_RETIRED', `${jid.bare} is retired; nothing of it changes any more.`);
    return room;
  }

  async #person(jid: Jid, bare: string): Promise<PersonOfRoom> {
    const found = (await this.#rooms.people(jid)).find((person) => person.jid === bare);
    return found ?? { jid: bare, affiliation: 'none', nick: undefined, reason: undefined, role: 'none' };
  }

  /** The address of a room that people can be sent to. */
  async #alternate(text: string, { jid, acting }: { jid: Jid; acting: Acting }): Promise<string> {
    const other = this.#rooms.addressOf(text);
    const room = await this.#rooms.find(other);
    if (room && !room.ended && isFor(acting, room.office) && other.bare !== jid.bare) return other.bare;
    throw new Failure('NO_SUCH_ALTERNATE', `There is no room ${other.bare} to go to instead.`);
  }

  async #note(jid: Jid, deed: Audited, { actor, role, address }: Acting): Promise<void> {
    try {
      await this.#audit.record({ ...deed, actor, role, address, subject: jid.bare });
    } catch (cause) {
      throw new Failure('AUDIT_UNAVAILABLE', 'Nothing was changed: the audit log cannot be written.', { cause });
    }
  }
}

/** What will be another than it is. Of a password only whether there is one. */
function differences({ config: present }: AdministeredRoom, wanted: Partial<RoomConfig>) {
  const { password, ...rest } = wanted;
  const changed = (Object.keys(rest) as (keyof typeof rest)[]).filter((key) => rest[key] !== present[key]);
  const before: Record<string, unknown> = Object.fromEntries(changed.map((key) => [key, present[key]]));
  const after: Record<string, unknown> = Object.fromEntries(changed.map((key) => [key, rest[key]]));
  if ('password' in wanted && (password !== undefined || present.hasPassword)) {
    before['hasPassword'] = present.hasPassword;
    after['hasPassword'] = password !== undefined;
  }
  return { before, after };
}

function isMore(a: Affiliation, b: Affiliation): boolean {
  return Affiliation.options.indexOf(a) < Affiliation.options.indexOf(b);
}

function ownAdmission(): Failure {
  return new Failure('OWN_ADMISSION', 'Nobody lets themselves into a room; ask another administrator.');
}
