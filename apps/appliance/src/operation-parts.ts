import type { AuditLog, Departures, Part, Renames, SyncedDirectories } from '@interoffice/api';
import type { Exports, OfficerArchive, Reconciliation } from '@interoffice/archive';
import type { Settings } from '@interoffice/config';
import type { PolicyVersions, ReceiptReport, XmppServer } from '@interoffice/server';
import type { Clock } from '@interoffice/telemetry';
import type { SealOperationParts } from './compliance/seal-operations.js';
import type { CertificateOperationParts } from './certificates/operations.js';
import type { ApplianceRetention } from './compliance/retention.js';
import type { People } from './people.js';
import type { PolicyReload } from './policy-reload.js';

/** What the operations of the control socket work on. */
export interface OperationParts {
  readonly people: People;
  readonly xmpp: XmppServer;
  readonly officers: OfficerArchive;
  readonly exports: Exports;
  readonly audit: AuditLog;
  readonly departures: Departures;
  readonly renames: Renames;
  readonly directories: SyncedDirectories;
  readonly policy: Pick<PolicyReload, 'reload' | 'problem'>;
  readonly versions: PolicyVersions;
  /** Compares what an office was sent with its receipts; undefined where there are no other servers. */
  readonly checkReceipts: ((office: string, sinceMs: number) => Promise<ReceiptReport>) | undefined;
  readonly certificates: Omit<CertificateOperationParts, 'audit'>;
  readonly sealed: Omit<SealOperationParts, 'audit'>;
  /** Undefined where nothing is recorded. */
  readonly reconciliation: Reconciliation | undefined;
  readonly kept: ApplianceRetention;
  readonly clock: Clock;
  readonly parts: readonly Part[];
  readonly settings: Settings;
}

/** Who acts through the control socket: the owner of the data directory, who needs no log-in. */
export const OPERATOR = { actor: 'operator', role: 'operator', address: 'control socket' } as const;
