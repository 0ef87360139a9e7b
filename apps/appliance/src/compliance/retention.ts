import { createHash } from 'node:crypto';
import type { AuditLog, Retention } from '@interoffice/api';
import {
  DisposalCertificates,
  Disposer,
  Holds,
  type JournalMonth,
  type Notary,
  RetentionPreviews,
  RetentionRules,
} from '@interoffice/archive';
import type { Database } from '@interoffice/storage';
import type { Clock, Log } from '@interoffice/telemetry';
import { DailyDisposal } from './daily-disposal.js';

export interface ApplianceRetentionOptions {
  readonly database: Database;
  /** Signs certificates; undefined: nothing is recorded, and nothing disposed of. */
  readonly notary: Notary | undefined;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly log: Log;
}

/** Holds, rules, and what takes away what they have ended. */
export interface ApplianceRetention {
  readonly holds: Holds;
  readonly retention: Retention;
  /** Undefined where nothing is recorded. */
  readonly daily: DailyDisposal | undefined;
}

/** Who acts when nobody does. */
const SCHEDULE = { actor: 'system', role: 'system', address: 'schedule' } as const;

export function openRetention({ database, notary, audit, clock, log }: ApplianceRetentionOptions): ApplianceRetention {
  const certificates = new DisposalCertificates(database);
  const disposer =
    notary &&
    new Disposer({
      database,
      notary,
      clock,
      log,
      onBegun: (month) =>
        audit.record({
          ...SCHEDULE,
          action: 'disposal.begin',
          subject: nameOf(month),
          details: {},
        }),
      onDone: async (month, outcome) => {
        const note = await certificates.note(outcome.number, '*');
        const certificate = createHash('sha256')
          .update(note ?? '')
          .digest('hex');
        const details = {
          ...outcome,
          certificate,
        };
        await audit.record({
          ...SCHEDULE,
          action: 'disposal.done',
          subject: nameOf(month),
          details,
        });
      },
    });
  return {
    holds: new Holds(database),
    retention: { rules: new RetentionRules(database), previews: new RetentionPreviews(database, clock), certificates },
    daily: disposer && new DailyDisposal({ database, disposer, clock, log }),
  };
}

function nameOf({ beginsMs, retentionClass }: JournalMonth): string {
  return `${new Date(beginsMs).toISOString().slice(0, 7)} class ${retentionClass}`;
}
