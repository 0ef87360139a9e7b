import { xml, serialize } from '@interoffice/wire';
import { expect, it } from 'vitest';
import { isReadable, tryRead } from './readable.js';

it('XML whose tags have grown beyond their bound when they were written is known not to be readable', () => {
  const quotes = (count: number): string => serialize(xml('a', { xmlns: 'b', c: '"'.repeat(count) }));
  expect([isReadable(quotes(2000)), isReadable(quotes(9000))]).toEqual([true, false]);
  expect(tryRead(Buffer.from(quotes(1)))!.attrs['c']).toBe('"');
  expect(tryRead('<a>')).toBeUndefined();
});
