import { runTask } from '@interoffice/jobs';
import { type Connection, Database } from '@interoffice/storage';
import { silentLog, systemClock } from '@interoffice/telemetry';
import { ExportRun, type ExportTask } from './export/run.js';
import { openProofs } from './export/sealed-proofs.js';

// The process of an export: connections of its own, of the roles that are needed, one of each.
interface Given {
  readonly task: ExportTask;
  readonly connection: Connection;
  /** The folder of the sealed log. */
  readonly seal: string | undefined;
}

await runTask<Given>(async ({ given, pace, move }) => {
  const { task, connection, seal } = given;
  const database = new Database({ connection, log: silentLog, poolSizes: { app: 1, officer: 1 } });
  const proofs = seal === undefined ? undefined : openProofs(seal);
  try {
    return await new ExportRun(task, { database, proofs, clock: systemClock, pace, move }).run();
  } finally {
    proofs?.close();
    await database.close();
  }
});
