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

/** A look, how it is done, and which messages are in what it finds. */
interface AuditedLook<T> extends Look {
  readonly looker: Looker;
  readonly find: () => Promise<T>;
  readonly seenIn: (found: T) => readonly string[];
}

/** Who looks, and from where. */
export interface Looker {
  readonly who: Identity;
  readonly address: string;
}

/**
 * Looks, and gives what was found once both stand in the audit log: the look before anything is looked up, and then the ids
 * of all that is shown (C-14). Rejects with AUDIT_UNAVAILABLE when either cannot be written: nothing may be shown then.
 */
export async function looked<T>(audit: AuditLog, look: AuditedLook<T>): Promise<T> {
  const { looker, find, seenIn, ...deed } = look;
  await noteLook(audit, deed, looker);
  const found = await find();
  const { subject, reason } = deed;
  const details = { by: deed.action, ids: seenIn(found) };
  await noteLook(audit, { action: 'archive.seen', subject, reason, details }, looker);
  return found;
}

/** Writes the look into the audit log; for what shows no message. */
export async function noteLook(audit: AuditLog, look: Look, { who, address }: Looker): Promise<void> {
  const { jid, role } = who.account;
  try {
    await audit.record({ ...look, actor: jid.bare, role, address });
  } catch (cause) {
    throw new ProblemError('AUDIT_UNAVAILABLE', undefined, { cause });
  }
}

/** The ids of rows that are shown. */
export function idsOf(rows: readonly { readonly id: string }[]): readonly string[] {
  return rows.map(({ id }) => id);
}

/** An address as the journal keeps it: bare and prepared. Throws BAD_REQUEST for one that cannot be an address. */
export function bareAddress(field: string, text: string): string {
  const jid = tryJid(text);
  if (jid) return jid.bare;
  const errors = [{ path: field, message: 'is no address; an address looks like name@domain' }];
  throw new ProblemError('BAD_REQUEST', `${field}: is no address.`, { errors });
}
