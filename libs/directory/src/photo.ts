import { createHash } from 'node:crypto';
import sharp from 'sharp';
import type { Photo } from './directory.js';

/** Larger photos are left out: every client that sees the person fetches it. */
const MOST_PHOTO_BYTES = 1024 * 1024;
/** A small file can unpack to a picture that fills the memory. */
const MOST_PIXELS = 40_000_000;
const LONGEST_SIDE = 512;
const JPEG_QUALITY = 85;

const SIGNATURES: readonly (readonly [string, readonly number[]])[] = [
  ['image/jpeg', [0xff, 0xd8, 0xff]],
  ['image/png', [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]],
];

/** Makes of a directory's photo the one that is shown; undefined when it cannot be decoded. */
export type MakePhoto = (photo: Photo) => Promise<Photo | undefined>;

/** The bytes as a photo, if they begin like a JPEG or PNG and are not too many; anything else could be a page. */
export function photoOf(bytes: Buffer): Photo | undefined {
  const found = SIGNATURES.find(([, signature]) => signature.every((byte, index) => bytes[index] === byte));
  return found && bytes.length <= MOST_PHOTO_BYTES ? { type: found[0], bytes } : undefined;
}

/** XEP-0153 §3: SHA-1 of the image, lower-case hex. */
export function photoHash(photo: Photo): string {
  return createHash('sha1').update(photo.bytes).digest('hex');
}

/** By what a photo of the directory is known again: SHA-256 of its bytes, lower-case hex. */
export function photoSource(photo: Photo): string {
  return createHash('sha256').update(photo.bytes).digest('hex');
}

/**
 * The picture drawn anew: upright, at most 512 pixels a side, as JPEG or PNG as it was, with nothing in the file but the
 * picture; where it was taken, and what else a camera or somebody with bad intentions put there, is gone. Off the main
 * thread. Undefined when it cannot be decoded.
 */
export async function redrawn(photo: Photo): Promise<Photo | undefined> {
  const picture = sharp(photo.bytes, { limitInputPixels: MOST_PIXELS, failOn: 'error', pages: 1 })
    .rotate()
    .resize({ width: LONGEST_SIDE, height: LONGEST_SIDE, fit: 'inside', withoutEnlargement: true });
  const isPng = photo.type === 'image/png';
  const encoded = isPng ? picture.png({ compressionLevel: 9 }) : picture.jpeg({ quality: JPEG_QUALITY });
  try {
    return { type: isPng ? 'image/png' : 'image/jpeg', bytes: await encoded.toBuffer() };
  } catch (error) {
    // Whatever the decoder says is about these bytes: there is nothing to be tried again.
    if (error instanceof Error) return undefined;
    throw error;
  }
}
