import type { Database } from '@interoffice/storage';
import { idAt } from './ids.js';
import { bigintOf } from './range.js';

/** What people of one of our domains wrote to one peer, behind a position. */
export interface OutboundQuery {
  /** Ours. */
  readonly domain: string;
  readonly peer: string;
  readonly afterId: bigint;
  readonly max: number;
}

/** A message that is on its way to a peer, as it was delivered. */
export interface OutboundMessage {
  readonly id: bigint;
  /** Milliseconds since 1970. */
  readonly atMs: number;
  readonly bytes: Buffer;
}

/** A domain of ours and a peer that it has ever written to, and the latest that it wrote. */
export interface OutboundPair {
  readonly domain: string;
  readonly peer: string;
  readonly journalId: bigint;
}

/** The rows' own order within one peer, said so that only its index has it (docs/decisions/0043). */
const OWN = "verdict = 0 AND author_id <> 0 AND peer IS NOT NULL AND split_part(author, '@', 2) = $3";
const ROWS = `SELECT p.id::text AS id, p.at, c.stanza FROM (
    SELECT id, at, retention_class FROM journal
     WHERE (peer, id) > ($1, $2::bigint) AND (peer, id) <= ($1, 9223372036854775807) AND ${OWN} AND kind < 5
     ORDER BY peer, id LIMIT $4) p
  JOIN journal_content c ON c.id = p.id AND c.at = p.at AND c.retention_class = p.retention_class
  ORDER BY p.id`;
/** The same for what was passed on between two other offices: rows whose author and peer are both elsewhere. */
const PASSED_ON = "verdict = 0 AND author_id = 0 AND peer IS NOT NULL AND split_part(author, '@', 2) <> peer";
const PASSED_ON_ROWS = ROWS.replace(OWN, () => `${PASSED_ON} AND split_part(author, '@', 2) = $3`);
const PASSED_ON_LATEST = `SELECT id::text AS id FROM journal WHERE (peer, id) > ($1, 0)
    AND (peer, id) <= ($1, 9223372036854775807) AND ${PASSED_ON} AND split_part(author, '@', 2) = $2
  ORDER BY peer DESC, id DESC LIMIT 1`;
/** From one peer to the next by the index, however much was written to each. */
const PEERS = `WITH RECURSIVE found (peer) AS (
    (SELECT peer FROM journal WHERE peer IS NOT NULL AND author_id <> 0 AND verdict = 0 ORDER BY peer LIMIT 1)
    UNION ALL
    SELECT (SELECT j.peer FROM journal j WHERE j.peer > found.peer AND j.peer IS NOT NULL AND author_id <> 0
              AND verdict = 0 ORDER BY j.peer LIMIT 1)
      FROM found WHERE found.peer IS NOT NULL)
  SELECT found.peer, latest.id::text AS id FROM found
   CROSS JOIN LATERAL (SELECT id FROM journal WHERE (peer, id) <= (found.peer, 9223372036854775807)
      AND (peer, id) > (found.peer, 0) AND ${OWN.replace('$3', '$1')} ORDER BY peer DESC, id DESC LIMIT 1) latest
   WHERE found.peer IS NOT NULL`;

/** What somebody at another server sent since a moment. */
export interface ForeignQuery {
  /** Bare JID. */
  readonly author: string;
  /** Milliseconds since 1970. */
  readonly sinceMs: number;
}

const MOST_FOREIGN = 100_000;
const MOST_WITH_ONE_ID = 16;
const FOREIGN = `(author, id) > ($1, $2::bigint) AND (author, id) <= ($1, 9223372036854775807)
  AND peer IS NOT NULL AND author_id = 0 AND verdict = 0`;
const FOREIGN_IDS = `SELECT coalesce(origin_id, stanza_id) AS id FROM journal
  WHERE ${FOREIGN} AND coalesce(origin_id, stanza_id) IS NOT NULL
  ORDER BY author DESC, journal.id DESC LIMIT ${MOST_FOREIGN}`;
const FOREIGN_WITH = `SELECT c.stanza FROM (SELECT id, at, retention_class FROM journal
    WHERE ${FOREIGN} AND coalesce(origin_id, stanza_id) = $3
    ORDER BY author DESC, id DESC LIMIT ${MOST_WITH_ONE_ID}) p
  JOIN journal_content c ON c.id = p.id AND c.at = p.at AND c.retention_class = p.retention_class ORDER BY p.id DESC`;

const FOREIGN_BETWEEN = `SELECT c.stanza FROM (SELECT id, at, retention_class FROM journal
    WHERE id > $2::bigint AND id <= $3::bigint AND peer = $1 AND author_id = 0) p
  JOIN journal_content c ON c.id = p.id AND c.at = p.at AND c.retention_class = p.retention_class ORDER BY p.id`;

/** What somebody elsewhere sent one account and what waits for a decision of its, behind a position. */
export interface HeldQuery {
  /** Bare JID. */
  readonly author: string;
  readonly receiverId: number;
  readonly afterId: bigint;
  readonly max: number;
}

const HELD = `SELECT p.id::text AS id, p.at, c.stanza FROM (SELECT id, at, retention_class FROM journal
    WHERE (author, id) > ($1, $2::bigint) AND (author, id) <= ($1, 9223372036854775807)
      AND peer IS NOT NULL AND author_id = 0 AND receiver_id = $3 AND verdict = 2 AND decision_id = 'waits-for-consent'
    ORDER BY author, id LIMIT $4) p
  JOIN journal_content c ON c.id = p.id AND c.at = p.at AND c.retention_class = p.retention_class ORDER BY p.id`;

/** Reads from the journal what waits for peers: by the index of peer and id, however large the journal is. */
export class OutboundMessages {
  constructor(
    private readonly database: Database,
    /** Ours. */
    private readonly domains: readonly string[],
    /** Pairs of other offices that this server passes messages on for. */
    private readonly passedOn: readonly { readonly domain: string; readonly peer: string }[] = [],
  ) {}

  /** The oldest first. Rejects with the database. */
  async outbound({ domain, peer, afterId, max }: OutboundQuery): Promise<readonly OutboundMessage[]> {
    type Row = { readonly id: string; readonly at: Date; readonly stanza: Buffer };
    const values = [peer, afterId.toString(), domain, max];
    const statement = this.domains.includes(domain)
      ? { name: 'archive.outbound', text: ROWS }
      : { name: 'archive.passed.on', text: PASSED_ON_ROWS };
    const rows = await this.database.prepared<Row>('reader', statement, values);
    return rows.map(({ id, at, stanza }) => ({ id: BigInt(id), atMs: at.getTime(), bytes: stanza }));
  }

  /** The ids under which somebody elsewhere sent what passed, the latest first, a hundred thousand at most. */
  async foreignIds({ author, sinceMs }: ForeignQuery): Promise<readonly string[]> {
    const statement = { name: 'archive.foreign.ids', text: FOREIGN_IDS };
    const values = [author, bigintOf(idAt(sinceMs))];
    const rows = await this.database.prepared<{ readonly id: string }>('reader', statement, values);
    return rows.map(({ id }) => id);
  }

  /** What somebody elsewhere sent under this id and passed, as delivered, the latest first. */
  async foreignWith({ author, sinceMs, id }: ForeignQuery & { readonly id: string }): Promise<readonly Buffer[]> {
    const statement = { name: 'archive.foreign.with', text: FOREIGN_WITH };
    const values = [author, bigintOf(idAt(sinceMs)), id];
    const rows = await this.database.prepared<{ readonly stanza: Buffer }>('reader', statement, values);
    return rows.map(({ stanza }) => stanza);
  }

  /** What came from a peer behind a position, and up to another: 16 hexadecimal digits each. Rejects with the database. */
  async cameBetween(peer: string, afterId: string, untilId: string): Promise<readonly Buffer[]> {
    const values = [peer, bigintOf(afterId), bigintOf(untilId)];
    const statement = { name: 'archive.foreign.between', text: FOREIGN_BETWEEN };
    const rows = await this.database.prepared<{ readonly stanza: Buffer }>('reader', statement, values);
    return rows.map(({ stanza }) => stanza);
  }

  /** The oldest first. Rejects with the database. */
  async heldFor({ author, receiverId, afterId, max }: HeldQuery): Promise<readonly OutboundMessage[]> {
    type Row = { readonly id: string; readonly at: Date; readonly stanza: Buffer };
    const values = [author, afterId.toString(), receiverId, max];
    const rows = await this.database.prepared<Row>('reader', { name: 'archive.held', text: HELD }, values);
    return rows.map(({ id, at, stanza }) => ({ id: BigInt(id), atMs: at.getTime(), bytes: stanza }));
  }

  /** Rejects with the database. */
  async outboundPairs(): Promise<readonly OutboundPair[]> {
    type Row = { readonly peer: string; readonly id: string };
    const statement = { name: 'archive.outbound.pairs', text: PEERS };
    const found = await Promise.all(
      this.domains.map(async (domain) => {
        const rows = await this.database.prepared<Row>('reader', statement, [domain]);
        return rows.map(({ peer, id }) => ({ domain, peer, journalId: BigInt(id) }));
      }),
    );
    return [...found.flat(), ...(await this.#passedOnPairs())];
  }

  async #passedOnPairs(): Promise<readonly OutboundPair[]> {
    const statement = { name: 'archive.passed.on.latest', text: PASSED_ON_LATEST };
    const found = await Promise.all(
      this.passedOn.map(async ({ domain, peer }) => {
        const rows = await this.database.prepared<{ readonly id: string }>('reader', statement, [peer, domain]);
        return rows.map(({ id }) => ({ domain, peer, journalId: BigInt(id) }));
      }),
    );
    return found.flat();
  }
}
