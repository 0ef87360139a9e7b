import { describe, expect, it } from 'vitest';
import { Outbox } from './outbox.js';
import { SLAB_BYTES } from './slab.js';

function collect() {
  const writes: { bytes: Buffer; done: (error?: Error | null) => void }[] = [];
  const outbox = new Outbox((bytes, done) => writes.push({ bytes, done }));
  return { outbox, writes, texts: () => writes.map(({ bytes }) => bytes.toString()) };
}

describe('an outbox', () => {
  it('hands over a turn in one piece', () => {
    const { outbox, texts } = collect();
    outbox.addText('<a/>');
    outbox.add(Buffer.from('..<b/>..'), 2, 6);
    expect(outbox.bytes).toBe(8);
    outbox.flush();
    outbox.flush();
    expect(texts()).toEqual(['<a/><b/>']);
    expect(outbox.bytes).toBe(0);
  });

  it('collects while a write is on its way, so that a slow peer never holds a slab per stanza', () => {
    const { outbox, writes, texts } = collect();
    outbox.addText('<a/>');
    outbox.flush();
    for (let n = 0; n < 100; n++) {
      outbox.addText('<b/>');
      outbox.flush();
    }
    expect(texts()).toEqual(['<a/>']);
    writes[0]!.done();
    expect(texts()[1]).toBe('<b/>'.repeat(100));
    writes[1]!.done();
    expect(writes).toHaveLength(2);
  });

  it('hands over full slabs at once, and what is larger in a buffer of its own', () => {
    const { outbox, writes } = collect();
    outbox.addText('x'.repeat(SLAB_BYTES / 3));
    outbox.addText('y'.repeat(SLAB_BYTES));
    outbox.add(Buffer.alloc(3 * SLAB_BYTES), 0, 3 * SLAB_BYTES);
    outbox.flushNow();
    expect(writes.map(({ bytes }) => bytes.length)).toEqual([Math.floor(SLAB_BYTES / 3), SLAB_BYTES, 3 * SLAB_BYTES]);
  });

  it('does not use a buffer again whose write failed', () => {
    const { outbox, writes } = collect();
    outbox.addText('<a/>');
    outbox.flush();
    const { buffer } = writes[0]!.bytes;
    writes[0]!.done(new Error('reset'));
    outbox.addText('<b/>');
    outbox.flush();
    expect(writes[1]!.bytes.buffer).not.toBe(buffer);
    writes[1]!.done();
    outbox.addText('<c/>');
    outbox.flush();
    expect(writes[2]!.bytes.buffer).toBe(writes[1]!.bytes.buffer);
  });
});
