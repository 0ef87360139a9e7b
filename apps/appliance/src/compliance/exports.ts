import path from 'node:path';
import type { AuditLog } from '@interoffice/api';
import { type ExportDeed, exportKind, Exports } from '@interoffice/archive';
import type { Settings } from '@interoffice/config';
import { Jobs } from '@interoffice/jobs';
import { sqlOf, type XmppServer } from '@interoffice/server';
import type { Connection, Database } from '@interoffice/storage';
import type { Clock, Log } from '@interoffice/telemetry';
import { VERSION } from '../version.js';
import type { ApplianceSeal } from './seal.js';

export interface ExportParts {
  readonly settings: Settings;
  readonly database: Database;
  readonly connection: Connection;
  readonly journal: XmppServer['journal'];
  /** Undefined where nothing is recorded. */
  readonly seal: ApplianceSeal | undefined;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly log: Log;
}

/** Long work of the appliance: exports of the archive. */
export function openJobs(parts: ExportParts): { jobs: Jobs; exports: Exports } {
  const { settings, database, connection, journal, seal, audit, clock, log } = parts;
  const folder = path.join(settings.dataDir, 'exports');
  const kind = exportKind({
    connection,
    folder,
    version: VERSION,
    domain: settings.domains[0],
    seal: seal?.folder,
    notary: seal?.keys,
    settle: seal && (() => seal.thread.settle()),
    upTo: () => journal.releasedId,
    record: (deed) => noteDeed(audit, deed),
  });
  const jobs = new Jobs({ sql: sqlOf(database), kinds: [kind], clock, log });
  return { jobs, exports: new Exports(jobs, folder) };
}

/** What the job itself does stands under the name of who asked for it. */
function noteDeed(audit: AuditLog, { action, job, request, details }: ExportDeed): Promise<void> {
  const { requestedBy: actor, role, reason, address } = request;
  return audit.record({ action, subject: `export ${job}`, actor, role, reason, address, details });
}
