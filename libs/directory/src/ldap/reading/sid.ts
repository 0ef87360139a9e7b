/** Revision, number of parts and authority come before the parts ([MS-DTYP] 2.4.2.2). */
const HEADER_BYTES = 8;

/** A security identifier as text: `S-1-5-21-…-513`; undefined for bytes that are none. */
export function sidText(bytes: Buffer | undefined): string | undefined {
  if (!bytes || bytes.length < HEADER_BYTES || bytes.length !== HEADER_BYTES + bytes[1]! * 4) return undefined;
  const parts = Array.from({ length: bytes[1]! }, (_, index) => bytes.readUInt32LE(HEADER_BYTES + index * 4));
  return ['S', bytes[0], bytes.readUIntBE(2, 6), ...parts].join('-');
}

/** The identifier of the same domain that ends in `rid`: how `primaryGroupID` names a group. */
export function sidOfDomain(member: Buffer, rid: number): Buffer {
  const sid = Buffer.from(member);
  sid.writeUInt32LE(rid, sid.length - 4);
  return sid;
}

/** The last part; undefined for what is no domain's (`S-1-5-21-`). */
export function ridOf(sid: string | undefined): string | undefined {
  return sid?.startsWith('S-1-5-21-') ? sid.slice(sid.lastIndexOf('-') + 1) : undefined;
}
