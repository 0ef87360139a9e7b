import './events.js';
import type { Connection, ConnectionSink } from '@interoffice/transport';
import {
  type Element,
  NS,
  type Scanner,
  StreamError,
  type StreamHeader,
  toTree,
  tryJid,
  XmlError,
} from '@interoffice/wire';
import type { StreamEnd } from './bound-device.js';
import { SERVERS } from './framing.js';
import { IncomingStanzas, type PeerScope, type PeerSink } from './incoming-stanzas.js';
import { servedDomain } from './header-check.js';
import { type Achieved, isPossible, offerable, ownerOf, type StreamFeature } from './negotiation.js';
import { OutgoingStanzas, type StreamReason } from './outgoing-stanzas.js';
import type { PeerProof, PeerRefusal } from './peer-proof.js';
import { type PeerMechanism, reasonOf } from './s2s-approach.js';
import { randomText } from './random-text.js';
import { SentCount } from './sent-count.js';
import { ServerSpeech, type ServerSpeechParts } from './server-speech.js';

/** Who sends over a stream that the peer has opened, and hears what becomes of that. */
export interface StreamSender {
  /** The peer has taken responsibility for so many more of the stanzas that were sent, the oldest first. XEP-0198 §4 */
  acknowledged(stanzas: number): void;
  /** Called exactly once. */
  ended(reason: StreamReason): void;
}

export interface S2sInParts extends Omit<ServerSpeechParts, 'direction'>, PeerScope {
  readonly isServed: (domain: string) => boolean;
  /** Asked before anything is offered: what may not pass is not even let in. */
  readonly admits: (peer: string, domain: string) => PeerRefusal | undefined;
  readonly prove: PeerProof;
  /** Whether the peer may prove itself by dialback when its certificate does not hold; nobody may, unless this says so. */
  readonly mayDialBack?: (peer: string, domain: string) => boolean;
  /** Whether what is for the peer may go over a stream that it has opened; nothing may, unless this says so. XEP-0288 */
  readonly mayBeBidirectional?: (peer: string, domain: string) => boolean;
  readonly features: readonly StreamFeature<S2sInStream>[];
  /** The peer has proved its domain, and wants one of ours. */
  readonly proven: (stream: S2sInStream) => PeerSink;
  /** Stanzas may be sent over it from now on, as the peer wants it. Called at most once. */
  readonly sendable?: (stream: S2sInStream) => StreamSender;
  /** Every stream that is up; each keeps itself in it. */
  readonly streams: Set<S2sInStream>;
  /** Bytes and elements before the peer is proven, bytes per stanza afterwards. X-09 */
  readonly limits: { readonly preAuthBytes: number; readonly preAuthElements: number; readonly stanzaBytes: number };
}

/** Who counts says so at once; who does not is sent what there is by then. */
const COUNTS_WITHIN_MS = 1_000;

/**
 * A stream that another server has opened: headers, TLS, its proof, then its stanzas, and ours where it wants them on the
 * same stream. RFC 6120 §4, XEP-0178, XEP-0288. It carries one domain of the peer's to one of ours, both fixed by what was
 * proven: anything else ends it (F-06).
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
  #incoming: IncomingStanzas | undefined;
  /** The peer wants what is for it on this stream. */
  #isBidirectional = false;
  /** Since stanzas may be sent: who sends them, and what they are. */
  #sender: StreamSender | undefined;
  #outgoing: OutgoingStanzas | undefined;
  #patience: NodeJS.Timeout | undefined;
  #reason: StreamReason | undefined;
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

  /** Only a certificate that holds says as much as it would say if we had called: a key that was shown does not. */
  get mayBeBidirectional(): boolean {
    const { peer, domain, isUncertain } = this;
    if (peer === undefined || domain === undefined || isUncertain) return false;
    return this.parts.mayBeBidirectional?.(peer, domain) === true;
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
      if (this.#incoming) this.#sendSoon();
    });
  }

  element(bytes: Buffer, scan: Scanner): void {
    this.#speech.guard(() => {
      const incoming = this.#incoming;
      const element = incoming && scan.canonical ? undefined : toTree(bytes, scan.start, scan.end, scan.namespaces);
      if (incoming && (element?.getNS() ?? NS.client) === NS.client) this.#stanza(incoming, bytes, scan);
      else if (element?.is('error', NS.stream)) this.#streamError(element);
      else if (element) this.#negotiate(element);
    });
  }

  closed(): void {
    this.#endedBy = 'closed';
    this.#reason ??= { code: 'closed', text: 'The peer closed the stream.', isTheirs: true };
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
    clearTimeout(this.#patience);
    const { fault } = this.connection as { fault?: NodeJS.ErrnoException };
    const text = fault ? `The connection broke: ${fault.message}` : 'The peer closed the connection.';
    this.#reason ??= { code: fault?.code ?? 'closed', text, isTheirs: false };
    const [incoming, sender] = [this.#incoming, this.#sender];
    this.#incoming = this.#sender = undefined;
    incoming?.gone(this.#endedBy);
    sender?.ended(this.#reason);
  }

  // For whoever sends over it.

  /** True while nothing is read of what the peer sends: its silence says nothing. */
  get isPaused(): boolean {
    return this.#incoming?.isWaiting === true;
  }

  /** True when the peer acknowledges what it is sent. */
  get counts(): boolean {
    return this.#outgoing?.isManaged === true;
  }

  /** Complete stanzas from the stream's own domain to the peer's; dropped unless they may be sent. */
  send(bytes: Buffer, start: number, end: number): void {
    this.#outgoing?.send(bytes, start, end);
  }

  askForAck(): void {
    this.#outgoing?.askForAck();
  }

  /** Cuts it off: what was not acknowledged comes again over another, both ways. */
  giveUp(code: string, text: string): void {
    this.#reason ??= { code, text, isTheirs: false };
    this.connection.destroy();
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

  /** The peer wants what is for it on this stream, once it has proved who it is. */
  becomeBidirectional(): void {
    this.#isBidirectional = true;
  }

  /** The peer is who it says it is. */
  authenticate(peer: string, mechanism: PeerMechanism): void {
    if (this.peer === undefined) this.named(peer);
    this.achieved.add('authenticated');
    this.connection.limits.maxBytes = this.parts.limits.stanzaBytes;
    this.connection.limits.maxElements = undefined;
    this.connection.authenticated();
    const { connection, parts, domain } = this;
    const { believes, relays } = parts;
    const sink = parts.proven(this);
    const own = { connection, speech: this.#speech, peer, domain: domain! };
    this.#incoming = new IncomingStanzas({ ...own, believes, relays, sink });
    if (this.#isBidirectional) connection.readOn();
    // By its certificate the peer begins the stream anew first.
    if (mechanism === 'dialback') this.#sendSoon();
    const { remoteAddress: remote } = connection;
    this.parts.log.info('s2s.authenticated', {
      peer,
      domain,
      mechanism,
      remote,
      direction: 'in',
    });
  }

  /** The peer counts from here on. False: it does already, or has proved nothing yet. XEP-0198 §3 */
  enableManagement(): boolean {
    return this.#incoming?.enableManagement() === true;
  }

  /** The peer was told that both count: what is sent to it from here on is counted as well. */
  managementEnabled(): void {
    this.#maySend(new SentCount());
  }

  get isManaged(): boolean {
    return this.#incoming?.isManaged === true;
  }

  /** Tells the peer what is decided of what it sent: now, and once more when the rest is. */
  acknowledge(): void {
    this.#incoming?.acknowledge();
  }

  /** What the peer says it has taken. */
  takeAck(element: Element): void {
    this.#outgoing?.takeAck(element);
  }

  /** Ends the stream with an error, once. */
  fail(error: unknown): void {
    this.#endedBy = 'failed';
    const isSaid = error instanceof StreamError || error instanceof XmlError;
    const text = error instanceof Error ? error.message : String(error);
    this.#reason ??= { code: isSaid ? error.condition : 'failed', text, isTheirs: false };
    this.#speech.fail(error);
  }

  #streamError(element: Element): void {
    this.#reason ??= reasonOf(element);
    this.#endedBy = 'failed';
    this.#speech.end();
  }

  #sendSoon(): void {
    if (!this.#isBidirectional || this.#sender) return;
    this.#patience ??= setTimeout(() => this.#speech.guard(() => this.#maySend(undefined)), COUNTS_WITHIN_MS).unref();
  }

  /** `count`: undefined when the peer does not count. */
  #maySend(count: SentCount | undefined): void {
    if (!this.#isBidirectional || this.#sender || !this.parts.sendable) return;
    clearTimeout(this.#patience);
    const { connection } = this;
    const acknowledged = (stanzas: number): void => this.#sender?.acknowledged(stanzas);
    this.#outgoing = new OutgoingStanzas({ connection, speech: this.#speech, acknowledged }, count);
    this.#sender = this.parts.sendable(this);
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
    if (feature?.name === 'external' && this.#incoming) {
      throw new StreamError('policy-violation', 'This stream is authenticated already.');
    }
    if (!this.achieved.has('secure')) throw new StreamError('policy-violation', 'TLS has to be started first.');
    if (!this.#incoming) throw new StreamError('not-authorized', 'The server has to prove its domain first.');
    throw new StreamError('unsupported-stanza-type', `Nothing here answers to ${element.getName()}.`);
  }

  #stanza(incoming: IncomingStanzas, bytes: Buffer, scan: Scanner): void {
    if (this.#expectsHeader) throw new StreamError('bad-format', 'A stream header has to come first.');
    // Who does not count first does not count at all.
    if (!this.#sender) this.#maySend(undefined);
    incoming.stanza(bytes, scan);
  }
}
