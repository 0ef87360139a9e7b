import { FIRST_ID } from '../ids.js';
import { PostgresLink } from '../postgres-link.js';
import type { Connection, Database } from '@interoffice/storage';
import { openCheckpoint } from './checkpoint.js';
import { entryHash, type Entry, ENTRY_BYTES, entryOf, LogFiles, type Source, SOURCES } from './log-files.js';
import { CompactRange } from './merkle.js';
import { openNote } from './note.js';
import { readRows, type RecordedRow } from './recorded-rows.js';
import type { RecordedCheckpoint, SealRecords } from './seal-records.js';
import type { SignedCheckpoint } from './sealed-log.js';
import { type Trust } from './trust.js';

/** What is wrong with one row, or one checkpoint. */
export interface Fault {
  readonly kind:
    | 'certificate'
    | 'missing'
    | 'altered'
    | 'inserted'
    | 'disposed-without-certificate'
    | 'tree'
    | 'signature'
    | 'checkpoint';
  readonly source?: Source;
  readonly id?: string;
  /** The leaf's position in the log; absent for a row that has none. */
  readonly position?: number;
  /** For a person. */
  readonly text: string;
}

export interface Verification {
  /** Entries in the log, by source, and rows that are recorded but not sealed yet. */
  readonly size: number;
  readonly journal: number;
  readonly audit: number;
  readonly unsealed: number;
  /** Rows whose content was disposed of: their place in the tree is proven, what they said is not kept. */
  readonly disposed: number;
  readonly checkpoints: number;
  readonly sealedThrough: string | undefined;
  /** At most `MOST_FAULTS`, in the order of the log. */
  readonly faults: readonly Fault[];
  readonly faultCount: number;
}

export interface LogVerifierOptions {
  readonly database: Database;
  readonly records: SealRecords;
  readonly folder: string;
  readonly latest: SignedCheckpoint;
  readonly trust: Trust;
  /** Checkpoints that were kept elsewhere: by a witness, an auditor. */
  readonly known?: readonly SignedCheckpoint[];
  /** Whether a certificate says that the content of this row was disposed of. */
  readonly isDisposed: (row: {
    readonly id: string;
    readonly leaf: Buffer;
    readonly retentionClass: number;
  }) => boolean;
  readonly progress?: (done: number, total: number) => void;
}

export const MOST_FAULTS = 100_000;
/** Entries compared with their rows at once. */
const STEP = 4_096;
const ANSWER_WITHIN_MS = 60_000;

/**
 * Goes over everything: every row that was sealed against its leaf, every leaf against the tree, every checkpoint against
 * the tree and its key. Names what is wrong by its row. Reads only.
 */
export class LogVerifier {
  readonly #faults: Fault[] = [];
  #faultCount = 0;
  readonly #last: Record<Source, string> = { journal: FIRST_ID, audit: FIRST_ID };
  readonly #counts: Record<Source, number> = { journal: 0, audit: 0 };
  readonly #links: Partial<Record<Source, PostgresLink>> = {};
  #disposed = 0;
  #checkpoints = 0;

  constructor(private readonly options: LogVerifierOptions) {}

  async verify(): Promise<Verification> {
    const { folder, latest, progress } = this.options;
    const files = LogFiles.openToRead(folder);
    try {
      const tree = new TreeCheck(this.options, (fault) => this.#fault(fault));
      for (let start = 0; start < latest.size; start += STEP) {
        const end = Math.min(start + STEP, latest.size);
        const bytes = files.read(start, end);
        await tree.add(bytes, end - start);
        for (const source of SOURCES) await this.#compare(source, entriesIn(bytes, start));
        progress?.(end, latest.size);
      }
      this.#checkpoints = await tree.end();
      return { ...this.#result(latest), unsealed: await this.#unsealed() };
    } finally {
      files.close();
      for (const link of Object.values(this.#links)) link.close();
    }
  }

  /** The rows of one source between the last one seen and the last one of this stretch. */
  async #compare(source: Source, all: readonly Entry[]): Promise<void> {
    const entries = all.filter((entry) => entry.source === source);
    const upTo = entries.at(-1)?.id;
    if (upTo === undefined) return;
    const rows = await readRows(await this.#link(source), source, { after: this.#last[source], upTo });
    this.#last[source] = upTo;
    this.#counts[source] += entries.length;
    let at = 0;
    for (const entry of entries) {
      for (; at < rows.length && rows[at]!.id < entry.id; at++) this.#inserted(source, rows[at]!.id);
      if (rows[at]?.id === entry.id) this.#judge(entry, rows[at++]!);
      else
        this.#fault({
          kind: 'missing',
          ...named(entry),
          text: `${label(entry)} was sealed and is not in the database.`,
        });
    }
  }

  #judge(entry: Entry, row: RecordedRow): void {
    const { computed, stored } = row;
    if (computed === undefined && stored.equals(entry.leaf)) return this.#contentGone(entry, row);
    if (computed?.equals(entry.leaf) === true && stored.equals(entry.leaf)) return;
    this.#fault({
      kind: 'altered',
      ...named(entry),
      text: `${label(entry)} is not what was sealed: a field was changed.`,
    });
  }

  #contentGone(entry: Entry, { retentionClass }: RecordedRow): void {
    this.#disposed++;
    if (this.options.isDisposed({ id: entry.id, leaf: entry.leaf, retentionClass })) return;
    const text = `The content of ${label(entry)} is gone and no certificate of disposal names it.`;
    this.#fault({ kind: 'disposed-without-certificate', ...named(entry), text });
  }

  #inserted(source: Source, id: string): void {
    const text = `Row ${id} of the ${source} lies among sealed ones and was never sealed: it was inserted later.`;
    this.#fault({ kind: 'inserted', source, id, text });
  }

  /** Behind the last sealed row: they wait for the next checkpoint. */
  async #unsealed(): Promise<number> {
    const text = 'SELECT count(*)::int AS count FROM journal WHERE id > $1::bigint';
    const [row] = await this.options.database.query<{ count: number }>('reader', text, [
      BigInt(`0x${this.#last.journal}`),
    ]);
    return row?.count ?? 0;
  }

  #result({ size }: SignedCheckpoint): Omit<Verification, 'unsealed'> {
    return {
      size,
      ...this.#counts,
      disposed: this.#disposed,
      checkpoints: this.#checkpoints,
      sealedThrough: this.#last.journal === FIRST_ID ? undefined : this.#last.journal,
      faults: this.#faults,
      faultCount: this.#faultCount,
    };
  }

  async #link(source: Source): Promise<PostgresLink> {
    const known = this.#links[source];
    if (known) return known;
    const role = source === 'journal' ? 'reader' : 'app';
    const connection: Connection = this.options.database.connectionOf(role);
    const link = new PostgresLink(connection, ANSWER_WITHIN_MS);
    await link.open();
    this.#links[source] = link;
    return link;
  }

  #fault(fault: Fault): void {
    this.#faultCount++;
    if (this.#faults.length < MOST_FAULTS) this.#faults.push(fault);
  }
}

/** The tree over the entries, against every checkpoint that was signed. */
class TreeCheck {
  readonly #range = new CompactRange();
  #coming: RecordedCheckpoint[] = [];
  #size = 0;
  #seen = 0;
  #isAtEnd = false;
  readonly #known: ReadonlyMap<number, SignedCheckpoint>;

  constructor(
    private readonly options: LogVerifierOptions,
    private readonly fault: (fault: Fault) => void,
  ) {
    this.#known = new Map((options.known ?? []).map((one) => [one.size, one]));
  }

  async add(entries: Buffer, count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      this.#range.add(entryHash(entries, i));
      if (this.#coming.length === 0 && !this.#isAtEnd) await this.#more();
      if (this.#coming[0]?.size === this.#range.size) this.#judge(this.#coming.shift()!);
      const known = this.#known.get(this.#range.size);
      if (known) this.#judgeKnown(known);
    }
  }

  /** How many checkpoints there were. */
  async end(): Promise<number> {
    const { latest, known = [] } = this.options;
    for (const late of this.#coming) this.#beyond(late);
    const opened = openNote(latest.note);
    if (!opened || !this.options.trust.accepts(opened, latest.size))
      this.fault({
        kind: 'signature',
        text: `The latest checkpoint (${latest.size}) is not signed by a key of the log.`,
      });
    if (!this.#range.root.equals(latest.root))
      this.fault({ kind: 'tree', text: `The entries do not give the root of the latest checkpoint (${latest.size}).` });
    if (this.#size !== latest.size)
      this.fault({
        kind: 'checkpoint',
        text: `The database has checkpoints up to ${this.#size}, the files of the seal up to ${latest.size}.`,
      });
    for (const { size } of known)
      if (size > latest.size)
        this.fault({
          kind: 'checkpoint',
          text: `A checkpoint of ${size} entries was shown to somebody; here are only ${latest.size}.`,
        });
    return this.#seen;
  }

  async #more(): Promise<void> {
    this.#coming = [...(await this.options.records.after(this.#range.size - 1, 1_000))];
    this.#isAtEnd = this.#coming.length === 0;
  }

  #judge({ size, previous, root, note }: RecordedCheckpoint): void {
    const said = openCheckpoint(note);
    const opened = openNote(note);
    const between = `entries ${previous} to ${size - 1}`;
    if (previous !== this.#size)
      this.fault({
        kind: 'checkpoint',
        text: `Between the checkpoints of ${this.#size} and ${previous} entries one is missing.`,
      });
    if (said?.size !== size || !said.root.equals(root))
      this.fault({
        kind: 'checkpoint',
        text: `The checkpoint of ${size} entries says something else than its row in the database.`,
      });
    else if (!opened || !this.options.trust.accepts(opened, size))
      this.fault({
        kind: 'signature',
        text: `The checkpoint of ${size} entries is not signed by a key of the log that was valid then.`,
      });
    if (!this.#range.root.equals(said?.root ?? root))
      this.fault({ kind: 'tree', text: `The tree over ${between} is not the one that was signed.` });
    this.#size = size;
    this.#seen++;
  }

  #judgeKnown({ size, root }: SignedCheckpoint): void {
    if (!this.#range.root.equals(root))
      this.fault({
        kind: 'tree',
        text: `The log is not the one that was shown with ${size} entries: its past was changed.`,
      });
  }

  #beyond({ size }: RecordedCheckpoint): void {
    this.fault({
      kind: 'checkpoint',
      text: `The database has a checkpoint of ${size} entries that the files of the seal do not have.`,
    });
  }
}

function entriesIn(bytes: Buffer, start: number): Entry[] {
  const entries: Entry[] = [];
  for (let at = 0; at < bytes.length; at += ENTRY_BYTES)
    entries.push(entryOf(bytes.subarray(at, at + ENTRY_BYTES), start + at / ENTRY_BYTES));
  return entries;
}

function named({ source, id, position }: Entry): Pick<Fault, 'source' | 'id' | 'position'> {
  return { source, id, position };
}

function label({ source, id, position }: Entry): string {
  return `Row ${id} of the ${source} (leaf ${position})`;
}
