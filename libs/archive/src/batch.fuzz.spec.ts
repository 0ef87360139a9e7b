import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { party, PASS, said } from '../../../test/support/recordable.js';
import { Batch } from './batch.js';
import { Leaves } from './leaf.js';
import { readTuple } from './tuple.js';

const text = fc.string({
  unit: fc.oneof(fc.constantFrom('ä', '語', '🌹', 'x', ' ', '&', '<'), fc.string()),
  maxLength: 6_000,
});
const escape = (value: string): string => value.replace(/[&<]/g, (c) => (c === '&' ? '&amp;' : '&#x3C;'));

/** The canonical form written down again from docs/compliance/canonical-form.md, apart from the code under test. */
function leafOf(facts: (Buffer | undefined)[], content: (Buffer | undefined)[]): Buffer {
  const hash = createHash('sha256')
    .update(facts[24]!)
    .update(Buffer.from([1]));
  for (const field of [...facts.slice(0, 23), content[3], content[4]]) {
    const length = Buffer.alloc(4);
    length.writeInt32BE(field?.length ?? -1);
    hash.update(length).update(field ?? '');
  }
  return hash.digest();
}

describe('batch', () => {
  it('writes rows that read back as what was said, each with the leaf of its canonical form', () => {
    const leaves = new Leaves();
    const message = fc.record({
      body: fc.option(text, { nil: undefined }),
      thread: fc.option(fc.constant('t&amp;1'), { nil: undefined }),
      office: text,
      recorded: fc.boolean(),
    });
    const run = fc.property(fc.array(message, { minLength: 1, maxLength: 20 }), (messages) => {
      const batch = new Batch<number, number>(leaves);
      batch.reset(1);
      for (const [nth, { body, thread, office, recorded }] of messages.entries()) {
        const from = party(-5, 'a@im.example/b', office);
        const raw = body === undefined ? undefined : escape(body);
        const r = said({ from, to: party(2 ** 40, 'c@im.example'), body: raw, thread, nth });
        batch.add(r, { ...PASS, record: recorded }, { author: nth, sequence: nth, targets: nth });
        expect(batch.bytes.subarray(batch.start[nth], batch.end[nth])).toEqual(r.bytes);
      }
      for (const [i, { body, thread, office, recorded }] of messages.entries()) {
        if (!recorded) continue;
        const facts = readTuple(batch.journal.bytes, batch.journalStart[i]!);
        const content = readTuple(batch.content.bytes, batch.contentStart[i]!);
        expect(content[3]).toEqual(batch.bytes.subarray(batch.start[i], batch.end[i]));
        expect(content[4]?.toString()).toEqual(body === undefined ? undefined : Buffer.from(body).toString());
        expect(facts[22]?.toString()).toEqual(thread === undefined ? undefined : 't&1');
        expect(facts[12]?.toString()).toEqual(Buffer.from(office).toString());
        expect([facts[2]!.readBigInt64BE(), facts[3]!.readBigInt64BE()]).toEqual([-5n, 2n ** 40n]);
        expect(facts[25]).toEqual(leafOf(facts, content));
      }
    });
    fc.assert(run, { numRuns: 150 });
  });

  it('never gives the same salt twice', () => {
    const leaves = new Leaves();
    const seen = new Set<string>();
    const salt = Buffer.alloc(16);
    for (let i = 0; i < 5_000; i++) {
      leaves.salt(salt, 0);
      seen.add(salt.toString('hex'));
    }
    expect(seen.size).toBe(5_000);
  });

  it('keeps text that is not canonical as it stands rather than losing the message', () => {
    const batch = new Batch<number, number>(new Leaves());
    batch.reset(1);
    const odd = 'a & b &nope; &#0; &#x110000; &amp';
    const r = said({ from: party(1, 'a@b'), to: party(2, 'c@d'), body: odd });
    batch.add(r, PASS, { author: 0, sequence: 0, targets: 0 });
    expect(readTuple(batch.content.bytes, 0)[4]!.toString()).toBe(odd);
  });
});
