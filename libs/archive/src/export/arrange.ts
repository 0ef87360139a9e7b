import { closeSync, openSync, readSync, renameSync } from 'node:fs';
import type { Pace } from '@interoffice/jobs';
import type { ExportFolder } from './folder.js';
import { GrowingFile } from './growing-file.js';
import { linesOf } from './lines.js';
import { conversationOf, type ExportRecord, timeOfRecord } from './record.js';
import { SortedLines } from './sorted-lines.js';

/** Where a record stands in `records.jsonl`. */
export interface Place {
  readonly offset: number;
  readonly length: number;
}

/** One line for each conversation, in `conversations.jsonl`. */
export interface ConversationCount {
  readonly conversation: string;
  readonly messages: number;
  readonly first: string;
  readonly last: string;
}

const PLACE_BYTES = 12;
const MOVE_EVERY = 5_000;
const REST_EVERY = 25;

/** A record, in the order in which records are arranged, and its place. */
export function placeLine(record: ExportRecord, { offset, length }: Place): string {
  const conversation = conversationOf(record).replaceAll(/[\t\n]/g, ' ');
  return `${conversation}\t${timeOfRecord(record).slice(0, 10)}\t${record.id}\t${offset}\t${length}`;
}

/**
 * Puts the records in the order of conversations, days and ids: `order` has their places, `conversations.jsonl` says how
 * many each has. Begins anew when it was interrupted; returns how many conversations there are.
 */
export async function arrange(
  folder: ExportFolder,
  pace: Pace,
  moved: (records: number) => Promise<void>,
): Promise<number> {
  const sorted = new SortedLines(folder.work, 'sorted');
  let records = 0;
  for (const line of linesOf(folder.places)) {
    sorted.add(line);
    if (++records % MOVE_EVERY === 0) await moved(records);
    if (records % REST_EVERY === 0) await pace.rest();
  }
  const conversations = await write(folder, pace, sorted);
  sorted.remove();
  return conversations;
}

async function write(folder: ExportFolder, pace: Pace, sorted: SortedLines): Promise<number> {
  const order = new GrowingFile(`${folder.order}.new`);
  const counts = new GrowingFile(`${folder.conversations}.new`);
  let count: { conversation: string; messages: number; first: string; last: string } | undefined;
  let conversations = 0;
  let records = 0;
  const end = (): void => {
    if (count) counts.write(`${JSON.stringify(count satisfies ConversationCount)}\n`);
  };
  for (const line of sorted.merged()) {
    const [conversation = '', , id = '', offset, length] = line.split('\t');
    order.write(placeBytes({ offset: Number(offset), length: Number(length) }));
    if (count?.conversation !== conversation) {
      end();
      count = { conversation, messages: 0, first: id, last: id };
      conversations++;
    }
    count.messages++;
    count.last = id;
    if (++records % REST_EVERY === 0) await pace.rest();
  }
  end();
  order.close();
  counts.close();
  renameSync(`${folder.order}.new`, folder.order);
  renameSync(`${folder.conversations}.new`, folder.conversations);
  return conversations;
}

function placeBytes({ offset, length }: Place): Buffer {
  const bytes = Buffer.allocUnsafe(PLACE_BYTES);
  bytes.writeBigUInt64BE(BigInt(offset));
  bytes.writeUInt32BE(length, 8);
  return bytes;
}

/** The records in the order of conversations, from the `nth` on. */
export function* arranged(folder: ExportFolder, nth: number): Generator<ExportRecord> {
  const records = openSync(folder.records, 'r');
  const order = openSync(folder.order, 'r');
  const places = Buffer.alloc(PLACE_BYTES * 4_096);
  try {
    for (let at = nth * PLACE_BYTES; ;) {
      const read = readSync(order, places, 0, places.length, at);
      if (read === 0) return;
      at += read;
      for (let i = 0; i < read; i += PLACE_BYTES) yield recordAt(records, places, i);
    }
  } finally {
    closeSync(records);
    closeSync(order);
  }
}

function recordAt(fd: number, places: Buffer, i: number): ExportRecord {
  const length = places.readUInt32BE(i + 8);
  const bytes = Buffer.allocUnsafe(length);
  readSync(fd, bytes, 0, length, Number(places.readBigUInt64BE(i)));
  return JSON.parse(bytes.toString('utf8')) as ExportRecord;
}
