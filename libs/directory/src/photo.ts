import { createHash } from 'node:crypto';
import type { Photo } from './directory.js';

/** Larger photos are left out: every client that sees the person fetches it. */
const MOST_PHOTO_BYTES = 1024 * 1024;

const SIGNATURES: readonly (readonly [string, readonly number[]])[] = [
  ['image/jpeg', [0xff, 0xd8, 0xff]],
  ['image/png', [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]],
];

/** The bytes as a photo, if they begin like a JPEG or PNG and are not too many; anything else could be a page. */
export function photoOf(bytes: Buffer): Photo | undefined {
  const found = SIGNATURES.find(([, signature]) => signature.every((byte, index) => bytes[index] === byte));
  return found && bytes.length <= MOST_PHOTO_BYTES ? { type: found[0], bytes } : undefined;
}

/** XEP-0153 §3: SHA-1 of the image, lower-case hex. */
export function photoHash(photo: Photo): string {
  return createHash('sha1').update(photo.bytes).digest('hex');
}
