import { AcknowledgedTooMuch } from './acknowledgement.js';
import { Attempts } from './attempts.js';
import type { Clock } from './clock.js';
import { childOf, isStanza, NS, type Frame, type Parse, type XmlElement } from './frame.js';
import { Line, type Connect } from './line.js';
import { authenticate, offersResumption, type Credentials } from './opening.js';
import { outgoing, type Outbox, type Outgoing } from './outbox.js';
import { ANSWER_WITHIN_MS, Probe } from './probe.js';
import { Session, type Taken } from './session.js';
import type { ConnectionState } from './state.js';

/** A server may first finish recording what it has got of this session. */
const RESUMED_WITHIN_MS = 30_000;
const BIND = 'urn:ietf:params:xml:ns:xmpp-bind';
const STREAM_ERRORS = 'urn:ietf:params:xml:ns:xmpp-streams';

/** Who speaks XMPP on the stream. */
export interface Client {
  /** The stream is authenticated and has these features: bind a resource. */
  readonly ready: (features: Frame) => void;
  readonly frame: (text: string) => void;
  /** The session is over; `begin` asks for the next. */
  readonly lost: () => void;
}

interface Parts {
  readonly clock: Clock;
  readonly random: () => number;
  readonly parse: Parse;
  readonly connect: Connect;
  /** Good for one log-in; rejects when there is none to be had now. */
  readonly credentials: () => Promise<Credentials>;
  readonly outbox: Outbox;
  readonly changed: (state: ConnectionState) => void;
}

/** Where the stream stands. A line is there from `authenticated` on. */
type Phase = 'left' | 'seeking' | 'authenticated' | 'binding' | 'live' | 'replaced';

/**
 * A stream that outlasts its lines. The client above it binds once and then sees one session without a gap: a line that
 * is cut, or does not answer, is replaced below it, the session resumed (XEP-0198 §5) and what the server has not got sent
 * again, once and in order. Only when the server cannot resume is the client told; what it had written then goes into its
 * next session under the same ids.
 */
export class LastingStream {
  readonly #attempts: Attempts;
  readonly #probe: Probe;
  #phase: Phase = 'left';
  #line: Line | undefined;
  #features: Frame | undefined;
  #session: Session | undefined;
  #client: Client | undefined;
  /** The client has, or had, or is asking for a session of which it has not been told that it is over. */
  #isBound = false;

  constructor(private readonly parts: Parts) {
    const { clock, random, changed } = parts;
    this.#attempts = new Attempts({ clock, random, changed, attempt: () => this.#attempt() });
    this.#probe = new Probe(clock, {
      ask: () => this.#line?.send(`<r xmlns='${NS.sm}'/>`),
      dead: () => this.#cut(),
    });
  }

  /** Asks for a session: `ready` is called as soon as a stream is authenticated, however long that takes. */
  begin(client: Client): void {
    if (this.#client !== undefined) this.leave();
    this.#client = client;
    if (this.#phase === 'authenticated') this.#handOver();
    else if (this.#phase !== 'seeking') this.#seek();
  }

  /** A frame of the client. A stanza is kept while there is no line. */
  send(text: string): void {
    const frame = { text, element: this.parts.parse(text) };
    const stanza = outgoing(frame);
    if (this.#session === undefined) return this.#sendUnbound(stanza);
    if (isStanza(frame.element) && !this.#session.send(stanza)) return;
    if (this.#phase !== 'live') return;
    this.#line?.send(text);
    if (stanza.id !== undefined && this.#session.isTracked) this.#probe.sent();
  }

  /** Is the line there? Known within the limit; without one, a new attempt is made now. */
  check(limitMs: number = ANSWER_WITHIN_MS): void {
    if (this.#phase === 'seeking') this.#attempts.hurry();
    else if (this.#phase === 'live' && this.#session?.isTracked) this.#probe.check(limitMs);
    else if (this.#phase === 'replaced') this.#lose();
  }

  /** The client leaves: the session ends, on the server too. What was not acknowledged stays in the outbox. */
  leave(): void {
    if (this.#client === undefined) return;
    this.#line?.send(`<close xmlns='${NS.framing}'/>`);
    this.#abandon('left');
    this.#attempts.stop();
    this.#client = this.#session = undefined;
    this.#isBound = false;
  }

  #seek(): void {
    this.#abandon('seeking');
    this.#attempts.begin();
  }

  #abandon(phase: Phase): void {
    this.#phase = phase;
    this.#probe.stop();
    this.#line?.drop();
    this.#line = this.#features = undefined;
  }

  async #attempt(): Promise<void> {
    const { clock, parse, connect } = this.parts;
    const credentials = await this.parts.credentials();
    const line = await Line.open(connect, { parse, clock, limitMs: ANSWER_WITHIN_MS });
    try {
      const features = await authenticate(line, credentials, ANSWER_WITHIN_MS);
      const missing = await this.#resume(line);
      if (this.#phase !== 'seeking') return line.drop();
      this.#attempts.succeed();
      if (missing === undefined) this.#authenticated(line, features);
      else this.#live(line, missing);
    } catch (error) {
      line.drop();
      throw error;
    }
  }

  /** What is to be sent again on a stream that was resumed; `undefined` when there is no session any more. XEP-0198 §5 */
  async #resume(line: Line): Promise<readonly string[] | undefined> {
    const session = this.#session;
    if (session === undefined) return undefined;
    line.send(session.resume);
    const { element } = await line.next(RESUMED_WITHIN_MS);
    if (this.#session !== session) return undefined;
    // With counters that do not fit it is over, too.
    this.#session = undefined;
    if (element.localName !== 'resumed') return session.ended(element);
    const missing = session.resumed(element);
    this.#session = session;
    return missing;
  }

  #authenticated(line: Line, features: Frame): void {
    this.#phase = 'authenticated';
    this.#features = features;
    this.#listen(line);
    // Only now is the client told: as long as there is no line it could do nothing about it.
    if (this.#isBound) this.#lose();
    else this.#handOver();
  }

  #handOver(): void {
    if (this.#client === undefined || this.#features === undefined) return;
    this.#phase = 'binding';
    this.#isBound = true;
    this.#client.ready(this.#features);
  }

  #live(line: Line, first: readonly string[]): void {
    this.#phase = 'live';
    first.forEach((text) => line.send(text));
    this.parts.changed({ is: 'connected' });
    this.#listen(line);
    if (first.length > 0) this.#probe.sent();
  }

  #listen(line: Line): void {
    this.#line = line;
    this.#probe.start();
    line.listen({ frame: (frame) => this.#take(frame), lost: () => this.#cut() });
  }

  /** Before a resource is bound only questions go out: the one that binds it. A message waits. */
  #sendUnbound(stanza: Outgoing): void {
    this.parts.outbox.add(stanza);
    if (this.#phase === 'binding' && stanza.text.startsWith('<iq')) this.#line?.send(stanza.text);
  }

  #take(frame: Frame): void {
    this.#probe.heard();
    const { localName } = frame.element;
    if (localName === 'error') this.#refused(frame.element);
    else if (localName === 'close') this.#cut();
    else if (this.#phase === 'binding') this.#takeUnbound(frame);
    else if (this.#session !== undefined) this.#takeBound(frame, this.#session);
  }

  #takeUnbound(frame: Frame): void {
    if (frame.element.getAttribute('type') === 'error') return this.#cut();
    if (childOf(frame.element, 'bind', BIND) !== undefined) this.#open(new Session(this.parts.outbox));
    this.#client?.frame(frame.text);
  }

  /** A resource is bound. What earlier sessions have left goes out before anything else. */
  #open(session: Session): void {
    this.#session = session;
    this.#phase = 'live';
    const isOffered = this.#features !== undefined && offersResumption(this.#features.element);
    const [enable, ...left] = session.enable();
    if (isOffered) this.#line?.send(enable!);
    left.forEach((text) => this.#line?.send(text));
    if (isOffered) return left.length > 0 ? this.#probe.sent() : undefined;
    session.doWithoutAcks();
    this.parts.changed({ is: 'connected' });
  }

  #takeBound(frame: Frame, session: Session): void {
    switch (takenBy(session, frame)) {
      case 'stanza':
        this.#client?.frame(frame.text);
        return this.#sayInRoom(session.letIn(frame.element));
      case 'question':
        return this.#line?.send(session.answer);
      case 'answer':
        return this.#probe.answered(session.isSettled);
      case 'enabled':
        return this.parts.changed({ is: 'connected' });
      case 'nonsense':
        this.#session = undefined;
        return this.#seek();
      case 'other':
    }
  }

  /** What has waited for a room goes out behind the device's coming in. */
  #sayInRoom(waited: readonly string[]): void {
    waited.forEach((text) => this.#line?.send(text));
    if (waited.length > 0 && this.#session?.isTracked) this.#probe.sent();
  }

  /** A stream error: the server will say nothing more. RFC 6120 §4.9 */
  #refused(error: XmlElement): void {
    if (childOf(error, 'conflict', STREAM_ERRORS) === undefined) return this.#cut();
    this.#abandon('replaced');
    this.#session = undefined;
    this.parts.changed({ is: 'replaced' });
  }

  /** The line is gone, or as good as gone. */
  #cut(): void {
    if (this.#session?.isResumable !== true) this.#session = undefined;
    this.#seek();
  }

  /** The session is over. The client is told, and will ask for the next one. */
  #lose(): void {
    const client = this.#client;
    this.#client = this.#session = undefined;
    this.#isBound = false;
    client?.lost();
  }
}

function takenBy(session: Session, frame: Frame): Taken | 'nonsense' {
  try {
    return session.take(frame);
  } catch (error) {
    if (error instanceof AcknowledgedTooMuch) return 'nonsense';
    throw error;
  }
}
