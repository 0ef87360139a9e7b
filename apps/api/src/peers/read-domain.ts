import { tryJid } from '@interoffice/wire';
import { ProblemError } from '../problem.js';

/** The domain of another server as JIDs have it. Throws BAD_REQUEST for an account, a device, or what is no domain. */
export function readDomain(text: string): string {
  const jid = tryJid(text);
  if (jid !== undefined && jid.local === undefined && jid.resource === undefined) return jid.domain;
  throw new ProblemError('BAD_REQUEST', 'The domain of a peer looks like partner.example.');
}
