import { Metrics } from '@interoffice/telemetry';
import { beforeEach, describe, expect, it } from 'vitest';
import { openDatabase, type TestDatabase } from '../../../../test/support/database.js';
import { RecordingLog } from '../../../../test/support/recording-log.js';
import { party, PASS, said } from '../../../../test/support/recordable.js';
import { formatId } from '../ids.js';
import { Journal } from '../journal.js';
import { PostgresSink } from '../postgres-sink.js';
import { type EdgeCounts, Reconciliation } from './reconciliation.js';
import { Tally } from './tally.js';

const DAY = Date.UTC(2026, 5, 1);
const romeo = party(1, 'romeo@im.example/phone');
const juliet = party(2, 'juliet@im.example/balcony');
const clock = { now: (): number => DAY + 600_000 };

let database: TestDatabase;
let journal: Journal<undefined, undefined>;
let tally: Tally;
let log: RecordingLog;
let edges: EdgeCounts[];
let said_ = 0;

beforeEach(async () => {
  database = await openDatabase();
  log = new RecordingLog();
  edges = [{ name: 'c2s', arrived: 3, accounted: 3 }];
  tally = new Tally();
  said_ = 0;
  const metrics = new Metrics();
  const sink = new PostgresSink({ connection: database.connectionOf('writer'), log, metrics });
  await sink.open(DAY);
  const rest = { onReleased: () => undefined, onPoisoned: () => undefined, log, metrics };
  journal = new Journal({ sink, clock, ...rest });
  return async () => {
    await journal.close(1_000);
    await database.drop();
  };
});

function reconciliation(over: Partial<ConstructorParameters<typeof Reconciliation>[0]> = {}): Reconciliation {
  const rest = { database, tally, clock, log, metrics: new Metrics(), ...over };
  return new Reconciliation({ node: 'im1', edges: () => edges, releasedId: () => journal.releasedId, ...rest });
}

/** Counts it and records it, as the server does; or counts it alone, as a journal would that lost it. */
function say(author: typeof romeo, fate: 'recorded' | 'lost' = 'recorded'): string {
  const r = said({ from: author, to: juliet, body: 'x', atMs: DAY + said_++ });
  tally.count(author, r.idHigh, r.idLow);
  if (fate === 'recorded') journal.append(r, PASS, undefined, 0, undefined);
  return formatId(r.idHigh, r.idLow);
}

// C-01
describe('the reconciliation', () => {
  it('agrees when the archive has what was accepted, stretch by stretch', async () => {
    const compared = reconciliation();
    await compared.start('0000000000000000');
    for (let i = 0; i < 5; i++) say(romeo);
    say(juliet);
    await journal.settled();
    await compared.reconcile();
    say(romeo);
    await journal.settled();
    await compared.stop();
    expect(await compared.history(9)).toMatchObject([
      { outcome: 'agrees', accepted: 1, recorded: 1, fromMs: DAY + 5, toMs: DAY + 6 },
      { outcome: 'agrees', accepted: 6, recorded: 6, node: 'im1', toMs: DAY + 5, gaps: [] },
    ]);
    expect(compared).toMatchObject({ openGaps: 0, agreedAtMs: clock.now(), problem: undefined });
  });

  it('names the stream of one missing row, and alarms until somebody says why', async () => {
    const compared = reconciliation();
    say(romeo);
    say(romeo, 'lost');
    say(juliet);
    await journal.settled();
    await compared.reconcile();
    expect(compared.openGaps).toBe(1);
    const gap = { stream: 'romeo@im.example/phone', accepted: 2, recorded: 1 };
    const [found] = await compared.history(1);
    expect(found).toMatchObject({ outcome: 'gap', accepted: 3, recorded: 2, gaps: [gap], toMs: DAY + 2 });
    expect(log.events.filter(({ name }) => name === 'archive.gap.found')).toMatchObject([
      { fields: { ...gap, to: new Date(DAY + 2).toISOString() } },
    ]);
    expect(await compared.acknowledge(found!.number, 'olga@im.example')).toBe(true);
    expect(await compared.acknowledge(found!.number, 'olga@im.example')).toBe(false);
    expect(compared.openGaps).toBe(0);
    expect(await compared.history(1)).toMatchObject([{ acknowledgedBy: 'olga@im.example' }]);
  });

  it('finds a row that was put in, and one that was taken away after its commit', async () => {
    const compared = reconciliation();
    const first = say(romeo);
    say(juliet);
    await journal.settled();
    const id = BigInt(`0x${first}`).toString();
    await database.query('owner', `UPDATE journal SET author = 'mallory@im.example' WHERE id = ${id}`);
    await compared.reconcile();
    expect((await compared.history(1))[0]!.gaps).toEqual([
      { stream: 'romeo@im.example/phone', accepted: 1, recorded: 0 },
      { stream: 'mallory@im.example/phone', accepted: 0, recorded: 1 },
    ]);
  });

  it('waits for what is not committed yet rather than call it missing', async () => {
    let released = '0000000000000000';
    const compared = reconciliation({ releasedId: () => released });
    const id = say(romeo);
    await journal.settled();
    await compared.reconcile();
    expect(await compared.history(9)).toEqual([]);
    released = id;
    await compared.reconcile();
    expect(await compared.history(9)).toMatchObject([{ outcome: 'agrees' }]);
  });

  it('says when a message came in of which nobody knows what became', async () => {
    edges = [{ name: 'c2s', arrived: 7, accounted: 6 }];
    const compared = reconciliation();
    say(romeo);
    await journal.settled();
    await compared.reconcile();
    expect(await compared.history(1)).toMatchObject([{ outcome: 'gap', gaps: [], edges }]);
    expect(log.events.at(-1)).toMatchObject({ name: 'archive.gap.found', fields: { stream: 'every c2s stream' } });
  });

  it('writes down what a killed process had counted and nobody can compare any more', async () => {
    say(romeo);
    await journal.settled();
    const next = reconciliation({ tally: new Tally(journal.releasedId) });
    await next.start(journal.releasedId);
    await next.stop();
    expect(await next.history(9)).toMatchObject([{ outcome: 'uncounted', accepted: undefined, recorded: 1 }]);
    const again = reconciliation({ tally: new Tally(journal.releasedId) });
    await again.start(journal.releasedId);
    await again.stop();
    expect(await again.history(9)).toHaveLength(1);
  });

  it('lets no role of the application change what was found', async () => {
    for (const role of ['app', 'writer', 'reader', 'officer', 'disposer'] as const)
      for (const sql of [
        `UPDATE reconciliations SET outcome = 'agrees'`,
        'DELETE FROM reconciliations',
        'DELETE FROM acknowledged_gaps',
      ])
        await expect(database.query(role, sql)).rejects.toMatchObject({ code: '42501' });
  });
});
