import type { Session } from '@interoffice/routing';
import { NS, xml } from '@interoffice/wire';

export interface WaitingNoticesParts {
  readonly later: (ms: number, work: () => void) => () => void;
}

/** Nobody is told of what passes before they would look up. */
const TELL_AFTER_MS = 3_000;
/** People who are told at one time; beyond that the page of the peer says it to everybody. */
const MOST_TOLD = 10_000;
/** Ours: says in a notice what became of messages to a peer. */
const WAITING = 'urn:interoffice:waiting:0';

/** Somebody whose message waits for a peer. */
interface Author {
  readonly session: Session;
  /** The latest of theirs that waits. */
  latest: bigint;
  isTold: boolean;
}

/**
 * Tells people that what they wrote to another server waits, and later that it was handed over: once each for one outage
 * and one device, however much they write. For one line.
 */
export class WaitingNotices {
  readonly #authors = new Map<Session, Author>();
  #cancel: (() => void) | undefined;

  constructor(
    private readonly peer: string,
    private readonly parts: WaitingNoticesParts,
  ) {}

  /** A message of theirs is durable and cannot be sent now. */
  waits(session: Session, id: bigint): void {
    const known = this.#authors.get(session);
    if (known) known.latest = id;
    else if (this.#authors.size < MOST_TOLD) this.#authors.set(session, { session, latest: id, isTold: false });
    this.#cancel ??= this.parts.later(TELL_AFTER_MS, () => this.#tell());
  }

  /** Everything up to this id is the peer's. */
  handedOver(upTo: bigint): void {
    for (const [session, { latest, isTold }] of this.#authors) {
      if (latest > upTo) continue;
      this.#authors.delete(session);
      if (isTold) this.#say(session, 'handed-over', `Your messages to ${this.peer} have been handed over.`);
    }
    if (this.#authors.size > 0) return;
    this.#cancel?.();
    this.#cancel = undefined;
  }

  close(): void {
    this.#cancel?.();
    this.#authors.clear();
  }

  #tell(): void {
    this.#cancel = undefined;
    for (const author of this.#authors.values()) {
      if (author.isTold) continue;
      author.isTold = true;
      const text = `${this.peer} cannot be reached at the moment. Your messages wait and will be sent as soon as it can.`;
      this.#say(author.session, 'waiting', text);
    }
  }

  #say(session: Session, state: 'waiting' | 'handed-over', text: string): void {
    if (!session.isOpen) return;
    const { jid } = session;
    const message = { xmlns: NS.client, type: 'headline', from: jid.domain, to: jid.toString() };
    session.send(xml('message', message, xml('body', {}, text), xml(state, { xmlns: WAITING, peer: this.peer })));
  }
}
