import { PeerCertificates, type PeerJudgement, type PeerTrust } from '@interoffice/pki';
import type { GatewaySetUp, PeerSettings } from '../link/shapes.js';
import { changedPeers } from './changed-peers.js';
import { judgeFor } from './route.js';

/** What settings say of peers, and what their certificates are worth by it. */
export class KnownPeers {
  #peers: ReadonlyMap<string, PeerSettings> = new Map();
  #isBidirectional = false;
  #certificates = new Map<string, PeerCertificates>();
  #shared: PeerCertificates;

  constructor(
    private trust: PeerTrust,
    private readonly clock: { now(): number },
    /** All are called through a proxy. */
    private readonly hasProxy: boolean,
  ) {
    this.#shared = new PeerCertificates(trust);
  }

  /** Whom we believe from now on. */
  believe(trust: PeerTrust): void {
    this.trust = trust;
    this.#shared = new PeerCertificates(trust);
    this.#certificates.clear();
  }

  /** Gives those that are reached or believed in another way than before. */
  goBy({ peers, bidi }: Pick<GatewaySetUp, 'peers' | 'bidi'>): readonly string[] {
    const before = this.#peers;
    this.#peers = new Map(peers.map((peer) => [peer.domain, peer]));
    this.#isBidirectional = bidi === true;
    this.#certificates.clear();
    return changedPeers(before, this.#peers);
  }

  /** Nothing where it is as for all. */
  of(peer: string): Partial<PeerSettings> {
    return this.#peers.get(peer) ?? {};
  }

  /** Authorities are read once for all peers that have none of their own: there are many, and reading takes its time. */
  certificatesOf(peer: string): PeerCertificates {
    const { authorities } = this.of(peer);
    if (!authorities) return this.#shared;
    const known = this.#certificates.get(peer);
    if (known) return known;
    const made = new PeerCertificates({ ...this.trust, authorities });
    this.#certificates.set(peer, made);
    return made;
  }

  /** What a peer has shown, as it comes as well as where it is called. */
  judge(peer: string, sent: readonly Buffer[]): PeerJudgement {
    const { pins = [], route } = this.of(peer);
    // Whoever is hosted by somebody else comes with the certificate of its host, as it is called by it.
    const identity = route?.identity ?? [peer];
    return judgeFor(this.certificatesOf(peer), sent, { pins, identity, now: this.clock.now() });
  }

  /** On a stream of ours a peer is asked to send what it has for us. XEP-0288 */
  mayAnswer(peer: string): boolean {
    return this.of(peer).bidi ?? this.#isBidirectional;
  }

  /** What is for a peer may go over a stream of its own. Whoever has fixed the way to it means that way. */
  mayBeAnswered(peer: string): boolean {
    const { bidi, route } = this.of(peer);
    return bidi ?? (this.#isBidirectional && route === undefined && !this.hasProxy);
  }
}
