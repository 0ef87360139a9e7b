import './events.js';
import type { Count, Log } from '@interoffice/telemetry';
import type { Connection, ConnectionSink } from '@interoffice/transport';
import {
  type Element,
  type Jid,
  NS,
  type Scanner,
  serialize,
  StreamError,
  type StreamHeader,
  toTree,
  XmlError,
  xml,
} from '@interoffice/wire';
import type { Proof } from './authenticator.js';
import type { BoundDevice, StreamEnd } from './bound-device.js';
import { framingOf, type Framing } from './framing.js';
import { checkHeader, servedDomain } from './header-check.js';
import { type Achieved, isPossible, offerable, ownerOf, type StreamFeature } from './negotiation.js';
import { randomText } from './random-text.js';
import type { Watchdog, Watched } from './watchdog.js';

const STANZAS: ReadonlySet<string> = new Set(['message', 'presence', 'iq']);
const ASK_FOR_ACK = `<r xmlns="${NS.streamManagement}"/>`;
const H_WRAPS_AT = 2 ** 32;

export interface C2sParts {
  readonly isServed: (domain: string) => boolean;
  /** All stream features, in the order in which they are offered. */
  readonly features: readonly StreamFeature[];
  readonly watchdog: Watchdog;
  /** Every stream that is up, from its first byte on; each keeps itself in it. */
  readonly streams: Set<C2sStream>;
  readonly log: Log;
  /** Bytes and elements before log-in, bytes per stanza afterwards. Advertised by XEP-0478. */
  readonly limits: { readonly preAuthBytes: number; readonly preAuthElements: number; readonly stanzaBytes: number };
  readonly counts: { readonly errors: Count; readonly faults: Count };
}

/** Who is at the other end once SASL has succeeded. */
export interface Authenticated {
  readonly account: Jid;
  readonly proof: Proof;
}

/**
 * One client's conversation: headers, negotiation until a resource is bound, then its stanzas, one after another. RFC 6120
 * §4. Domain and identity are fixed by the first header and by SASL: no later header can move them.
 */
export class C2sStream implements ConnectionSink, Watched {
  readonly achieved = new Set<Achieved>();
  heard = true;
  silentRounds = 0;
  domain: string | undefined;
  authenticated: Authenticated | undefined;
  /** SASL attempts that failed on this stream. */
  failures = 0;
  #device: BoundDevice | undefined;
  #opened = false;
  #expectsHeader = true;
  #ended = false;
  #busy = 0;
  #endedBy: StreamEnd = 'cut';
  #owesAck = false;
  #lastBuffered = 0;
  #isTaking = false;
  readonly #framing: Framing;

  constructor(
    readonly connection: Connection,
    private readonly parts: C2sParts,
  ) {
    this.#framing = framingOf(connection.kind);
    connection.limits.maxBytes = parts.limits.preAuthBytes;
    connection.limits.maxElements = parts.limits.preAuthElements;
    if (connection.secure) this.achieved.add('secure');
    parts.watchdog.add(this);
    parts.streams.add(this);
  }

  get isOpen(): boolean {
    return !this.#ended;
  }
  /** We do not read ourselves, or the peer is still taking what it was sent: its silence says nothing. */
  get isPaused(): boolean {
    return this.#busy > 0 || this.#isTaking;
  }
  get remoteAddress(): string {
    return this.connection.remoteAddress;
  }
  get device(): BoundDevice | undefined {
    return this.#device;
  }

  send(bytes: Buffer, start: number, end: number): void {
    if (!this.#ended) this.connection.send(bytes, start, end);
  }

  sendText(text: string): void {
    if (!this.#ended) this.connection.sendText(text);
  }

  sendElement(element: Element): void {
    this.sendText(serialize(element));
  }

  // From the connection.

  opened(header: StreamHeader): void {
    this.heard = true;
    this.#guard(() => {
      if (!this.#expectsHeader)
        throw new StreamError('bad-format', 'A stream header came where a stanza was expected.');
      this.#expectsHeader = false;
      const { domain, authenticated } = this;
      this.domain = servedDomain(header, domain, this.parts.isServed);
      checkHeader(header, authenticated?.account);
      this.#sendHeader(this.domain);
      const offers: Element[] = [];
      for (const feature of offerable(this.parts.features, this.achieved)) {
        const offer = feature.offer(this);
        if (offer) offers.push(offer);
      }
      this.sendText(this.#framing.features(offers));
    });
  }

  element(bytes: Buffer, scan: Scanner): void {
    this.heard = true;
    if (this.#ended) return;
    try {
      // Canonical: in the content namespace. Anything else is looked at first, since only its prefix may be strange.
      const element = this.#device && scan.canonical ? undefined : toTree(bytes, scan.start, scan.end, scan.namespaces);
      if (this.#device && (element?.getNS() ?? NS.client) === NS.client) {
        const wait = this.#device.element(bytes, scan);
        if (wait) this.#waitFor(wait);
      } else if (element) this.#negotiate(element);
    } catch (error) {
      this.#failWith(error);
    }
  }

  closed(): void {
    if (this.#ended) return;
    this.#endedBy = 'closed';
    this.#end(this.#framing.footer);
  }

  /** XEP-0198 §6: whoever closes his connection without `</stream:stream>` has not left. */
  abandoned(): void {
    if (!this.#ended) this.#end(this.#framing.footer);
  }

  failed(error: Error): void {
    this.#failWith(error);
  }

  overflowed(): void {
    this.cut(new StreamError('resource-constraint', 'The client does not read what it is sent.'));
    this.connection.destroy();
  }

  gone(): void {
    this.#ended = true;
    this.parts.watchdog.remove(this);
    this.parts.streams.delete(this);
    this.#leave();
  }

  // For stream features.

  /** Reading stops until `work` has settled; what it throws ends the stream. For log-ins and binding. */
  during(work: Promise<void>): void {
    this.#pause(
      work.catch((error: unknown) => this.#failWith(error)),
      false,
    );
  }

  /** A new header must follow. RFC 6120 §4.3.3 */
  restart(): void {
    this.#expectsHeader = true;
    this.connection.restart();
  }

  /** TLS begins with the next byte; bytes that came before it in the clear end the stream. RFC 6120 §5.4.3.3 */
  startTls(): void {
    this.connection.startTls();
    this.achieved.add('secure');
    this.restart();
  }

  /** SASL has succeeded: identity and domain are settled for the life of the stream. */
  authenticate(who: Authenticated): void {
    this.authenticated = who;
    this.achieved.add('authenticated');
    this.connection.limits.maxBytes = this.parts.limits.stanzaBytes;
    this.connection.limits.maxElements = undefined;
    this.connection.authenticated();
  }

  /** A resource is bound: from here on stanzas go to the device. */
  bound(device: BoundDevice): void {
    this.#device = device;
    this.achieved.add('bound');
    if (this.#ended) this.#leave();
  }

  /** Ends the stream with an error, once, for good: its device is gone. RFC 6120 §4.9.1.1 */
  fail(error: StreamError): void {
    if (this.#ended) return;
    this.#endedBy = 'failed';
    this.#endWith(error);
  }

  /** Ends the stream with an error, once; with stream management the client may come back and go on. XEP-0198 §5 */
  cut(error: StreamError): void {
    if (!this.#ended) this.#endWith(error);
  }

  // Acknowledgements. XEP-0198 §4

  /** Says how many stanzas are decided: now, and once more when those have been that still wait for their commit. */
  acknowledge(): void {
    const device = this.#device;
    if (device?.handled === undefined) return;
    this.sendText(`<a xmlns="${NS.streamManagement}" h="${device.handled % H_WRAPS_AT}"/>`);
    if (this.#owesAck) return;
    const undecided = device.undecided();
    if (!undecided) return;
    this.#owesAck = true;
    void undecided.then(() => {
      this.#owesAck = false;
      this.acknowledge();
    });
  }

  askForAck(): void {
    this.sendText(ASK_FOR_ACK);
  }

  /** The client acknowledges too little of what it is sent: it may come back and take the rest. */
  unacknowledging(): void {
    this.cut(new StreamError('resource-constraint', 'The client does not acknowledge what it is sent.'));
  }

  #endWith(error: StreamError): void {
    this.parts.counts.errors.inc();
    this.parts.log.info('c2s.stream.closed', {
      condition: error.condition,
      text: error.text,
      remote: this.remoteAddress,
      jid: this.#device?.jid.toString(),
    });
    // RFC 6120 §4.9.1.2: an error about the header itself comes behind a header of ours.
    if (!this.#opened) this.#sendHeader(this.domain);
    this.sendText(this.#framing.error(error));
    this.#end(this.#framing.footer);
  }

  // From the watchdog.

  tick(): void {
    const { isChoked, bufferedBytes } = this.connection;
    this.#isTaking = isChoked && bufferedBytes !== this.#lastBuffered;
    this.#lastBuffered = bufferedBytes;
    if (this.#device?.shouldAsk() === true) this.askForAck();
  }

  ping(): void {
    if (!this.#device) return;
    if (this.#device.handled !== undefined) return this.askForAck();
    const id = randomText();
    const to = this.#device.jid.toString();
    this.sendElement(
      xml('iq', { xmlns: NS.client, type: 'get', id, to, from: this.domain }, xml('ping', { xmlns: NS.ping })),
    );
  }

  silent(): void {
    this.parts.log.info('c2s.peer.silent', { remote: this.remoteAddress, jid: this.#device?.jid.toString() });
    this.cut(new StreamError('connection-timeout', 'Nothing was heard from the client, not even an answer to a ping.'));
    this.connection.destroy();
  }

  #sendHeader(domain: string | undefined): void {
    this.#opened = true;
    // RFC 6120 §4.7.3: unpredictable and unique.
    this.sendText(this.#framing.header({ id: randomText(), from: domain }));
  }

  #negotiate(element: Element): void {
    const feature = ownerOf(this.parts.features, element);
    if (!feature?.take || !isPossible(feature, this.achieved)) throw this.#outOfPlace(element, feature);
    feature.take(this, element);
  }

  #outOfPlace(element: Element, feature: StreamFeature | undefined): StreamError {
    if (element.getNS() === NS.sasl && this.authenticated) {
      return new StreamError('policy-violation', 'This stream is logged in already.');
    }
    if (this.#device && STANZAS.has(element.getName())) {
      return new StreamError('invalid-namespace', `A stanza is in the namespace ${NS.client}.`);
    }
    if (!this.#device && (feature || element.getNS() === NS.client)) {
      return new StreamError('not-authorized', 'The client has to log in and bind a resource first.');
    }
    return new StreamError('unsupported-stanza-type', `Nothing here answers to ${element.getName()}.`);
  }

  #waitFor(account: Promise<unknown>): void {
    this.#pause(
      account.catch(() => undefined),
      true,
    );
  }

  #pause(until: Promise<unknown>, again: boolean): void {
    this.#busy++;
    this.connection.suspend({ again });
    void until.then(() => {
      this.#busy--;
      if (!this.#ended) this.connection.resume();
    });
  }

  #guard(work: () => void): void {
    if (this.#ended) return;
    try {
      work();
    } catch (error) {
      this.#failWith(error);
    }
  }

  #failWith(error: unknown): void {
    if (error instanceof StreamError) return this.fail(error);
    if (error instanceof XmlError) return this.fail(new StreamError(error.condition, error.message));
    if (this.#ended) return;
    this.parts.counts.faults.inc();
    this.parts.log.error('c2s.stream.failed', { remote: this.remoteAddress, error: error as Error });
    this.fail(new StreamError('internal-server-error'));
  }

  #end(last: string): void {
    this.#ended = true;
    this.connection.end(last);
    // Whatever still comes for the device must not wait for the socket to close; but who ends a stream may be in the
    // middle of a delivery, so the others hear of it once that is done.
    queueMicrotask(() => this.#leave());
  }

  #leave(): void {
    const device = this.#device;
    this.#device = undefined;
    device?.gone(this.#endedBy);
  }
}
