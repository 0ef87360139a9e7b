import type { LiveSession, LiveSessions } from '@interoffice/api';
import { deviceJid, type DeviceFacts, type XmppServer } from '@interoffice/server';

/** The devices that are connected, as the console shows them. */
export function liveSessions(xmpp: XmppServer): LiveSessions {
  return {
    list: () => xmpp.devices().map(describe),
    disconnect: async (id) => {
      const device = deviceJid(id);
      return device !== undefined && xmpp.disconnect(device);
    },
  };
}

function describe({ jid, bare, boundAtMs, remoteAddress, kind, isEncrypted }: DeviceFacts): LiveSession {
  return {
    id: jid.toString(),
    bare,
    device: jid.resource ?? '',
    sinceMs: boundAtMs,
    address: remoteAddress || undefined,
    over: kind,
    encrypted: isEncrypted,
  };
}
