import { mkdirSync } from 'node:fs';
import { Exports, exportKind } from '@interoffice/archive';
import { Jobs } from '@interoffice/jobs';
import { silentLog, systemClock } from '@interoffice/telemetry';
import type { TestDatabase } from '../../../../test/support/database.js';

/** A thread runs what is built: `npm test` builds first. */
const worker = new URL('../../../../libs/archive/dist/export-worker.js', import.meta.url);

/** Exports on the stage's own database, whose journal is whatever its XMPP server has recorded. */
export function stageExports(database: TestDatabase, folder: string): { jobs: Jobs; exports: Exports } {
  mkdirSync(folder, { recursive: true });
  const { connection } = database;
  const nothing = { notary: undefined, settle: undefined, seal: undefined };
  const kind = exportKind({
    ...nothing,
    connection,
    folder,
    version: '0.1.0',
    domain: 'im.example',
    upTo: () => '7fffffffffffffff',
    record: async () => undefined,
    worker,
  });
  const query = <R>(name: string, text: string, values: readonly unknown[]): Promise<R[]> =>
    database.prepared<R>('app', { name, text }, values);
  const jobs = new Jobs({ sql: { query }, kinds: [kind], clock: systemClock, log: silentLog });
  return { jobs, exports: new Exports(jobs, folder) };
}
