import { setTimeout as delay } from 'node:timers/promises';
import type { Database, Statements } from '@interoffice/storage';

/**
 * Statements as an officer of this scope, in one transaction. Plans by the indexes: a page of a large archive is never
 * worth a look at all of it, and what is asked here must not take memory and processors from those who chat.
 */
function asOfficer<T>(database: Database, scope: string, work: (officer: Statements) => Promise<T>): Promise<T> {
  return database.transaction('officer', async (officer) => {
    await officer.query(
      `SELECT set_config('interoffice.scope', $1, true), set_config('enable_seqscan', 'off', true),
        set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true),
        set_config('max_parallel_workers_per_gather', '0', true)`,
      [scope],
    );
    return work(officer);
  });
}

/** What a page may be followed by: on a busy machine it takes long enough by itself. */
const MOST_PATIENCE_MS = 50;

/** The same, and then the database is left in peace for half as long as it was asked: those who chat come before. */
export async function asPatientOfficer<T>(
  database: Database,
  scope: string,
  work: (officer: Statements) => Promise<T>,
): Promise<T> {
  const began = performance.now();
  const result = await asOfficer(database, scope, work);
  await delay(Math.min(MOST_PATIENCE_MS, (performance.now() - began) / 2));
  return result;
}
