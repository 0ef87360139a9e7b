import type { Database } from '@interoffice/storage';
import { FIRST_ID } from '../ids.js';
import { bigintOf } from '../range.js';
import { type Source, SOURCE_BYTE } from './log-files.js';

/** A checkpoint as the database keeps it. */
export interface RecordedCheckpoint {
  readonly size: number;
  readonly previous: number;
  readonly atMs: number;
  readonly root: Buffer;
  /** Ids of the last rows that it covers. */
  readonly journalId: string;
  readonly auditId: string;
  readonly note: string;
}

interface Row {
  readonly size: number;
  readonly previous: number;
  readonly at: Date;
  readonly root: Buffer;
  readonly journal_id: string;
  readonly audit_id: string;
  readonly note: string;
}

const COLUMNS = `size, previous, at, root, lpad(to_hex(journal_id), 16, '0') AS journal_id,
  lpad(to_hex(audit_id), 16, '0') AS audit_id, note`;
const byte = (source: Source): string => `'\\x0${SOURCE_BYTE[source]}'::bytea`;
/** Entries as the log has them, made by PostgreSQL as one value: there is nothing to read row by row. */
const ENTRIES: Readonly<Record<Source, string>> = {
  journal: entriesOf('journal', 'WHERE id > $1::bigint AND id <= $2::bigint'),
  audit: entriesOf('audit', 'WHERE id > $1::bigint'),
};

function entriesOf(source: Source, where: string): string {
  const limit = source === 'journal' ? '$3' : '$2';
  return `SELECT string_agg(${byte(source)} || int8send(id) || leaf, '' ORDER BY id) AS entries,
      lpad(to_hex(max(id)), 16, '0') AS last
    FROM (SELECT id, leaf FROM ${source} ${where} ORDER BY id LIMIT ${limit}) next`;
}

/** Rows that follow each other, as entries of the log. */
export interface NextEntries {
  readonly entries: Buffer;
  /** The id of the last of them; the one asked from when there are none. */
  readonly last: string;
}

/** What the database has of the seal: rows that are not in the log yet, and every checkpoint that was signed. */
export class SealRecords {
  constructor(
    private readonly database: Database,
    private readonly origin: string,
  ) {}

  /** Rows of the journal behind `after`, up to `upTo`. */
  journal(after: string, upTo: string, most: number): Promise<NextEntries> {
    return this.#next('reader', { name: 'seal.journal', text: ENTRIES.journal }, [
      bigintOf(after),
      bigintOf(upTo),
      most,
    ]).then((found) => found ?? { entries: NONE, last: after });
  }

  /** Rows of the audit log behind `after`. */
  audit(after: string, most: number): Promise<NextEntries> {
    return this.#next('app', { name: 'seal.audit', text: ENTRIES.audit }, [bigintOf(after), most]).then(
      (found) => found ?? { entries: NONE, last: after },
    );
  }

  async latest(): Promise<RecordedCheckpoint | undefined> {
    const text = `SELECT ${COLUMNS} FROM seal_checkpoints WHERE origin = $1 ORDER BY size DESC LIMIT 1`;
    const [row] = await this.database.prepared<Row>('app', { name: 'seal.latest', text }, [this.origin]);
    return row && checkpointOf(row);
  }

  async of(size: number): Promise<RecordedCheckpoint | undefined> {
    const text = `SELECT ${COLUMNS} FROM seal_checkpoints WHERE origin = $1 AND size = $2`;
    const [row] = await this.database.query<Row>('app', text, [this.origin, size]);
    return row && checkpointOf(row);
  }

  /** In the order of their sizes, beyond `size`. */
  async after(size: number, most: number): Promise<readonly RecordedCheckpoint[]> {
    const text = `SELECT ${COLUMNS} FROM seal_checkpoints WHERE origin = $1 AND size > $2 ORDER BY size LIMIT $3`;
    const rows = await this.database.query<Row>('app', text, [this.origin, size, most]);
    return rows.map(checkpointOf);
  }

  /** False when another one than `previous` is the latest: somebody else signs here, or the database is another. */
  async add({ size, previous, atMs, root, journalId, auditId, note }: RecordedCheckpoint): Promise<boolean> {
    const text = `INSERT INTO seal_checkpoints (origin, size, previous, at, root, journal_id, audit_id, note)
      SELECT $1, $2, $3, $4, $5, $6::bigint, $7::bigint, $8
       WHERE coalesce((SELECT max(size) FROM seal_checkpoints WHERE origin = $1), 0) = $3
      ON CONFLICT DO NOTHING RETURNING size`;
    const values = [this.origin, size, previous, new Date(atMs), root, bigintOf(journalId), bigintOf(auditId), note];
    return (await this.database.prepared('app', { name: 'seal.add', text }, values)).length === 1;
  }

  /** Whether the last rows that were sealed are still there. */
  async has({ journalId, auditId }: Pick<RecordedCheckpoint, 'journalId' | 'auditId'>): Promise<boolean> {
    const there = async (role: 'reader' | 'app', table: string, id: string): Promise<boolean> =>
      id === FIRST_ID ||
      (await this.database.query(role, `SELECT FROM ${table} WHERE id = $1::bigint`, [bigintOf(id)])).length === 1;
    return (await there('reader', 'journal', journalId)) && there('app', 'audit', auditId);
  }

  async #next(
    role: 'reader' | 'app',
    statement: { name: string; text: string },
    values: readonly unknown[],
  ): Promise<NextEntries | undefined> {
    const [row] = await this.database.prepared<{ entries: Buffer | null; last: string }>(role, statement, values);
    return row?.entries ? { entries: row.entries, last: row.last } : undefined;
  }
}

const NONE = Buffer.alloc(0);

function checkpointOf(row: Row): RecordedCheckpoint {
  return {
    size: row.size,
    previous: row.previous,
    atMs: row.at.getTime(),
    root: row.root,
    journalId: row.journal_id,
    auditId: row.audit_id,
    note: row.note,
  };
}
