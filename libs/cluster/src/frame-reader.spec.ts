import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameReader, FrameTooLarge } from './frame-reader.js';
import { FrameWriter } from './frame-writer.js';

function written(frames: readonly (readonly [number, Buffer])[]): Buffer {
  const writer = new FrameWriter();
  for (const [kind, body] of frames) writer.add(kind, body);
  return writer.take();
}

describe('frames', () => {
  it('are the same however the bytes come in pieces', () => {
    const someFrames = fc.array(fc.tuple(fc.integer({ min: 0, max: 255 }), fc.uint8Array({ maxLength: 40 })));
    const somePieces = fc.infiniteStream(fc.integer({ min: 1, max: 12 }));
    fc.assert(
      fc.property(someFrames, somePieces, (sent, pieces) => {
        const frames = sent.map(([kind, body]): [number, Buffer] => [kind, Buffer.from(body)]);
        const bytes = written(frames);
        const read: [number, string][] = [];
        const reader = new FrameReader(40, (kind, body) => read.push([kind, body.toString('hex')]));
        for (let at = 0; at < bytes.length;) {
          const size = pieces.next().value!;
          reader.push(bytes.subarray(at, at + size));
          at += size;
        }
        expect(read).toEqual(frames.map(([kind, body]) => [kind, body.toString('hex')]));
      }),
      { numRuns: 500 },
    );
  });

  it('of no bytes come with their head, not with the next', () => {
    const bytes = written([[16, Buffer.alloc(0)]]);
    const read: number[] = [];
    const reader = new FrameReader(0, (kind) => read.push(kind));
    for (const byte of bytes) reader.push(Buffer.from([byte]));
    expect(read).toEqual([16]);
  });

  it('that are too large are refused by their head alone', () => {
    const read: number[] = [];
    const reader = new FrameReader(10, (kind) => read.push(kind));
    const bytes = written([
      [16, Buffer.alloc(10)],
      [17, Buffer.alloc(11)],
    ]);
    expect(() => reader.push(bytes.subarray(0, 20))).toThrow(FrameTooLarge);
    expect(read).toEqual([16]);
  });

  it('are gathered whatever there are of them, and what a burst took is given back', () => {
    const writer = new FrameWriter();
    for (let n = 0; n < 100; n++) writer.add(16, Buffer.alloc(100_000, n));
    expect(writer.length).toBe(100 * 100_005);
    const bytes = writer.take();
    expect([bytes.length, writer.length]).toEqual([10_000_500, 0]);
    writer.add(16, Buffer.alloc(1));
    expect(writer.take().buffer.byteLength).toBeLessThanOrEqual(262_144);
  });
});
