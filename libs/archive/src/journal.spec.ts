import { Metrics, silentLog, systemClock } from '@interoffice/telemetry';
import { describe, expect, it } from 'vitest';
import { party, PASS, said } from '../../../test/support/recordable.js';
import { RecordingLog } from '../../../test/support/recording-log.js';
import { Journal, type JournalOptions } from './journal.js';
import { MemoryArchive } from './memory-archive.js';
import type { ReleasedBatch } from './released-batch.js';
import { OffSink } from './sink.js';

const romeo = party(1, 'romeo@im.example/phone');
const juliet = party(2, 'juliet@im.example');

function open(options: Partial<JournalOptions<string, string>> = {}): {
  journal: Journal<string, string>;
  archive: MemoryArchive;
  released: number[];
  metrics: Metrics;
} {
  const archive = new MemoryArchive();
  const released: number[] = [];
  const metrics = new Metrics();
  const onReleased = (batch: ReleasedBatch<string, string>): void => {
    for (let i = 0; i < batch.count; i++) released.push(batch.sequence[i]!);
  };
  const given = { sink: archive, clock: systemClock, log: silentLog, metrics, onPoisoned: () => undefined, onReleased };
  return { journal: new Journal({ ...given, ...options }), archive, released, metrics };
}

describe('journal', () => {
  it('takes no more than 8 MB while the database is away, and goes on when it is back', async () => {
    const { journal, archive, released } = open();
    archive.hold();
    const r = said({ from: romeo, to: juliet, body: 'x'.repeat(60_000) });
    let appended = 0;
    while (journal.mayAppend) journal.append(r, PASS, 'a', appended++, 'b');
    expect(journal.uncommittedBytes).toBeGreaterThan(8_000_000);
    expect(journal.uncommittedBytes).toBeLessThan(9_000_000);
    await new Promise((resolve) => setImmediate(resolve));
    expect(released).toEqual([]);
    archive.resume();
    await journal.settled();
    expect(released).toEqual(Array.from({ length: appended }, (_, i) => i));
    expect(journal.mayAppend).toBe(true);
    expect(journal.uncommittedBytes).toBe(0);
    await journal.close(0);
  });

  it('says that it is stalled after a second, and when it works again', async () => {
    const log = new RecordingLog();
    let now = 1_000_000;
    const { journal, archive, metrics } = open({ log, clock: { now: () => now } });
    archive.hold();
    journal.append(said({ from: romeo, to: juliet, body: 'x' }), PASS, 'a', 0, 'b');
    await new Promise((resolve) => setImmediate(resolve));
    expect(journal.state).toBe('working');
    now += 5_000;
    expect(journal.state).toBe('stalled');
    expect(journal.stalledSinceMs).toBe(1_000_000);
    expect(await metrics.value('interoffice_archive_waiting_seconds')).toBe(5);
    await expect.poll(() => log.count('archive.stalled'), { timeout: 3_000 }).toBe(1);
    archive.resume();
    await journal.settled();
    expect(journal.state).toBe('working');
    expect(journal.stalledSinceMs).toBeUndefined();
    expect(log.count('archive.recovered')).toBe(1);
    await journal.close(0);
  });

  it('does not ask the database about entries that are not to be kept, yet keeps them in order', async () => {
    const { journal, archive, released } = open();
    const r = said({ from: romeo, to: juliet });
    journal.append(r, { ...PASS, record: false }, 'a', 0, 'b');
    await journal.settled();
    archive.hold();
    journal.append(r, PASS, 'a', 1, 'b');
    await new Promise((resolve) => setImmediate(resolve));
    journal.append(r, { ...PASS, record: false }, 'a', 2, 'b');
    await new Promise((resolve) => setImmediate(resolve));
    expect(released).toEqual([0]);
    archive.resume();
    await journal.settled();
    expect(released).toEqual([0, 1, 2]);
    await journal.settled();
    await journal.close(0);
  });

  it('goes on when what follows a release fails', async () => {
    const log = new RecordingLog();
    const onReleased = (): void => {
      throw new Error('a courtesy broke');
    };
    const { journal, archive } = open({ log, onReleased });
    journal.append(said({ from: romeo, to: juliet }), PASS, 'a', 0, 'b');
    await journal.settled();
    journal.append(said({ from: romeo, to: juliet, nth: 1 }), PASS, 'a', 1, 'b');
    await journal.settled();
    expect(archive.rows).toHaveLength(2);
    expect(log.count('archive.release.failed')).toBe(2);
    await journal.close(0);
  });

  it('delivers without a record for benchmarks, and says so', async () => {
    const { journal, released } = open({ sink: new OffSink() });
    for (let i = 0; i < 2_000; i++) journal.append(said({ from: romeo, to: juliet, nth: i }), PASS, 'a', i, 'b');
    await journal.settled();
    expect(journal.state).toBe('off');
    expect(released).toHaveLength(2_000);
    await journal.close(0);
  });

  it('keeps what was asked about the correction of an earlier message', async () => {
    const { journal, archive } = open();
    journal.append(said({ from: romeo, to: juliet, body: 'so' }), { ...PASS, about: '046f8e5cb0000000' }, 'a', 0, 'b');
    await journal.settled();
    expect(archive.rows[0]).toMatchObject({ body: 'so', author: 'romeo@im.example', receiverDevice: '' });
    await journal.close(0);
  });
});
