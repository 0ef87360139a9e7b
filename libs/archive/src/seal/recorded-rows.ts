import { hash } from 'node:crypto';
import { formatId } from '../ids.js';
import { FORM } from '../leaf.js';
import type { PostgresLink } from '../postgres-link.js';
import { bigintOf } from '../range.js';
import type { Source } from './log-files.js';

/** A row as it is now, and the leaf that its content comes to. */
export interface RecordedRow {
  readonly id: string;
  /** The leaf that stands in the row. */
  readonly stored: Buffer;
  /** The leaf of what the row says; undefined when its content is gone. */
  readonly computed: Buffer | undefined;
  /** Of a row of the journal: whose certificates of disposal may name it. */
  readonly retentionClass: number;
}

/** Fields of a row's canonical form, and the byte of its version. docs/compliance/canonical-form.md */
const FORMS: Readonly<Record<Source, { readonly fields: number; readonly version: number }>> = {
  journal: { fields: 25, version: FORM },
  audit: { fields: 9, version: 2 },
};
const JOURNAL = `id, at, author_id, receiver_id, about, policy_version, size, kind, verdict, retention_class, author,
  author_device, author_office, receiver, receiver_device, receiver_office, room, peer, gateway, decision_id, stanza_id,
  origin_id, thread`;
const SELECT: Readonly<Record<Source, (range: string) => string>> = {
  journal: (range) => `SELECT ${JOURNAL.replaceAll(/[a-z_]+/g, 'j.$&')}, c.stanza, c.body, j.salt, j.leaf
    FROM (SELECT * FROM journal WHERE ${range} ORDER BY id) j
    LEFT JOIN journal_content c ON c.id = j.id AND c.at = j.at AND c.retention_class = j.retention_class ORDER BY j.id`,
  audit: (range) => `SELECT id, at, actor, actor_role, action, subject, reason, details::text, remote, salt, leaf
    FROM audit WHERE ${range} ORDER BY id`,
};
const HEADER = 'PGCOPY\n\xff\r\n\0';

/**
 * Rows of one source with ids above `after` up to `upTo`, in order. PostgreSQL's binary form of a row is its canonical
 * form: nothing is interpreted before it is hashed.
 */
export async function readRows(
  link: PostgresLink,
  source: Source,
  { after, upTo }: { readonly after: string; readonly upTo: string },
): Promise<RecordedRow[]> {
  const range = `id > ${bigintOf(after)} AND id <= ${bigintOf(upTo)}`;
  const rows: RecordedRow[] = [];
  const take = rowReader(source, (row) => rows.push(row));
  await link.copyOut(`COPY (${SELECT[source](range)}) TO STDOUT (FORMAT binary)`, take);
  return rows;
}

/** Takes the messages of a binary COPY: a header in the first, then one row each, then an end. */
function rowReader(source: Source, found: (row: RecordedRow) => void): (bytes: Buffer) => void {
  let isFirst = true;
  return (bytes) => {
    let at = 0;
    if (isFirst) {
      if (bytes.toString('latin1', 0, HEADER.length) !== HEADER) throw new Error('PostgreSQL sent no binary COPY');
      at = HEADER.length + 8 + bytes.readInt32BE(HEADER.length + 4);
      isFirst = false;
    }
    if (at < bytes.length && bytes.readInt16BE(at) > 0) found(rowIn(bytes.subarray(at + 2), source));
  };
}

function rowIn(bytes: Buffer, source: Source): RecordedRow {
  const { fields, version } = FORMS[source];
  let at = 0;
  let isGone = false;
  let retentionClass = 0;
  for (let field = 0; field < fields; field++) {
    const length = bytes.readInt32BE(at);
    // The stanza is never null but when its folder was disposed of.
    if (source === 'journal' && field === 23) isGone = length < 0;
    if (source === 'journal' && field === 9) retentionClass = bytes.readInt16BE(at + 4);
    at += 4 + Math.max(length, 0);
  }
  const canonical = bytes.subarray(0, at);
  const saltLength = bytes.readInt32BE(at);
  const salt = bytes.subarray(at + 4, at + 4 + saltLength);
  const stored = Buffer.from(
    bytes.subarray(at + 8 + saltLength, at + 8 + saltLength + bytes.readInt32BE(at + 4 + saltLength)),
  );
  return {
    id: formatId(bytes.readUInt32BE(4), bytes.readUInt32BE(8)),
    stored,
    retentionClass,
    computed: isGone ? undefined : leafOf(salt, version, canonical),
  };
}

/** SHA-256( salt ‖ version ‖ fields ). */
export function leafOf(salt: Buffer, version: number, canonical: Buffer): Buffer {
  return hash('sha256', Buffer.concat([salt, Buffer.of(version), canonical]), 'buffer');
}
