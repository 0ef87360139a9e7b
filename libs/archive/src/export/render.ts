import type { Pace } from '@interoffice/jobs';
import { arranged } from './arrange.js';
import type { Background } from './background.js';
import type { ExportFolder } from './folder.js';
import { placedLines } from './lines.js';
import { messageOf } from './message.js';
import type { ExportRecord } from './record.js';
import type { Writer } from './writer.js';

const BATCH = 100;

/** How far the form is written. */
export interface Rendered {
  readonly rendered: number;
  /** In `records.jsonl`, where the next one begins; of no use to who goes conversation by conversation. */
  readonly offset: number;
  readonly writer: unknown;
}

export interface RenderParts {
  readonly folder: ExportFolder;
  readonly background: Background;
  readonly writer: Writer;
  readonly checkpointRows: number;
  readonly pace: Pace;
}

interface Read {
  readonly record: ExportRecord;
  readonly next: number;
}

/** Writes all records in their format, from where it was. `safe`: a checkpoint, everything up to there is on the disk. */
export async function render(
  { folder, background, writer, checkpointRows, pace }: RenderParts,
  from: Rendered,
  safe: (at: Rendered) => Promise<void>,
): Promise<void> {
  let { rendered, offset } = from;
  let sinceSafe = 0;
  for (const batch of batches(writer.order === 'recorded' ? recorded(folder, offset) : sorted(folder, rendered))) {
    await background.learn(batch.map(({ record }) => record));
    for (const { record, next } of batch) {
      await writer.write(messageOf(record, background));
      rendered++;
      offset = next;
      await pace.rest();
      if (++sinceSafe < checkpointRows) continue;
      sinceSafe = 0;
      await safe({ rendered: rendered - writer.waiting, offset, writer: writer.safe() });
    }
  }
  await writer.close();
}

function* recorded(folder: ExportFolder, from: number): Generator<Read> {
  for (const { text, offset, length } of placedLines(folder.records, from))
    yield { record: JSON.parse(text) as ExportRecord, next: offset + length + 1 };
}

function* sorted(folder: ExportFolder, nth: number): Generator<Read> {
  for (const record of arranged(folder, nth)) yield { record, next: 0 };
}

function* batches(records: Iterable<Read>): Generator<readonly Read[]> {
  let batch: Read[] = [];
  for (const record of records) {
    batch.push(record);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
