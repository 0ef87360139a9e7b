import { FORMS, type Sent, type Unacknowledged } from '@interoffice/routing';

const OTHER = 255;
const ID_BYTES = 8;
const LENGTH_BYTES = 4;

/** What a device has not acknowledged, as bytes: per stanza its form and id, or 255, a length and the stanza. */
export function encodeQueue(sent: Iterable<Sent>): Buffer {
  const parts: Buffer[] = [];
  for (const entry of sent) parts.push('bytes' in entry ? encodeOther(entry.bytes) : encodeMark(entry));
  return Buffer.concat(parts);
}

/** Fills `into`, which has counted what was acknowledged, with the queue. */
export function decodeQueue(queue: Buffer, into: Unacknowledged): void {
  for (let at = 0; at < queue.length;) {
    const form = queue[at++]!;
    if (form === OTHER) {
      const end = at + LENGTH_BYTES + queue.readUInt32BE(at);
      into.other(Buffer.from(queue.subarray(at + LENGTH_BYTES, end)));
      at = end;
    } else {
      into.recorded(queue.readUInt32BE(at), queue.readUInt32BE(at + 4), FORMS[form]!);
      at += ID_BYTES;
    }
  }
}

function encodeMark({ id, form }: { id: string; form: (typeof FORMS)[number] }): Buffer {
  const mark = Buffer.alloc(1 + ID_BYTES);
  mark[0] = FORMS.indexOf(form);
  mark.write(id, 1, 'hex');
  return mark;
}

function encodeOther(bytes: Buffer): Buffer {
  const head = Buffer.alloc(1 + LENGTH_BYTES);
  head[0] = OTHER;
  head.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}
