import { closeSync, openSync, readSync } from 'node:fs';
import { bigintOf } from '../range.js';
import { placeLine } from './arrange.js';
import type { Checkpoint } from './checkpoint.js';
import { type ExportException, exceptionsOf, unsealed } from './exceptions.js';
import type { ExportFolder } from './folder.js';
import { GrowingFile } from './growing-file.js';
import { linesOf } from './lines.js';
import { asPatientOfficer, type PatientSource } from './officer-session.js';
import type { PositionCursor } from './proofs.js';
import { type ExportRow, RECORD_COLUMNS, recordOf } from './record.js';
import type { Selected } from './selection.js';

/** In one statement: so many rows, or stanzas of so many bytes and the one that is more. */
const PAGE = 50;
const PAGE_BYTES = 4_000_000;
/** `id size`, the size with blanks before it. */
export const SELECTED_BYTES = 28;

const ROWS = `SELECT ${RECORD_COLUMNS} FROM officer_journal j WHERE j.id = ANY ($1::bigint[]) ORDER BY j.id`;
const GONE = 'It was there when the export began, and was removed before it was read.';

/** Writes the selected rows, in the order of their ids, as records with their positions and exceptions. */
export class Collection {
  readonly #records: GrowingFile;
  readonly #positions: GrowingFile;
  readonly #exceptions: GrowingFile;
  readonly #places: GrowingFile;
  #collected: number;
  #written: number;

  constructor(
    private readonly folder: ExportFolder,
    from: Checkpoint,
    private readonly options: { readonly cursor: PositionCursor | undefined; readonly checkpointRows: number },
  ) {
    this.#records = new GrowingFile(folder.records, from.sizes['records']);
    this.#positions = new GrowingFile(folder.positions, from.sizes['positions']);
    this.#exceptions = new GrowingFile(folder.exceptions, from.sizes['exceptions']);
    this.#places = new GrowingFile(folder.places, from.sizes['places']);
    this.#collected = from.collected;
    this.#written = from.written;
  }

  /** `safe` is called when everything up to there is on the disk. */
  async run(
    source: PatientSource,
    scope: string,
    safe: (at: Pick<Checkpoint, 'collected' | 'written' | 'sizes'>) => Promise<void>,
  ): Promise<void> {
    const { checkpointRows } = this.options;
    let safeAt = this.#collected;
    for (const ids of pagesOf(this.folder.ids, this.#collected, Math.min(PAGE, checkpointRows))) {
      const rows = await asPatientOfficer(source, scope, (officer) =>
        officer.query<ExportRow>(ROWS, [ids.map(bigintOf)]),
      );
      for (const row of rows) this.#add(row);
      if (rows.length < ids.length) this.#note(ids, rows);
      this.#collected += ids.length;
      if (this.#collected - safeAt < checkpointRows) continue;
      safeAt = this.#collected;
      await safe(this.#safe());
    }
    await safe(this.#safe());
    for (const file of [this.#records, this.#positions, this.#exceptions, this.#places]) file.close();
  }

  #add(row: ExportRow): void {
    const { cursor } = this.options;
    const position = cursor?.positionOf(row.id);
    const record = recordOf(row, position);
    if (cursor && position === undefined) return this.#except(unsealed(record));
    const line = Buffer.from(`${JSON.stringify(record)}\n`);
    this.#places.write(`${placeLine(record, { offset: this.#records.size, length: line.length - 1 })}\n`);
    this.#records.write(line);
    if (position !== undefined) this.#positions.write(positionBytes(position));
    for (const exception of exceptionsOf(record, row)) this.#except(exception);
    this.#written++;
  }

  #note(ids: readonly string[], rows: readonly ExportRow[]): void {
    const found = new Set(rows.map(({ id }) => id));
    for (const id of ids) if (!found.has(id)) this.#except({ id, kind: 'gone-since', reason: GONE });
  }

  #except(exception: ExportException): void {
    this.#exceptions.write(`${JSON.stringify(exception)}\n`);
  }

  #safe(): Pick<Checkpoint, 'collected' | 'written' | 'sizes'> {
    const sizes = {
      records: this.#records.safe(),
      positions: this.#positions.safe(),
      exceptions: this.#exceptions.safe(),
      places: this.#places.safe(),
    };
    return { collected: this.#collected, written: this.#written, sizes };
  }
}

export function selectedLine({ id, size }: Selected): string {
  return `${id} ${String(size).padStart(10)}`;
}

function* pagesOf(file: string, from: number, most: number): Generator<readonly string[]> {
  let ids: string[] = [];
  let bytes = 0;
  for (const line of linesOf(file, from * SELECTED_BYTES)) {
    ids.push(line.slice(0, 16));
    bytes += Number(line.slice(16));
    if (ids.length < most && bytes < PAGE_BYTES) continue;
    yield ids;
    ids = [];
    bytes = 0;
  }
  if (ids.length > 0) yield ids;
}

function positionBytes(position: number): Buffer {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeBigUInt64BE(BigInt(position));
  return bytes;
}

/** As `Collection` wrote them. */
export function* positionsIn(file: string): Generator<number> {
  const fd = openSync(file, 'r');
  const buffer = Buffer.alloc(8 * 8_192);
  try {
    for (let read = readSync(fd, buffer); read > 0; read = readSync(fd, buffer)) {
      for (let at = 0; at < read; at += 8) yield Number(buffer.readBigUInt64BE(at));
    }
  } finally {
    closeSync(fd);
  }
}
