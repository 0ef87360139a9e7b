import { childOf, NS, type Frame, type XmlElement } from './frame.js';
import { roomOf } from './room.js';

/** A stanza on its way out. */
export interface Outgoing {
  readonly text: string;
  /** Of a message that somebody would miss; such a message is kept until the server has acknowledged it. */
  readonly id: string | undefined;
  /** It is for all in this room, which takes it only from who is there. */
  readonly room?: string;
  /** A receipt or a marker: the page says it of itself, and nobody has written it. */
  readonly isOfItself?: boolean;
}

/** Where the outbox outlives a reload of the page: `sessionStorage`. */
export interface Shelf {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/** So many messages may wait; then the composer keeps what is written next. */
const MOST = 500;
/** In characters: below what servers take as one stanza, 256 KiB, also in scripts that need three bytes for each. */
const LONGEST = 80_000;

/**
 * The messages that were written and not yet acknowledged by the server, oldest first. They outlive a cut, a stream that
 * could not be resumed and a reload of the page; they are sent again under the same ids, by which the server knows
 * those that it has.
 */
export class Outbox {
  readonly #waiting = new Map<string, Outgoing>();

  readonly #key: string;

  /** `owner`: the account whose messages these are. `changed` is called with the ids that have come or gone. */
  constructor(
    owner: string,
    private readonly shelf: Shelf,
    private readonly changed: (ids: ReadonlySet<string>) => void,
  ) {
    this.#key = `interoffice.outbox:${owner}`;
    for (const stanza of readShelf(shelf, this.#key)) this.#waiting.set(stanza.id!, stanza);
  }

  /** How many messages that somebody wrote are waiting. */
  get written(): number {
    return this.waiting.filter(({ isOfItself }) => isOfItself !== true).length;
  }

  /** Why a message cannot be taken now, for people; `undefined` when it can. */
  refusal(text: string): string | undefined {
    if (text.length > LONGEST) return 'The message is too long.';
    return this.#waiting.size >= MOST ? 'Too many messages wait for the server.' : undefined;
  }

  get waiting(): readonly Outgoing[] {
    return [...this.#waiting.values()];
  }

  has(id: string): boolean {
    return this.#waiting.has(id);
  }

  /** Does nothing with a stanza nobody would miss. */
  add(stanza: Outgoing): void {
    if (stanza.id === undefined) return;
    this.#waiting.set(stanza.id, stanza);
    this.#keep([stanza.id]);
  }

  remove(stanzas: readonly Outgoing[]): void {
    const gone = stanzas.flatMap(({ id }) => (id !== undefined && this.#waiting.delete(id) ? [id] : []));
    if (gone.length > 0) this.#keep(gone);
  }

  /** At log-out: the next one to log in here must not send them. */
  clear(): void {
    this.remove(this.waiting);
  }

  #keep(ids: readonly string[]): void {
    if (this.#waiting.size === 0) this.shelf.removeItem(this.#key);
    else
      this.shelf.setItem(
        this.#key,
        JSON.stringify(this.waiting.map(({ id, text, room, isOfItself }) => [id, text, room, isOfItself])),
      );
    this.changed(new Set(ids));
  }
}

function readShelf(shelf: Shelf, key: string): readonly Outgoing[] {
  const kept = shelf.getItem(key);
  const read = kept === null ? [] : (JSON.parse(kept) as [string, string, (string | null)?, (boolean | null)?][]);
  return read.map(([id, text, room, isOfItself]) => ({
    id,
    text,
    room: room ?? undefined,
    isOfItself: isOfItself === true,
  }));
}

/** What of a message nobody would miss: that somebody is typing, and hints about it. */
const FLEETING: ReadonlySet<string | null> = new Set([NS.chatStates, NS.hints]);

/** What to do with a stanza that goes out. */
export function outgoing({ text, element }: Frame): Outgoing {
  const isOfItself = isNotice(element);
  return { text, id: isMissable(element) ? idOf(element) : undefined, room: roomOf(element), isOfItself };
}

/** XEP-0184 `received`, XEP-0333 `displayed` and the like; in what somebody writes they are asked for, under other names. */
const NOTICES: ReadonlySet<string> = new Set(['received', 'displayed', 'acknowledged']);

function isNotice({ children }: XmlElement): boolean {
  return [...children].some(
    ({ namespaceURI, localName }) =>
      (namespaceURI === NS.receipts || namespaceURI === NS.chatMarkers) && NOTICES.has(localName),
  );
}

function isMissable(element: XmlElement): boolean {
  return (
    element.localName === 'message' && [...element.children].some(({ namespaceURI }) => !FLEETING.has(namespaceURI))
  );
}

/** By which the server knows a message that it has already: the origin-id, or the id. */
function idOf(element: XmlElement): string | undefined {
  return (childOf(element, 'origin-id', NS.sid) ?? element).getAttribute('id') ?? undefined;
}
