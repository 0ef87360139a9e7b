import type { Settings } from '@interoffice/config';
import { publishedRecords } from '@interoffice/gateway';
import { Failure } from '@interoffice/telemetry';
import type { XmppServer } from '@interoffice/server';
import type { Operations } from './control.js';
import { read } from './input.js';
import type { OperationParts } from './operation-parts.js';

type Input = Readonly<Record<string, unknown>>;

export interface PeerParts {
  readonly xmpp: Pick<XmppServer, 'federation'>;
  readonly settings: Settings;
  readonly checkReceipts: OperationParts['checkReceipts'];
}

/** What `interoffice peer …` asks: the lines to other servers, and who was turned away. */
export function peerOperations({ xmpp, settings, checkReceipts }: PeerParts): Operations {
  const federation = (): NonNullable<XmppServer['federation']> => {
    if (xmpp.federation?.isOn === true) return xmpp.federation;
    throw new Failure('FEDERATION_OFF', 'No rule under federation.rules lets anything pass: nobody is a peer.');
  };
  return {
    'peer.list': () => {
      const { gatewayLost } = federation();
      return Promise.resolve({
        gateway: gatewayLost?.end ?? null,
        gateways: federation().gateways,
        lines: federation().facts(),
        turnedAway: federation().turnedAway,
      });
    },
    'peer.show': (input: Input) => {
      const domain = read.text(input, 'domain');
      const lines = federation()
        .facts()
        .filter(({ peer }) => peer === domain);
      const turnedAway = federation().turnedAway.filter(({ peer }) => peer === domain);
      if (lines.length === 0 && turnedAway.length === 0) {
        const why = federation().border.isPeer(domain)
          ? 'nothing has been sent to it, and it has not come'
          : 'no rule lets anything pass to or from it';
        throw new Failure('PEER_UNKNOWN', `There is no line to ${domain}: ${why}.`);
      }
      return Promise.resolve({ lines, turnedAway, place: federation().placeOf(domain) });
    },
    'peer.records': async () => ({ domains: await publishedRecords(settings) }),
    'peer.test': async (input: Input) => ({ gateways: await federation().test(read.text(input, 'domain')) }),
    'peer.receipts': async (input: Input) => {
      const office = read.text(input, 'domain');
      if (!federation().isOffice(office))
        throw new Failure('PEER_UNKNOWN', `${office} is no office of ours: its entry has no office: true.`);
      return { report: await checkReceipts!(office, read.whole(input, 'sinceMs')) };
    },
    'peer.retry': (input: Input) => {
      const domain = read.text(input, 'domain');
      if (!federation().lines.retry(domain))
        throw new Failure('PEER_UNKNOWN', `There is no line to ${domain} to be tried.`);
      return Promise.resolve({});
    },
  };
}
