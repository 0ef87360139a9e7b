import { type Feature, forOthers, set } from '@interoffice/routing';
import { NS } from '@interoffice/wire';
import type { OutboundMessages } from '@interoffice/archive';
import type { Sql } from '@interoffice/features';
import type { Federation, GivenReceipt, Receipt, ReceiptStore } from '@interoffice/federation/queue';

interface Row {
  readonly number: string;
  readonly recorded_by: string;
  readonly rows_of: string;
  readonly at_ms: number;
  readonly rows: readonly string[];
  readonly chain: readonly Buffer[];
  readonly signature: Buffer;
}

const COLUMNS =
  'number::text, recorded_by, rows_of, (extract(epoch FROM at) * 1000)::float8 AS at_ms, rows::text[] AS rows, chain, signature';

/** Receipts between offices, in PostgreSQL. */
export class PostgresReceipts implements ReceiptStore {
  constructor(
    private readonly sql: Sql,
    private readonly journal: Pick<OutboundMessages, 'cameBetween'>,
  ) {}

  async give({ upTo, ...receipt }: GivenReceipt): Promise<number> {
    const [row] = await this.sql.query<{ number: string }>(
      'receipts.give',
      `INSERT INTO receipts (recorded_by, rows_of, at, rows, chain, signature, up_to)
       VALUES ($1, $2, to_timestamp($3::float8 / 1000), $4::bigint[], $5::bytea[], $6, $7::bigint) RETURNING number::text`,
      [...valuesOf(receipt), numberOf(upTo)],
    );
    return Number(row!.number);
  }

  async confirm(number: number): Promise<void> {
    await this.sql.query('receipts.confirm', 'UPDATE receipts SET is_confirmed = true WHERE number = $1', [number]);
  }

  async unconfirmed(): Promise<readonly { readonly number: number; readonly receipt: Receipt }[]> {
    const text = `SELECT ${COLUMNS} FROM receipts WHERE up_to IS NOT NULL AND NOT is_confirmed ORDER BY number`;
    const rows = await this.sql.query<Row>('receipts.unconfirmed', text, []);
    return rows.map((row) => ({ number: Number(row.number), receipt: read(row) }));
  }

  async upTo(of: string): Promise<string | undefined> {
    const text = 'SELECT max(up_to)::text AS up_to FROM receipts WHERE rows_of = $1 AND up_to IS NOT NULL';
    const [row] = await this.sql.query<{ up_to: string | null }>('receipts.up-to', text, [of]);
    return row?.up_to === null || row === undefined ? undefined : idOf(row.up_to);
  }

  unreceipted(of: string, afterId: string, untilId: string): Promise<readonly Buffer[]> {
    return this.journal.cameBetween(of, afterId, untilId);
  }

  async keep(receipt: Receipt): Promise<void> {
    await this.sql.query(
      'receipts.keep',
      `INSERT INTO receipts (recorded_by, rows_of, at, rows, chain, signature)
       VALUES ($1, $2, to_timestamp($3::float8 / 1000), $4::bigint[], $5::bytea[], $6) ON CONFLICT DO NOTHING`,
      valuesOf(receipt),
    );
  }

  /** Those of another office for rows of ours since a moment, the oldest first. Rejects with the database. */
  async got(by: string, sinceMs: number): Promise<readonly Receipt[]> {
    const text = `SELECT ${COLUMNS} FROM receipts
      WHERE recorded_by = $1 AND up_to IS NULL AND at >= to_timestamp($2::float8 / 1000) ORDER BY number`;
    return (await this.sql.query<Row>('receipts.got', text, [by, sinceMs])).map(read);
  }
}

function valuesOf({ by, of, atMs, rows, chain, signature }: Receipt): unknown[] {
  return [by, of, atMs, rows.map(numberOf), chain, signature];
}

function read({ recorded_by: by, rows_of: of, at_ms: atMs, rows, chain, signature }: Row): Receipt {
  return { by, of, atMs, rows: rows.map(idOf), chain, signature };
}

function numberOf(id: string): string {
  return BigInt(`0x${id}`).toString();
}

function idOf(number: string): string {
  return BigInt(number).toString(16).padStart(16, '0');
}

/** Other offices give us receipts. */
export function receiptsOf(federation: Pick<Federation, 'takeReceipt'>): Feature {
  return {
    name: 'receipts',
    implements: [],
    answers: [forOthers(set('server', NS.office, 'receipt', (asked) => federation.takeReceipt(asked)))],
  };
}
