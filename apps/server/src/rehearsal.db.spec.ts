import { createSecureContext } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Clock, systemClock } from '@interoffice/telemetry';
import { TlsContext } from '@interoffice/transport';
import { openDatabase, type TestDatabase } from '../../../test/support/database.js';
import { RecordingLog } from '../../../test/support/recording-log.js';
import { pairForLocalhost } from '../../../test/support/transport-peer.js';
import { rehearse } from './rehearsal.js';

const sockets = (): string[] => process.getActiveResourcesInfo().filter((kind) => /TCP|TLS/.test(kind));

describe('the rehearsal before the listeners open', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await openDatabase();
  });
  afterAll(() => database.drop());

  const parts = (log: RecordingLog) => ({
    connection: database.connection,
    isRecorded: true,
    clock: systemClock,
    log,
  });
  /** How many rows there are in all tables together. */
  const rows = async (): Promise<unknown> => {
    const tables = await database.query<{ name: string }>(
      'owner',
      `SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace`,
    );
    const counted = tables.map(({ name }) => `(SELECT count(*) FROM "${name}")`).join(' + ');
    return database.query('owner', `SELECT ${counted} AS rows`);
  };

  it('plays log-ins with and without TLS, and leaves no connection, no port, no row and no line in the log', async () => {
    const tls = new TlsContext(await pairForLocalhost());
    const log = new RecordingLog();
    const [openBefore, rowsBefore] = [sockets(), await rows()];
    const { logins } = await rehearse({ ...parts(log), tls });
    expect(logins).toBeGreaterThan(1);
    expect(await rows()).toEqual(rowsBefore);
    // The system takes a moment to close what was closed.
    await expect.poll(sockets).toEqual(openBefore);
    expect(log.events).toEqual([]);
  });

  it('ends when its time is up, however slow log-ins are', async () => {
    const tls = new TlsContext(await pairForLocalhost());
    let now = 0;
    const slow: Clock = { now: () => (now += 500) };
    const { logins } = await rehearse({ ...parts(new RecordingLog()), tls, clock: slow });
    expect(logins).toBeGreaterThan(0);
    expect(logins).toBeLessThan(50);
  });

  it('that fails is a warning, and the server starts all the same', async () => {
    // No handshake ends well without a certificate.
    const broken = { secure: createSecureContext() } as TlsContext;
    const log = new RecordingLog();
    await rehearse({ ...parts(log), tls: broken });
    expect(log.count('server.rehearsal.failed')).toBe(1);
  });
});
