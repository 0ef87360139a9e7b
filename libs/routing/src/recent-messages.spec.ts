import { describe, expect, it } from 'vitest';
import { hashOf, MessageKey } from './message-key.js';
import { MOST_REMEMBERED, RecentMessages } from './recent-messages.js';

function key(id: number, content = id): MessageKey {
  const made = new MessageKey();
  return Object.assign(made, { isKnown: true, id: id >>> 0, content: content | 0, moreContent: ~content });
}

const manySent = (count: number): RecentMessages => {
  const recent = new RecentMessages();
  for (let i = 0; i < count; i++) recent.add(key(i));
  return recent;
};

describe('the latest messages of an account', () => {
  it.each([1, 63, 64, 65, 128, 129, 500, MOST_REMEMBERED, MOST_REMEMBERED + 1, 5000])(
    'of %i sent the last 64 are known at once, the last 1,024 when asked for all, and none before',
    (count) => {
      const recent = manySent(count);
      const from = (most: number): number => Math.max(0, count - most);
      const known = (deep: boolean): number[] =>
        Array.from({ length: count }, (_, i) => i).filter((i) => recent.find(key(i), deep) === 'same');
      expect([known(false).length, known(false)[0]]).toEqual([Math.min(count, 64), from(64)]);
      expect([known(true).length, known(true)[0]]).toEqual([Math.min(count, MOST_REMEMBERED), from(MOST_REMEMBERED)]);
    },
  );

  it('other words under a known id are told apart, however long ago', () => {
    const recent = manySent(300);
    expect(recent.find(key(299, 7))).toBe('reused');
    expect(recent.find(key(3, 7))).toBeUndefined();
    expect(recent.find(key(3, 7), true)).toBe('reused');
    expect(recent.find(key(300), true)).toBeUndefined();
  });

  it('are known also when they were looked for before more was sent', () => {
    const recent = manySent(100);
    for (let i = 100; i < 3000; i++) {
      // Ids of one chain, and of all chains.
      const sent = i % 2 === 0 ? i * 256 : i;
      expect(recent.find(key(sent), true)).toBeUndefined();
      recent.add(key(sent));
      expect(recent.find(key(sent, 7), true)).toBe('reused');
    }
    const known = Array.from({ length: 3000 }, (_, i) => (i % 2 === 0 ? i * 256 : i)).filter(
      (sent, i) => i >= 100 && recent.find(key(sent), true) === 'same',
    );
    expect(known.length).toBe(MOST_REMEMBERED);
    expect(known[0]).toBe((3000 - MOST_REMEMBERED) * 256);
  });

  it('ids that differ may have the same hash', () => {
    const hash = (text: string): number => hashOf(Buffer.from(` ${text} `), 1, text.length + 1);
    expect(hash('costarring')).toBe(hash('liquid'));
    expect(hash('costarring')).not.toBe(hash('solid'));
  });
});
