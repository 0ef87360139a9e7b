import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Log, silentLog } from '@interoffice/telemetry';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nextMessage, startNode } from '../../../test/support/node-process.js';
import { Database } from './database.js';
import { DataDirectory } from './data-directory.js';
import { EmbeddedPostgres } from './embedded-postgres.js';
import { hasEnded, isRunning } from './running.js';
import { readStartFailure } from './start-failure.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'interoffice-pg-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function settingOf(server: EmbeddedPostgres, name: string): Promise<unknown> {
  const database = new Database({ connection: server.connection, log: silentLog });
  try {
    const [row] = await database.query('owner', 'SELECT current_setting($1) AS value', [name]);
    return row?.['value'];
  } finally {
    await database.close();
  }
}

describe('embedded PostgreSQL', () => {
  it('survives being killed: it is back within 3 s with its data, and says so', async () => {
    const events: string[] = [];
    const log: Log = { ...silentLog, error: (event) => events.push(event) };
    let back: () => void = () => undefined;
    const restarted = new Promise<void>((resolve) => (back = resolve));
    const onStateChange = (state: string): void => (state === 'restarted' ? back() : undefined);
    // The seconds are for our own watching and trying again: with fsync, a disk that is busy with other work takes more.
    const settings = { fsync: 'off' };
    const server = new EmbeddedPostgres({ dataDir: path.join(folder, 'killed'), log, settings, onStateChange });
    const { initMs } = await server.start();
    expect(initMs).toBeGreaterThan(0);
    const database = new Database({ connection: server.connection, log: silentLog });
    await database.query('owner', 'CREATE TABLE kept AS SELECT 1 AS n');
    const killedAt = performance.now();
    process.kill(server.pid!, 'SIGKILL');
    await restarted;
    expect(performance.now() - killedAt).toBeLessThan(3_000);
    expect(events).toContain('database.server.died');
    expect(await database.query('owner', 'SELECT n FROM kept')).toEqual([{ n: 1 }]);
    await database.close();
    await server.stop();
    await server.stop();
  }, 120_000);

  it('ends with its parent, kill -9 included, and the next start takes the data over', async () => {
    const dataDir = path.join(folder, 'orphan');
    const parent = startNode(path.join(import.meta.dirname, 'testing/embedded.contract.ts'), [dataDir]);
    const { pid } = await nextMessage<{ pid: number }>(parent);
    expect(isRunning(pid, undefined, 'postgres')).toBe(true);

    const rival = new EmbeddedPostgres({ dataDir, log: silentLog });
    await expect(rival.start()).rejects.toMatchObject({
      code: 'DATA_DIRECTORY_IN_USE',
      message: expect.stringContaining(`process ${parent.pid}`),
    });
    expect(isRunning(pid)).toBe(true);

    parent.kill('SIGKILL');
    const heir = new EmbeddedPostgres({ dataDir, log: silentLog });
    await heir.start();
    expect(await hasEnded(pid, 1)).toBe(true);
    expect(await settingOf(heir, 'fsync')).toBe('on');
    expect(await settingOf(heir, 'synchronous_commit')).toBe('on');
    await heir.stop();
  }, 120_000);

  it('refuses a second start in the same process', async () => {
    const dataDir = path.join(folder, 'twice');
    const first = new EmbeddedPostgres({ dataDir, log: silentLog, settings: { fsync: 'off' } });
    await first.start();
    await expect(new EmbeddedPostgres({ dataDir, log: silentLog }).start()).rejects.toMatchObject({
      code: 'DATA_DIRECTORY_IN_USE',
    });
    expect(await settingOf(first, 'listen_addresses')).toBe('');
    await first.stop();

    await writeFile(path.join(dataDir, 'cluster/PG_VERSION'), '99\n');
    await expect(new EmbeddedPostgres({ dataDir, log: silentLog }).start()).rejects.toMatchObject({
      code: 'DATA_DIRECTORY_NEWER',
      message: expect.stringContaining('PostgreSQL 99'),
    });
    await writeFile(path.join(dataDir, 'cluster/PG_VERSION'), '9.6\n');
    await expect(new EmbeddedPostgres({ dataDir, log: silentLog }).start()).rejects.toMatchObject({
      code: 'DATA_DIRECTORY_OLDER',
    });
  });

  it('puts its socket elsewhere when the path of the data directory is too long for one', async () => {
    const dataDir = path.join(folder, 'd'.repeat(120));
    const server = new EmbeddedPostgres({ dataDir, log: silentLog, settings: { fsync: 'off' } });
    await server.start();
    const { host } = server.connection;
    expect(host.startsWith(folder)).toBe(false);
    expect((await stat(host)).mode & 0o777).toBe(0o700);
    expect(await settingOf(server, 'port')).toBe('5432');
    await server.stop();
    await expect(stat(host)).rejects.toThrow('ENOENT');
  });

  it('says what PostgreSQL said when it does not start', async () => {
    const dataDir = path.join(folder, 'unfit');
    const server = new EmbeddedPostgres({ dataDir, log: silentLog, settings: { shared_buffers: '1TB', fsync: 'off' } });
    await expect(server.start()).rejects.toMatchObject({
      code: 'DATABASE_START_FAILED',
      message: expect.stringContaining('postgres.log'),
    });
    expect(await readFile(path.join(dataDir, 'postgres.log'), 'utf8')).not.toBe('');
    const sound = new EmbeddedPostgres({ dataDir, log: silentLog, settings: { fsync: 'off' } });
    await sound.start();
    await sound.stop();
  });

  it('names a full disk', async () => {
    const directory = new DataDirectory(path.join(folder, 'full'));
    await directory.enter(silentLog);
    await writeFile(directory.log, 'FATAL: could not write lock file "postmaster.pid": No space left on device\n');
    expect(readStartFailure(directory)).toMatchObject({ code: 'DISK_FULL' });
    directory.leave();
  });
});
