import type { AuditLog } from '@interoffice/api';
import type { Reconciliation } from '@interoffice/archive';
import { Failure } from '@interoffice/telemetry';
import type { Operations } from '../control.js';
import { read } from '../input.js';
import { OPERATOR } from '../operation-parts.js';

export interface CompletenessOperationParts {
  readonly reconciliation: Reconciliation | undefined;
  readonly audit: Pick<AuditLog, 'record'>;
}

/** What `interoffice archive reconcile` asks. */
export function completenessOperations({ reconciliation, audit }: CompletenessOperationParts): Operations {
  const open = (): Reconciliation => {
    if (reconciliation) return reconciliation;
    throw new Failure('ARCHIVE_OFF', 'Nothing is recorded in this mode: there is nothing to compare.');
  };
  return {
    'archive.reconcile': async (input) => {
      await open().reconcile();
      return { items: await open().history(read.whole(input, 'limit')), openGaps: open().openGaps };
    },
    'archive.acknowledge': async (input) => {
      const [number, reason] = [read.text(input, 'number'), read.text(input, 'reason')];
      await audit.record({ ...OPERATOR, action: 'archive.gap.acknowledge', subject: number, reason, details: {} });
      if (await open().acknowledge(number, OPERATOR.actor)) return {};
      throw new Failure('NO_SUCH_GAP', `There is no gap ${number} that nobody has acknowledged.`);
    },
  };
}
