import path from 'node:path';
import type { Settings } from '@interoffice/config';
import { type Connection, Database, EmbeddedPostgres, migrate, parseConnection } from '@interoffice/storage';
import type { Log } from '@interoffice/telemetry';

/** The database of an appliance: its own PostgreSQL or the company's. */
export interface Storage {
  readonly database: Database;
  readonly connection: Connection;
  readonly kind: string;
  stop(): Promise<void>;
}

/** Starts or reaches PostgreSQL. Rejects with a Failure that says which side is at fault. */
export async function openStorage({ dataDir, database: at }: Settings, log: Log): Promise<Storage> {
  if (at !== 'embedded') {
    const connection = parseConnection(at.url, at.password === undefined ? {} : { password: at.password });
    const database = new Database({ connection, log });
    return { database, connection, kind: `PostgreSQL at ${connection.host}`, stop: () => database.close() };
  }
  const server = new EmbeddedPostgres({
    dataDir: path.join(dataDir, 'postgres'),
    log,
    onStateChange: (state) => log.warn(state === 'died' ? 'appliance.database.died' : 'appliance.database.restarted'),
  });
  await server.start();
  const database = new Database({ connection: server.connection, log });
  const stop = async (): Promise<void> => {
    await database.close();
    await server.stop();
  };
  return { database, connection: server.connection, kind: 'embedded PostgreSQL', stop };
}

/** Brings the database up to date and returns what was applied; for `interoffice migrate`, with nothing else running. */
export function migrateDatabase(settings: Settings, log: Log): Promise<readonly string[]> {
  return prepareDatabase(settings, log, async () => undefined);
}

/** The same, and lets `fill` write into it before it is closed: load tests bring their accounts. */
export async function prepareDatabase(
  settings: Settings,
  log: Log,
  fill: (database: Database) => Promise<void>,
): Promise<readonly string[]> {
  const storage = await openStorage(settings, log);
  try {
    const applied = await migrate(storage.database, { log });
    await fill(storage.database);
    return applied;
  } finally {
    await storage.stop();
  }
}
