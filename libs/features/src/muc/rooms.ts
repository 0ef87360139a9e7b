import type { ArchiveReader } from '@interoffice/archive';
import type { Account, Host, Hosted } from '@interoffice/routing';
import { type Clock, describeError, type Log } from '@interoffice/telemetry';
import type { Jid } from '@interoffice/wire';
import { History } from './history.js';
import type { NewRoom, Relation, RoomRecord, RoomRecords, Subject } from './records.js';
import { Room } from './room.js';

/** A room nobody is in is forgotten after so long, and what was said last in one where nothing is said. */
const IDLE_MS = 300_000;
const SWEEP_MS = 60_000;
/** Addresses known to be no room. */
const MOST_ABSENT = 10_000;
/** Rooms one person may make in a minute. */
const MOST_CREATED = 30;
const MINUTE_MS = 60_000;

export interface RoomsParts {
  readonly domain: string;
  readonly records: RoomRecords;
  readonly archive: ArchiveReader | undefined;
  readonly secret: Buffer;
  /** How far the journal has been released: what comes later is told as it is said. */
  readonly released: () => string;
  readonly clock: Clock;
  readonly log: Log;
  /** How routing meets a room, and an address where there is none. */
  readonly doorOf: (room: Room) => Hosted;
  readonly nobodyAt: (jid: Jid) => Hosted;
}

/** The rooms of a service: awake while somebody is there or asks, otherwise rows in the database and nothing else. */
export class Rooms implements Host {
  readonly domain: string;
  epoch = 0;
  readonly #awake = new Map<string, { readonly room: Room; readonly door: Hosted }>();
  readonly #absent = new Map<string, Hosted>();
  readonly #loading = new Map<string, Promise<void>>();
  readonly #created = new Map<string, { count: number; sinceMs: number }>();
  readonly #timer: NodeJS.Timeout;

  constructor(private readonly parts: RoomsParts) {
    this.domain = parts.domain;
    this.#timer = setInterval(() => this.sweep(), SWEEP_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  get size(): number {
    return this.#awake.size;
  }

  awake(): Iterable<Room> {
    return [...this.#awake.values()].map(({ room }) => room);
  }

  /** Undefined also while what was said last in the room is not in memory: whoever comes in is shown it. */
  find(jid: Jid): Hosted | undefined {
    if (this.#loading.has(jid.bare)) return undefined;
    const known = this.#awake.get(jid.bare);
    if (!known) return this.#absent.get(jid.bare);
    if (this.parts.archive && known.room.history?.isRead !== true) return undefined;
    // Its maker is just opening it: who comes meanwhile waits at the door rather than being sent away.
    if (known.room.isLocked && known.room.isChanging) return undefined;
    known.room.usedAtMs = this.parts.clock.now();
    return known.door;
  }

  /** Rejects when the database cannot be asked. */
  load(jid: Jid): Promise<void> {
    return this.#loading.get(jid.bare) ?? this.#once(jid.bare, () => this.#load(jid));
  }

  /** The room, be there a tombstone or not; undefined: there was never one, or it has not been kept. */
  async get(jid: Jid): Promise<Room | undefined> {
    const known = this.peek(jid);
    if (known) return known;
    await this.load(jid);
    return this.peek(jid);
  }

  /** What was being read, or made, when this was called is there; whether it could be is another matter. */
  async loaded(): Promise<void> {
    await Promise.allSettled(this.#loading.values());
  }

  peek(jid: Jid): Room | undefined {
    return this.#awake.get(jid.bare)?.room;
  }

  /** Makes a room; undefined when there is one by now. Everybody who writes to its address waits meanwhile. */
  async create(jid: Jid, room: Omit<NewRoom, 'jid'>): Promise<Room | undefined> {
    let made: Room | undefined;
    await this.#once(jid.bare, async () => {
      const record = await this.parts.records.create({ ...room, jid: jid.bare });
      if (!record) return;
      made = this.#wake(record);
      made.history = new History(jid.bare);
      made.history.isRead = true;
      this.parts.log.info('room.created', { room: jid.bare, by: room.createdBy });
    });
    return made;
  }

  /** False when this person has made too many rooms lately. T-08 of security.md */
  mayCreateAnother({ bare }: Account): boolean {
    const now = this.parts.clock.now();
    const lately = this.#created.get(bare);
    if (!lately || now - lately.sinceMs >= MINUTE_MS) this.#created.set(bare, { count: 1, sinceMs: now });
    else if (++lately.count > MOST_CREATED) return false;
    return true;
  }

  /** The last occupant has left. A room that is not to stay is no more. */
  emptied(room: Room): void {
    room.usedAtMs = this.parts.clock.now();
    if (room.config.isPersistent || room.ended) return;
    this.remove(room);
  }

  /** The subject has been changed: it is in the journal already. XEP-0045 §8.1 */
  subjectSet(room: Room, subject: Subject): void {
    room.subject = subject;
    const { records, log } = this.parts;
    records
      .change(room.id, { subject })
      .catch((error: unknown) => log.warn('room.save.failed', { room: room.jid.bare, reason: describeError(error) }));
  }

  /** There is no such room any more, and no trace of it but in the journal. */
  remove(room: Room): void {
    this.#forget(room.jid.bare);
    const failed = (error: unknown): void =>
      this.parts.log.warn('room.save.failed', { room: room.jid.bare, reason: describeError(error) });
    void this.#once(room.jid.bare, () => this.parts.records.remove(room.id)).catch(failed);
  }

  /** Forgets what nobody needs. */
  sweep(): void {
    const now = this.parts.clock.now();
    for (const [bare, { room }] of this.#awake) {
      if (now - room.usedAtMs < IDLE_MS) continue;
      if (room.occupants.size === 0) this.#forget(bare);
      else room.history = undefined;
    }
    for (const [bare, { sinceMs }] of this.#created) if (now - sinceMs >= MINUTE_MS) this.#created.delete(bare);
  }

  /** People who are there now. */
  present(bare: string): number {
    let count = 0;
    for (const { isPresent } of this.#awake.get(bare)?.room.occupants.values() ?? []) if (isPresent) count++;
    return count;
  }

  #once(bare: string, work: () => Promise<void>): Promise<void> {
    const loading = this.#loading.get(bare);
    if (loading) return loading.then(() => this.#once(bare, work));
    const run = work().finally(() => this.#loading.delete(bare));
    this.#loading.set(bare, run);
    return run;
  }

  async #load(jid: Jid): Promise<void> {
    const { archive, records } = this.parts;
    const known = this.#awake.get(jid.bare)?.room;
    const record = known ? undefined : await records.find(jid.bare);
    const room = known ?? (record && this.#wake(record));
    if (!room) return this.#notThere(jid);
    room.usedAtMs = this.parts.clock.now();
    if (room.isChanging) await room.inOrder(() => Promise.resolve());
    if (!archive || room.history?.isRead === true) return;
    room.history ??= new History(jid.bare);
    await room.history.read(archive, room.id, this.parts.released());
  }

  #wake(record: RoomRecord): Room {
    const room = new Room(record, this.parts.secret);
    room.usedAtMs = this.parts.clock.now();
    this.#absent.delete(record.jid);
    this.#awake.set(record.jid, { room, door: this.parts.doorOf(room) });
    this.epoch++;
    return room;
  }

  #notThere(jid: Jid): void {
    if (this.#absent.size >= MOST_ABSENT) this.#absent.delete(this.#absent.keys().next().value!);
    this.#absent.set(jid.bare, this.parts.nobodyAt(jid.toBare()));
  }

  #forget(bare: string): void {
    this.#awake.delete(bare);
    this.epoch++;
  }
}

/** The relations a room begins with: its maker owns it. XEP-0045 §10.1.1 */
export function ownedBy(...owners: readonly string[]): Map<string, Relation> {
  return new Map(owners.map((jid) => [jid, { affiliation: 'owner', nick: undefined, reason: undefined }]));
}
