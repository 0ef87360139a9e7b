import type { LineFormat } from '../line-writer.js';
import type { ExportedMessage } from '../message.js';

const COLUMNS = [
  'id',
  'at',
  'conversation',
  'act',
  'verdict',
  'refusedBecause',
  'decisionId',
  'from',
  'fromName',
  'fromDevice',
  'fromOffice',
  'to',
  'toName',
  'toDevice',
  'toOffice',
  'room',
  'nick',
  'peer',
  'gateway',
  'about',
  'changeReason',
  'moderator',
  'subject',
  'body',
  'replyTo',
  'stanzaId',
  'thread',
  'reactions',
  'attachments',
  'isEncrypted',
  'isGone',
  'policyVersion',
] as const satisfies readonly (keyof ExportedMessage)[];

/** A mark by which spreadsheets know UTF-8. */
const BOM = '\uFEFF';

/** RFC 4180, for spreadsheets: nothing in it is taken for a formula. What was said stands unchanged in records.jsonl. */
export const csv: LineFormat = {
  extension: 'csv',
  frame: { head: Buffer.from(`${BOM}${COLUMNS.join(',')}\r\n`), tail: Buffer.alloc(0) },
  entry: (message) => Buffer.from(`${COLUMNS.map((column) => cell(textOf(message[column]))).join(',')}\r\n`),
};

function textOf(value: ExportedMessage[keyof ExportedMessage]): string {
  if (value === undefined) return '';
  if (typeof value === 'object') return value.map((one) => (typeof one === 'string' ? one : one.url)).join(' ');
  return String(value);
}

/** A cell that begins like a formula gets an apostrophe before it (W-11); ids are digits and letters of ours. */
function cell(text: string): string {
  const defused = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(defused) ? `"${defused.replaceAll('"', '""')}"` : defused;
}
