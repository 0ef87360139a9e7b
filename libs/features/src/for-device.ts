import type { Form, Session } from '@interoffice/routing';
import { type Element, NS, toTree } from '@interoffice/wire';
import type { PassedStanza } from '@interoffice/archive';
import { type Choose, delayed } from './catch-up.js';

const CHAT = 0;

/** The copy a device would have got of a message (XEP-0280); undefined when it would not. */
export type LateCopy = (form: Form, message: Element, to: { session: Session; atMs: number }) => Element | undefined;

/**
 * What a device missed, from the account's own journal: the same rules as for delivery (RFC 6121 §8.5), applied later.
 * Whether another device was there at that time is not recorded; the one that is there now is taken for it.
 */
export function forDevice(lateCopy: LateCopy): Choose {
  const copy = (form: 'sent copy' | 'received copy', row: PassedStanza, session: Session) => {
    const element = lateCopy(form, toTree(row.stanza, 0, row.stanza.length, NS.client), { session, atMs: row.atMs });
    return element && { form, element };
  };
  return (row, session) => {
    if (isFor(row, session)) return { form: 'delayed', element: delayed(row, session) };
    if (row.receiverId === session.account.id) return copy('received copy', row, session);
    return row.authorDevice === session.resource ? undefined : copy('sent copy', row, session);
  };
}

/** What a device that was not there gets when it comes: everything that was meant for the account. RFC 6121 §8.5.2.2.1 */
export const forAccount: Choose = (row, session) => ({ form: 'delayed', element: delayed(row, session) });

function isFor({ receiverId, receiverDevice, kind }: PassedStanza, { account, resource, isWilling }: Session): boolean {
  if (receiverId !== account.id) return false;
  if (receiverDevice === resource) return true;
  if (receiverDevice === '') return isWilling;
  return kind === CHAT && isWilling && !account.sessions.has(receiverDevice);
}
