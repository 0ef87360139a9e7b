/** Reads one tuple of the binary COPY format: copies of its fields, undefined for null. */
export function readTuple(bytes: Buffer, start: number): (Buffer | undefined)[] {
  const fields: (Buffer | undefined)[] = [];
  let at = start + 2;
  for (let left = bytes.readInt16BE(start); left > 0; left--) {
    const length = bytes.readInt32BE(at);
    at += 4;
    fields.push(length < 0 ? undefined : Buffer.from(bytes.subarray(at, at + length)));
    if (length > 0) at += length;
  }
  return fields;
}
