import { X509Certificate } from 'node:crypto';
import type {
  AdministeredCertificates,
  CertificateRequestRow,
  CertificateRow,
  CertificateStanding,
} from '@interoffice/api';
import type { CertificateUpkeep } from '@interoffice/gateway';
import { certificateFacts, type KeyType, type WatchedCertificate } from '@interoffice/pki';
import type { XmppServer } from '@interoffice/server';
import type { Clock } from '@interoffice/telemetry';
import { type GatewaysCertificate, gatewaysCertificates, type ShownByLink } from './gateways-certificates.js';
import { peersCertificates } from './peers-certificates.js';
import { rowOf } from './row-of.js';

export interface BoardParts {
  readonly upkeep: CertificateUpkeep;
  readonly peers: Pick<NonNullable<XmppServer['federation']>, 'certificates' | 'gateways'> | undefined;
  /** Takes the pair in place into use. */
  readonly reload: () => Promise<unknown>;
  readonly clock: Clock;
}

/** All certificates that this server relies on: its own, its gateway's, those that peers have shown. */
export class CertificateBoard implements AdministeredCertificates {
  /** As many as the settings name. */
  readonly #shown = new Map<string, ShownByLink>();

  constructor(private readonly parts: BoardParts) {}

  /** What a gateway has shown, DER, its own first. */
  gatewayShown(name: string, sent: readonly Buffer[]): void {
    const facts = certificateFacts(new X509Certificate(sent[0]!).raw);
    this.#shown.set(name, { facts, seenAt: this.parts.clock.now() });
  }

  async rows(): Promise<readonly CertificateRow[]> {
    const { upkeep, clock } = this.parts;
    const now = clock.now();
    const { facts, fault, names, missing, isProvisional, file } = await upkeep.own.show();
    const own = rowOf({
      whose: 'own',
      domain: names[0]!,
      facts,
      fault: fault && `${file}: ${fault}`,
      missing,
      isProvisional,
      now,
    });
    const gateways = this.#gateways().map(({ host, ...shown }) =>
      rowOf({ whose: 'gateway', domain: host, ...shown, now }),
    );
    const peers = this.#peers().map(({ domain, seenAt, facts }) =>
      rowOf({ whose: 'peer', domain, facts, seenAt, now }),
    );
    return [own, ...gateways, ...peers];
  }

  async standing(): Promise<CertificateStanding> {
    const { own, renewal, probe, expiry } = this.parts.upkeep;
    return {
      names: own.names,
      isSwappable: own.live !== undefined,
      renewal: renewal?.state,
      probe: probe?.results,
      gateways: (this.parts.peers?.gateways ?? []).flatMap(({ name, report }) =>
        report ? [{ name, renewal: report.renewal, probe: report.probe }] : [],
      ),
      warnings: expiry.warnings.map(({ certificate: { whose, domain }, days, text }) => ({
        whose,
        domain,
        days,
        text,
      })),
    };
  }

  /** Of others, what is watched for its end. */
  watched(): WatchedCertificate[] {
    const ours = this.#gateways().flatMap(({ host: domain, facts }) =>
      facts ? [{ whose: 'own' as const, domain, fingerprint: facts.fingerprint, notAfter: facts.notAfter }] : [],
    );
    const theirs = this.#peers().map(({ domain, facts: { fingerprint, notAfter } }) => {
      return { whose: 'peer' as const, domain, fingerprint, notAfter };
    });
    return [...ours, ...theirs];
  }

  // Requests.

  requests(): Promise<readonly CertificateRequestRow[]> {
    return this.parts.upkeep.own.requests();
  }

  requestPem(id: string): Promise<string> {
    return this.parts.upkeep.own.requestPem(id);
  }

  async request(wish: {
    names?: readonly string[] | undefined;
    key?: KeyType | undefined;
  }): Promise<CertificateRequestRow> {
    return (await this.parts.upkeep.own.request(wish)).request;
  }

  sent(id: string, to: string): Promise<CertificateRequestRow> {
    return this.parts.upkeep.own.sent(id, to);
  }

  async answer(id: string, chainPem: string, chain: 'known-root' | 'any-end'): Promise<CertificateRequestRow> {
    const { request } = await this.parts.upkeep.own.answer(id, { bytes: Buffer.from(chainPem), chain });
    await this.parts.reload();
    return request;
  }

  remove(id: string): Promise<void> {
    return this.parts.upkeep.own.remove(id);
  }

  #gateways(): GatewaysCertificate[] {
    return gatewaysCertificates(this.parts.peers?.gateways ?? [], this.#shown, this.parts.clock.now());
  }

  #peers(): ReturnType<typeof peersCertificates> {
    return peersCertificates(this.parts.peers?.certificates ?? []);
  }
}
