import { StreamError } from '@interoffice/wire';
import { describe, expect, it } from 'vitest';
import { H_WRAPS_AT, SentCount } from './sent-count.js';

describe('the count of what was sent', () => {
  it('says how many more were taken, and how many were not', () => {
    const count = new SentCount();
    count.sent += 5;
    expect([count.acknowledge(3), count.unacknowledged]).toEqual([3, 2]);
    expect([count.acknowledge(3), count.unacknowledged]).toEqual([0, 2]);
    expect([count.acknowledge(5), count.unacknowledged]).toEqual([2, 0]);
  });

  it('goes on behind 2³²', () => {
    const count = new SentCount(H_WRAPS_AT - 2);
    count.sent += 4;
    expect(count.acknowledge(H_WRAPS_AT - 1)).toBe(1);
    expect(count.acknowledge(1)).toBe(2);
    expect(count.unacknowledged).toBe(1);
  });

  it.each([
    ['more than was sent', 4],
    ['fewer than before', 1],
  ])('takes no %s', (_, h) => {
    const count = new SentCount();
    count.sent += 3;
    count.acknowledge(2);
    expect(() => count.acknowledge(h)).toThrow(StreamError);
    expect(count.unacknowledged).toBe(1);
  });
});
