import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Connection, Database, EmbeddedPostgres, migrate } from '@interoffice/storage';
import { silentLog } from '@interoffice/telemetry';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  export interface ProvidedContext {
    readonly database: Connection;
  }
}

/** The database every test's own one is copied from. */
export const TEMPLATE = 'interoffice';

/**
 * One throw-away PostgreSQL for the whole run, migrated once. It forgets what a power cut would take: tests of
 * durability start their own.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(path.join(tmpdir(), 'interoffice-test-'));
  const settings = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '300' };
  const server = new EmbeddedPostgres({ dataDir: path.join(folder, 'pg'), log: silentLog, settings });
  const stop = async (): Promise<void> => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await server.start();
    const database = new Database({ connection: server.connection, log: silentLog });
    await migrate(database, { log: silentLog });
    await database.close();
  } catch (error) {
    await stop();
    throw error;
  }
  project.provide('database', server.connection);
  return stop;
}
