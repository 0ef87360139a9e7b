import type { Clock } from '@interoffice/telemetry';
import type { AttemptFacts, Calling, LineDown, LineUp, StreamBothWays, Tried } from '../link/shapes.js';
import type { GatewayLink } from './gateway-link.js';
import type { Gateways, KnownGateway } from './gateways.js';
import type { Courtesy, Line, LineStream } from './line.js';
import type { WaitingNotices } from './waiting-notices.js';

/** A line as its page shows it. */
export interface LineFacts {
  readonly domain: string;
  readonly peer: string;
  /** Who is called in its place. */
  readonly via: string | undefined;
  readonly state: 'up' | 'calling' | 'idle';
  readonly sinceMs: number;
  /** By name: the one that carries it, or that calls for it. */
  readonly gateway: string | undefined;
  readonly address: string | undefined;
  /** Of its stream, now or before: `both` carries what the peer sends as well, and may have been opened by it. XEP-0288 */
  readonly direction: LineUp['direction'];
  readonly openedBy: LineUp['openedBy'];
  readonly isCounted: boolean;
  readonly unacknowledged: number;
  /** Undefined while a gateway is away. */
  readonly lastEnd: { readonly code: string; readonly text: string } | undefined;
  readonly nextTryAtMs: number | undefined;
  /** The latest last. */
  readonly attempts: readonly LineAttempt[];
}

/** One try to reach a peer, and from where. */
export interface LineAttempt extends AttemptFacts {
  readonly gateway: string;
}

/** What belongs to each new stream to a peer. */
export interface StreamBeginning {
  /** What it begins with. */
  readonly first: (pair: Calling) => readonly Courtesy[];
  /** What goes behind everything that waits for it. */
  readonly last: (pair: Calling) => readonly Courtesy[];
  /** It is up. */
  readonly isUp: (pair: Calling) => void;
}

export interface PeerLineParts {
  readonly line: Line;
  readonly notices: WaitingNotices;
  readonly gateways: Gateways;
  readonly clock: Clock;
  readonly beginning: StreamBeginning;
}

const MOST_ATTEMPTS = 20;
const NO_RECEIVER = Buffer.alloc(0);
/** A gateway that has failed so often may be cut off by itself: the others of its office try as well. */
const ALONE_FOR = 2;
/** Whoever comes again and again is called back so often. */
const CALL_BACK_AFTER_MS = 5_000;
/** Beside a stream that the peer has opened elsewhere, whose line it is tries to reach the peer so often. */
const TAKE_BACK_EVERY_MS = 20_000;
/** A stream for both directions that the peer closes sooner is not worth another. */
const LASTS_MS = 60_000;

/**
 * One of our domains to one peer: the line, and the gateways that call for it. One of them carries it; it is handed to
 * another when that one is gone, or at a moment when nothing is under way.
 */
export class PeerLine {
  readonly line: Line;
  readonly notices: WaitingNotices;
  stream: LineStream | undefined;
  isCalled = false;
  #isChoked = false;
  #isCounted = false;
  #address: string | undefined;
  #direction: LineUp['direction'] = 'out';
  #openedBy: LineUp['openedBy'] = 'us';
  #sinceMs: number;
  #lastEnd: { code: string; text: string } | undefined;
  #nextTryAtMs: number | undefined;
  #failures = 0;
  #calledBackAtMs = -CALL_BACK_AFTER_MS;
  /** When the gateway whose line it is was asked last, beside another's stream. */
  #takenBackAtMs = 0;
  /** Whose stream it is. */
  #carrier: KnownGateway | undefined;
  /** Gateways that have been told to call; what others say of this pair is of before. */
  readonly #asked = new Set<KnownGateway>();
  /** Streams that are up beside the one in use. */
  readonly #ready = new Map<KnownGateway, LineUp>();
  readonly #attempts: LineAttempt[] = [];

  constructor(
    readonly calling: Calling,
    private readonly parts: PeerLineParts,
  ) {
    this.line = parts.line;
    this.notices = parts.notices;
    this.#sinceMs = parts.clock.now();
  }

  get carrier(): KnownGateway | undefined {
    return this.#carrier;
  }

  /** It is called for from now on, until the peer closes what is not used. */
  call(): void {
    this.isCalled = true;
    this.#sinceMs = this.parts.clock.now();
    this.line.expect();
    const [best] = this.#there();
    if (best) this.#ask(best);
  }

  /** False: no gateway is there that could try. */
  retry(): boolean {
    this.line.expect();
    for (const { link } of this.#asked) link?.retry(this.calling.pair);
    return this.#there().length > 0;
  }

  /** The peer has come itself, so it can be reached again, most likely: who waits for the next try does not wait longer. */
  peerCame(): void {
    const now = this.parts.clock.now();
    const isWaiting = !this.stream && this.#nextTryAtMs !== undefined && this.#nextTryAtMs > now;
    if (!isWaiting || now < this.#calledBackAtMs + CALL_BACK_AFTER_MS) return;
    this.#calledBackAtMs = now;
    this.retry();
  }

  /** At this gateway the peer has opened a stream that the line may go over: those that call it may be unable to. */
  bothWays(gateway: KnownGateway, { domain, peer }: Pick<StreamBothWays, 'domain' | 'peer'>): void {
    const { calling } = this;
    if (domain !== this.#domain || peer !== (calling.via ?? calling.peer) || !this.isCalled || this.stream) return;
    this.line.expect();
    this.#ask(gateway);
  }

  /** There is a gateway, which knows of nothing yet. */
  gatewayUp(gateway: KnownGateway): void {
    if (!this.isCalled || !gateway.domains.has(this.#domain)) return;
    const isSearching = !this.stream && this.#failures >= ALONE_FOR;
    if (this.#asked.size > 0 && !isSearching) return;
    this.line.expect();
    this.#ask(gateway);
  }

  /** It is there to stay, and takes its share: calls beside the gateway in use, which stays so until then. */
  gatewayStays(gateway: KnownGateway): void {
    if (!this.isCalled || this.#owner !== gateway) return;
    this.#takenBackAtMs = this.parts.clock.now();
    this.#ask(gateway);
  }

  /** It is away, and its streams with it. */
  gatewayDown(gateway: KnownGateway, end: { readonly code: string; readonly text: string }): void {
    this.#ready.delete(gateway);
    if (!this.#asked.delete(gateway)) return;
    if (this.#carrier === gateway) this.#lose('cut', end);
    const [next] = this.#there();
    if (this.#asked.size === 0 && next) this.#ask(next);
    if (this.#asked.size === 0) this.#lastEnd = end;
    // What waits for a stream goes on waiting where somebody calls.
    else this.line.expect();
  }

  /** Nothing may pass any more: nobody calls. */
  shut(text: string): void {
    if (!this.isCalled) return;
    this.stream = this.#carrier = undefined;
    this.#lastEnd = { code: 'policy', text };
    this.#rest();
  }

  // What a gateway says.

  up(gateway: KnownGateway, how: LineUp): void {
    if (!this.#asked.has(gateway)) return;
    if (!this.stream || this.#carrier === gateway) return this.#take(gateway, how);
    this.#ready.set(gateway, how);
    this.#takeTurn();
  }

  down(gateway: KnownGateway, { how, code, text }: LineDown): void {
    if (this.#carrier !== gateway) return void this.#ready.delete(gateway);
    const isOver = code === 'closed' && !this.#mayBringMore(how);
    const isIdle = isOver && this.line.isLive && this.line.unacknowledged === 0;
    this.#lose(how, { code, text });
    if (this.stream) return;
    if (isIdle) return this.#rest();
    // It is called again at once.
    this.line.expect();
  }

  /** What the peer has for us may come over streams that we open and over no other: one that ends is made again, unless the peer ends each at once. */
  #mayBringMore(how: LineDown['how']): boolean {
    if (this.#direction !== 'both' || this.#openedBy !== 'us') return false;
    return how !== 'closed' || this.parts.clock.now() - this.#sinceMs >= LASTS_MS;
  }

  taken(gateway: KnownGateway, stanzas: number): void {
    if (this.#carrier !== gateway || !this.stream) return;
    this.line.acknowledged(stanzas);
    if (this.#ready.size > 0) this.#takeTurn();
    else if (this.#openedBy === 'peer') this.#takeBack();
  }

  flow(gateway: KnownGateway, isChoked: boolean): void {
    if (this.#carrier !== gateway) return;
    this.#isChoked = isChoked;
    if (!isChoked) this.line.relieved();
  }

  tried(gateway: KnownGateway, { attempts, nextAtMs }: Tried): void {
    if (!this.#asked.has(gateway)) return;
    this.#attempts.push(...attempts.map((attempt) => ({ ...attempt, gateway: gateway.name })));
    this.#attempts.splice(0, Math.max(0, this.#attempts.length - MOST_ATTEMPTS));
    const last = attempts.at(-1);
    // Of tries beside the stream in use nothing is to be said but this.
    if (this.stream) return this.#triedBeside(gateway, last?.code === 'ok');
    this.#nextTryAtMs = nextAtMs;
    if (!last || last.code === 'ok') return;
    this.#lastEnd = { code: last.code, text: last.text };
    this.line.unreachable();
    this.#failures++;
    if (this.#failures >= ALONE_FOR) for (const other of this.#there()) this.#ask(other);
  }

  /** What was in the way of the gateway whose line it is may be over. */
  #takeBack(): void {
    const now = this.parts.clock.now();
    if (now < this.#takenBackAtMs + TAKE_BACK_EVERY_MS) return;
    this.#takenBackAtMs = now;
    const owner = this.#owner;
    if (owner && owner !== this.#carrier) this.#ask(owner);
  }

  /** Where the peer has come itself it may be that nobody can call it: one try now and then is enough while that stream is up. */
  #triedBeside(gateway: KnownGateway, isReached: boolean): void {
    if (!isReached && this.#openedBy === 'peer' && this.#carrier !== gateway) this.#leave(gateway);
  }

  facts(): LineFacts {
    const { calling, stream, isCalled, line } = this;
    return {
      domain: calling.domain,
      peer: calling.peer,
      via: calling.via,
      state: stream ? 'up' : isCalled ? 'calling' : 'idle',
      sinceMs: this.#sinceMs,
      gateway: (this.#carrier ?? [...this.#asked][0])?.name,
      address: this.#address,
      direction: this.#direction,
      openedBy: this.#openedBy,
      isCounted: this.#isCounted,
      unacknowledged: line.unacknowledged,
      lastEnd: this.#lastEnd,
      nextTryAtMs: this.#nextTryAtMs,
      attempts: [...this.#attempts],
    };
  }

  close(): void {
    this.line.close();
    this.notices.close();
  }

  /** Ours, which its streams speak for. */
  get #domain(): string {
    return this.calling.as ?? this.calling.domain;
  }

  get #owner(): KnownGateway | undefined {
    return this.parts.gateways.ownerOf({ domain: this.#domain, peer: this.calling.peer });
  }

  #there(): readonly KnownGateway[] {
    const { peer, via } = this.calling;
    return this.parts.gateways.for({ domain: this.#domain, peer, via });
  }

  #ask(gateway: KnownGateway): void {
    if (this.#asked.has(gateway)) return;
    this.#asked.add(gateway);
    gateway.link?.call(this.calling);
  }

  #leave(gateway: KnownGateway): void {
    this.#ready.delete(gateway);
    if (this.#asked.delete(gateway)) gateway.link?.hangUp(this.calling.pair);
  }

  /** Its stream carries the line from now on: what another left unacknowledged is sent again over it. */
  #take(gateway: KnownGateway, { isCounted, address, direction, openedBy }: LineUp): void {
    const before = this.#carrier;
    this.#carrier = gateway;
    this.#ready.delete(gateway);
    this.#isCounted = isCounted;
    this.#address = address;
    this.#direction = direction;
    this.#openedBy = openedBy;
    this.#isChoked = false;
    if (!before) this.#sinceMs = this.parts.clock.now();
    this.#lastEnd = this.#nextTryAtMs = undefined;
    this.#failures = 0;
    this.stream = this.#streamOf(gateway.link!);
    for (const other of this.#asked) if (other !== gateway) this.#leave(other);
    const { first, last, isUp } = this.parts.beginning;
    this.line.up(this.stream, first(this.calling));
    for (const courtesy of last(this.calling)) if (!this.line.carry(courtesy)) courtesy.lost();
    isUp(this.calling);
  }

  /** The gateway whose line it is has a stream, and over the one in use everything has arrived: nothing is cut by it. */
  #takeTurn(): void {
    if (!this.line.isLive || this.line.unacknowledged > 0) return;
    const owner = this.#owner;
    const ready = owner && this.#ready.get(owner);
    if (ready) this.#take(owner, ready);
  }

  #lose(how: LineDown['how'], lastEnd: { readonly code: string; readonly text: string }): void {
    const [spare] = this.#ready;
    if (this.stream) this.#sinceMs = this.parts.clock.now();
    this.stream = this.#carrier = undefined;
    this.#lastEnd = lastEnd;
    this.line.down(how === 'refused' ? how : 'cut');
    if (spare) this.#take(...spare);
  }

  /** The peer has closed what was not used: it is called again when something is to be sent. */
  #rest(): void {
    this.isCalled = false;
    this.#nextTryAtMs = undefined;
    for (const gateway of this.#asked) this.#leave(gateway);
  }

  #streamOf(link: GatewayLink): LineStream {
    const { pair } = this.calling;
    const isChoked = (): boolean => this.#isChoked || link.isChoked;
    return {
      get isChoked() {
        return isChoked();
      },
      send: (bytes, start, end) => link.stanza(pair, { bytes, start, end }, NO_RECEIVER),
      askForAck: () => link.ask(pair),
    };
  }
}
