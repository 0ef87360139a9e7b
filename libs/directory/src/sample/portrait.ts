import { encodePng } from './png.js';

/** Capital letters, 5 × 7, one number of five bits per row. */
const LETTERS: Readonly<Record<string, readonly number[]>> = {
  A: [14, 17, 17, 31, 17, 17, 17],
  B: [30, 17, 17, 30, 17, 17, 30],
  C: [14, 17, 16, 16, 16, 17, 14],
  D: [30, 17, 17, 17, 17, 17, 30],
  E: [31, 16, 16, 30, 16, 16, 31],
  F: [31, 16, 16, 30, 16, 16, 16],
  G: [14, 17, 16, 23, 17, 17, 14],
  H: [17, 17, 17, 31, 17, 17, 17],
  I: [14, 4, 4, 4, 4, 4, 14],
  J: [7, 2, 2, 2, 2, 18, 12],
  K: [17, 18, 20, 24, 20, 18, 17],
  L: [16, 16, 16, 16, 16, 16, 31],
  M: [17, 27, 21, 21, 17, 17, 17],
  N: [17, 25, 21, 19, 17, 17, 17],
  O: [14, 17, 17, 17, 17, 17, 14],
  P: [30, 17, 17, 30, 16, 16, 16],
  Q: [14, 17, 17, 17, 21, 18, 13],
  R: [30, 17, 17, 30, 20, 18, 17],
  S: [15, 16, 16, 14, 1, 1, 30],
  T: [31, 4, 4, 4, 4, 4, 4],
  U: [17, 17, 17, 17, 17, 17, 14],
  V: [17, 17, 17, 17, 17, 10, 4],
  W: [17, 17, 17, 21, 21, 21, 10],
  X: [17, 17, 10, 4, 10, 17, 17],
  Y: [17, 17, 10, 4, 4, 4, 4],
  Z: [31, 1, 2, 4, 8, 16, 31],
};

/** Dark enough for white letters (contrast at least 4.5 to 1). */
const COLOURS: readonly (readonly [number, number, number])[] = [
  [31, 97, 141],
  [20, 108, 84],
  [125, 60, 152],
  [160, 64, 0],
  [123, 36, 28],
  [66, 73, 143],
  [94, 96, 20],
  [0, 105, 120],
];

const SIDE = 96;
const SCALE = 7;

/** A PNG of 96 × 96: two initials in white on a colour that depends on `seed`. Letters outside A–Z stay blank. */
export function portrait(initials: string, seed: number): Buffer {
  const pixels = new Uint8Array(SIDE * SIDE);
  const letters = initials.toUpperCase().slice(0, 2);
  const width = letters.length * 6 * SCALE - SCALE;
  for (let index = 0; index < letters.length; index++) {
    const left = Math.floor((SIDE - width) / 2) + index * 6 * SCALE;
    draw(pixels, LETTERS[letters[index]!] ?? [], left);
  }
  return encodePng({ width: SIDE, pixels, palette: [COLOURS[seed % COLOURS.length]!, [255, 255, 255]] });
}

function draw(pixels: Uint8Array, rows: readonly number[], left: number): void {
  const top = Math.floor((SIDE - 7 * SCALE) / 2);
  for (let y = 0; y < rows.length * SCALE; y++) {
    for (let x = 0; x < 5 * SCALE; x++) {
      const bit = (rows[Math.floor(y / SCALE)]! >> (4 - Math.floor(x / SCALE))) & 1;
      pixels[(top + y) * SIDE + left + x] = bit;
    }
  }
}
