import type { Export } from '@interoffice/contract';
import { describe, expect, it } from 'vitest';
import { filterWords, percentOf, sizeOf, standingOf } from './export-words.js';

const JOB: Export = {
  id: '1',
  state: 'running',
  format: 'csv',
  filter: {},
  reason: 'case 17',
  requestedBy: 'olga@im.example',
  createdAt: '2026-06-01T00:00:00Z',
  done: 25,
  total: 200,
};

describe('how far an export is', () => {
  it.each([
    [{}, 'beginning'],
    [{ phase: 'collect', remainingSeconds: 42 }, 'reading messages, 42 s left'],
    [{ phase: 'render', remainingSeconds: 600 }, 'writing, 10 min left'],
    [{ phase: 'render', remainingSeconds: 9_000 }, 'writing, 2.5 h left'],
    [{ state: 'waiting' }, 'waiting'],
    [{ state: 'done', messages: 1, exceptions: 0 }, '1 message'],
    [{ state: 'done', messages: 2, exceptions: 3 }, '2 messages, 3 exceptions'],
    [{ state: 'failed', problem: { code: 'X', text: 'The disk is full.' } }, 'The disk is full.'],
  ] as const)('%j is “%s”', (more, words) => {
    expect(standingOf({ ...JOB, ...more })).toBe(words);
  });

  it('is told in per cent once the number is known', () => {
    expect(percentOf(JOB)).toBe(12);
    expect(percentOf({ done: 0, total: 0 })).toBe(100);
    expect(percentOf({ done: 0 })).toBeUndefined();
  });

  it('is told with what was asked for', () => {
    expect(filterWords({ filter: {} })).toBe('everything');
    expect(filterWords({ filter: { text: 'invoice', peer: 'partner.example' } })).toBe(
      '“invoice”, with partner.example',
    );
  });

  it.each([
    [999, '999 bytes'],
    [1_500, '1.5 kB'],
    [2_000_000, '2.0 MB'],
    [3_100_000_000, '3.1 GB'],
  ])('%i bytes are %s', (bytes, words) => {
    expect(sizeOf(bytes)).toBe(words);
  });
});
