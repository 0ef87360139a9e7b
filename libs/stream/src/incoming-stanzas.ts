import type { Connection } from '@interoffice/transport';
import { decodeAttribute, type Jid, NS, type Scanner, StreamError, tryJid } from '@interoffice/wire';
import type { StreamEnd } from './bound-device.js';
import { H_WRAPS_AT } from './sent-count.js';
import type { ServerSpeech } from './server-speech.js';

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
  gone(end: PeerStreamEnd): void;
}

/** `ended`: by ourselves; what the peer does not know to be decided it may send again. */
export type PeerStreamEnd = StreamEnd | 'ended';

/** What a peer may say over a stream that was proven for it. */
export interface PeerScope {
  /** Whether a proven peer is believed when it brings what another domain says; no peer is, unless this says so. */
  readonly believes?: ((peer: string, from: string) => boolean) | undefined;
  /** Whether something goes on from here to a domain that is not the stream's; nothing does, unless this says so. */
  readonly relays?: ((from: string, to: string) => boolean) | undefined;
}

export interface IncomingParts extends PeerScope {
  readonly connection: Pick<Connection, 'suspend' | 'resume'>;
  readonly speech: ServerSpeech;
  /** Proven. */
  readonly peer: string;
  /** Ours, which the stream is for. */
  readonly domain: string;
  readonly sink: PeerSink;
}

/**
 * What a proven peer sends over a stream, whoever opened it: from its domain to ours and nothing else (F-06), handed on in
 * its order, and counted for it (XEP-0198).
 */
export class IncomingStanzas {
  /** Stanzas that came; what is shown again counts once. */
  #received = 0;
  /** How many had come when the peer began to count. Undefined: it does not. XEP-0198 §3 */
  #managedFrom: number | undefined;
  #owesAck = false;
  #isWaiting = false;

  constructor(private readonly parts: IncomingParts) {}

  /** Nothing more is read at present: the peer's silence says nothing. */
  get isWaiting(): boolean {
    return this.#isWaiting;
  }

  get isManaged(): boolean {
    return this.#managedFrom !== undefined;
  }

  /** The peer counts from here on. False: it does already. */
  enableManagement(): boolean {
    if (this.#managedFrom !== undefined) return false;
    this.#managedFrom = this.#received;
    return true;
  }

  /** Throws StreamError for what the peer may not say here. */
  stanza(bytes: Buffer, scan: Scanner): void {
    this.#check(bytes, scan);
    const { sink, connection, speech } = this.parts;
    const wait = sink.stanza(bytes, scan);
    if (!wait) return void this.#received++;
    this.#isWaiting = true;
    connection.suspend({ again: true });
    const goOn = (): void => {
      this.#isWaiting = false;
      if (!speech.isOver) connection.resume();
    };
    void wait.then(goOn, goOn);
  }

  /** Tells the peer what is decided of what it sent: now, and once more when the rest is. */
  acknowledge(): void {
    const { sink, speech } = this.parts;
    if (this.#managedFrom === undefined) return;
    const h = Math.max(0, sink.decided - this.#managedFrom) % H_WRAPS_AT;
    speech.text(`<a xmlns="${NS.streamManagement}" h="${h}"/>`);
    const undecided = this.#owesAck ? undefined : sink.undecided();
    if (!undecided) return;
    this.#owesAck = true;
    void undecided.then(() => {
      this.#owesAck = false;
      this.acknowledge();
    });
  }

  /** To be called exactly once. */
  gone(end: PeerStreamEnd): void {
    this.parts.sink.gone(end);
  }

  #check(bytes: Buffer, scan: Scanner): void {
    const { peer, domain, believes, relays } = this.parts;
    const from = addressAt(bytes, { start: scan.fromStart, end: scan.fromEnd });
    const to = addressAt(bytes, { start: scan.toStart, end: scan.toEnd });
    // RFC 6120 §4.9.3.7, §8.1.1.2, §8.1.2.2
    if (!from || !to) {
      throw new StreamError('improper-addressing', 'Between servers a stanza names its sender and its receiver.');
    }
    if (from.domain !== peer && believes?.(peer, from.domain) !== true) {
      throw new StreamError('invalid-from', `This stream was proven for ${peer}, and for no other domain.`);
    }
    if (to.domain !== domain && relays?.(from.domain, to.domain) !== true) {
      throw new StreamError(
        'host-unknown',
        `This stream was opened to ${domain}; other domains need one of their own.`,
      );
    }
  }
}

function addressAt(bytes: Buffer, { start, end }: { start: number; end: number }): Jid | undefined {
  return start < 0 ? undefined : tryJid(decodeAttribute(bytes.toString('utf8', start, end)));
}
