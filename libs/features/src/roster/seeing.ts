import type { Account, Contact } from '@interoffice/routing';
import { NS, xml } from '@interoffice/wire';

/** Does the owner of the entry see when the contact is online? */
export const sees = ({ subscription }: Contact): boolean => subscription === 'to' || subscription === 'both';
/** Does the contact see when the owner is? */
export const isSeen = ({ subscription }: Contact): boolean => subscription === 'from' || subscription === 'both';

/** What `account` has broadcast goes to the devices of `viewer`. RFC 6121 §3.1.5 */
export function showPresence(account: Account, viewer: Account): void {
  for (const { presence } of account.sessions.values()) {
    if (!presence) continue;
    for (const device of viewer.sessions.values())
      if (device.presence) device.deliver(presence.bytes, 0, presence.bytes.length);
  }
}

/** … and that its devices are gone. */
export function hidePresence(account: Account, viewer: Account): void {
  for (const session of account.sessions.values()) {
    if (!session.presence) continue;
    const stanza = xml('presence', {
      xmlns: NS.client,
      type: 'unavailable',
      from: session.jid.toString(),
      to: viewer.bare,
    });
    for (const device of viewer.sessions.values()) if (device.presence) device.send(stanza);
  }
}
