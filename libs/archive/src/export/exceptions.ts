import { type ExportRecord, type ExportRow, isReadable } from './record.js';
import { isEncrypted } from '../encrypted.js';
import { attachmentsOf } from './stanza.js';

/** What the reader does not get, and why. It never ends an export. */
export interface ExportException {
  /** The row; absent for what concerns all of it. */
  readonly id?: string;
  readonly kind:
    | 'attachment-not-archived'
    | 'content-disposed'
    | 'content-damaged'
    | 'not-readable'
    | 'not-sealed'
    | 'seal-behind'
    | 'gone-since';
  readonly reason: string;
  readonly url?: string;
  /** The row as it is in the table, where it is not among the records. */
  readonly row?: ExportRecord;
}

const NOT_SEALED =
  'This row is not in the sealed log, although all of its time are: it did not come from the server, and is not among the records.';

/** Somebody has put the row into the table. */
export function unsealed(row: ExportRecord): ExportException {
  return { id: row.id, kind: 'not-sealed', reason: NOT_SEALED, row };
}

/** The exceptions of one row. */
export function exceptionsOf(record: ExportRecord, row: ExportRow): ExportException[] {
  const { id, stanza } = record;
  const found: ExportException[] = [];
  if (stanza === undefined) {
    const reason = 'Its content was removed when its retention ended; what remains are its facts and its leaf.';
    return [...found, { id, kind: 'content-disposed', reason }];
  }
  if (!isReadable(row))
    found.push({
      id,
      kind: 'content-damaged',
      reason: 'Its bytes in the archive are no text: somebody has changed them.',
    });
  if (isEncrypted(stanza))
    found.push({
      id,
      kind: 'not-readable',
      reason: 'End-to-end encrypted by its author; the archive has what was sent.',
    });
  for (const { url } of attachmentsOf(stanza)) {
    const reason = 'The message links to this file; its content is not in the archive.';
    found.push({ id, kind: 'attachment-not-archived', reason, url });
  }
  return found;
}
