import { type ArchiveReader, MemoryArchive, type Sink } from '@interoffice/archive';
import type { HeldStream, HeldStreams, Marks, UncleanEnds } from '@interoffice/features';
import type { Account } from '@interoffice/routing';
import type { Random } from './random.js';

/** Has something done when its turn comes, and resolves some time after. */
export type Later = <T>(act: () => T) => Promise<T>;

/** Something the database is working on. */
interface Pending {
  /** What it does to the tables. */
  readonly act: () => void;
  readonly answer: () => void;
  /** Turns it still takes: a slow statement, among quick ones. */
  turns: number;
}

/**
 * What survives a crash: the journal, and the three small tables of streams, marks and unclean ends. Everything asked of it
 * is done when the scheduler says so, in any order but that of one connection; a crash may find it done or not done.
 */
export class Disk {
  readonly journal = new MemoryArchive();
  readonly #held = new Map<string, HeldStream>();
  readonly #marks = new Map<number, string>();
  readonly #ends = new Map<number, number>();
  #running = false;
  #crashedAt: number | undefined;
  #pending: Pending[] = [];
  #life = 0;

  /** `isHasty`: commits are answered before they are done, as by a server that archives afterwards. */
  constructor(
    private readonly random: Random,
    private readonly isHasty = false,
  ) {}

  get isWorking(): boolean {
    return this.#pending.length > 0;
  }

  /** One of the things under way gets done; now and then only its answer takes longer. */
  step(): void {
    const i = this.random.below(this.#pending.length);
    if (this.#pending[i]!.turns-- > 0) return;
    const [{ act, answer }] = this.#pending.splice(i, 1) as [Pending];
    act();
    if (this.random.below(10) === 0) this.#pending.push({ act: () => undefined, answer, turns: 0 });
    else answer();
  }

  /** The process dies: each thing under way was done or was not, and nobody hears of it. */
  crash(): void {
    for (const { act } of this.#pending) if (this.random.below(2) === 0) act();
    this.#pending = [];
    this.#life++;
  }

  /** How one life of the process asks: what it asks once it is dead is never heard. */
  asking(): Later {
    const life = this.#life;
    return <T>(act: () => T) =>
      new Promise<T>((resolve) => {
        let result: T;
        const turns = this.random.below(8) === 0 ? this.random.below(60) : 0;
        if (life !== this.#life) return;
        this.#pending.push({ act: () => (result = act()), answer: () => resolve(result), turns });
      });
  }

  sink(later = this.asking()): Sink {
    return {
      width: 2,
      // The rows are taken down when the commit is done: until then the batch stays as it is.
      commit: async (batch, before) => {
        await before;
        const done = later(() => void this.journal.commit(batch)).then(() => []);
        return this.isHasty ? [] : done;
      },
      close: () => undefined,
    };
  }

  reader(later = this.asking()): ArchiveReader {
    const { journal } = this;
    const asked =
      <Q, A>(ask: (query: Q) => Promise<A>) =>
      (query: Q): Promise<A> =>
        later(() => ask(query)).then((answer) => answer);
    return {
      page: asked((query) => journal.page(query)),
      metadata: asked((id: number) => journal.metadata(id)),
      after: asked((query) => journal.after(query)),
      passed: asked((query) => journal.passed(query)),
      sentIds: asked((query) => journal.sentIds(query)),
      sentWith: asked((query) => journal.sentWith(query)),
      find: asked((ids) => journal.find(ids)),
      changesOf: asked((ids) => journal.changesOf(ids)),
      said: asked((query) => journal.said(query)),
    };
  }

  held(later = this.asking()): Pick<HeldStreams, keyof HeldStreams> {
    const all = this.#held;
    const key = (idHash: Buffer): string => idHash.toString('hex');
    return {
      begin: (expiresAtMs) =>
        later(() => {
          for (const [id, row] of all) if (!row.isExact) all.set(id, { ...row, expiresAtMs });
        }),
      accounts: () => later(() => new Set([...all.values()].map(({ accountId }) => accountId))),
      load: (ids) => later(() => [...all.values()].filter(({ accountId }) => ids.includes(accountId))),
      expired: () => later(() => []),
      save: (rows) => later(() => rows.forEach((row) => all.set(key(row.idHash), row))),
      remove: (idHashes) => later(() => idHashes.forEach((idHash) => all.delete(key(idHash)))),
    };
  }

  marks(later = this.asking()): Pick<Marks, keyof Marks> {
    const all = this.#marks;
    return {
      move: (marks) =>
        later(() => {
          for (const { accountId, journalId } of marks)
            if (journalId > (all.get(accountId) ?? '')) all.set(accountId, journalId);
        }),
    };
  }

  /** The mark of an account as it comes into memory. */
  mark({ id }: Account): string | undefined {
    return this.#marks.get(id);
  }

  ends(later = this.asking()): Pick<UncleanEnds, keyof UncleanEnds> {
    return {
      begin: (now) =>
        later(() => {
          if (this.#running) this.#crashedAt = now;
          this.#running = true;
          return this.#crashedAt;
        }),
      end: () => later(() => void (this.#running = false)),
      load: () => later(() => new Map(this.#ends)),
      save: (ends) => later(() => ends.forEach((at, id) => this.#ends.set(id, at))),
    };
  }
}
