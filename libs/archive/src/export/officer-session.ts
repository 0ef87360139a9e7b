import type { Pace } from '@interoffice/jobs';
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

/** The database, and the pace at which it is asked. */
export interface PatientSource {
  readonly database: Database;
  readonly pace: Pace;
}

/** The same, and a rest: the database works for it at its own priority, and those who chat come before. */
export async function asPatientOfficer<T>(
  { database, pace }: PatientSource,
  scope: string,
  work: (officer: Statements) => Promise<T>,
): Promise<T> {
  const result = await asOfficer(database, scope, work);
  await pace.rest();
  return result;
}
