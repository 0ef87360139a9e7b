import { describe, expect, it } from 'vitest';
import { Additions } from './additions.js';
import { StanzaIds } from './stanza-ids.js';

const at = (ms: number) => ({ now: () => ms });

describe('the ids of messages', () => {
  it('rise with time and, within a millisecond, with every message', () => {
    let now = Date.UTC(2026, 10, 20);
    const ids = new StanzaIds({ now: () => now });
    const seen: string[] = [];
    for (let i = 0; i < 10_000; i++) {
      if (i % 100 === 0) now++;
      ids.next();
      seen.push(ids.text);
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.toSorted()).toEqual(seen);
    for (const id of seen) expect(id).toMatch(/^[0-9a-f]{16}$/);
  });

  it('rise even when the clock is set back or more than 4096 come in a millisecond', () => {
    let now = Date.UTC(2026, 10, 20);
    const ids = new StanzaIds({ now: () => now });
    ids.next();
    let last = ids.text;
    for (let i = 0; i < 9000; i++) {
      if (i === 5000) now -= 3_600_000;
      ids.next();
      expect(ids.text > last).toBe(true);
      last = ids.text;
    }
  });

  it('of two nodes never meet', () => {
    const one = new StanzaIds(at(1.8e12), 1);
    const two = new StanzaIds(at(1.8e12), 2);
    one.next();
    two.next();
    expect(one.text).not.toBe(two.text);
    expect(() => new StanzaIds(at(0), 1024)).toThrow(RangeError);
  });

  it('are written into a stanza as the same sixteen digits', () => {
    const ids = new StanzaIds(at(Date.UTC(2031, 5, 1)), 77);
    const out = new Additions();
    for (let i = 0; i < 500; i++) {
      ids.next();
      out.clear();
      out.id(ids.high, ids.low);
      expect(out.bytes.toString('latin1', 0, out.length)).toBe(ids.text);
    }
  });

  // the clock may stand earlier than when the server was stopped.
  it('go on behind what was given before a restart', () => {
    const before = new StanzaIds({ now: () => Date.UTC(2026, 10, 20, 9) }, 3);
    for (let i = 0; i < 5; i++) before.next();
    const after = new StanzaIds({ now: () => Date.UTC(2026, 10, 20, 8) }, 3);
    after.startAfter(before.text);
    after.next();
    expect(after.text > before.text).toBe(true);
    after.startAfter('0000000000000000');
    const last = after.text;
    after.next();
    expect(after.text > last).toBe(true);
  });
});
