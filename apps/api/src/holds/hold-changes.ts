import { Inject, Injectable } from '@nestjs/common';
import type { Hold, Holds } from '@interoffice/archive';
import type { NewHold } from '@interoffice/contract';
import type { Clock } from '@interoffice/telemetry';
import { refused } from '../access/refused.js';
import { bareAddress } from '../archive/look.js';
import type { AuditLog } from '../audit/audit-log.js';
import { PORT } from '../ports.js';
import { ProblemError } from '../problem.js';
import { type Acting, isFor } from '../rooms/acting.js';

/** Holds of an officer's office: placed and released in the audit log first, then in force. */
@Injectable()
export class HoldChanges {
  readonly #holds: Holds;
  readonly #audit: AuditLog;
  readonly #clock: Clock;

  constructor(@Inject(PORT.holds) holds: Holds, @Inject(PORT.audit) audit: AuditLog, @Inject(PORT.clock) clock: Clock) {
    this.#holds = holds;
    this.#audit = audit;
    this.#clock = clock;
  }

  /** In force when this returns. Rejects with NOT_FOUND for an office that is not theirs, BAD_REQUEST for what is no address. */
  async place(asked: NewHold, acting: Acting): Promise<Hold> {
    const office = asked.office ?? acting.scope;
    if (!isFor(acting, office)) return refused(this.#audit, { attempt: 'hold.place', subject: asked.name }, acting);
    const { from, until, name, matter, reason, words } = asked;
    const wanted = {
      office,
      name,
      matter,
      reason,
      words,
      people: asked.people.map((text) => bareAddress('people', text)),
      rooms: asked.rooms.map((text) => bareAddress('rooms', text)),
      peers: asked.peers.map((text) => bareAddress('peers', text)),
      fromMs: from === undefined ? undefined : Date.parse(from),
      untilMs: until === undefined ? undefined : Date.parse(until),
    };
    const { reason: _said, ...details } = asked;
    await this.#note({ action: 'hold.place', subject: name, reason, details: { ...details, office } }, acting);
    return this.#holds.place(wanted, acting.actor, this.#clock.now());
  }

  /** Rejects with NOT_FOUND, and CONFLICT for one that was released before. */
  async release(id: string, reason: string, acting: Acting): Promise<Hold> {
    const hold = await this.find(id, acting, 'hold.release');
    if (hold.released) throw new ProblemError('CONFLICT', `The hold was released by ${hold.released.by} before.`);
    const details = { hold: id, matter: hold.matter, office: hold.office };
    await this.#note({ action: 'hold.release', subject: hold.name, reason, details }, acting);
    await this.#holds.release(id, { by: acting.actor, reason, atMs: this.#clock.now() });
    return this.find(id, acting);
  }

  /** Rejects with NOT_FOUND, also for what is another office's; the attempt is on record. */
  async find(id: string, acting: Acting, attempt = 'hold.view'): Promise<Hold> {
    const hold = await this.#holds.find(id, acting.scope);
    return hold ?? refused(this.#audit, { attempt, subject: id }, acting);
  }

  #note(
    deed: { action: string; subject: string; reason: string; details: Record<string, unknown> },
    { actor, role, address }: Acting,
  ): Promise<void> {
    return this.#audit.record({ ...deed, actor, role, address });
  }
}
