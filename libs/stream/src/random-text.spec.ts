import { expect, it } from 'vitest';
import { randomText } from './random-text.js';

it('random text is never the same twice, and as long as asked for', () => {
  const texts = Array.from({ length: 2000 }, () => randomText());
  expect(new Set(texts).size).toBe(2000);
  expect(texts.every((text) => /^[\w-]{22}$/.test(text))).toBe(true);
  expect(randomText(18)).toMatch(/^[\w-]{24}$/);
});
