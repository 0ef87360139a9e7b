import type { Sql } from '@interoffice/features';
import type { Database } from '@interoffice/storage';

/** The database as features see it. */
export function sqlOf(database: Database): Sql {
  return { query: (name, text, values) => database.prepared('app', { name, text }, values) };
}
