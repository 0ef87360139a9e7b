import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { silentLog, type Clock } from '@interoffice/telemetry';
import { MemoryGroups } from '../memory/memory-groups.js';
import { MemoryRecords } from '../memory/memory-records.js';
import { MemorySyncRecords } from '../memory/memory-sync-records.js';
import { DirectorySync } from './directory-sync.js';
import { MemoryPeople } from './memory-people.contract.js';
import { SyncSchedule, type ScheduleOptions } from './sync-schedule.js';

const HOUR_MS = 3_600_000;
const clock: Clock = { now: () => Date.now() };

beforeEach(() => void vi.useFakeTimers({ now: Date.UTC(2026, 0, 5, 12) }));
afterEach(() => void vi.useRealTimers());

function open(options: Partial<ScheduleOptions> = {}) {
  const people = new MemoryPeople().add('juliet').add('romeo');
  const records = new MemoryRecords(clock);
  const told: string[] = [];
  const parts = { records, groups: new MemoryGroups(records), syncs: new MemorySyncRecords(), clock, log: silentLog };
  const onChanged = ({ jid, state }: { jid: { local: string | undefined }; state: string }): void =>
    void told.push(`${jid.local} ${state} ${new Date(clock.now()).toISOString().slice(11, 19)}`);
  const sync = new DirectorySync(people, parts, { onChanged });
  return { people, told, records, sync, schedule: new SyncSchedule(sync, clock, { online: () => [], ...options }) };
}

describe('the schedule of a source', () => {
  it('reads everybody at the first start, then changes every minute and who is online every 15 seconds', async () => {
    const { people, told, schedule } = open({ online: () => ['juliet@im.example'] });
    schedule.start();
    await vi.advanceTimersByTimeAsync(100);
    expect(told).toEqual(['juliet active 12:00:00', 'romeo active 12:00:00']);
    people.change('juliet', { refusal: 'disabled' });
    people.change('romeo', { refusal: 'disabled' });
    await vi.advanceTimersByTimeAsync(62_000);
    expect(told.slice(2)).toEqual(['juliet disabled 12:00:15', 'romeo disabled 12:01:00']);
    await schedule.stop();
  });

  it('reads everybody at night, each source at a minute of its own', async () => {
    const { schedule } = open({ nightlyAtMinute: 0, jitterMs: HOUR_MS });
    schedule.start();
    await vi.advanceTimersByTimeAsync(100);
    const { next } = await schedule.status();
    expect(next.full).toBeGreaterThanOrEqual(Date.UTC(2026, 0, 6));
    expect(next.full).toBeLessThan(Date.UTC(2026, 0, 6, 1));
    await vi.advanceTimersByTimeAsync(13 * HOUR_MS);
    const { runs, next: after } = await schedule.status();
    expect(runs.filter(({ kind }) => kind === 'full')).toHaveLength(2);
    expect(after.full).toBe(next.full! + 24 * HOUR_MS);
    await schedule.stop();
  });

  it('reads everybody soon after a start when the server was off at night', async () => {
    const first = open();
    first.schedule.start();
    await vi.advanceTimersByTimeAsync(100);
    await first.schedule.stop();
    vi.setSystemTime(Date.now() + 30 * HOUR_MS);
    const again = new SyncSchedule(first.sync, clock, { online: () => [] });
    again.start();
    await vi.advanceTimersByTimeAsync(61_000);
    expect((await again.status()).runs.filter(({ kind }) => kind === 'full')).toHaveLength(2);
    await again.stop();
  });

  it('does not overtake itself, and waits at its end for what is under way', async () => {
    const { people, schedule, records } = open();
    const { promise, resolve } = Promise.withResolvers<void>();
    let pages = 0;
    people.beforePage = () => {
      pages++;
      return promise;
    };
    schedule.start();
    await vi.advanceTimersByTimeAsync(300_000);
    expect(pages).toBe(1);
    const asked = schedule.now();
    const stopped = schedule.stop();
    resolve();
    await stopped;
    expect(await asked).toMatchObject({ outcome: 'done' });
    expect(await records.find('juliet@im.example')).toBeDefined();
    expect(vi.getTimerCount()).toBe(0);
  });
});
