import { atOnce, type Feature, forOthers, get } from '@interoffice/routing';
import { NS } from '@interoffice/wire';

/** XMPP Ping: is the server still there? XEP-0199. Pings to clients are the stream's watchdog. */
export function ping(): Feature {
  return {
    name: 'ping',
    implements: [{ xep: 199, version: '2.0.1' }],
    advertises: { server: [NS.ping], account: [NS.ping] },
    answers: [
      atOnce(forOthers(get('server', NS.ping, 'ping', () => undefined))),
      atOnce(forOthers(get('account', NS.ping, 'ping', () => undefined))),
    ],
  };
}
