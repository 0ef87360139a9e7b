import type { Batch } from './batch.js';

/** The columns in the order `Batch` writes them. */
const JOURNAL_COLUMNS =
  'id, at, author_id, receiver_id, about, policy_version, size, kind, verdict, retention_class, author, author_device, ' +
  'author_office, receiver, receiver_device, receiver_office, room, peer, gateway, decision_id, stanza_id, origin_id, ' +
  'thread, batch, salt, leaf';
const CONTENT_COLUMNS = 'id, at, retention_class, stanza, body';

/** Head and tail of the binary format; head, flags and extension length, then −1 for the end. */
const HEAD = copyData(Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1'));
const END = Buffer.concat([copyData(Buffer.from([0xff, 0xff])), Buffer.from([0x63, 0, 0, 0, 4])]);

/**
 * One query string, so PostgreSQL runs both in one transaction and answers once: both COPYs, all their data and the
 * commit go out in a single write.
 */
const STATEMENT = query(
  `COPY journal (${JOURNAL_COLUMNS}) FROM STDIN (FORMAT binary); COPY journal_content (${CONTENT_COLUMNS}) FROM STDIN (FORMAT binary)`,
);

/** A run of bytes to send: of `from` between two offsets. */
export interface Run {
  readonly from: Buffer;
  readonly start: number;
  readonly end: number;
}

/** The commit of entries `first` up to, not including, `last` of a batch, as runs of bytes in the order to send. */
export function copyBinary(batch: Batch<unknown, unknown>, first: number, last: number): Run[] {
  const journal = { from: batch.journal.bytes, start: batch.journalStart[first]!, end: batch.journalStart[last]! };
  const runs = [all(STATEMENT), all(HEAD), all(dataHead(journal.end - journal.start)), journal, all(END), all(HEAD)];
  for (const content of contentRuns(batch, first, last)) {
    runs.push(all(dataHead(content.end - content.start)), content);
  }
  runs.push(all(END));
  return runs;
}

/** Entries without a row lie between those with one: their bytes are left out. */
function contentRuns(batch: Batch<unknown, unknown>, first: number, last: number): Run[] {
  const runs: Run[] = [];
  const { contentStart, contentEnd } = batch;
  const from = batch.content.bytes;
  let start = -1;
  let end = -1;
  for (let i = first; i < last; i++) {
    if (batch.recorded[i] === 0) continue;
    if (contentStart[i] !== end) {
      if (start >= 0) runs.push({ from, start, end });
      start = contentStart[i]!;
    }
    end = contentEnd[i]!;
  }
  if (start >= 0) runs.push({ from, start, end });
  return runs;
}

/** A simple Query message. */
export function query(text: string): Buffer {
  return message('Q', Buffer.from(`${text}\0`));
}

/** A message of PostgreSQL's protocol: type, length, body. */
export function message(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(type.length + 4, type, 'latin1');
  head.writeInt32BE(body.length + 4, type.length);
  return Buffer.concat([head, body]);
}

function all(from: Buffer): Run {
  return { from, start: 0, end: from.length };
}

function copyData(body: Buffer): Buffer {
  return message('d', body);
}

function dataHead(size: number): Buffer {
  const head = Buffer.allocUnsafe(5);
  head[0] = 0x64;
  head.writeInt32BE(size + 4, 1);
  return head;
}
