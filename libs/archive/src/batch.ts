import { LEAF_BYTES, type Leaves, SALT_BYTES } from './leaf.js';
import type { Decision, Recordable } from './recordable.js';
import type { ReleasedBatch } from './released-batch.js';
import { Rows } from './rows.js';

export const MOST_ENTRIES = 1_500;
export const MOST_BYTES = 1_048_576;
/** PostgreSQL counts from 2000-01-01. */
const POSTGRES_EPOCH_MS = 946_684_800_000;
const JOURNAL_FIELDS = 26;
const CONTENT_FIELDS = 5;
const META_SIZE = 65_536;
const BYTES_SIZE = 131_072;

/** What an entry belongs to. */
export interface Belonging<Author, Targets> {
  readonly author: Author;
  readonly sequence: number;
  readonly targets: Targets;
}

/**
 * Stanzas on their way to one commit, as a struct of arrays: their rows in both tables as COPY data, and what is needed
 * to release them. The stanza column of a row is what will be delivered: `bytes` from `start[i]` to `end[i]`.
 */
export class Batch<Author, Targets> implements ReleasedBatch<Author, Targets> {
  number = 0;
  count = 0;
  /** Entries that become rows. */
  rows = 0;
  /** Id of the first row: names the commit in the table. */
  firstHigh = 0;
  firstLow = 0;
  /** When the first entry came. */
  openedAtMs = 0;
  readonly start = new Int32Array(MOST_ENTRIES);
  readonly end = new Int32Array(MOST_ENTRIES);
  readonly idHigh = new Uint32Array(MOST_ENTRIES);
  readonly idLow = new Uint32Array(MOST_ENTRIES);
  readonly flags = new Int32Array(MOST_ENTRIES);
  readonly sequence = new Float64Array(MOST_ENTRIES);
  readonly recorded = new Uint8Array(MOST_ENTRIES);
  readonly verdict = new Uint8Array(MOST_ENTRIES);
  /** Where the rows of entry i lie: in `journal` and in `content`. Equal ends: no row. */
  readonly journalStart = new Int32Array(MOST_ENTRIES + 1);
  readonly contentStart = new Int32Array(MOST_ENTRIES);
  readonly contentEnd = new Int32Array(MOST_ENTRIES);
  /** Where the salt of entry i lies in `journal`. */
  readonly salt = new Int32Array(MOST_ENTRIES);
  readonly authors: Author[] = [];
  readonly targets: Targets[] = [];
  #timeHigh = 0;
  #timeLow = 0;
  journal = new Rows(META_SIZE);
  content = new Rows(BYTES_SIZE);

  /** `withRows` false: for a sink that keeps nothing; entries are carried in order and no row is made. */
  constructor(
    private readonly leaves: Leaves,
    private readonly withRows = true,
  ) {}

  get bytes(): Buffer {
    return this.content.bytes;
  }

  get size(): number {
    return this.content.length;
  }

  get isFull(): boolean {
    return this.count === MOST_ENTRIES || this.content.length >= MOST_BYTES;
  }

  /** Adds an entry and copies its bytes; the batch must not be full. */
  add(r: Recordable, d: Decision, to: Belonging<Author, Targets>): void {
    const i = this.count;
    this.idHigh[i] = r.idHigh;
    this.idLow[i] = r.idLow;
    this.flags[i] = r.flags;
    this.sequence[i] = to.sequence;
    this.authors[i] = to.author;
    this.targets[i] = to.targets;
    this.verdict[i] = d.verdict === 'passed' ? 0 : d.verdict === 'refused' ? 1 : 2;
    this.recorded[i] = d.record ? 1 : 0;
    if (d.record && this.withRows) this.#record(r, d, i);
    else this.#carry(r, i);
    this.count = i + 1;
    this.journalStart[i + 1] = this.journal.length;
  }

  /** Which partition the content of entry i belongs to, read from its row. */
  placeOf(i: number): { atMs: number; retentionClass: number } {
    const { bytes } = this.content;
    // Behind the count of fields: id (4 + 8), time (4 + 8), class (4 + 2).
    const time = this.contentStart[i]! + 2 + 12 + 4;
    const atUs = bytes.readInt32BE(time) * 0x1_0000_0000 + bytes.readUInt32BE(time + 4);
    return { atMs: atUs / 1_000 + POSTGRES_EPOCH_MS, retentionClass: bytes.readInt16BE(time + 12) };
  }

  /** Empty again, with nothing of what it held. */
  reset(number: number): void {
    this.number = number;
    this.authors.fill(undefined as Author, 0, this.count);
    this.targets.fill(undefined as Targets, 0, this.count);
    this.count = 0;
    this.rows = 0;
    this.journal.length = 0;
    this.content.length = 0;
    // One huge stanza does not keep its memory for ever.
    if (this.content.bytes.length > 2 * MOST_BYTES) this.content = new Rows(BYTES_SIZE);
  }

  /** In order, but without a row. */
  #carry(r: Recordable, i: number): void {
    const { content } = this;
    content.reserve(r.maxBytes);
    const start = content.length;
    content.length = r.writeTo(content.bytes, start);
    this.start[i] = start;
    this.end[i] = content.length;
    this.contentStart[i] = content.length;
    this.contentEnd[i] = content.length;
  }

  #record(r: Recordable, d: Decision, i: number): void {
    if (this.rows === 0) {
      this.firstHigh = r.idHigh;
      this.firstLow = r.idLow;
    }
    this.rows++;
    this.#setTime(r);
    this.#writeContent(r, d, i);
    const { journal, leaves } = this;
    journal.tuple(JOURNAL_FIELDS);
    const canonical = journal.length;
    this.#writeFacts(r, d, i);
    const canonicalEnd = journal.length;
    journal.int8(this.firstHigh | 0, this.firstLow | 0);
    const salt = journal.open(SALT_BYTES);
    leaves.salt(journal.bytes, salt);
    journal.close(salt, salt + SALT_BYTES);
    this.salt[i] = salt;
    leaves.begin(journal.bytes, salt);
    leaves.add(journal.bytes, canonical, canonicalEnd);
    // The stanza and body columns, from the length of the stanza on.
    leaves.add(this.content.bytes, this.start[i]! - 4, this.contentEnd[i]!);
    const leaf = journal.open(LEAF_BYTES);
    leaves.end(journal.bytes, leaf);
    journal.close(leaf, leaf + LEAF_BYTES);
  }

  /** As PostgreSQL has it, for both rows. In two halves: a number of this size would be an object for each call. */
  #setTime(r: Recordable): void {
    const us = (r.atMs - POSTGRES_EPOCH_MS) * 1_000;
    const high = Math.floor(us / 0x1_0000_0000);
    this.#timeHigh = high | 0;
    this.#timeLow = (us - high * 0x1_0000_0000) | 0;
  }

  /** The columns of `journal_content`, in the order of CONTENT_COLUMNS. */
  #writeContent(r: Recordable, d: Decision, i: number): void {
    const { content } = this;
    this.contentStart[i] = content.length;
    content.tuple(CONTENT_FIELDS);
    content.int8(r.idHigh | 0, r.idLow | 0);
    content.int8(this.#timeHigh, this.#timeLow);
    content.int2(d.retentionClass);
    const start = content.open(r.maxBytes);
    const end = r.writeTo(content.bytes, start);
    content.close(start, end);
    this.start[i] = start;
    this.end[i] = end;
    content.text(r.bytes, r.bodyStart, r.bodyEnd);
    this.contentEnd[i] = content.length;
  }

  /** The columns of `journal` up to the thread, in the order of JOURNAL_COLUMNS: the first part of the canonical form. */
  #writeFacts(r: Recordable, d: Decision, i: number): void {
    const { journal } = this;
    const { author, receiver } = r;
    journal.int8(r.idHigh | 0, r.idLow | 0);
    journal.int8(this.#timeHigh, this.#timeLow);
    journal.int8Of(author.accountId);
    journal.int8Of(receiver.accountId);
    if (d.about === undefined) journal.absent();
    else journal.int8(parseInt(d.about.slice(0, 8), 16), parseInt(d.about.slice(8), 16));
    journal.int4(d.policyVersion);
    journal.int4(this.end[i]! - this.start[i]!);
    journal.int2(r.flags >>> 24);
    journal.int2(this.verdict[i]!);
    journal.int2(d.retentionClass);
    journal.whole(author.bare);
    journal.whole(author.device);
    journal.whole(author.office);
    journal.whole(receiver.bare);
    journal.whole(receiver.device);
    journal.whole(receiver.office);
    journal.whole(r.room);
    journal.whole(r.peer);
    journal.whole(r.gateway);
    journal.ascii(d.decisionId);
    journal.text(r.bytes, r.stanzaIdStart, r.stanzaIdEnd);
    journal.text(r.bytes, r.originIdStart, r.originIdEnd);
    journal.text(r.bytes, r.threadStart, r.threadEnd);
  }
}
