import { describe, expect, it } from 'vitest';
import { Position } from './position.js';
import { WaitingStanzas } from './waiting-stanzas.js';

const at = (low: number): Position => new Position(low.toString(16).padStart(16, '0'));
const taken = (waiting: WaitingStanzas, until?: Position): string[] => [...waiting.take(until)].map(String);

describe('stanzas that wait for a device that is away', () => {
  it('are taken in order, each at its place in the journal', () => {
    const waiting = new WaitingStanzas();
    waiting.add(Buffer.from("<iq id='1'/>"), at(1));
    waiting.add(Buffer.from("<iq id='2'/>"), at(5));
    expect(taken(waiting, at(4))).toEqual(["<iq id='1'/>"]);
    expect(taken(waiting, at(4))).toEqual([]);
    expect(taken(waiting)).toEqual(["<iq id='2'/>"]);
  });

  it("hold only the latest presence of one device, and every request for one's own", () => {
    const waiting = new WaitingStanzas();
    waiting.add(Buffer.from("<presence xmlns='jabber:client' from='a@b/c'><show>away</show></presence>"), at(1));
    waiting.add(Buffer.from("<presence from='a@b' type='subscribe'/>"), at(1));
    waiting.add(Buffer.from('<presence from="x@b/c"/>'), at(1));
    waiting.add(Buffer.from("<presence from='a@b/c' type='unavailable'/>"), at(2));
    waiting.add(Buffer.from("<presence from='a@b' type='subscribe'/>"), at(2));
    expect(taken(waiting)).toEqual([
      "<presence from='a@b' type='subscribe'/>",
      '<presence from="x@b/c"/>',
      "<presence from='a@b/c' type='unavailable'/>",
      "<presence from='a@b' type='subscribe'/>",
    ]);
  });

  it('have a bound', () => {
    const waiting = new WaitingStanzas();
    for (let i = 0; i < 1000; i++) waiting.add(Buffer.from(`<presence from='a@b/${i % 10}'/>`), at(i));
    expect(waiting.isOverflowing).toBe(false);
    for (let i = 0; i < 5000; i++) waiting.add(Buffer.from(`<iq id='${i}'/>`), at(i));
    expect(waiting.isOverflowing).toBe(true);
  });
});
