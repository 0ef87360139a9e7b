import type { RetentionMonth } from '@interoffice/contract';
import { describe, expect, it } from 'vitest';
import { barsOf, coverageOf, periodOf, sizeOf } from './retention-words.js';

const month = (name: string, removed: number, held: number, kept: number, retentionClass = 0): RetentionMonth => ({
  month: name,
  retentionClass,
  removed,
  held,
  kept,
  isEstimated: false,
  bytes: 0,
});

describe('rules in words', () => {
  it('say whom they cover and for how long', () => {
    expect(coverageOf({})).toBe('everything');
    expect(coverageOf({ kind: 'chat', peer: 'partner.example' })).toBe(
      'messages between people with the server partner.example',
    );
    expect(coverageOf({ group: { key: 'ad/1', name: 'Sales' } })).toBe('everything of the group Sales');
    expect([periodOf(null), periodOf(1), periodOf(90)]).toEqual(['for ever', '1 day', '90 days']);
  });

  it('have sizes that people read', () => {
    expect([sizeOf(0), sizeOf(900), sizeOf(2_500_000), sizeOf(31e9)]).toEqual(['0 kB', '1 kB', '2.5 MB', '31.0 GB']);
  });
});

describe('the picture of a preview', () => {
  it('has a bar for each month, as long as the month has messages, classes together', () => {
    expect(barsOf([month('2026-05', 50, 0, 50), month('2026-06', 50, 50, 50), month('2026-06', 50, 0, 0, 1)])).toEqual([
      {
        month: '2026-05',
        bars: [
          { what: 'removed', from: 0, to: 0.25 },
          { what: 'kept', from: 0.25, to: 0.5 },
        ],
      },
      {
        month: '2026-06',
        bars: [
          { what: 'removed', from: 0, to: 0.5 },
          { what: 'held', from: 0.5, to: 0.75 },
          { what: 'kept', from: 0.75, to: 1 },
        ],
      },
    ]);
  });

  it('has none where nothing was recorded', () => {
    expect(barsOf([month('2026-05', 0, 0, 0)])).toEqual([{ month: '2026-05', bars: [] }]);
  });
});
