import { runTask } from '@interoffice/jobs';
import { type Connection, Database } from '@interoffice/storage';
import { silentLog, systemClock } from '@interoffice/telemetry';
import { ExportRun, type ExportTask } from './export/run.js';

// The thread of an export: connections of its own, of the roles that are needed, one of each.
interface Given {
  readonly task: ExportTask;
  readonly connection: Connection;
}

await runTask<Given>(async ({ given, move }) => {
  const { task, connection } = given;
  const database = new Database({ connection, log: silentLog, poolSizes: { app: 1, officer: 1 } });
  try {
    return await new ExportRun(task, { database, proofs: undefined, clock: systemClock, move }).run();
  } finally {
    await database.close();
  }
});
