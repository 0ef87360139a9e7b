import { describe, expect, it } from 'vitest';
import { headOf, whereNamespaceIsMissing } from './frames.js';

const hex = (length: number): string => {
  const head = headOf(length);
  return head.bytes.toString('hex', 0, head.length);
};

describe('a frame', () => {
  it('begins with its length in the shortest form', () => {
    // RFC 6455 §5.2
    expect([0, 125, 126, 65_535, 65_536].map(hex)).toEqual([
      '8100',
      '817d',
      '817e007e',
      '817effff',
      '817f0000000000010000',
    ]);
  });

  it.each([
    ['<a/>', 2],
    ['<iq>', 3],
    ['<message to="x">', 8],
    ['<message to=" xmlns=">', 8],
    ["<message to='\"' from='> xmlns='><body xmlns='urn:x'/></message>", 8],
    ['<message xmlnsx="urn:x"/>', 8],
    ['<message axmlns="urn:x"/>', 8],
    ['<message xmlns="jabber:client">', -1],
    ["<message\n\txmlns = 'jabber:client'/>", -1],
    ["<message to='a' xmlns='jabber:client'/>", -1],
    ['<stream:features xmlns:stream="urn:x">', -1],
    ['<a b="never ends', -1],
  ])('%s lacks its namespace at %i', (xml, at) => {
    // RFC 7395 §3.3.3
    const bytes = Buffer.from(`..${xml}`);
    expect(whereNamespaceIsMissing(bytes, 2, bytes.length)).toBe(at < 0 ? -1 : at + 2);
  });
});
