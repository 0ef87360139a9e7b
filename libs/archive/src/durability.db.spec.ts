import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Database, EmbeddedPostgres, migrate } from '@interoffice/storage';
import { Metrics, silentLog, systemClock } from '@interoffice/telemetry';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { party, PASS, said } from '../../../test/support/recordable.js';
import { RecordingLog } from '../../../test/support/recording-log.js';
import { formatId } from './ids.js';
import { Journal } from './journal.js';
import { PostgresSink } from './postgres-sink.js';

let folder: string;
let server: EmbeddedPostgres;
let database: Database;
let restarted: () => void;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'interoffice-durable-'));
  server = new EmbeddedPostgres({
    dataDir: path.join(folder, 'pg'),
    log: silentLog,
    onStateChange: (state) => (state === 'restarted' ? restarted() : undefined),
  });
  await server.start();
  database = new Database({ connection: server.connection, log: silentLog });
  await migrate(database, { log: silentLog });
});
afterAll(async () => {
  await database.close();
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

describe('durability', () => {
  it('has everything it released, once, when PostgreSQL is killed three times under load', async () => {
    const log = new RecordingLog();
    const metrics = new Metrics();
    const sink = new PostgresSink({ connection: database.connectionOf('writer'), log, metrics });
    await sink.open(Date.UTC(2026, 5, 1));
    const released: string[] = [];
    const journal = new Journal<undefined, undefined>({
      sink,
      clock: systemClock,
      log,
      metrics,
      onPoisoned: () => undefined,
      onReleased: (batch) => {
        for (let i = 0; i < batch.count; i++) released.push(formatId(batch.idHigh[i]!, batch.idLow[i]!));
      },
    });
    const [from, to] = [party(1, 'romeo@im.example/phone'), party(2, 'juliet@im.example')];
    const sent: string[] = [];
    let back: Promise<void> | undefined;
    for (let i = 0; i < 3_000; i++) {
      const r = said({ from, to, body: `line ${i}`, atMs: Date.UTC(2026, 5, 1) + i });
      journal.append(r, PASS, undefined, i, undefined);
      sent.push(formatId(r.idHigh, r.idLow));
      if (i % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
      if (i % 1_000 === 500) {
        back = new Promise((resolve) => (restarted = resolve));
        process.kill(server.pid!, 'SIGKILL');
      }
      // What is left of the killed server may still commit for a moment; the next kill is for the new one.
      if (i % 1_000 === 999) await Promise.all([journal.settled(), back]);
    }
    await journal.settled();
    expect(released).toEqual(sent);
    const rows = await database.query<{ id: string }>(
      'reader',
      `SELECT lpad(to_hex(j.id), 16, '0') AS id FROM journal j JOIN journal_content c USING (id) ORDER BY j.id`,
    );
    expect(rows.map(({ id }) => id)).toEqual(sent);
    expect(log.count('archive.commit.failed')).toBeGreaterThan(0);
    await journal.close(1_000);
  });

  it('knows after a restart what can be read', async () => {
    const sink = new PostgresSink({
      connection: database.connectionOf('writer'),
      log: silentLog,
      metrics: new Metrics(),
    });
    const [row] = await database.query<{ id: string }>(
      'reader',
      `SELECT lpad(to_hex(max(id)), 16, '0') AS id FROM journal`,
    );
    expect(await sink.open(Date.UTC(2026, 5, 1))).toBe(row!.id);
    sink.close();
  });
});
