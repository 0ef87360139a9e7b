import { describe, expect, it } from 'vitest';
import { lasting } from './lasting.js';

describe('bytes that last', () => {
  const texts = ['', 'romeo@im.example', 'Jürgen Groß', '房间', 'x'.repeat(511), 'ß'.repeat(400), 'y'.repeat(20_000)];

  it('are the text in UTF-8, whatever its length, however many came before', () => {
    const made = Array.from({ length: 200 }, (_, i) => texts.map((text) => [`${text}${text && i}`] as const)).flat();
    const kept = made.map(([text]) => lasting(text));
    expect(kept.map(String)).toEqual(made.map(([text]) => text));
  });

  it('share memory with their like alone: a thousand names hold little more than their length', () => {
    const kept = Array.from({ length: 1000 }, (_, i) => {
      Buffer.from('z'.repeat(3000));
      return lasting(`person-${i}@im.example`);
    });
    const memory = new Set(kept.map(({ buffer }) => buffer));
    const held = [...memory].reduce((sum, { byteLength }) => sum + byteLength, 0);
    expect(held).toBeLessThan(kept.reduce((sum, { length }) => sum + length, 0) + 2 * 8192);
  });
});
