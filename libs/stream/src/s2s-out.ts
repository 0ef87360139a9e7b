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
import type { DialbackKeys } from './dialback-keys.js';
import { IncomingStanzas, type PeerScope, type PeerSink, type PeerStreamEnd } from './incoming-stanzas.js';
import { OutgoingStanzas, type StreamReason } from './outgoing-stanzas.js';
import type { PeerProof } from './peer-proof.js';
import {
  Approach,
  type ApproachParts,
  type KeyQuestion,
  type PeerMechanism,
  reasonOf,
  type S2sStage,
} from './s2s-approach.js';
import type { SentCount } from './sent-count.js';
import { ServerSpeech, type ServerSpeechParts } from './server-speech.js';

/** Where an outgoing stream ended before it could carry anything, by whose fault and with what remedy. */
export interface S2sFailure {
  readonly stage: S2sStage;
  /** Stable; the peer's own stream or SASL condition where it gave one. */
  readonly code: string;
  readonly text: string;
}

export interface S2sOutParts extends Omit<ServerSpeechParts, 'direction'> {
  /** Ours, which the stream speaks for. */
  readonly domain: string;
  readonly peer: string;
  readonly prove: PeerProof;
  readonly stanzaBytes: number;
  /** Our keys, where this peer may do without a certificate that holds. XEP-0220 */
  readonly dialback?: DialbackKeys | undefined;
  /** The stream is for this question alone, and never ready. */
  readonly question?: KeyQuestion | undefined;
  /** The peer has taken responsibility for so many more of the stanzas that were sent, the oldest first. XEP-0198 §4 */
  readonly acknowledged?: (stanzas: number) => void;
  /** What the peer sends on this stream, where it may and does; otherwise it sends on one of its own. XEP-0288 */
  readonly incoming?: (PeerScope & { readonly proven: (stream: S2sOutStream) => PeerSink }) | undefined;
  /** Stanzas may be sent now. */
  readonly ready: (stream: S2sOutStream) => void;
  /** It will never be ready. Not called after `ready`. */
  readonly unready: (failure: S2sFailure) => void;
  /** It was ready and is over; `text` says why, when the peer or the connection did. */
  readonly ended: (reason: StreamReason) => void;
}

/** Where nothing but its initiator's stanzas goes over a stream, the peer has sent none that we could have handled. */
const NOTHING_HANDLED = `<a xmlns="${NS.streamManagement}" h="0"/>`;

/**
 * A stream that we have opened to another server: TLS, whose certificate is judged before we say who we are, then our
 * proof (`Approach`), then our stanzas; the peer answers on a stream of its own, or on this one where both want that.
 * RFC 6120 §4, XEP-0178 §3, XEP-0288
 */
export class S2sOutStream implements ConnectionSink {
  #stage: S2sStage = 'stream';
  #isReady = false;
  #isSettled = false;
  /** Since it is ready. */
  #outgoing: OutgoingStanzas | undefined;
  /** The peer was asked to send here, and does once it has let us in. */
  #isBidirectional = false;
  #incoming: IncomingStanzas | undefined;
  #endedBy: PeerStreamEnd = 'cut';
  #reason: StreamReason | undefined;
  readonly #speech: ServerSpeech;
  readonly #approach: Approach;

  constructor(
    readonly connection: Connection,
    private readonly parts: S2sOutParts,
  ) {
    const { log, counts, domain: from, peer: to, dialback, question } = parts;
    const isByDialback = dialback !== undefined || question !== undefined;
    const speech = new ServerSpeech(connection, { log, counts, direction: 'out' }, () => ({ from, to, isByDialback }));
    connection.limits.maxBytes = parts.stanzaBytes;
    const reached = (stage: S2sStage): void => void (this.#stage = stage);
    const refuse = (code: string, text: string): void => this.#refuse(code, text);
    const ready: ApproachParts['ready'] = (mechanism, count) => this.#becomeReady(mechanism, count);
    const askedForBoth = (): void => void (this.#isBidirectional = true);
    const wantsBoth = parts.incoming !== undefined;
    const pair = { domain: from, peer: to, dialback, question };
    const own = { ...pair, speech, connection, reached, refuse, ready, wantsBoth, askedForBoth };
    this.#speech = speech;
    this.#approach = new Approach(own, connection.secure !== undefined);
  }

  /** The connection is up: our header, unless TLS was first and its certificate is not the peer's. */
  begin(): void {
    if (!this.#approach.isSecure || this.#mayGoOn()) this.#speech.header();
  }

  get isReady(): boolean {
    return this.#isReady && !this.#speech.isOver;
  }

  /** The peer sends its stanzas on it as well. */
  get isBidirectional(): boolean {
    return this.#isBidirectional;
  }

  /** True while nothing is read of what the peer sends: its silence says nothing. */
  get isPaused(): boolean {
    return this.#incoming?.isWaiting === true;
  }

  /** Complete stanzas from the stream's own domain to the peer's; dropped unless it is ready. */
  send(bytes: Buffer, start: number, end: number): void {
    this.#outgoing?.send(bytes, start, end);
  }

  /** True when the peer acknowledges what it takes: else it is known only that stanzas were written. */
  get isManaged(): boolean {
    return this.#outgoing?.isManaged === true;
  }

  /** Stanzas that were sent and not acknowledged; 0 where nothing is. */
  get unacknowledged(): number {
    return this.#outgoing?.unacknowledged ?? 0;
  }

  /** Asks the peer what it has taken; `acknowledged` says so. */
  askForAck(): void {
    this.#outgoing?.askForAck();
  }

  /** Ends it in an orderly way: what was sent still leaves. */
  end(): void {
    this.#reason ??= { code: 'closed', text: 'We closed the stream.', isTheirs: false };
    if (this.#endedBy === 'cut') this.#endedBy = 'ended';
    this.#incoming?.acknowledge();
    this.#speech.end();
  }

  /** It takes too long, or is not wanted any more. */
  giveUp(code: string, text: string): void {
    this.#unready(code, text);
    this.connection.destroy();
  }

  // From the connection.

  opened(header: StreamHeader): void {
    this.#guard(() => {
      if (header.from !== undefined && tryJid(header.from)?.toString() !== this.parts.peer) {
        return this.#refuse(
          'wrong-domain',
          `The server answers as ${header.from.slice(0, 255)}, not as ${this.parts.peer}. Its address in DNS, or the route, leads to another server.`,
        );
      }
      if (Number.parseInt(header.version ?? '0', 10) < 1) {
        return this.#refuse(
          'unsupported-version',
          'The server does not speak XMPP 1.0, without which there is no TLS.',
        );
      }
      this.#approach.streamId = header.id ?? '';
      // With STARTTLS the handshake has ended only now.
      if (this.#approach.isSecure && this.#stage === 'tls') this.#mayGoOn();
      if (this.#approach.isLoggedIn && this.#isBidirectional) this.#takeIncoming();
    });
  }

  element(bytes: Buffer, scan: Scanner): void {
    this.#guard(() => {
      const incoming = this.#incoming;
      const element = incoming && scan.canonical ? undefined : toTree(bytes, scan.start, scan.end, scan.namespaces);
      if (incoming && (element?.getNS() ?? NS.client) === NS.client) incoming.stanza(bytes, scan);
      else if (element) this.#said(element);
    });
  }

  closed(): void {
    this.#endedBy = 'closed';
    this.#reason ??= { code: 'closed', text: 'The peer closed the stream.', isTheirs: true };
    this.#speech.end();
  }

  abandoned(): void {
    this.#reason ??= { code: 'closed', text: 'The peer closed the connection.', isTheirs: false };
    this.#speech.end();
  }

  failed(error: Error): void {
    this.#endedBy = 'failed';
    const isSaid = error instanceof StreamError || error instanceof XmlError;
    const text = error instanceof StreamError ? error.text : error.message;
    const code = isSaid ? error.condition : 'failed';
    this.#reason ??= { code, text: text ?? error.message, isTheirs: false };
    this.#speech.fail(error);
  }

  overflowed(): void {
    this.#reason ??= { code: 'not-reading', text: 'The peer does not read what it is sent.', isTheirs: false };
    this.connection.destroy();
  }

  gone(): void {
    this.#speech.gone();
    const { fault } = this.connection as { fault?: NodeJS.ErrnoException };
    const code = fault?.code ?? 'closed';
    const text = fault ? `The connection broke: ${fault.message}` : 'The peer closed the connection.';
    const reason = this.#reason ?? { code, text, isTheirs: false };
    const incoming = this.#incoming;
    this.#incoming = undefined;
    incoming?.gone(this.#endedBy);
    if (this.#isReady) this.parts.ended(reason);
    else this.#unready(reason.code, reason.text);
  }

  #said(element: Element): void {
    if (element.is('error', NS.stream)) return this.#streamError(element);
    if (this.#outgoing?.isManaged === true && element.getNS() === NS.streamManagement)
      return this.#count(this.#outgoing, element);
    if (this.#isReady) throw new StreamError('policy-violation', 'On this stream only its initiator sends stanzas.');
    this.#approach.take(element);
  }

  /** The stream begins anew behind the log-in: from here on the peer may send. */
  #takeIncoming(): void {
    const { incoming, peer, domain } = this.parts;
    const { connection } = this;
    if (!incoming || this.#incoming) return;
    const { believes, relays } = incoming;
    connection.readOn();
    const own = { connection, speech: this.#speech, peer, domain, believes, relays };
    this.#incoming = new IncomingStanzas({ ...own, sink: incoming.proven(this) });
  }

  #guard(work: () => void): void {
    if (this.#speech.isOver) return;
    try {
      work();
    } catch (error) {
      this.failed(error as Error);
    }
  }

  /** False: its certificate does not prove the domain, as it has to, and the stream is over. */
  #mayGoOn(): boolean {
    this.#stage = 'certificate';
    const { prove, peer, log, dialback, question } = this.parts;
    const refusal = prove(peer, this.connection.secure?.peerCertificates ?? []);
    this.#approach.isCertain = refusal === undefined;
    if (refusal) {
      log.warn('s2s.peer.refused', { peer, remote: this.connection.remoteAddress, direction: 'out', ...refusal });
      if (!dialback && !question) {
        this.#refuse(refusal.code, refusal.text);
        return false;
      }
    }
    this.#stage = 'features';
    return true;
  }

  #count(outgoing: OutgoingStanzas, element: Element): void {
    const name = element.getName();
    if (name === 'a') return outgoing.takeAck(element);
    if (name !== 'r') throw new StreamError('unsupported-stanza-type', 'Only counts were expected here.');
    if (this.#incoming) this.#incoming.acknowledge();
    else this.#speech.text(NOTHING_HANDLED);
  }

  #becomeReady(mechanism: PeerMechanism, count: SentCount | undefined): void {
    this.#isReady = true;
    const { peer, domain, log, acknowledged = () => undefined } = this.parts;
    const { connection } = this;
    this.#outgoing = new OutgoingStanzas({ connection, speech: this.#speech, acknowledged }, count);
    // Both count from here on. XEP-0198 §3
    if (count) this.#incoming?.enableManagement();
    const { remoteAddress: remote } = connection;
    log.info('s2s.authenticated', { peer, domain, mechanism, remote, direction: 'out' });
    this.parts.ready(this);
  }

  #streamError(element: Element): void {
    this.#reason ??= reasonOf(element);
    this.#endedBy = 'failed';
    this.#speech.end();
  }

  /** Ours to end: what the peer is or does is not what it has to be. */
  #refuse(code: string, text: string): void {
    this.#unready(code, text);
    this.#speech.end();
  }

  #unready(code: string, text: string): void {
    this.#reason ??= { code, text, isTheirs: false };
    if (this.#isReady || this.#isSettled) return;
    this.#isSettled = true;
    const { code: first, text: said } = this.#reason;
    this.parts.unready({ stage: this.#stage, code: first, text: said });
  }
}
