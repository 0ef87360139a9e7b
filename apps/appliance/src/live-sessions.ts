import type { LiveSession, LiveSessions } from '@interoffice/api';
import type { Session } from '@interoffice/routing';
import { deviceJid, type XmppServer } from '@interoffice/server';

/** The devices that are connected, as the console shows them. */
export function liveSessions(xmpp: XmppServer): LiveSessions {
  return {
    list: () => [...xmpp.sessions.all()].map(describe),
    disconnect: async (id) => {
      const device = deviceJid(id);
      return device !== undefined && xmpp.disconnect(device);
    },
    accountChanged: (account) => xmpp.accountChanged(account),
  };
}

function describe({ jid, account, boundAtMs, stream }: Session): LiveSession {
  const { connection } = stream;
  return {
    id: jid.toString(),
    bare: account.bare,
    device: jid.resource ?? '',
    sinceMs: boundAtMs,
    address: connection.remoteAddress,
    over: connection.kind,
    encrypted: connection.secure !== undefined,
  };
}
