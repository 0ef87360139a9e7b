import { describe, expect, it } from 'vitest';
import { activeFilters, filterOf, narrowedTo } from './search.js';

describe('a search on the page', () => {
  it('shows each filter that is on, in words', () => {
    const filter = { text: 'invoice', participant: 'Anna Berg', file: 'true', direction: 'out' } as const;
    expect(activeFilters(filter).map(({ text }) => text)).toEqual([
      'Person: Anna Berg',
      'Direction: out',
      'With a file',
    ]);
    expect(activeFilters({ text: 'invoice' })).toEqual([]);
  });

  it('is kept without its reason and without what is not given', () => {
    const search = { text: 'invoice', room: undefined, reason: 'case 7', saved: '4' };
    expect(filterOf(search)).toEqual({ text: 'invoice' });
  });

  it('is narrowed to what was clicked', () => {
    expect(narrowedTo('people', 'anna@im.example')).toEqual({ participant: 'anna@im.example' });
    expect(narrowedTo('verdicts', 'refused')).toEqual({ verdict: 'refused' });
    expect(narrowedTo('months', '2026-12')).toEqual({
      since: '2026-12-01T00:00:00.000Z',
      until: '2026-12-31T23:59:59.999Z',
    });
  });
});
