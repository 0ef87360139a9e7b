import { createHash } from 'node:crypto';
import { Failure, type Log } from '@interoffice/telemetry';
import { APPLICATION_ROLES, roleName } from './connection.js';
import type { Database, Statements } from './database.js';
import { MIGRATIONS, type Migration } from './migrations/list.js';

/** Chosen once; two processes that migrate at the same time wait for each other on it. */
const LOCK = 5_270_313;

export interface MigrateOptions {
  readonly log: Log;
  /** Another list than the program's own: for tests. */
  readonly migrations?: readonly Migration[];
}

/**
 * Brings the database up to this program, as the owner, each numbered change in its own transaction; returns the names
 * of those made now. Fails with `DATABASE_NEWER` when the database knows changes this program does not,
 * `DATABASE_CHANGED` when a change already made differs from the program's, `DATABASE_MIGRATION_FAILED` otherwise.
 */
export async function migrate(database: Database, options: MigrateOptions): Promise<readonly string[]> {
  const migrations = options.migrations ?? MIGRATIONS;
  return database.session('owner', async (owner) => {
    await owner.query('SELECT pg_advisory_lock($1)', [LOCK]);
    await owner.query(`CREATE TABLE IF NOT EXISTS schema_migrations (
      number int PRIMARY KEY, name text NOT NULL, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())`);
    const done = await owner.query<Applied>('SELECT number, name, checksum FROM schema_migrations ORDER BY number');
    compare(done, migrations);
    const applied: string[] = [];
    for (const [index, migration] of migrations.entries()) {
      if (index < done.length) continue;
      await apply(owner, { ...migration, number: index + 1 });
      options.log.info('database.migration.applied', { name: migration.name });
      applied.push(migration.name);
    }
    await setPasswords(database, owner);
    await owner.query('SELECT pg_advisory_unlock($1)', [LOCK]);
    return applied;
  });
}

interface Applied {
  number: number;
  name: string;
  checksum: string;
}

function compare(done: readonly Applied[], migrations: readonly Migration[]): void {
  if (done.length > migrations.length) {
    throw new Failure(
      'DATABASE_NEWER',
      `The database was used by a newer release (it knows "${done.at(-1)?.name}"). Start that release, or restore a backup made before the upgrade.`,
    );
  }
  for (const [index, { name, checksum }] of done.entries()) {
    const migration = migrations[index]!;
    if (name === migration.name && checksum === checksumOf(migration)) continue;
    throw new Failure(
      'DATABASE_CHANGED',
      `Change ${index + 1} of the database is "${name}" there and "${migration.name}" here, or its text differs: the database does not belong to this line of releases.`,
    );
  }
}

async function apply(owner: Statements, migration: Migration & { number: number }): Promise<void> {
  await owner.query('BEGIN');
  try {
    await owner.query(migration.sql);
    await owner.query('INSERT INTO schema_migrations (number, name, checksum) VALUES ($1, $2, $3)', [
      migration.number,
      migration.name,
      checksumOf(migration),
    ]);
    await owner.query('COMMIT');
  } catch (cause) {
    throw new Failure(
      'DATABASE_MIGRATION_FAILED',
      `Change "${migration.name}" of the database could not be made; nothing of it remains. PostgreSQL says why below; the owner needs CREATEROLE and all rights on the database.`,
      { cause },
    );
  }
}

/** On a server that asks for passwords the roles get theirs; again each time, in case the owner's has changed. */
async function setPasswords(database: Database, owner: Statements): Promise<void> {
  for (const role of APPLICATION_ROLES) {
    const { password } = database.connectionOf(role);
    // Derived by us: letters, digits, - and _ only.
    if (password !== undefined) await owner.query(`ALTER ROLE ${roleName(role)} PASSWORD '${password}'`);
  }
}

function checksumOf(migration: Migration): string {
  return createHash('sha256').update(migration.sql).digest('hex');
}
