import {
  type Border as RoutingBorder,
  Doubtful,
  type Outlet,
  REMEMBERED_MS,
  type Routing,
  type Session,
} from '@interoffice/routing';
import { escapeAttribute, type Jid, StreamError } from '@interoffice/wire';

/** People of other servers whose sessions are remembered; the longest unused go first. */
const MOST = 20_000;

export interface CorrespondentsParts {
  readonly routing: () => Routing;
  readonly judge: RoutingBorder['judge'];
  readonly clock: { now(): number };
  /** Answers and presence for them: dropped when nothing leads there. */
  readonly send: (to: Jid, bytes: Buffer, start: number, end: number) => void;
  /** The domain is another office's of ours. */
  readonly isOffice: (domain: string) => boolean;
  /** Whether the line from our rooms to a domain takes something. Asking for it has it called. */
  readonly wayTo: (domain: string) => 'down' | 'full' | 'free';
  readonly later: (ms: number, work: () => void) => () => void;
}

/** A line that is up but did not take everything is tried again after so long. */
const AGAIN_MS = 1_000;
const OVERFULL_BYTES = 2 ** 30;

/**
 * Who writes to us from other servers, each as a session that routing knows: what it decides about them counts there, and
 * what features answer them leaves by the line to their server.
 */
export class Correspondents {
  readonly #all = new Map<string, Session>();
  readonly #outlets = new WeakMap<Session, Outlet>();
  readonly #isAsked = new WeakSet<Session>();

  constructor(private readonly parts: CorrespondentsParts) {}

  /** `gateway`: what they send comes in by it, as the journal names it; without it nothing of them comes in now. */
  of(jid: Jid, gateway?: Buffer): Session {
    const name = jid.toString();
    const known = this.#all.get(name);
    if (known?.isOpen === true) {
      if (gateway && known.border!.gateway !== gateway) known.border = { ...known.border!, gateway };
      this.#all.delete(name);
      this.#all.set(name, known);
      return known;
    }
    const made = this.#make(jid, gateway ?? NOWHERE);
    this.#all.set(name, made);
    if (this.#all.size > MOST) this.#forgetOne();
    return made;
  }

  all(): Iterable<Session> {
    return this.#all.values();
  }

  /** A stream of the peer's was cut: it sends again what was not acknowledged. */
  cut(peer: string): void {
    for (const session of this.#all.values()) if (session.jid.domain === peer) this.#doubt(session);
  }

  /**
   * What was said behind this row in a room they are in has not reached them: from here on they are served from the
   * journal, once the line is there. Decision 0054
   */
  missed(session: Session, afterId: string): void {
    fallBehind(session);
    const { position } = session.behind!;
    if (position.text > afterId) position.goTo(afterId);
    this.#serveSoon(session);
  }

  /** Something that is not in the journal has not reached them: it waits for the line, in its place among messages. */
  keep(session: Session, stanza: Buffer): void {
    fallBehind(session);
    session.deliver(stanza, 0, stanza.length);
    this.#serveSoon(session);
  }

  /** The line to a domain is up: who has missed something is served. */
  isUp(domain: string): void {
    for (const session of this.#all.values()) if (session.jid.domain === domain && session.behind) this.#serve(session);
  }

  #serve(session: Session): void {
    const outlet = this.#outlets.get(session);
    if (!outlet || !session.isOpen || !session.behind) return;
    session.stream = outlet;
    session.context.fellBehind(session);
  }

  /** Not now: the line is just saying what it has lost. Where it is down, `isUp` comes later. */
  #serveSoon(session: Session): void {
    if (this.#isAsked.has(session)) return;
    this.#isAsked.add(session);
    this.parts.later(AGAIN_MS, () => {
      this.#isAsked.delete(session);
      if (this.parts.wayTo(session.jid.domain) !== 'down') this.#serve(session);
    });
  }

  /** What they sent before may be sent again, also what came before this process began. */
  #doubt(session: Session): void {
    const untilMs = this.parts.clock.now() + REMEMBERED_MS;
    const inFlight = session.uncommitted > 0 ? session.whenDecided() : undefined;
    session.account.doubtful = new Doubtful(untilMs, inFlight);
  }

  /** The longest unused that is in no room and that nothing waits for: two sessions of one author would be two people. */
  #forgetOne(): void {
    for (const [name, session] of this.#all) {
      if (session.uncommitted > 0 || session.asking > 0 || (session.stays?.size ?? 0) > 0) continue;
      this.#all.delete(name);
      return;
    }
  }

  #make(jid: Jid, gateway: Buffer): Session {
    const { routing, judge, send, wayTo, isOffice } = this.parts;
    const border: RoutingBorder = {
      peer: Buffer.from(jid.domain),
      gateway,
      judge,
      isOffice: isOffice(jid.domain),
      missed: (session, afterId) => this.missed(session, afterId),
    };
    const connection = {
      isChoked: false,
      get bufferedBytes() {
        return wayTo(jid.domain) === 'full' ? OVERFULL_BYTES : 0;
      },
      kind: 'tls' as const,
      secure: undefined,
    };
    const outlet: Outlet = {
      isOpen: true,
      remoteAddress: jid.domain,
      connection,
      send: (bytes: Buffer, start: number, end: number) => send(jid, bytes, start, end),
      sendText: (text: string) => {
        const bytes = Buffer.from(text);
        send(jid, bytes, 0, bytes.length);
      },
      askForAck: () => undefined,
      unacknowledging: () => undefined,
      fail: (error: StreamError) => {
        throw error;
      },
    };
    const session = routing().correspondent(jid, outlet, border);
    this.#outlets.set(session, outlet);
    this.#doubt(session);
    return session;
  }
}

function fallBehind(session: Session): void {
  // While it is served it stays behind, and what it has just been sent is read again.
  if (session.stream) session.detach();
}

/** What no gateway has brought. */
const NOWHERE = Buffer.alloc(0);

/** ` to='…'`, as it is put into what has no receiver. */
export function toAttribute(jid: Jid): Buffer {
  return Buffer.from(` to='${escapeAttribute(jid.toString())}'`);
}
