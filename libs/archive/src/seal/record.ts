import { z } from 'zod';
import { FORM } from '../leaf.js';
import { leafOf } from './recorded-rows.js';

const Id = z.string().regex(/^[0-9a-f]{16}$/);
const Text = z.string().nullable();

/** A line of `records.jsonl`: a row of the journal with all that its leaf is made of. docs/compliance/bundle.md */
export const ExportedRecord = z.object({
  position: z.number().int().nonnegative(),
  source: z.literal('journal'),
  id: Id,
  salt: z.string().regex(/^[0-9a-f]{32}$/),
  at_us: z.number().int(),
  author_id: z.number().int(),
  receiver_id: z.number().int(),
  about: Id.nullable(),
  policy_version: z.number().int(),
  size: z.number().int().optional(),
  kind: z.number().int(),
  verdict: z.number().int(),
  retention_class: z.number().int(),
  author: z.string(),
  author_device: z.string(),
  author_office: z.string(),
  receiver: z.string(),
  receiver_device: z.string(),
  receiver_office: z.string(),
  room: Text,
  peer: Text,
  gateway: Text,
  decision_id: Text,
  stanza_id: Text,
  origin_id: Text,
  thread: Text,
  /** Absent when the content was disposed of. */
  stanza: z.string().optional(),
  body: Text.optional(),
  leaf: z.string().regex(/^[0-9a-f]{64}$/),
});
export type ExportedRecord = z.infer<typeof ExportedRecord>;

/** The leaf that the record comes to; undefined when its content was disposed of. docs/compliance/canonical-form.md */
export function leafOfRecord(record: ExportedRecord): Buffer | undefined {
  if (record.stanza === undefined) return undefined;
  return leafOf(Buffer.from(record.salt, 'hex'), FORM, canonicalOf(record, record.stanza));
}

function canonicalOf(r: ExportedRecord, stanza: string): Buffer {
  const bytes = Buffer.from(stanza);
  const numbers = [
    id(r.id),
    int8(r.at_us),
    int8(r.author_id),
    int8(r.receiver_id),
    r.about === null ? NULL : id(r.about),
    int4(r.policy_version),
    int4(r.size ?? bytes.length),
    int2(r.kind),
    int2(r.verdict),
    int2(r.retention_class),
  ];
  const texts = [
    r.author,
    r.author_device,
    r.author_office,
    r.receiver,
    r.receiver_device,
    r.receiver_office,
    r.room,
    r.peer,
    r.gateway,
    r.decision_id,
    r.stanza_id,
    r.origin_id,
    r.thread,
  ].flatMap(text);
  return Buffer.concat([...numbers, ...texts, length(bytes.length), bytes, ...text(r.body ?? null)]);
}

const NULL = Buffer.from('ffffffff', 'hex');

function text(value: string | null): Buffer[] {
  if (value === null) return [NULL];
  const bytes = Buffer.from(value);
  return [length(bytes.length), bytes];
}

function length(bytes: number): Buffer {
  const field = Buffer.allocUnsafe(4);
  field.writeInt32BE(bytes);
  return field;
}

function id(hex: string): Buffer {
  return Buffer.from(`00000008${hex}`, 'hex');
}

function int8(value: number): Buffer {
  const field = Buffer.allocUnsafe(12);
  field.writeInt32BE(8);
  field.writeInt32BE(Math.floor(value / 0x1_0000_0000), 4);
  field.writeUInt32BE(value >>> 0, 8);
  return field;
}

function int4(value: number): Buffer {
  const field = Buffer.allocUnsafe(8);
  field.writeInt32BE(4);
  field.writeInt32BE(value, 4);
  return field;
}

function int2(value: number): Buffer {
  const field = Buffer.allocUnsafe(6);
  field.writeInt32BE(2);
  field.writeInt16BE(value, 4);
  return field;
}
