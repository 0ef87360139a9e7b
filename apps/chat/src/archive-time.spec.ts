import { StanzaIds } from '@interoffice/routing';
import { describe, expect, it } from 'vitest';
import { timeOf } from './archive-time.js';

describe('the time of a message of the archive', () => {
  it('is that of its id, and sorts as ids do, within one millisecond too', () => {
    const now = Date.UTC(2026, 10, 21, 8, 30, 0, 125);
    const ids = new StanzaIds({ now: () => now });
    const times = Array.from({ length: 5000 }, () => {
      ids.next();
      return timeOf(ids.text)!;
    });
    expect(times[0]).toBe('2026-11-21T08:30:00.1250000Z');
    expect(times.toSorted()).toEqual(times);
    expect(new Set(times).size).toBe(times.length);
    expect(new Date(times[7]!).getTime()).toBe(now);
  });

  it('is unknown for the id of another server', () => {
    expect(timeOf('3f1c2a8e-1b1e-4c1d-9b1e-0242ac120002')).toBe(undefined);
  });
});
