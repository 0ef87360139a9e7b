import { idAt, type OutboundMessages } from '@interoffice/archive';
import { faultOfReceipt } from '@interoffice/federation/queue';
import type { PeerCertificates } from '@interoffice/pki';
import type { PostgresReceipts } from './receipts.js';

/** A message of ours that an office was sent and has given no receipt for. */
export interface Unreceipted {
  readonly row: string;
  readonly atMs: number;
}

/** What an office's receipts say about what it was sent since a moment. */
export interface ReceiptReport {
  /** Messages that people here wrote to it and that are on record here. */
  readonly messages: number;
  /** Of those, how many its receipts name. */
  readonly receipted: number;
  /** The oldest of the others. */
  readonly missing: readonly Unreceipted[];
  readonly receipts: number;
  /** Why receipts do not hold. */
  readonly faults: readonly string[];
}

export interface ReceiptCheckParts {
  readonly domains: readonly string[];
  readonly receipts: Pick<PostgresReceipts, 'got'>;
  readonly journal: Pick<OutboundMessages, 'outbound'>;
  readonly certificates: () => PeerCertificates;
}

const PAGE = 1_000;
const MOST_SHOWN = 100;
const HEX = 16;

/** Compares what an office was sent with what its receipts say, and verifies each of them. Rejects with the database. */
export async function checkReceipts(
  parts: ReceiptCheckParts,
  { office, sinceMs }: { readonly office: string; readonly sinceMs: number },
): Promise<ReceiptReport> {
  const got = await parts.receipts.got(office, sinceMs);
  const named = new Set(got.flatMap(({ of, rows }) => rows.map((row) => `${of} ${row}`)));
  const missing: Unreceipted[] = [];
  let messages = 0;
  let receipted = 0;
  for (const domain of parts.domains) {
    for await (const { id, atMs } of sentTo(parts, { domain, peer: office, sinceMs })) {
      const row = id.toString(16).padStart(HEX, '0');
      messages++;
      if (named.has(`${domain} ${row}`)) receipted++;
      else if (missing.length < MOST_SHOWN) missing.push({ row, atMs });
    }
  }
  const faults = got.flatMap((receipt) => faultOfReceipt(receipt, parts.certificates()) ?? []);
  return { messages, receipted, missing, receipts: got.length, faults: faults.slice(0, MOST_SHOWN) };
}

async function* sentTo(
  { journal }: ReceiptCheckParts,
  { domain, peer, sinceMs }: { readonly domain: string; readonly peer: string; readonly sinceMs: number },
): AsyncIterable<{ readonly id: bigint; readonly atMs: number }> {
  for (let afterId = BigInt(`0x${idAt(sinceMs)}`); ;) {
    const rows = await journal.outbound({ domain, peer, afterId, max: PAGE });
    yield* rows;
    if (rows.length < PAGE) return;
    afterId = rows.at(-1)!.id;
  }
}
