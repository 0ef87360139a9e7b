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
import { readH } from './negotiable/stream-management.js';
import type { PeerProof } from './peer-proof.js';
import {
  Approach,
  type ApproachParts,
  conditionOf,
  type KeyQuestion,
  type PeerMechanism,
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
  /** Stanzas may be sent now. */
  readonly ready: (stream: S2sOutStream) => void;
  /** It will never be ready. Not called after `ready`. */
  readonly unready: (failure: S2sFailure) => void;
  /** It was ready and is over; `text` says why, when the peer or the connection did. */
  readonly ended: (reason: { readonly code: string; readonly text: string }) => void;
}

const ASK_FOR_ACK = `<r xmlns="${NS.streamManagement}"/>`;
/** Nothing but its initiator's stanzas goes over such a stream: the peer has sent none that we could have handled. */
const NOTHING_HANDLED = `<a xmlns="${NS.streamManagement}" h="0"/>`;

/**
 * A stream that we have opened to another server: TLS, whose certificate is judged before we say who we are, then our
 * proof (`Approach`), then our stanzas; the peer answers on a stream of its own. RFC 6120 §4, XEP-0178 §3
 */
export class S2sOutStream implements ConnectionSink {
  #stage: S2sStage = 'stream';
  #isReady = false;
  #isSettled = false;
  /** Undefined: the peer does not count. XEP-0198 §3 */
  #counted: SentCount | undefined;
  #reason: { code: string; text: string } | undefined;
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
    const own = { domain: from, peer: to, dialback, question, speech, connection, reached, refuse, ready };
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

  /** Complete stanzas from the stream's own domain to the peer's; dropped unless it is ready. */
  send(bytes: Buffer, start: number, end: number): void {
    if (!this.isReady) return;
    if (this.#counted) this.#counted.sent++;
    this.connection.send(bytes, start, end);
  }

  /** True when the peer acknowledges what it takes: else it is known only that stanzas were written. */
  get isManaged(): boolean {
    return this.#counted !== undefined;
  }

  /** Stanzas that were sent and not acknowledged; 0 where nothing is. */
  get unacknowledged(): number {
    return this.#counted?.unacknowledged ?? 0;
  }

  /** Asks the peer what it has taken; `acknowledged` says so. */
  askForAck(): void {
    if (this.isReady && this.#counted) this.#speech.text(ASK_FOR_ACK);
  }

  /** Ends it in an orderly way: what was sent still leaves. */
  end(): void {
    this.#reason ??= { code: 'closed', text: 'We closed the stream.' };
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
    });
  }

  element(bytes: Buffer, scan: Scanner): void {
    this.#guard(() => {
      const element = toTree(bytes, scan.start, scan.end, scan.namespaces);
      if (element.is('error', NS.stream)) return this.#streamError(element);
      if (this.#counted && element.getNS() === NS.streamManagement) return this.#count(this.#counted, element);
      if (this.#isReady) throw new StreamError('policy-violation', 'On this stream only its initiator sends stanzas.');
      this.#approach.take(element);
    });
  }

  closed(): void {
    this.#reason ??= { code: 'closed', text: 'The peer closed the stream.' };
    this.#speech.end();
  }

  abandoned(): void {
    this.#reason ??= { code: 'closed', text: 'The peer closed the connection.' };
    this.#speech.end();
  }

  failed(error: Error): void {
    const isSaid = error instanceof StreamError || error instanceof XmlError;
    const text = error instanceof StreamError ? error.text : error.message;
    this.#reason ??= { code: isSaid ? error.condition : 'failed', text: text ?? error.message };
    this.#speech.fail(error);
  }

  overflowed(): void {
    this.#reason ??= { code: 'not-reading', text: 'The peer does not read what it is sent.' };
    this.connection.destroy();
  }

  gone(): void {
    this.#speech.gone();
    const { fault } = this.connection as { fault?: NodeJS.ErrnoException };
    const code = fault?.code ?? 'closed';
    const text = fault ? `The connection broke: ${fault.message}` : 'The peer closed the connection.';
    const reason = this.#reason ?? { code, text };
    if (this.#isReady) this.parts.ended(reason);
    else this.#unready(reason.code, reason.text);
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

  #count(counted: SentCount, element: Element): void {
    if (element.getName() === 'r') return this.#speech.text(NOTHING_HANDLED);
    if (element.getName() !== 'a') throw new StreamError('unsupported-stanza-type', 'Only counts were expected here.');
    const more = counted.acknowledge(readH(element));
    if (more > 0) this.parts.acknowledged?.(more);
  }

  #becomeReady(mechanism: PeerMechanism, count: SentCount | undefined): void {
    this.#isReady = true;
    this.#counted = count;
    const { peer, domain, log } = this.parts;
    const { remoteAddress: remote } = this.connection;
    log.info('s2s.authenticated', { peer, domain, mechanism, remote, direction: 'out' });
    this.parts.ready(this);
  }

  #streamError(element: Element): void {
    const code = conditionOf(element) ?? 'undefined-condition';
    const said = element.getChildText('text');
    this.#reason ??= { code, text: `The server ended the stream: ${said?.slice(0, 500) ?? code}` };
    this.#speech.end();
  }

  /** Ours to end: what the peer is or does is not what it has to be. */
  #refuse(code: string, text: string): void {
    this.#unready(code, text);
    this.#speech.end();
  }

  #unready(code: string, text: string): void {
    this.#reason ??= { code, text };
    if (this.#isReady || this.#isSettled) return;
    this.#isSettled = true;
    this.parts.unready({ stage: this.#stage, ...this.#reason });
  }
}
