import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Journal, PostgresReader, PostgresSink } from '@interoffice/archive';
import { ensureAuthority, ensureServerCertificate } from '@interoffice/pki';
import { type Connection, Database, EmbeddedPostgres, migrate, parseConnection } from '@interoffice/storage';
import { Metrics, silentLog, systemClock } from '@interoffice/telemetry';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { party, PASS, said } from '../support/recordable.js';

let folder: string;
let server: EmbeddedPostgres;
let external: Connection;
let ca: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'interoffice-external-'));
  const authority = await ensureAuthority(path.join(folder, 'ca'), systemClock);
  ca = await readFile(authority.certificatePath, 'utf8');
  const pair = await ensureServerCertificate(folder, ['localhost'], { authority, clock: systemClock });
  const hba = path.join(folder, 'hba.conf');
  await writeFile(hba, 'local all all trust\nhostssl all all 127.0.0.1/32 scram-sha-256\n');
  const port = await freePort();
  server = new EmbeddedPostgres({
    dataDir: path.join(folder, 'pg'),
    log: silentLog,
    settings: {
      fsync: 'off',
      listen_addresses: '127.0.0.1',
      port: String(port),
      hba_file: hba,
      ssl: 'on',
      ssl_cert_file: pair.files.certificate,
      ssl_key_file: pair.files.key,
    },
  });
  await server.start();
  const administrator = { ...server.connection, user: 'postgres' };
  const database = new Database({ connection: administrator, log: silentLog });
  await database.query('owner', `ALTER ROLE interoffice_owner PASSWORD 'the owner’s secret'`);
  await database.close();
  const address = `postgres://interoffice_owner@localhost:${port}/interoffice?sslmode=verify-full`;
  external = { ...parseConnection(address, { password: 'the owner’s secret', ca }) };
});
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

describe('an external PostgreSQL', () => {
  it('serves everything over TLS with passwords', async () => {
    const database = new Database({ connection: external, log: silentLog });
    await migrate(database, { log: silentLog });
    const [row] = await database.query(
      'app',
      'SELECT current_user::text AS name, ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()',
    );
    expect(row).toEqual({ name: 'interoffice_app', ssl: true });

    const metrics = new Metrics();
    const sink = new PostgresSink({ connection: database.connectionOf('writer'), log: silentLog, metrics });
    await sink.open(Date.UTC(2026, 5, 1));
    const parts = { sink, clock: systemClock, log: silentLog, metrics };
    const journal = new Journal({ ...parts, onReleased: () => undefined, onPoisoned: () => undefined });
    const body = 'x'.repeat(1_000);
    for (let nth = 0; nth < 500; nth++) {
      const r = said({ from: party(1, 'romeo@im.example/phone'), to: party(2, 'juliet@im.example'), body, nth });
      journal.append(r, PASS, undefined, nth, undefined);
    }
    await journal.settled();
    const page = await new PostgresReader(database).page({ accountId: 1, max: 1_000 });
    expect(page?.rows).toHaveLength(500);
    await journal.close(1_000);
    await database.close();
  });

  it('is refused when its certificate is not from the authority of the settings', async () => {
    const untrusting = { ...external, tls: {} };
    const sink = new PostgresSink({ connection: untrusting, log: silentLog, metrics: new Metrics() });
    await expect(sink.open(0)).rejects.toMatchObject({ code: 'DATABASE_UNREACHABLE' });
    sink.close();
    const database = new Database({ connection: untrusting, log: silentLog });
    await expect(database.query('owner', 'SELECT 1')).rejects.toThrow();
    await database.close();
  });

  it('says that the password is wrong', async () => {
    const wrong = { ...external, password: 'guessed' };
    const database = new Database({ connection: wrong, log: silentLog });
    await expect(database.query('owner', 'SELECT 1')).rejects.toMatchObject({
      code: 'DATABASE_UNREACHABLE',
      message: expect.stringContaining('refuses the log-in'),
    });
    await database.close();
    const sink = new PostgresSink({ connection: wrong, log: silentLog, metrics: new Metrics() });
    await expect(sink.open(0)).rejects.toMatchObject({
      cause: expect.objectContaining({ code: '28P01' }),
    });
    sink.close();
  });

  it('is refused when it offers no TLS', async () => {
    const plain = net.createServer((socket) =>
      socket.on('error', () => socket.destroy()).once('data', () => socket.end('N')),
    );
    await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve));
    const { port } = plain.address() as net.AddressInfo;
    const sink = new PostgresSink({ connection: { ...external, port }, log: silentLog, metrics: new Metrics() });
    await expect(sink.open(0)).rejects.toMatchObject({
      cause: expect.objectContaining({ message: 'PostgreSQL offers no TLS' }),
    });
    sink.close();
    await new Promise((resolve) => plain.close(resolve));
  });
});

async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
