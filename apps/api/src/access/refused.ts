import type { AuditLog } from '../audit/audit-log.js';
import { ProblemError } from '../problem.js';
import type { Acting } from '../rooms/acting.js';

/** What somebody tried that is not theirs, such as `hold.release`, and of what. */
export interface Attempt {
  readonly attempt: string;
  readonly subject: string;
}

/** Writes the attempt into the audit log, then rejects with NOT_FOUND: what is another office's is not told from what does not exist. T-09 */
export async function refused(audit: AuditLog, { attempt, subject }: Attempt, acting: Acting): Promise<never> {
  const { actor, role, address, scope } = acting;
  await audit.record({ actor, role, address, action: 'access.refused', subject, details: { attempt, scope } });
  throw new ProblemError('NOT_FOUND');
}
