import { isUtf8 } from 'node:buffer';

/** A row as it stands in `records.jsonl`: what its leaf is made of (docs/compliance/bundle.md). */
export interface ExportRecord {
  /** In the sealed log; null for a row that is not in it. */
  readonly position: number | null;
  readonly source: 'journal';
  readonly id: string;
  readonly salt: string;
  /** Microseconds since 2000-01-01T00:00:00Z. */
  readonly at_us: number;
  readonly author_id: number;
  readonly receiver_id: number;
  readonly about: string | null;
  readonly policy_version: number;
  readonly size: number;
  readonly kind: number;
  readonly verdict: number;
  readonly retention_class: number;
  readonly author: string;
  readonly author_device: string;
  readonly author_office: string;
  readonly receiver: string;
  readonly receiver_device: string;
  readonly receiver_office: string;
  readonly room: string | null;
  readonly peer: string | null;
  readonly gateway: string | null;
  readonly decision_id: string | null;
  readonly stanza_id: string | null;
  readonly origin_id: string | null;
  readonly thread: string | null;
  /** Absent when the content is gone. */
  readonly stanza?: string;
  readonly body: string | null;
  readonly leaf: string;
}

/** A row as PostgreSQL gives it. */
export type ExportRow = Omit<ExportRecord, 'position' | 'source' | 'stanza' | 'at_us'> & {
  readonly at_us: number;
  readonly stanza: Buffer | null;
};

const ID = (column: string): string => `lpad(to_hex(j.${column}), 16, '0')`;

export const RECORD_COLUMNS = `${ID('id')} AS id, encode(j.salt, 'hex') AS salt,
  (extract(epoch FROM j.at) * 1000000)::bigint - 946684800000000 AS at_us, j.author_id, j.receiver_id,
  ${ID('about')} AS about, j.policy_version, j.size, j.kind, j.verdict, j.retention_class, j.author, j.author_device,
  j.author_office, j.receiver, j.receiver_device, j.receiver_office, j.room, j.peer, j.gateway, j.decision_id,
  j.stanza_id, j.origin_id, j.thread, j.stanza, j.body, encode(j.leaf, 'hex') AS leaf`;

export function recordOf({ stanza, body, leaf, ...facts }: ExportRow, position: number | undefined): ExportRecord {
  const content = stanza === null ? {} : { stanza: stanza.toString('utf8') };
  return { position: position ?? null, source: 'journal', ...facts, ...content, body, leaf };
}

/** No byte of it is lost when it is written as text. */
export function isReadable({ stanza }: ExportRow): boolean {
  return stanza === null || isUtf8(stanza);
}

const EPOCH_2000_MS = Date.UTC(2000, 0, 1);

export function timeOfRecord({ at_us: atUs }: Pick<ExportRecord, 'at_us'>): string {
  const iso = new Date(EPOCH_2000_MS + Math.floor(atUs / 1000)).toISOString();
  return `${iso.slice(0, -1)}${String(((atUs % 1000) + 1000) % 1000).padStart(3, '0')}Z`;
}

/** What belongs together: a room by its address, two people by theirs, in one order whoever wrote. */
export function conversationOf(record: ExportRecord): string {
  const { receiver_id: receiverId, kind, room, author, receiver } = record;
  if (receiverId < 0) return receiver;
  if (room !== null && kind >= 3 && kind !== 4) return room;
  if (kind === 3) return receiver;
  return [author, receiver].sort().join(' ');
}
