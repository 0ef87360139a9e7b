import fs from 'node:fs';
import path from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { type Clock, Failure } from '@interoffice/telemetry';
import { FIRST_ID } from '../ids.js';
import { checkpointText } from './checkpoint.js';
import { ENTRY_BYTES, entryHash, KEPT_LEAVES, KEPT_LEVEL, LogFiles } from './log-files.js';
import { CompactRange, HASH_BYTES } from './merkle.js';
import { readIfThere, replaceFile } from './replace-file.js';
import type { RecordedCheckpoint, SealRecords } from './seal-records.js';
import { CHECKPOINT_FILE } from './sealed-log.js';

/** What is about to be signed: written down first, so that after a crash the same is signed again, and nothing else. */
const INTENT_FILE = 'intent.json';
/** Why nothing is signed any more, until an operator has looked. */
export const REFUSED_FILE = 'refused.json';
/** Entries between two checkpoints while there is more: a verifier names what is wrong among no more than these. */
const MOST_ENTRIES = 8_192;
/** Hashed in one go: about a millisecond. */
const AT_ONCE = 512;

export interface SealOptions {
  readonly records: SealRecords;
  readonly folder: string;
  readonly origin: string;
  readonly clock: Clock;
  /** Signs a text as a note. */
  readonly sign: (text: string) => Promise<string>;
  /** The id up to which everything in the journal is committed. */
  readonly upTo: () => string;
}

type Head = Pick<RecordedCheckpoint, 'size' | 'root' | 'journalId' | 'auditId'>;
const NOTHING: Head = { size: 0, root: new CompactRange().root, journalId: FIRST_ID, auditId: FIRST_ID };

/**
 * Takes what was committed into the log and signs for it. It signs nothing that contradicts what it has signed before:
 * what that was stands in files beside the database, so a database that was set back is noticed (C2SP tlog-checkpoint;
 * docs/compliance/log.md). A refusal lasts until an operator ends it.
 */
export class Seal {
  readonly #files: LogFiles;
  #range = new CompactRange();
  #head: Head = NOTHING;

  constructor(private readonly options: SealOptions) {
    this.#files = LogFiles.openToWrite(options.folder);
  }

  /** What is sealed. */
  get head(): Head {
    return this.#head;
  }

  /** Finds out where it was. Rejects with SEAL_REFUSED when database and files do not belong together. */
  async open(): Promise<void> {
    const refused = readIfThere(this.#file(REFUSED_FILE));
    if (refused !== undefined) throw new Failure('SEAL_REFUSED', (JSON.parse(refused) as { why: string }).why);
    const head = this.#signedHead();
    await this.#compare(head);
    this.#restore(head);
    const intent = this.#intent();
    if (intent && intent.size > head.size) await this.#complete(intent);
    else this.#files.truncate(head.size);
  }

  /** Seals what is there; returns how many rows. Rejects with SEAL_REFUSED when it must not, and stays so. */
  async seal(): Promise<number> {
    const { records, upTo } = this.options;
    const began = this.#head.size;
    for (let isMore = true; isMore;) {
      const said = await records.journal(this.#head.journalId, upTo(), MOST_ENTRIES);
      const done = await records.audit(this.#head.auditId, MOST_ENTRIES);
      const entries = Buffer.concat([said.entries, done.entries]);
      if (entries.length === 0) break;
      await this.#add(entries, { journalId: said.last, auditId: done.last });
      isMore = Math.max(said.entries.length, done.entries.length) === MOST_ENTRIES * ENTRY_BYTES;
    }
    return this.#head.size - began;
  }

  /** Whether the database still has what was signed last. Rejects with SEAL_REFUSED. */
  check(): Promise<void> {
    return this.#compare(this.#head);
  }

  /** Nothing is signed from here on; the reason is kept. Throws SEAL_REFUSED. */
  refuse(why: string): never {
    const at = new Date(this.options.clock.now()).toISOString();
    replaceFile(this.#file(REFUSED_FILE), `${JSON.stringify({ why, at })}\n`);
    throw new Failure('SEAL_REFUSED', why);
  }

  close(): void {
    this.#files.close();
  }

  async #add(entries: Buffer, last: Pick<Head, 'journalId' | 'auditId'>): Promise<void> {
    const count = entries.length / ENTRY_BYTES;
    if (!Number.isInteger(count))
      this.refuse('A row has a leaf of another length than 32 bytes: it was not written by the journal.');
    this.#files.write(entries, this.#head.size);
    for (let i = 0; i < count; i++) {
      this.#range.add(entryHash(entries, i), this.#completed);
      if (i % AT_ONCE === AT_ONCE - 1) await turn();
    }
    this.#files.sync();
    const head = { size: this.#range.size, root: this.#range.root, ...last };
    replaceFile(this.#file(INTENT_FILE), JSON.stringify({ ...head, root: head.root.toString('hex') }));
    await this.#sign(head);
  }

  readonly #completed = (level: number, root: Buffer): void => {
    if (level === KEPT_LEVEL) this.#files.writeSubtree(root, Math.floor(this.#range.size / KEPT_LEAVES));
  };

  async #sign(head: Head): Promise<void> {
    const { records, origin, clock, sign } = this.options;
    const note = await sign(checkpointText({ origin, size: head.size, root: head.root }));
    const isLatest = await records.add({ ...head, previous: this.#head.size, atMs: clock.now(), note });
    if (!isLatest) {
      const recorded = await records.of(head.size);
      // Of a crash between the database and the file: it is our own.
      if (!recorded?.root.equals(head.root) || recorded.previous !== this.#head.size)
        this.refuse(
          'Another process signs for the same log, or the database was set back. Nothing was signed over it.',
        );
    }
    replaceFile(this.#file(CHECKPOINT_FILE), isLatest ? note : (await records.of(head.size))!.note);
    replaceFile(this.#file(HEAD_FILE), headText(head));
    this.#head = head;
  }

  /** What the files say was signed last. */
  #signedHead(): Head {
    const text = readIfThere(this.#file(HEAD_FILE));
    return text === undefined ? NOTHING : headIn(text);
  }

  #intent(): Head | undefined {
    const text = readIfThere(this.#file(INTENT_FILE));
    return text === undefined ? undefined : headIn(text);
  }

  /** The database must have exactly what the files have, or one more: that of the intent. */
  async #compare(head: Head): Promise<void> {
    const { records } = this.options;
    const latest = await records.latest();
    const intended = this.#intent()?.size;
    if (head.size === 0) {
      if (latest && latest.size !== intended)
        this.refuse(
          'The database has checkpoints and the files of the seal have none: bring the folder "seal" back from the backup.',
        );
      return;
    }
    if (!latest || latest.size < head.size)
      this.refuse(
        `The database is older than what was signed: ${latest?.size ?? 0} of ${head.size} entries. It was set back.`,
      );
    const same = latest.size === head.size ? latest : await records.of(head.size);
    if (!same?.root.equals(head.root) || (latest.size > head.size && latest.size !== intended))
      this.refuse(`The database has other checkpoints than the files of the seal, from ${head.size} entries on.`);
    if (!(await records.has(head))) this.refuse('The last rows that were sealed are not in the database any more.');
  }

  #restore(head: Head): void {
    const range = new CompactRange();
    try {
      const kept = Math.floor(head.size / KEPT_LEAVES);
      const roots = this.#files.readSubtrees(0, kept);
      for (let i = 0; i < kept; i++)
        range.addComplete(roots.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES), KEPT_LEAVES);
      const entries = this.#files.read(kept * KEPT_LEAVES, head.size);
      for (let i = 0; i < head.size - kept * KEPT_LEAVES; i++) range.add(entryHash(entries, i));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
    if (!range.root.equals(head.root))
      this.refuse('The files of the seal are damaged: their root is not the one that was signed.');
    this.#range = range;
    this.#head = head;
  }

  /** Signs what was about to be signed: its entries are in the file. */
  async #complete(intent: Head): Promise<void> {
    this.#files.truncate(Math.max(intent.size, this.#head.size));
    const entries = this.#files.read(this.#head.size, intent.size);
    for (let i = 0; i < intent.size - this.#head.size; i++) this.#range.add(entryHash(entries, i), this.#completed);
    if (!this.#range.root.equals(intent.root))
      this.refuse('The files of the seal are damaged: they do not have what was about to be signed.');
    await this.#sign(intent);
  }

  #file(name: string): string {
    return path.join(this.options.folder, name);
  }
}

/** Beside the checkpoint: how far each of both sources has come. */
const HEAD_FILE = 'head.json';

function headText(head: Head): string {
  return JSON.stringify({ ...head, root: head.root.toString('hex') });
}

function headIn(text: string): Head {
  const { root, ...rest } = JSON.parse(text) as Omit<Head, 'root'> & { root: string };
  return { ...rest, root: Buffer.from(root, 'hex') };
}

/** Ends a refusal: an operator has looked, and says that the files are right. */
export function endRefusal(folder: string): void {
  fs.rmSync(path.join(folder, REFUSED_FILE), { force: true });
}
