import type { Hold } from '@interoffice/contract';
import { describe, expect, it } from 'vitest';
import { conditionsOf, dayAfter, linesOf } from './hold-words.js';

const HOLD: Hold = {
  id: '1',
  office: '*',
  name: 'Gold',
  matter: 'case 7',
  reason: 'a letter',
  people: [],
  rooms: [],
  peers: [],
  words: [],
  placedBy: 'olga@corp.example',
  placedAt: '2026-11-30T09:00:00.000Z',
};

describe('a hold in words', () => {
  it('has a line for each kind of condition', () => {
    const hold = { ...HOLD, people: ['a@x', 'b@x'], words: ['gold bar'], from: '2026-03-01T00:00:00.000Z' };
    expect(conditionsOf(hold)).toEqual(['people: a@x or b@x', 'words: “gold bar”', 'from 2026-03-01']);
  });

  it('names the last day that is held', () => {
    expect(dayAfter('2026-03-31')).toBe('2026-04-01T00:00:00.000Z');
    expect(conditionsOf({ ...HOLD, until: dayAfter('2026-03-31') })).toEqual(['until 2026-03-31']);
    expect(dayAfter('')).toBeUndefined();
  });

  it('takes several things in one field, on lines or with commas', () => {
    expect(linesOf(' a@x, b@x\n\nc@x;')).toEqual(['a@x', 'b@x', 'c@x']);
  });
});
