import type { Cursor } from '../people-source.js';
import type { Decision, Hold, NewHold, SyncRecords, SyncRun } from '../sync/sync-records.js';

/** What syncs have done, until the process ends: for the stage and for tests. */
export class MemorySyncRecords implements SyncRecords {
  readonly #cursors = new Map<string, Cursor>();
  #runs: SyncRun[] = [];
  #holds: Hold[] = [];
  #last = 0;

  async note(run: SyncRun): Promise<void> {
    this.#runs.unshift(run);
  }

  async runs(directory: string, limit: number): Promise<readonly SyncRun[]> {
    return this.#runs.filter((run) => run.directory === directory).slice(0, limit);
  }

  async lastFull(directory: string): Promise<SyncRun | undefined> {
    const hasRead = ({ outcome }: SyncRun): boolean => outcome === 'done' || outcome === 'partial';
    return this.#runs.find((run) => run.directory === directory && run.kind === 'full' && hasRead(run));
  }

  async cursor(directory: string): Promise<Cursor | undefined> {
    return this.#cursors.get(directory);
  }

  async saveCursor(directory: string, cursor: Cursor): Promise<void> {
    this.#cursors.set(directory, cursor);
  }

  async hold(held: NewHold): Promise<Hold> {
    const waiting = await this.waiting(held.directory);
    const undecided = { decision: undefined, decidedBy: undefined, decidedAt: undefined };
    const hold = { ...held, ...undecided, id: waiting?.id ?? ++this.#last };
    this.#holds = [...this.#holds.filter(({ id }) => id !== hold.id), hold];
    return hold;
  }

  async waiting(directory: string): Promise<Hold | undefined> {
    return this.#holds.find((hold) => hold.directory === directory && hold.decision === undefined);
  }

  async decided(directory: string): Promise<Hold | undefined> {
    const decided = this.#holds.filter((hold) => hold.directory === directory && hold.decision !== undefined);
    return decided.sort((a, b) => b.decidedAt! - a.decidedAt! || b.id - a.id)[0];
  }

  async narrow(id: number, ids: readonly string[]): Promise<void> {
    const isEmpty = (hold: Hold): boolean => hold.decision === undefined && hold.ids.length === 0;
    this.#holds = this.#holds
      .map((hold) => (hold.id === id ? { ...hold, ids } : hold))
      .filter((hold) => !isEmpty(hold));
  }

  async decide(id: number, said: { decision: Decision; by: string; atMs: number }): Promise<Hold | undefined> {
    const hold = this.#holds.find((one) => one.id === id && one.decision === undefined);
    if (!hold) return undefined;
    const decided = { ...hold, decision: said.decision, decidedBy: said.by, decidedAt: said.atMs };
    this.#holds = this.#holds.map((one) => (one.id === id ? decided : one));
    return decided;
  }

  async prune(directory: string, beforeMs: number): Promise<void> {
    this.#runs = this.#runs.filter((run) => run.directory !== directory || run.endedAt >= beforeMs);
  }
}
