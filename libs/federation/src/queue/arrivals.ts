import type { Routing, Session } from '@interoffice/routing';
import type { Count, Log } from '@interoffice/telemetry';
import {
  bareContext,
  decodeAttribute,
  type Element,
  INCOMPLETE,
  type Jid,
  Scanner,
  StreamError,
  tryJid,
  type Vocabulary,
  NS,
  serialize,
  xml,
} from '@interoffice/wire';
import type { StreamGone } from '../link/shapes.js';
import type { Correspondents } from './correspondents.js';
import type { KnownGateway } from './gateways.js';
import { rowOf } from './office-mark.js';
import type { Relaying } from './relaying.js';
import type { RoomBranches } from './room-branches.js';

export interface ArrivalsParts {
  readonly routing: () => Routing;
  readonly correspondents: Correspondents;
  readonly branches: Pick<RoomBranches, 'hears'>;
  /** The domain is another office's of ours. */
  readonly isOffice: (domain: string) => boolean;
  /** A row of an office's is on record here. */
  readonly recorded: (office: string, row: string) => void;
  readonly relaying: Relaying;
  readonly vocabulary: Vocabulary;
  /** So many of the stream's stanzas are decided, in their order. */
  readonly decided: (stream: ArrivingStream, count: number) => void;
  readonly counts: { readonly came: Count; readonly strange: Count };
  readonly log: Log;
}

/** A stream of a peer's, at one of our gateways. */
export interface ArrivingStream {
  readonly gateway: KnownGateway;
  /** The gateway's for it. */
  readonly number: number;
}

/** Stanzas of one correspondent that wait for their commit; routing refuses more than 256. */
const MOST_UNCOMMITTED = 192;

/** The first letter of its name. */
const MESSAGE = 'm'.codePointAt(0);

/** A stanza that is on its way, and when it is decided. */
interface UnderWay {
  readonly session: Session;
  readonly place: number;
  /** The office that wrote it, and which row of its own it is. */
  readonly office: string;
  readonly row: string | undefined;
}

/** One stream of a peer's, as far as the server sees it: its stanzas in their order. */
class Arriving implements ArrivingStream {
  /** Of those that routing has taken, the ones that are not decided yet. */
  readonly underWay: UnderWay[] = [];
  /** Those that wait for one before them which has to be shown again. */
  readonly waiting: Buffer[] = [];
  isShownAgain = false;
  decided = 0;
  told = 0;
  /** It was cut: what has not been taken of it comes again over the next stream, in its order. */
  isLost = false;

  constructor(
    readonly gateway: KnownGateway,
    readonly number: number,
    readonly peer: string,
  ) {}

  get isIdle(): boolean {
    return this.underWay.length === 0 && this.waiting.length === 0;
  }
}

/** What peers send: taken by routing in the order of each stream, and told to the gateway as soon as it is decided. */
export class Arrivals {
  readonly #streams = new Map<number, Arriving>();
  readonly #scanner: Scanner;
  readonly #officeBit: number;
  readonly #relayBit: number;
  /** Streams that go on when something has been committed. */
  readonly #wantRoom: (() => void)[] = [];

  constructor(private readonly parts: ArrivalsParts) {
    this.#scanner = new Scanner(parts.vocabulary);
    this.#officeBit = parts.vocabulary.bit(NS.office, 'office');
    this.#relayBit = parts.vocabulary.bit(NS.relay, 'relayed');
  }

  /** Beside another stream of the peer's: it may have given that one up, though nobody here knows, and sends again. */
  opened(gateway: KnownGateway, stream: number, peer: string): void {
    if ([...this.#streams.values()].some((other) => other.peer === peer)) this.#doubt(peer);
    this.#streams.set(keyOf(gateway, stream), new Arriving(gateway, stream, peer));
  }

  /** `bytes` is valid during the call. */
  came(gateway: KnownGateway, stream: number, bytes: Buffer): void {
    const arriving = this.#streams.get(keyOf(gateway, stream));
    if (!arriving) return;
    this.parts.counts.came.inc();
    if (arriving.isShownAgain) arriving.waiting.push(Buffer.from(bytes));
    else this.#show(arriving, bytes);
  }

  /** What it has sent is still decided, and nobody asks any more; unless it was closed, it may be sent again. */
  gone(gateway: KnownGateway, stream: number, how: StreamGone['how']): void {
    const arriving = this.#streams.get(keyOf(gateway, stream));
    if (!arriving) return;
    arriving.isLost = how === 'cut' || how === 'failed';
    this.#streams.delete(keyOf(gateway, stream));
    if (how !== 'closed' || !arriving.isIdle) this.#doubt(arriving.peer);
  }

  /** What it brought may come again, of its own people and of those that it speaks for. */
  #doubt(peer: string): void {
    for (const domain of this.parts.relaying.carriedBy(peer)) this.parts.correspondents.cut(domain);
  }

  /** The link to a gateway is over: its streams are, too. */
  allGone(gateway: KnownGateway): void {
    for (const arriving of this.#streams.values()) {
      if (arriving.gateway === gateway) this.gone(gateway, arriving.number, 'cut');
    }
  }

  /**
   * Somebody elsewhere has missed what was said in a room of ours: they are out of it, as if their server had said that it
   * cannot reach them, and read what they missed when they come back. XEP-0045 §18.1.2
   */
  missed(who: Jid, room: Jid): void {
    const error = xml('error', { type: 'wait' }, xml('remote-server-timeout', { xmlns: NS.stanzas }));
    const bounce = xml('message', { from: who.toString(), to: room.toString(), type: 'error' }, error);
    const enter = (): Promise<unknown> | undefined => this.show(who, bounce);
    // Once more when it has to wait; what it waits for then concerns nobody: the next message comes back as well.
    void enter()?.then(enter, enter);
  }

  /** As if it had come over a stream of theirs. A promise: nothing was done; it is to be shown again when it settles. */
  show(who: Jid, stanza: Element): Promise<unknown> | undefined {
    return this.#enterAs(this.parts.correspondents.of(who), stanza);
  }

  /** In the server's own name: to an account of ours, recorded and delivered as any message. */
  speak(domain: string, stanza: Element): Promise<unknown> | undefined {
    return this.#enterAs(this.parts.routing().voice(domain), stanza);
  }

  #enterAs(session: Session, stanza: Element): Promise<unknown> | undefined {
    const bytes = this.#scan(Buffer.from(serialize(stanza)));
    return bytes && this.parts.routing().enter(session, bytes, this.#scanner);
  }

  /** To be called when something was decided. */
  tell(): void {
    for (const goOn of this.#wantRoom.splice(0)) goOn();
    for (const arriving of this.#streams.values()) {
      if (arriving.underWay.length > 0) this.#settle(arriving);
      if (arriving.decided === arriving.told) continue;
      arriving.told = arriving.decided;
      this.parts.decided(arriving, arriving.decided);
    }
  }

  #show(arriving: Arriving, bytes: Buffer): void {
    const { relaying } = this.parts;
    let stanza = this.#scan(bytes);
    const from = stanza && addressAt(stanza, this.#scanner.fromStart, this.#scanner.fromEnd);
    // The gateway checks both; what comes otherwise is a fault of ours.
    if (!stanza || !from || !relaying.believes(arriving.peer, from.domain)) return this.#strange(arriving);
    const to = relaying.isHub ? addressAt(stanza, this.#scanner.toStart, this.#scanner.toEnd) : undefined;
    const isElsewhere = to !== undefined && !relaying.isOurs(to.domain);
    // Routing reads the next one with the same scanner.
    const hasRow = stanza[1] === MESSAGE && !isElsewhere && this.#mayHave(this.#officeBit);
    if (isElsewhere || (this.#mayHave(this.#relayBit) && relaying.isMarked(stanza))) {
      const made = relaying.mark(stanza, { by: arriving.peer, from: from.domain, to: to?.domain });
      stanza = this.#scan(made)!;
    }
    const session = this.parts.correspondents.of(from, arriving.gateway.label);
    if (this.#isFull(session)) return this.#waitForRoom(arriving, Buffer.from(bytes));
    const isPassed = isElsewhere && stanza[1] !== MESSAGE;
    // Behind the messages of the same author.
    if (isPassed && session.uncommitted > 0) return this.#waitForRoom(arriving, Buffer.from(bytes));
    if (isPassed) {
      relaying.pass(session, to, stanza.subarray(0, -1));
      session.received++;
      session.leftNoRow();
    } else if (this.parts.branches.hears(from, stanza, this.#scanner)) {
      session.received++;
      session.leftNoRow();
    } else {
      const again = this.#enter(arriving, session, stanza);
      if (again) return this.#wait(arriving, Buffer.from(bytes), again);
    }
    // What goes on from here is for the office behind to give a receipt for.
    const row = hasRow && this.parts.isOffice(from.domain) ? rowOf(from.domain, bytes) : undefined;
    arriving.underWay.push({ session, place: session.received, office: from.domain, row });
    if (session.uncommitted > 0) return;
    this.#settle(arriving);
    this.tell();
  }

  /** False: the stanza that was just scanned certainly has no such child. Prefixes are not looked through by the scanner. */
  #mayHave(bit: number): boolean {
    return !this.#scanner.canonical || (this.#scanner.bits & bit) !== 0;
  }

  /** A promise: it has to be shown again. */
  #enter(arriving: Arriving, session: Session, stanza: Buffer): Promise<unknown> | undefined {
    const before = session.received;
    try {
      return this.parts.routing().enter(session, stanza, this.#scanner);
    } catch (error) {
      if (!(error instanceof StreamError)) throw error;
      // What ends a client's stream costs a peer this stanza: others of its people are on the same stream.
      this.parts.log.warn('federation.stanza.refused', { peer: arriving.peer, condition: error.condition });
      this.parts.counts.strange.inc();
      if (session.received === before) session.received++;
      return undefined;
    }
  }

  /**
   * What waits for its commit is bounded. A client is told to wait then; a peer keeps what it has not been told is decided,
   * so its stream simply goes on later.
   */
  #isFull(session: Session): boolean {
    return session.uncommitted >= MOST_UNCOMMITTED || !this.parts.routing().recorder.mayAppend;
  }

  #waitForRoom(arriving: Arriving, bytes: Buffer): void {
    arriving.isShownAgain = true;
    this.#wantRoom.push(() => this.#goOn(arriving, bytes));
  }

  #wait(arriving: Arriving, bytes: Buffer, again: Promise<unknown>): void {
    arriving.isShownAgain = true;
    const goOn = (): void => this.#goOn(arriving, bytes);
    void again.then(goOn, goOn);
  }

  #goOn(arriving: Arriving, bytes: Buffer): void {
    arriving.isShownAgain = false;
    if (arriving.isLost) return void arriving.waiting.splice(0);
    this.#show(arriving, bytes);
    while (!arriving.isShownAgain && arriving.waiting.length > 0) this.#show(arriving, arriving.waiting.shift()!);
  }

  #settle(arriving: Arriving): void {
    const { underWay } = arriving;
    while (underWay.length > 0 && underWay[0]!.session.decided >= underWay[0]!.place) {
      const { office, row } = underWay.shift()!;
      arriving.decided++;
      if (row !== undefined) this.parts.recorded(office, row);
    }
  }

  #strange(arriving: Arriving): void {
    this.parts.counts.strange.inc();
    this.parts.log.error('federation.stanza.strange', { peer: arriving.peer });
    if (arriving.underWay.length === 0) arriving.decided++;
  }

  /** With the byte behind it that the scanner wants. */
  #scan(bytes: Buffer): Buffer | undefined {
    const copy = Buffer.allocUnsafe(bytes.length + 1);
    bytes.copy(copy);
    this.#scanner.enter(bareContext({ maxBytes: bytes.length }));
    return this.#scanner.next(copy, 0, bytes.length) === INCOMPLETE ? undefined : copy;
  }
}

/** Each gateway numbers its streams by itself. */
function keyOf({ place }: KnownGateway, stream: number): number {
  return place * 2 ** 32 + stream;
}

function addressAt(bytes: Buffer, start: number, end: number): Jid | undefined {
  return start < 0 ? undefined : tryJid(decodeAttribute(bytes.toString('utf8', start, end)));
}
