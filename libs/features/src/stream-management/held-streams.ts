import type { Sql } from '../sql.js';

/** A managed stream as it survives a restart: its counters, and the resource it is bound to. */
export interface HeldStream {
  /** SHA-256 of the SM-ID: who reads the table cannot resume anything. */
  readonly idHash: Buffer;
  readonly accountId: number;
  readonly resource: string;
  /** Stanzas of the client that are decided. */
  readonly handled: number;
  readonly acknowledged: number;
  /** What was sent behind `acknowledged`; see queue-codec.ts. */
  readonly queue: Buffer;
  /** The place in the journal from which on everything has yet to be sent, 16 hexadecimal digits. */
  readonly position: string;
  /** The last presence broadcast; null: unavailable. */
  readonly presence: Buffer | null;
  readonly priority: number;
  readonly show: string;
  readonly flags: readonly string[];
  /** What features keep of the device, by name. */
  readonly kept: Readonly<Record<string, unknown>>;
  /** Written when the stream was cut: the counters are exact. Otherwise they may be some seconds old. */
  readonly isExact: boolean;
  /** When the stream ends if nobody resumes it, ms since 1970. */
  readonly expiresAtMs: number;
}

interface Row {
  id_hash: Buffer;
  account_id: string;
  resource: string;
  handled: string;
  acknowledged: string;
  queue: Buffer;
  position: string;
  presence: Buffer | null;
  priority: number;
  show: string;
  flags: string[];
  kept: Record<string, unknown>;
  is_exact: boolean;
  expires_at_ms: string;
}

const COLUMNS =
  'id_hash, account_id, resource, handled, acknowledged, queue, position, presence, priority, show, flags, is_exact, expires_at, kept';

/** The table `held_streams`: one small row per stream that can be resumed. */
export class HeldStreams {
  constructor(private readonly sql: Sql) {}

  /** Streams that were up when the process before this one ended get their end. */
  async begin(expiresAtMs: number): Promise<void> {
    await this.sql.query(
      'held.begin',
      'UPDATE held_streams SET expires_at = to_timestamp($1::float8 / 1000) WHERE NOT is_exact',
      [expiresAtMs],
    );
  }

  /** Accounts that have any: nobody else's have to be asked for. */
  async accounts(): Promise<Set<number>> {
    const rows = await this.sql.query<{ account_id: string }>(
      'held.accounts',
      'SELECT DISTINCT account_id FROM held_streams',
      [],
    );
    return new Set(rows.map(({ account_id }) => Number(account_id)));
  }

  async load(accountIds: readonly number[]): Promise<HeldStream[]> {
    const rows = await this.sql.query<Row>(
      'held.load',
      `SELECT id_hash, account_id, resource, handled, acknowledged, queue, lpad(to_hex(position), 16, '0') AS position,
         presence, priority, show, flags, kept, is_exact, (extract(epoch FROM expires_at) * 1000)::bigint AS expires_at_ms
       FROM held_streams WHERE account_id = ANY($1) ORDER BY expires_at`,
      [accountIds],
    );
    return rows.map(streamOf);
  }

  /** Addresses of accounts with streams whose time is up. */
  async expired(now: number): Promise<string[]> {
    const rows = await this.sql.query<{ jid: string }>(
      'held.expired',
      `SELECT DISTINCT jid FROM held_streams JOIN accounts ON accounts.id = account_id
         WHERE expires_at < to_timestamp($1::float8 / 1000) LIMIT 1000`,
      [now],
    );
    return rows.map(({ jid }) => jid);
  }

  /** Writes many at once; each replaces what was there. */
  async save(streams: readonly HeldStream[]): Promise<void> {
    await this.sql.query(
      'held.save',
      `INSERT INTO held_streams (${COLUMNS})
         SELECT s.id_hash, s.account_id, s.resource, s.handled, s.acknowledged, s.queue, s.position, s.presence, s.priority,
                s.show, string_to_array(s.flags, ' '), s.is_exact, to_timestamp(s.expires_at_ms / 1000.0), s.kept::jsonb
           FROM unnest($1::bytea[], $2::bigint[], $3::text[], $4::bigint[], $5::bigint[], $6::bytea[], $7::bigint[],
                       $8::bytea[], $9::int[], $10::text[], $11::text[], $12::bool[], $13::bigint[], $14::text[])
             AS s (id_hash, account_id, resource, handled, acknowledged, queue, position, presence, priority, show, flags,
                   is_exact, expires_at_ms, kept)
           JOIN accounts ON accounts.id = s.account_id
       ON CONFLICT (id_hash) DO UPDATE SET handled = excluded.handled, acknowledged = excluded.acknowledged,
         queue = excluded.queue, position = excluded.position, presence = excluded.presence, priority = excluded.priority,
         show = excluded.show, flags = excluded.flags, is_exact = excluded.is_exact, expires_at = excluded.expires_at,
         kept = excluded.kept`,
      [
        streams.map(({ idHash }) => idHash),
        streams.map(({ accountId }) => accountId),
        streams.map(({ resource }) => resource),
        streams.map(({ handled }) => handled),
        streams.map(({ acknowledged }) => acknowledged),
        streams.map(({ queue }) => queue),
        streams.map(({ position }) => BigInt(`0x${position}`).toString()),
        streams.map(({ presence }) => presence),
        streams.map(({ priority }) => priority),
        streams.map(({ show }) => show),
        streams.map(({ flags }) => flags.join(' ')),
        streams.map(({ isExact }) => isExact),
        streams.map(({ expiresAtMs }) => expiresAtMs),
        streams.map(({ kept }) => JSON.stringify(kept)),
      ],
    );
  }

  async remove(idHashes: readonly Buffer[]): Promise<void> {
    await this.sql.query('held.remove', 'DELETE FROM held_streams WHERE id_hash = ANY($1)', [idHashes]);
  }
}

function streamOf(row: Row): HeldStream {
  return {
    idHash: row.id_hash,
    accountId: Number(row.account_id),
    resource: row.resource,
    handled: Number(row.handled),
    acknowledged: Number(row.acknowledged),
    queue: row.queue,
    position: row.position,
    presence: row.presence,
    priority: row.priority,
    show: row.show,
    flags: row.flags,
    kept: row.kept,
    isExact: row.is_exact,
    expiresAtMs: Number(row.expires_at_ms),
  };
}
