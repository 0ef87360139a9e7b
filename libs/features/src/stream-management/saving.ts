import type { Session } from '@interoffice/routing';
import { describeError, type Log } from '@interoffice/telemetry';
import type { HeldStream, HeldStreams } from './held-streams.js';
import type { Kept, KeptSessions } from './kept-sessions.js';
import { encodeQueue } from './queue-codec.js';

/** A stream that is up has no end yet; one left behind by a crash gets its end when the server starts. */
const NO_END_MS = Date.UTC(2200, 0, 1);
const MOST_AT_ONCE = 1000;

/** Keeps the table up to date: what has changed is written together, what has ended is removed. */
export class Saving {
  readonly #ended: Buffer[] = [];
  #running: Promise<void> = Promise.resolve();

  constructor(
    private readonly held: Pick<HeldStreams, keyof HeldStreams>,
    private readonly kept: KeptSessions,
    private readonly log: Log,
  ) {}

  ended({ idHash, saved }: Kept): void {
    if (saved !== '') this.#ended.push(idHash);
  }

  /** Writes what has changed; resolves when it is written, or could not be: then the next time tries again. */
  flush(): Promise<void> {
    return (this.#running = this.#running.then(() => this.#write()));
  }

  /** The stream goes on: its counters are written, and not as those of a cut, when this resolves. Rejects with the database. */
  goesOn(session: Session, kept: Kept): Promise<void> {
    // In its turn: an earlier row must not be written over a later one.
    const written = this.#running.then(async () => {
      const row = rowOf(session, kept);
      await this.held.save([{ ...row, isExact: false, expiresAtMs: NO_END_MS }]);
      kept.saved = 'goes on';
      session.written(row.handled);
    });
    this.#running = written.catch(() => undefined);
    return written;
  }

  async #write(): Promise<void> {
    const changed: { session: Session; kept: Kept; state: string }[] = [];
    for (const session of this.kept.all()) {
      const kept = this.kept.of(session)!;
      const state = stateOf(session, kept);
      if (state !== kept.saved) changed.push({ session, kept, state });
    }
    const removed = this.#ended.splice(0);
    try {
      if (removed.length > 0) await this.held.remove(removed);
      for (let i = 0; i < changed.length; i += MOST_AT_ONCE) {
        const some = changed.slice(i, i + MOST_AT_ONCE).filter(({ session }) => session.isOpen);
        const rows = some.map(({ session, kept }) => rowOf(session, kept));
        for (const { kept, state } of some) kept.saved = state;
        await this.held.save(rows);
        for (const [j, { session }] of some.entries()) session.written(rows[j]!.handled);
      }
    } catch (error) {
      this.#ended.push(...removed);
      for (const { kept } of changed) kept.saved = kept.saved === '' ? '' : 'unknown';
      this.log.warn('stream-management.save.failed', { reason: describeError(error) });
    }
  }
}

function stateOf(session: Session, { deadline }: Kept): string {
  const { sent, acknowledged } = session.unacknowledged!;
  const presence = session.presence?.atMs ?? 0;
  return `${sent} ${acknowledged} ${session.settled} ${deadline ?? ''} ${presence} ${session.flags().join()} ${keptText(session)}`;
}

function keptText(session: Session): string {
  const kept = session.kept();
  return Object.keys(kept).length > 0 ? JSON.stringify(kept) : '';
}

function rowOf(session: Session, { idHash, deadline, isExact }: Kept): HeldStream {
  const { unacknowledged, presence, behind, context } = session;
  return {
    idHash,
    accountId: session.account.id,
    resource: session.resource,
    handled: session.settled,
    acknowledged: unacknowledged!.acknowledged,
    queue: encodeQueue(unacknowledged!.entries()),
    position: (behind?.position ?? context.released).text,
    presence: presence?.bytes ?? null,
    priority: presence?.priority ?? 0,
    show: presence?.show ?? '',
    flags: session.flags(),
    kept: session.kept(),
    // What a crash has left in doubt stays so until the client has come back.
    isExact: isExact && deadline !== undefined,
    expiresAtMs: deadline ?? NO_END_MS,
  };
}
