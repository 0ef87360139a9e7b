import { tryJid } from '@interoffice/wire';
import type { Identity } from '../access/permission.js';
import type { AuditLog } from '../audit/audit-log.js';
import { ProblemError } from '../problem.js';

/** An officer looks at what was said. */
export interface Look {
  readonly action: string;
  readonly subject: string;
  readonly reason: string;
  readonly details: Record<string, unknown>;
}

/** Who looks, and from where. */
export interface Looker {
  readonly who: Identity;
  readonly address: string;
}

/** Writes the look into the audit log. Rejects with AUDIT_UNAVAILABLE when that cannot be done: nothing may be shown then. */
export async function noteLook(audit: AuditLog, look: Look, { who, address }: Looker): Promise<void> {
  const { jid, role } = who.account;
  try {
    await audit.record({ ...look, actor: jid.bare, role, address });
  } catch (cause) {
    throw new ProblemError('AUDIT_UNAVAILABLE', undefined, { cause });
  }
}

/** An address as the journal keeps it: bare and prepared. Throws BAD_REQUEST for one that cannot be an address. */
export function bareAddress(field: string, text: string): string {
  const jid = tryJid(text);
  if (jid) return jid.bare;
  const errors = [{ path: field, message: 'is no address; an address looks like name@domain' }];
  throw new ProblemError('BAD_REQUEST', `${field}: is no address.`, { errors });
}
