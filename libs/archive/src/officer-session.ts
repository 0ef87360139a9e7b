import type { Database, Statements } from '@interoffice/storage';

/**
 * What may be seen; and along the indexes alone, however small the journal is or seems to the planner: a page begins at one
 * end and stops when it is full, which a plan that collects first cannot.
 */
const SESSION = `SELECT set_config('interoffice.scope', $1, true), set_config('enable_seqscan', 'off', true),
  set_config('enable_bitmapscan', 'off', true),
  set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true),
  set_config('jit', 'off', true)`;

/** Statements within the offices of a scope. */
export function asOfficer<T>(database: Database, scope: string, work: (officer: Statements) => Promise<T>): Promise<T> {
  return database.transaction('officer', async (officer) => {
    await officer.query(SESSION, [scope]);
    return work(officer);
  });
}
