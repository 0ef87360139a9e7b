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
  xml,
} from '@interoffice/wire';
import type { PeerProof } from './peer-proof.js';
import { ServerSpeech, type ServerSpeechParts } from './server-speech.js';

/** How far an outgoing stream has come, in the order of the stations. */
export type S2sStage = 'stream' | 'tls' | 'certificate' | 'features' | 'authentication';

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
  /** Stanzas may be sent now. */
  readonly ready: (stream: S2sOutStream) => void;
  /** It will never be ready. Not called after `ready`. */
  readonly unready: (failure: S2sFailure) => void;
  /** It was ready and is over; `text` says why, when the peer or the connection did. */
  readonly ended: (reason: { readonly code: string; readonly text: string }) => void;
}

/** What we await next from the peer. */
type Awaiting = 'features' | 'proceed' | 'success' | 'nothing';

/**
 * A stream that we have opened to another server: TLS, whose certificate is judged before we say who we are, then our
 * proof by our own (SASL EXTERNAL), then our stanzas; the peer answers on a stream of its own. RFC 6120 §4, XEP-0178 §3.
 * Without TLS nothing goes out, whatever the peer says.
 */
export class S2sOutStream implements ConnectionSink {
  #stage: S2sStage = 'stream';
  #awaiting: Awaiting = 'features';
  #isSecure: boolean;
  #isAuthenticated = false;
  #isReady = false;
  #isSettled = false;
  #reason: { code: string; text: string } | undefined;
  readonly #speech: ServerSpeech;

  constructor(
    readonly connection: Connection,
    private readonly parts: S2sOutParts,
  ) {
    const { log, counts, domain: from, peer: to } = parts;
    this.#speech = new ServerSpeech(connection, { log, counts, direction: 'out' }, () => ({ from, to }));
    connection.limits.maxBytes = parts.stanzaBytes;
    this.#isSecure = connection.secure !== undefined;
  }

  /** The connection is up: our header, unless TLS was first and its certificate is not the peer's. */
  begin(): void {
    if (!this.#isSecure || this.#isProven()) this.#speech.header();
  }

  get isReady(): boolean {
    return this.#isReady && !this.#speech.isOver;
  }

  /** Complete stanzas from the stream's own domain to the peer's; dropped unless it is ready. */
  send(bytes: Buffer, start: number, end: number): void {
    if (this.isReady) this.connection.send(bytes, start, end);
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
      // With STARTTLS the handshake has ended only now.
      if (this.#isSecure && this.#stage === 'tls') this.#isProven();
    });
  }

  element(bytes: Buffer, scan: Scanner): void {
    this.#guard(() => {
      const element = toTree(bytes, scan.start, scan.end, scan.namespaces);
      if (element.is('error', NS.stream)) return this.#streamError(element);
      if (this.#isReady) throw new StreamError('policy-violation', 'On this stream only its initiator sends stanzas.');
      this.#negotiate(element);
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

  /** False: its certificate does not prove the domain, and the stream is over. */
  #isProven(): boolean {
    this.#stage = 'certificate';
    const { prove, peer, log } = this.parts;
    const refusal = prove(peer, this.connection.secure?.peerCertificates ?? []);
    if (!refusal) {
      this.#stage = 'features';
      return true;
    }
    log.warn('s2s.peer.refused', { peer, remote: this.connection.remoteAddress, direction: 'out', ...refusal });
    this.#refuse(refusal.code, refusal.text);
    return false;
  }

  #negotiate(element: Element): void {
    const namespace = element.getNS();
    const name = element.getName();
    if (this.#awaiting === 'features' && name === 'features' && namespace === NS.stream) return this.#features(element);
    if (this.#awaiting === 'proceed' && namespace === NS.tls) return this.#proceed(name);
    if (this.#awaiting === 'success' && namespace === NS.sasl) return this.#answered(element);
    throw new StreamError('unsupported-stanza-type', `${name} was not expected here.`);
  }

  #features(features: Element): void {
    if (!this.#isSecure) return this.#askForTls(features);
    if (this.#isAuthenticated) return this.#becomeReady();
    this.#stage = 'authentication';
    const mechanisms = features.getChild('mechanisms', NS.sasl)?.getChildren('mechanism') ?? [];
    if (!mechanisms.some((mechanism) => mechanism.getText() === 'EXTERNAL')) {
      return this.#refuse(
        'external-not-offered',
        'The server does not let us log in with our certificate (SASL EXTERNAL). It may not trust our authority, or allow dialback only.',
      );
    }
    this.#awaiting = 'success';
    const identity = Buffer.from(this.parts.domain).toString('base64');
    this.#speech.element(xml('auth', { xmlns: NS.sasl, mechanism: 'EXTERNAL' }, identity));
  }

  #askForTls(features: Element): void {
    this.#stage = 'tls';
    if (!features.getChild('starttls', NS.tls)) {
      return this.#refuse('starttls-not-offered', 'The server offers no TLS, or somebody in between has taken it out.');
    }
    this.#awaiting = 'proceed';
    this.#speech.element(xml('starttls', { xmlns: NS.tls }));
  }

  #proceed(name: string): void {
    if (name !== 'proceed') return this.#refuse('starttls-refused', 'The server refused to start TLS.');
    // throws when anything came behind it in the clear.
    this.connection.startTls();
    this.#isSecure = true;
    this.#restart();
  }

  #answered(element: Element): void {
    if (element.getName() === 'success') {
      this.#isAuthenticated = true;
      return this.#restart();
    }
    const [condition] = element.getChildElements().filter((child) => child.getName() !== 'text');
    const text = element.getChildText('text') ?? 'no reason given';
    this.#refuse(condition?.getName() ?? 'auth-refused', `The server refused our certificate: ${text.slice(0, 500)}`);
  }

  #restart(): void {
    this.#awaiting = 'features';
    this.connection.restart();
    this.#speech.header();
  }

  #becomeReady(): void {
    this.#isReady = true;
    this.#awaiting = 'nothing';
    const { peer, domain, log } = this.parts;
    const { remoteAddress: remote } = this.connection;
    log.info('s2s.authenticated', { peer, domain, mechanism: 'EXTERNAL', remote, direction: 'out' });
    this.parts.ready(this);
  }

  #streamError(element: Element): void {
    const [condition] = element.getChildElements().filter((child) => child.getName() !== 'text');
    const code = condition?.getName() ?? 'undefined-condition';
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
