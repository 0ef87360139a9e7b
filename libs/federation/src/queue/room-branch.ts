import { type Delivering, idText, type Session } from '@interoffice/routing';
import { copyOf, type Element, type Jid, NS, serialize, xml } from '@interoffice/wire';
import { stanzaOf } from './outgoing-bytes.js';

/** What is not heard back from the room within this time is shown here without it. */
export const APART_MS = 3_000;
/** Messages shown without the room that are remembered until it says them. */
const MOST_SHOWN = 10_000;

/** Somebody of ours in the room, by one device. */
interface Occupancy {
  nick: string;
  /** The latest presence sent there, which asks to come in. */
  presence: Element;
  /** The room has said that he is in. */
  isIn: boolean;
  /** His wish to come in has not reached the room: it goes once the line is there. */
  isWaiting: boolean;
  /** He has left while the line was down. */
  isGoing: boolean;
  /** What the room said to him last, by its own id. */
  lastId: string | undefined;
}

/** What somebody of ours said there and the room has not said yet. */
interface Said {
  readonly id: string;
  readonly author: Session;
  readonly atMs: number;
  readonly bytes: Buffer;
}

export interface RoomBranchParts {
  readonly now: () => number;
  readonly isUp: () => boolean;
}

/**
 * A room of another office with people of ours in it. While the line holds, the room says what is said. What it does not
 * say in time, since the line is down, is shown here to those who are in it here; once the room says it, they have it
 * already. Decision 0054
 */
export class RoomBranch {
  readonly #occupants = new Map<Session, Occupancy>();
  /** Not shown to anybody yet; the oldest first. */
  #unsaid: Said[] = [];
  /** By id: who has been shown what the room has yet to say. */
  readonly #shown = new Map<string, Set<Session>>();
  /** Since the line went silent: what is said is shown at once. */
  #isApart = false;

  constructor(
    readonly room: Jid,
    private readonly parts: RoomBranchParts,
  ) {}

  get isEmpty(): boolean {
    return this.#occupants.size === 0 && this.#unsaid.length === 0 && this.#shown.size === 0;
  }

  has(session: Session): boolean {
    return this.#occupants.get(session)?.isIn === true;
  }

  // What people of ours send there.

  /** Somebody wants in, or has something to say of himself. */
  arrives(session: Session, nick: string, presence: Element): void {
    const known = this.#occupants.get(session);
    if (!asksToEnter(presence)) {
      if (known) known.presence = withEntrance(presence, known.presence);
    } else {
      const before = { isIn: known?.isIn === true, lastId: known?.lastId };
      this.#occupants.set(session, { nick, presence: copyOf(presence), isWaiting: false, isGoing: false, ...before });
    }
  }

  /** What he has just sent was lost. */
  isWaitedFor(session: Session): void {
    const known = this.#occupants.get(session);
    if (known && !known.isIn) known.isWaiting = true;
  }

  /** He goes; where the line is up the room hears it. */
  departs(session: Session): void {
    const known = this.#occupants.get(session);
    if (!known) return;
    if (this.parts.isUp()) this.#occupants.delete(session);
    else known.isGoing = true;
  }

  /** It is durable here, and on its way to the room. */
  says({ bytes, start, end, idHigh, idLow }: Delivering, author: Session): void {
    this.#unsaid.push({
      id: idText(idHigh, idLow),
      author,
      atMs: this.parts.now(),
      bytes: Buffer.from(bytes.subarray(start, end)),
    });
    if (this.#isApart && !this.parts.isUp()) this.#showAll();
  }

  // What the room says.

  /** A message of the room's to one of ours. True: he has it already. */
  hears(
    session: Session,
    { id, roomId }: { readonly id: string | undefined; readonly roomId: string | undefined },
  ): boolean {
    const occupancy = this.#occupants.get(session);
    if (occupancy && roomId !== undefined) occupancy.lastId = roomId;
    this.#isApart = false;
    if (id === undefined) return false;
    this.#unsaid = this.#unsaid.filter((said) => said.id !== id);
    const shown = this.#shown.get(id);
    if (shown?.delete(session) !== true) return false;
    if (shown.size === 0) this.#shown.delete(id);
    return true;
  }

  /** The room does not take what one of ours said; its author reads why. */
  refuses(author: Session, messageId: string | undefined): void {
    const isIt = (said: Said): boolean => said.author === author && stanzaOf(said.bytes).attrs['id'] === messageId;
    this.#unsaid = this.#unsaid.filter((said) => !isIt(said));
  }

  /** The room tells one of ours about himself. */
  tells(session: Session, nick: string, presence: Element): void {
    const occupancy = this.#occupants.get(session);
    if (!occupancy) return;
    this.#isApart = false;
    const { type } = presence.attrs;
    if (type === 'error') {
      if (!occupancy.isIn) this.#occupants.delete(session);
    } else if (isOfHimself(presence)) {
      const newNick = type === 'unavailable' ? newNickOf(presence) : nick;
      if (newNick === undefined) this.#occupants.delete(session);
      else Object.assign(occupancy, { nick: newNick, isIn: true });
    }
  }

  // Time, and the line.

  /** To be called every second or so: shows what the room has not said in time. */
  look(): void {
    const before = this.parts.now() - APART_MS;
    while (this.#unsaid.length > 0 && this.#unsaid[0]!.atMs <= before) {
      this.#isApart = true;
      this.#show(this.#unsaid.shift()!);
    }
    if (this.parts.isUp()) return this.#prune();
    if (this.#isApart) this.#showAll();
  }

  /** The line is up again: who is in says so anew, with what he heard last, also who has gone and said something before. */
  *again(): Iterable<Element> {
    for (const [session, occupancy] of this.#occupants) {
      const { isIn, isWaiting, lastId } = occupancy;
      if (!isIn && !isWaiting) continue;
      const stanza = this.#presenceOf(session, occupancy);
      if (isIn) stanza.cnode(xml('office', { xmlns: NS.office, ...(lastId === undefined ? {} : { after: lastId }) }));
      occupancy.isWaiting = false;
      yield stanza;
    }
  }

  /** Behind what they said: who has gone while the line was down. `lost` is to be called when the line goes down again. */
  *gone(): Iterable<{ readonly stanza: Element; readonly lost: () => void }> {
    for (const [session, occupancy] of this.#occupants) {
      if (session.isOpen && !occupancy.isGoing) continue;
      const { from, to } = this.#presenceOf(session, occupancy).attrs as { from: string; to: string };
      this.#occupants.delete(session);
      yield {
        stanza: xml('presence', { xmlns: NS.client, type: 'unavailable', from, to }),
        lost: () => void (this.#occupants.has(session) || this.#occupants.set(session, occupancy)),
      };
    }
  }

  #presenceOf(session: Session, { nick, presence }: Occupancy): Element {
    const stanza = copyOf(presence);
    Object.assign(stanza.attrs, { from: session.jid.toString(), to: `${this.room.bare}/${nick}` });
    return stanza;
  }

  /** Who is gone has said so over the line. */
  #prune(): void {
    for (const session of this.#occupants.keys()) if (!session.isOpen) this.#occupants.delete(session);
  }

  #showAll(): void {
    for (const said of this.#unsaid.splice(0)) this.#show(said);
  }

  #show({ id, author, bytes }: Said): void {
    const nick = this.#occupants.get(author)?.nick;
    // He has left since.
    if (nick === undefined) return;
    const stanza = stanzaOf(bytes);
    stanza.attrs['from'] = `${this.room.bare}/${nick}`;
    const shown = new Set<Session>();
    for (const [session, { isIn, isGoing }] of this.#occupants) {
      if (!isIn || isGoing || !session.isOpen) continue;
      stanza.attrs['to'] = session.jid.toString();
      const copy = Buffer.from(serialize(stanza));
      session.deliver(copy, 0, copy.length);
      shown.add(session);
    }
    this.#shown.set(id, shown);
    if (this.#shown.size > MOST_SHOWN) this.#shown.delete(this.#shown.keys().next().value!);
  }
}

function asksToEnter(presence: Element): boolean {
  return presence.getChild('x', NS.muc) !== undefined;
}

/** What is said of somebody now, with the word by which he came in: a password, say, and no wish for history. */
function withEntrance(presence: Element, entrance: Element): Element {
  const whole = copyOf(presence);
  const password = entrance.getChild('x', NS.muc)?.getChildText('password');
  whole.cnode(xml('x', { xmlns: NS.muc }, ...(typeof password === 'string' ? [xml('password', {}, password)] : [])));
  return whole;
}

function statusesOf(presence: Element): unknown[] {
  return (
    presence
      .getChild('x', NS.mucUser)
      ?.getChildren('status')
      .map(({ attrs }) => attrs['code'] as unknown) ?? []
  );
}

function isOfHimself(presence: Element): boolean {
  return statusesOf(presence).includes('110');
}

/** XEP-0045 §7.6 */
function newNickOf(presence: Element): string | undefined {
  if (!statusesOf(presence).includes('303')) return undefined;
  return presence.getChild('x', NS.mucUser)?.getChild('item')?.attrs['nick'] as string | undefined;
}
