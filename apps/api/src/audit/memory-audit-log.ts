import type { Clock } from '@interoffice/telemetry';
import type { AuditLog, Deed, DeedQuery, RecordedDeed } from './audit-log.js';

/** The same promises without a database: for tests. */
export class MemoryAuditLog implements AuditLog {
  readonly deeds: RecordedDeed[] = [];
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async record(deed: Deed): Promise<void> {
    this.deeds.push({ ...deed, id: String(this.deeds.length + 1), atMs: this.#clock.now() });
  }

  async list({ actor, action, descending, offset, limit }: DeedQuery) {
    const found = this.deeds.filter(
      (deed) => (actor === undefined || deed.actor === actor) && (action === undefined || deed.action === action),
    );
    const sorted = descending ? found.toReversed() : found;
    return { deeds: sorted.slice(offset, offset + limit), total: found.length };
  }
}
