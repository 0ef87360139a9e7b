import { encodePng } from '../../../libs/directory/src/sample/png.js';

const SIDE = 24;

/** A picture of one colour, another for each index: a photo that can be told from others. */
export function portrait(index: number): Buffer {
  const pixels = new Uint8Array(SIDE * SIDE);
  return encodePng({ width: SIDE, pixels, palette: [[index & 0xff, (index >> 8) & 0xff, 0x7f]] });
}
