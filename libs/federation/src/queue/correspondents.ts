import {
  type Border as RoutingBorder,
  Doubtful,
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
  readonly gateway: string;
  readonly clock: { now(): number };
  /** Answers and presence for them: dropped when nothing leads there. */
  readonly send: (to: Jid, bytes: Buffer, start: number, end: number) => void;
}

/**
 * Who writes to us from other servers, each as a session that routing knows: what it decides about them counts there, and
 * what features answer them leaves by the line to their server.
 */
export class Correspondents {
  readonly #all = new Map<string, Session>();

  constructor(private readonly parts: CorrespondentsParts) {}

  of(jid: Jid): Session {
    const name = jid.toString();
    const known = this.#all.get(name);
    if (known) {
      this.#all.delete(name);
      this.#all.set(name, known);
      return known;
    }
    const made = this.#make(jid);
    this.#all.set(name, made);
    if (this.#all.size > MOST) this.#forgetOne();
    return made;
  }

  /** A stream of the peer's was cut: it sends again what was not acknowledged. */
  cut(peer: string): void {
    for (const session of this.#all.values()) if (session.jid.domain === peer) this.#doubt(session);
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

  #make(jid: Jid): Session {
    const { routing, judge, gateway, send } = this.parts;
    const border = { peer: Buffer.from(jid.domain), gateway: Buffer.from(gateway), judge };
    const outlet = {
      isOpen: true,
      remoteAddress: jid.domain,
      connection: { isChoked: false, bufferedBytes: 0, kind: 'tls' as const, secure: undefined },
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
    this.#doubt(session);
    return session;
  }
}

/** ` to='…'`, as it is put into what has no receiver. */
export function toAttribute(jid: Jid): Buffer {
  return Buffer.from(` to='${escapeAttribute(jid.toString())}'`);
}
