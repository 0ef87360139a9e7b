import { Metrics } from '@interoffice/telemetry';
import { describe, expect, it } from 'vitest';
import { RecordingLog } from '../../../../test/support/recording-log.js';
import { Decisions, type Denial } from './decisions.js';

/** Decisions with a clock and a table that a test sets. */
function stage() {
  const metrics = new Metrics();
  const table: Denial[] = [];
  const at = { nowMs: 1_000, isAway: false };
  const due: (() => void)[] = [];
  const decisions = new Decisions({
    store: {
      write: (denials) => {
        if (at.isAway) return Promise.reject(new Error('the database is away'));
        table.push(...denials);
        return Promise.resolve();
      },
      find: (id) => Promise.resolve(table.find((denial) => denial.id === id)),
    },
    later: (_, work) => {
      due.push(work);
      return () => void due.splice(due.indexOf(work), 1);
    },
    clock: { now: () => at.nowMs },
    counts: { denied: metrics.counter('d_total', 'd'), forgotten: metrics.counter('f_total', 'f') },
    log: new RecordingLog(),
  });
  const run = async (): Promise<void> => {
    for (const work of due.splice(0)) work();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { decisions, table, at, run };
}

const DENIED = {
  direction: 'out',
  from: 'ada@berlin.example',
  to: 'bob@stranger.example',
  peer: 'stranger.example',
  classes: ['chat'],
  rule: undefined,
  because: 'no rule allows chat to stranger.example',
  policyVersion: 1,
  office: 'Berlin',
  groups: [],
} as const;

describe('decisions of policy', () => {
  it('are found by their id at once, and after they were written', async () => {
    const { decisions, run } = stage();
    const id = decisions.deny(DENIED);
    expect(await decisions.find(id)).toMatchObject(DENIED);
    await run();
    expect(await decisions.find(id)).toMatchObject({ ...DENIED, id, atMs: 1_000 });
    expect(await decisions.find('00000000-0000-0000-0000-000000000000')).toBeUndefined();
  });

  it('are one for who repeats within a minute what was refused, and another for anybody or anything else', async () => {
    const { decisions, table, at, run } = stage();
    const first = decisions.deny(DENIED);
    expect(Array.from({ length: 50 }, () => decisions.deny(DENIED))).toEqual(Array(50).fill(first));
    const others = [
      { ...DENIED, from: 'ben@berlin.example' },
      { ...DENIED, classes: ['chat', 'file'] as const },
      { ...DENIED, because: 'rule no-strangers denies it' },
    ].map((denied) => decisions.deny(denied));
    at.nowMs += 60_000;
    const later = decisions.deny(DENIED);
    expect(new Set([first, ...others, later]).size).toBe(5);
    await run();
    expect(table).toHaveLength(5);
  });

  it('wait while they cannot be written, and are written in their order then', async () => {
    const { decisions, table, at, run } = stage();
    at.isAway = true;
    const ids = ['a', 'b', 'c'].map((name) => decisions.deny({ ...DENIED, from: `${name}@berlin.example` }));
    await run();
    expect(table).toEqual([]);
    expect(await decisions.find(ids[2]!)).toBeDefined();
    at.isAway = false;
    await run();
    expect(table.map(({ id }) => id)).toEqual(ids);
  });
});
