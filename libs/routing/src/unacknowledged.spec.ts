import { describe, expect, it } from 'vitest';
import { MOST_OTHER_BYTES, MOST_UNACKNOWLEDGED, Unacknowledged } from './unacknowledged.js';

const text = (sent: Unacknowledged): string[] =>
  [...sent.entries()].map((entry) => ('bytes' in entry ? entry.bytes.toString() : `${entry.id} ${entry.form}`));

describe('what a device has not acknowledged', () => {
  it('is kept in order: messages as marks on the journal, the rest as bytes', () => {
    const sent = new Unacknowledged();
    sent.recorded(1, 2, 'plain');
    sent.other(Buffer.from('<presence/>'));
    sent.recorded(1, 3, 'sent copy');
    expect(text(sent)).toEqual(['0000000100000002 plain', '<presence/>', '0000000100000003 sent copy']);
    expect(sent.acknowledge(2)).toBe(true);
    expect(text(sent)).toEqual(['0000000100000003 sent copy']);
    expect(sent.acknowledgedUpTo.text).toBe('0000000100000002');
  });

  it('survives growth, whatever was acknowledged before', () => {
    const sent = new Unacknowledged();
    const expected: string[] = [];
    for (let i = 1; i <= 300; i++) {
      if (i % 7 === 0) sent.other(Buffer.from(`other ${i}`));
      else sent.recorded(0, i, 'delayed');
      expected.push(i % 7 === 0 ? `other ${i}` : `${i.toString(16).padStart(16, '0')} delayed`);
      if (i === 10) expect(sent.acknowledge(9)).toBe(true);
    }
    expect(text(sent)).toEqual(expected.slice(9));
    expect(sent.acknowledge(300)).toBe(true);
    expect(text(sent)).toEqual([]);
  });

  //
  it('counts on over 2³²', () => {
    const sent = new Unacknowledged(2 ** 32 - 2);
    for (let i = 1; i <= 4; i++) sent.recorded(0, i, 'plain');
    expect(sent.acknowledge(2 ** 32 - 1)).toBe(true);
    expect(sent.size).toBe(3);
    expect(sent.acknowledge(1)).toBe(true);
    expect(text(sent)).toEqual(['0000000000000004 plain']);
    expect(sent.acknowledge(2 ** 32 - 1)).toBe(false);
  });

  //
  it('refuses a count that is too high or goes back, and keeps everything', () => {
    const sent = new Unacknowledged();
    for (let i = 1; i <= 3; i++) sent.recorded(0, i, 'plain');
    expect(sent.acknowledge(4)).toBe(false);
    expect(sent.acknowledge(2)).toBe(true);
    expect(sent.acknowledge(1)).toBe(false);
    expect(sent.size).toBe(1);
  });

  it('asks for an acknowledgement after sixteen stanzas, or when told to, once', () => {
    const sent = new Unacknowledged();
    for (let i = 1; i < 16; i++) sent.recorded(0, i, 'plain');
    expect(sent.shouldAsk()).toBe(false);
    expect(sent.shouldAsk(true)).toBe(true);
    expect(sent.shouldAsk(true)).toBe(false);
    for (let i = 0; i < 16; i++) sent.recorded(1, i, 'plain');
    expect(sent.shouldAsk()).toBe(true);
  });

  it('has a bound in stanzas and in bytes', () => {
    const sent = new Unacknowledged();
    for (let i = 1; i < MOST_UNACKNOWLEDGED; i++) sent.recorded(0, i, 'plain');
    expect(sent.isFull).toBe(false);
    sent.recorded(1, 0, 'plain');
    expect(sent.isFull).toBe(true);
    const large = new Unacknowledged();
    large.other(Buffer.alloc(MOST_OTHER_BYTES + 1));
    expect(large.isFull).toBe(true);
    large.acknowledge(1);
    expect(large.isFull).toBe(false);
  });
});
