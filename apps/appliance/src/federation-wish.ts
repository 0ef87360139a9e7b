import { rootCertificates } from 'node:tls';
import type { Settings } from '@interoffice/config';
import { loadTrust, PeerCertificates } from '@interoffice/pki';
import {
  checkReceipts,
  type FederationWish,
  outboundOf,
  type PolicyVersions,
  PostgresReceipts,
  type ReceiptReport,
  sqlOf,
} from '@interoffice/server';
import type { Database } from '@interoffice/storage';
import type { Clock } from '@interoffice/telemetry';
import type { TlsContext } from '@interoffice/transport';
import { followedOf } from './followed-settings.js';
import { gatewaysOf } from './gateway-wishes.js';

/** What the server is given to talk to others, and how its receipts are compared with the journal. */
interface OpenedFederation {
  readonly wish: FederationWish;
  readonly checkReceipts: (office: string, sinceMs: number) => Promise<ReceiptReport>;
}

interface FederationGiven {
  readonly database: Database;
  readonly versions: PolicyVersions;
  readonly groups: FederationWish['groups'];
  readonly tls: TlsContext;
  readonly authority: { readonly certificate: string };
  readonly clock: Clock;
}

/** What the server is given. While there are no rules nobody is called or listened to by it. */
export async function federationOf(
  settings: Settings,
  { database, versions, groups, tls, authority, clock }: FederationGiven,
): Promise<OpenedFederation> {
  const { federation, domains, trustedAuthorities } = settings;
  const { rules } = federation;
  const { peers, strangers } = await followedOf(federation);
  const relayed = federation.relay.flatMap(({ from, to }) =>
    from.flatMap((domain) => to.map((peer) => ({ domain, peer }))),
  );
  const outbound = outboundOf(database, sqlOf(database), domains, relayed);
  const authorities = [authority.certificate, ...(await loadTrust(trustedAuthorities))];
  const ofOffices = peers.flatMap((peer) => (peer.isOffice ? (peer.authorities ?? []) : []));
  // Reading all there are takes a third of a second: where no office gives receipts nobody waits for it.
  let certificates: PeerCertificates | undefined;
  const believed = (): PeerCertificates =>
    (certificates ??= new PeerCertificates({
      authorities: [...authorities, ...ofOffices, ...rootCertificates],
      lists: [],
    }));
  const receipts = new PostgresReceipts(sqlOf(database), outbound.reader);
  const wish: FederationWish = {
    rules,
    strangers,
    policyVersion: rules.length === 0 ? 0 : await versions.numberOf({ rules, actor: 'settings', atMs: clock.now() }),
    peers,
    relay: federation.relay,
    bidi: federation.bidi,
    gateways: gatewaysOf(settings),
    ...outbound,
    receipts: {
      store: receipts,
      signer: () => ({ key: tls.pair.key, certificate: tls.pair.certificate }),
      certificates: believed,
    },
    maxAgeMs: federation.giveUpAfterMs,
    groups,
  };
  const check = { domains, receipts, journal: outbound.reader, certificates: believed };
  return { wish, checkReceipts: (office, sinceMs) => checkReceipts(check, { office, sinceMs }) };
}
