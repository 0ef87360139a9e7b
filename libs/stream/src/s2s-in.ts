import './events.js';
import type { Connection, ConnectionSink } from '@interoffice/transport';
import {
  decodeAttribute,
  type Element,
  type Jid,
  NS,
  type Scanner,
  StreamError,
  type StreamHeader,
  toTree,
  tryJid,
} from '@interoffice/wire';
import type { StreamEnd } from './bound-device.js';
import { SERVERS } from './framing.js';
import { servedDomain } from './header-check.js';
import { type Achieved, isPossible, offerable, ownerOf, type StreamFeature } from './negotiation.js';
import type { PeerProof, PeerRefusal } from './peer-proof.js';
import type { PeerMechanism } from './s2s-approach.js';
import { randomText } from './random-text.js';
import { H_WRAPS_AT } from './sent-count.js';
import { ServerSpeech, type ServerSpeechParts } from './server-speech.js';

/** Where the stanzas of a proven peer go. */
export interface PeerSink {
  /**
   * One stanza from an address of the peer to one of ours, both checked. A promise means: nothing was done yet, show it
   * again when this settles.
   */
  stanza(bytes: Buffer, scan: Scanner): Promise<unknown> | undefined;
  /** How many of the stream's stanzas are decided, in their order: refused, answered or committed. XEP-0198 §4 */
  readonly decided: number;
  /** Undefined when everything that came is decided; else a promise of that moment. */
  undecided(): Promise<void> | undefined;
  /** The stream has ended. Called exactly once. */
  gone(end: StreamEnd): void;
}

export interface S2sInParts extends Omit<ServerSpeechParts, 'direction'> {
  readonly isServed: (domain: string) => boolean;
  /** Asked before anything is offered: what may not pass is not even let in. */
  readonly admits: (peer: string, domain: string) => PeerRefusal | undefined;
  readonly prove: PeerProof;
  /** Whether the peer may prove itself by dialback when its certificate does not hold; nobody may, unless this says so. */
  readonly mayDialBack?: (peer: string, domain: string) => boolean;
  /** Whether a proven peer is believed when it brings what another domain says; no peer is, unless this says so. */
  readonly believes?: (peer: string, from: string) => boolean;
  /** Whether something goes on from here to a domain that is not the stream's; nothing does, unless this says so. */
  readonly relays?: (from: string, to: string) => boolean;
  readonly features: readonly StreamFeature<S2sInStream>[];
  /** The peer has proved its domain, and wants one of ours. */
  readonly proven: (stream: S2sInStream) => PeerSink;
  /** Every stream that is up; each keeps itself in it. */
  readonly streams: Set<S2sInStream>;
  /** Bytes and elements before the peer is proven, bytes per stanza afterwards. X-09 */
  readonly limits: { readonly preAuthBytes: number; readonly preAuthElements: number; readonly stanzaBytes: number };
}

/**
 * A stream that another server has opened: headers, TLS, its proof, then its stanzas. RFC 6120 §4, XEP-0178. It carries
 * one domain of the peer's to one of ours, both fixed by what was proven: anything else ends it (F-06).
 */
export class S2sInStream implements ConnectionSink {
  readonly achieved = new Set<Achieved>();
  /** The domain that the peer says it is, and since `authenticated` is. */
  peer: string | undefined;
  /** Ours, which the peer wants. */
  domain: string | undefined;
  /** Of the latest header of ours: dialback keys are made for it. */
  id = randomText();
  /** The peer's certificate is known not to prove its domain: then it is not asked to log in with it. */
  isUncertain = false;
  /** A proof of the peer's is being looked into; nothing else of it counts meanwhile. */
  isProving = false;
  #sink: PeerSink | undefined;
  /** Stanzas that came; what is shown again counts once. */
  #received = 0;
  /** How many had come when the peer began to count. Undefined: it does not. XEP-0198 §3 */
  #managedFrom: number | undefined;
  #owesAck = false;
  #expectsHeader = true;
  #endedBy: StreamEnd = 'cut';
  readonly #speech: ServerSpeech;

  constructor(
    readonly connection: Connection,
    private readonly parts: S2sInParts,
  ) {
    const { log, counts, limits, streams } = parts;
    this.#speech = new ServerSpeech(connection, { log, counts, direction: 'in' }, () => ({
      id: this.id,
      from: this.domain,
      to: this.peer,
      isByDialback: this.mayDialBack,
    }));
    connection.limits.maxBytes = limits.preAuthBytes;
    connection.limits.maxElements = limits.preAuthElements;
    if (connection.secure) this.achieved.add('secure');
    streams.add(this);
  }

  get isOpen(): boolean {
    return !this.#speech.isOver;
  }

  get mayDialBack(): boolean {
    const { peer, domain } = this;
    return peer !== undefined && domain !== undefined && this.parts.mayDialBack?.(peer, domain) === true;
  }

  sendElement(element: Element): void {
    this.#speech.element(element);
  }

  // From the connection.

  opened(header: StreamHeader): void {
    this.#speech.guard(() => {
      if (!this.#expectsHeader)
        throw new StreamError('bad-format', 'A stream header came where a stanza was expected.');
      this.#expectsHeader = false;
      this.id = randomText();
      this.domain = servedDomain(header, this.domain, this.parts.isServed);
      this.peer = this.#peerOf(header);
      this.#speech.header();
      this.#admit(this.peer, this.domain);
      const offers = offerable(this.parts.features, this.achieved).flatMap((feature) => feature.offer(this) ?? []);
      this.#speech.text(SERVERS.features(offers));
    });
  }

  element(bytes: Buffer, scan: Scanner): void {
    this.#speech.guard(() => {
      const element = this.#sink && scan.canonical ? undefined : toTree(bytes, scan.start, scan.end, scan.namespaces);
      if (this.#sink && (element?.getNS() ?? NS.client) === NS.client) this.#stanza(this.#sink, bytes, scan);
      else if (element) this.#negotiate(element);
    });
  }

  closed(): void {
    this.#endedBy = 'closed';
    this.#speech.end();
  }

  abandoned(): void {
    this.#speech.end();
  }

  failed(error: Error): void {
    this.fail(error);
  }

  overflowed(): void {
    this.fail(new StreamError('resource-constraint', 'The peer does not read what it is sent.'));
    this.connection.destroy();
  }

  gone(): void {
    this.#speech.gone();
    this.parts.streams.delete(this);
    const sink = this.#sink;
    this.#sink = undefined;
    sink?.gone(this.#endedBy);
  }

  // For stream features.

  startTls(): void {
    this.connection.startTls();
    this.achieved.add('secure');
    this.restart();
  }

  restart(): void {
    this.#expectsHeader = true;
    this.connection.restart();
  }

  /** What is wrong with the certificate that the peer showed, for this domain. */
  judge(domain: string): PeerRefusal | undefined {
    const refusal = this.#faultOf(domain);
    const { remoteAddress: remote } = this.connection;
    if (refusal) this.parts.log.warn('s2s.peer.refused', { peer: domain, remote, direction: 'in', ...refusal });
    return refusal;
  }

  /** The peer, whose header did not say, says who it is: it is admitted as if it had. */
  named(peer: string): void {
    this.#admit(peer, this.domain!);
    this.peer = peer;
  }

  /** The peer is who it says it is. */
  authenticate(peer: string, mechanism: PeerMechanism): void {
    if (this.peer === undefined) this.named(peer);
    this.achieved.add('authenticated');
    this.connection.limits.maxBytes = this.parts.limits.stanzaBytes;
    this.connection.limits.maxElements = undefined;
    this.connection.authenticated();
    this.#sink = this.parts.proven(this);
    const { remoteAddress: remote } = this.connection;
    this.parts.log.info('s2s.authenticated', {
      peer,
      domain: this.domain,
      mechanism,
      remote,
      direction: 'in',
    });
  }

  /** The peer counts from here on. False: it does already, or has proved nothing yet. XEP-0198 §3 */
  enableManagement(): boolean {
    if (!this.#sink || this.#managedFrom !== undefined) return false;
    this.#managedFrom = this.#received;
    return true;
  }

  get isManaged(): boolean {
    return this.#managedFrom !== undefined;
  }

  /** Tells the peer what is decided of what it sent: now, and once more when the rest is. */
  acknowledge(): void {
    const sink = this.#sink;
    if (!sink || this.#managedFrom === undefined) return;
    const h = Math.max(0, sink.decided - this.#managedFrom) % H_WRAPS_AT;
    this.#speech.text(`<a xmlns="${NS.streamManagement}" h="${h}"/>`);
    const undecided = this.#owesAck ? undefined : sink.undecided();
    if (!undecided) return;
    this.#owesAck = true;
    void undecided.then(() => {
      this.#owesAck = false;
      this.acknowledge();
    });
  }

  /** Ends the stream with an error, once. */
  fail(error: unknown): void {
    this.#endedBy = 'failed';
    this.#speech.fail(error);
  }

  #faultOf(domain: string): PeerRefusal | undefined {
    return this.parts.prove(domain, this.connection.secure?.peerCertificates ?? []);
  }

  /** A later header may leave the peer's domain out, but not change it. RFC 6120 §4.7.1 */
  #peerOf({ from, version }: StreamHeader): string | undefined {
    if (version === undefined || Number.parseInt(version, 10) !== 1) {
      throw new StreamError('unsupported-version', 'This server speaks version 1.0 of XMPP.');
    }
    if (from === undefined) return this.peer;
    const jid = tryJid(from);
    if (!jid || jid.local !== undefined || jid.resource !== undefined) {
      throw new StreamError('invalid-from', 'The stream header names no domain as its sender.');
    }
    if (this.parts.isServed(jid.domain)) throw new StreamError('invalid-from', 'That domain is served here.');
    if (this.peer !== undefined && jid.domain !== this.peer) {
      throw new StreamError('invalid-from', 'The domain of the sender of a stream cannot change.');
    }
    return jid.domain;
  }

  /** Before TLS nobody is told more than that TLS comes first. */
  #admit(peer: string | undefined, domain: string): void {
    if (peer === undefined || !this.achieved.has('secure') || this.achieved.has('authenticated')) return;
    const denial = this.parts.admits(peer, domain);
    const isDialback = denial === undefined && this.parts.mayDialBack?.(peer, domain) === true;
    const refusal = denial ?? (isDialback ? undefined : this.judge(peer));
    // Said with the reason, which the peer's administrator reads: features without EXTERNAL would say nothing.
    if (refusal) throw new StreamError('not-authorized', refusal.text);
    this.isUncertain = isDialback && this.#faultOf(peer) !== undefined;
  }

  #negotiate(element: Element): void {
    const { features } = this.parts;
    if (this.isProving) throw new StreamError('policy-violation', 'Your proof is being looked into.');
    const feature = ownerOf(features, element);
    if (feature?.take && isPossible(feature, this.achieved)) return feature.take(this, element);
    if (feature?.name === 'external' && this.#sink) {
      throw new StreamError('policy-violation', 'This stream is authenticated already.');
    }
    if (!this.achieved.has('secure')) throw new StreamError('policy-violation', 'TLS has to be started first.');
    if (!this.#sink) throw new StreamError('not-authorized', 'The server has to prove its domain first.');
    throw new StreamError('unsupported-stanza-type', `Nothing here answers to ${element.getName()}.`);
  }

  #stanza(sink: PeerSink, bytes: Buffer, scan: Scanner): void {
    if (this.#expectsHeader) throw new StreamError('bad-format', 'A stream header has to come first.');
    const from = addressAt(bytes, { start: scan.fromStart, end: scan.fromEnd });
    const to = addressAt(bytes, { start: scan.toStart, end: scan.toEnd });
    // RFC 6120 §4.9.3.7, §8.1.1.2, §8.1.2.2
    if (!from || !to) {
      throw new StreamError('improper-addressing', 'Between servers a stanza names its sender and its receiver.');
    }
    if (from.domain !== this.peer && this.parts.believes?.(this.peer!, from.domain) !== true) {
      throw new StreamError('invalid-from', `This stream was proven for ${this.peer}, and for no other domain.`);
    }
    if (to.domain !== this.domain && this.parts.relays?.(from.domain, to.domain) !== true) {
      throw new StreamError(
        'host-unknown',
        `This stream was opened to ${this.domain}; other domains need one of their own.`,
      );
    }
    const wait = sink.stanza(bytes, scan);
    if (!wait) return void this.#received++;
    this.connection.suspend({ again: true });
    const goOn = (): void => {
      if (this.isOpen) this.connection.resume();
    };
    void wait.then(goOn, goOn);
  }
}

function addressAt(bytes: Buffer, { start, end }: { start: number; end: number }): Jid | undefined {
  return start < 0 ? undefined : tryJid(decodeAttribute(bytes.toString('utf8', start, end)));
}
