import { timeOf } from './archive-time.js';
import type { Api } from './converse.js';
import { NS, type XmlElement } from './stream/frame.js';
import type { Shelf } from './stream/outbox.js';

const MAM = 'urn:xmpp:mam:2';
const PAGE = 50;

interface Parts {
  readonly jid: string;
  readonly api: Api;
  /** What this page has seen, and what the last page of this browser had: see `shelves`. */
  readonly shelves: readonly Shelf[];
  /** Shows a message; resolves when that is done. */
  readonly take: (stanza: Element) => Promise<unknown>;
}

/**
 * Knows up to which message of the archive this page has seen everything, and fetches what came after it when a session
 * could not be resumed, of all chats, also those that are closed: page by page, oldest first, to the end. The mark is kept
 * for the next page of this tab, and for the next tab of this browser.
 */
export class CatchUp {
  readonly #key: string;
  #run = 0;
  #isBehind = true;
  #newest: string | undefined;

  constructor(private readonly parts: Parts) {
    this.#key = `interoffice.seen:${parts.jid}`;
  }

  /** A message was shown. */
  seen(stanza: Element): void {
    const id = archiveIdOf(stanza, this.parts.jid);
    if (id === undefined) return;
    // While something before it may be missing, the mark waits.
    if (this.#isBehind) this.#newest = id;
    else this.#mark(id);
  }

  /** A new session has begun. A run that an earlier session began comes to nothing. */
  async begin(): Promise<void> {
    const run = ++this.#run;
    this.#isBehind = true;
    this.#newest = undefined;
    const mark = this.#marked();
    const isDone = mark === undefined ? await this.#findEnd() : await this.#fetchAfter(mark, () => run === this.#run);
    if (!isDone || run !== this.#run) return;
    this.#isBehind = false;
    if (this.#newest !== undefined) this.#mark(this.#newest);
  }

  /** For a browser that has never been here: Converse fetches the last page of each chat that is opened. */
  async #findEnd(): Promise<boolean> {
    const { messages, error } = await this.parts.api.archive.query({ rsm: { before: '', max: 1 } });
    if (error) return false;
    this.#mark(messages.length > 0 ? resultOf(messages.at(-1)!).id : '');
    return true;
  }

  /** By time, since the message of the mark may be one that the archive does not keep, or no longer. */
  async #fetchAfter(mark: string, isCurrent: () => boolean): Promise<boolean> {
    const start = timeOf(mark);
    let after: string | undefined;
    for (;;) {
      const { messages, complete, error } = await this.parts.api.archive.query({
        mam: start === undefined ? {} : { start },
        rsm: after === undefined ? { max: PAGE } : { max: PAGE, after },
      });
      // What is missing now is fetched by the next session: the mark has not moved.
      if (error || !isCurrent()) return false;
      for (const message of messages) {
        after = resultOf(message).id;
        // What the mark stands for has been shown; an invitation would be asked about again.
        if (after !== mark) await this.parts.take(late(message, this.parts.jid));
        this.#mark(after);
      }
      if (complete !== false || messages.length === 0) return true;
    }
  }

  #marked(): string | undefined {
    for (const shelf of this.parts.shelves) {
      const mark = shelf.getItem(this.#key);
      if (mark !== null) return mark;
    }
    return undefined;
  }

  #mark(id: string): void {
    for (const shelf of this.parts.shelves) shelf.setItem(this.#key, id);
  }
}

/** XEP-0359 §3: only the id that one's own account has given counts. */
function archiveIdOf(stanza: Element, jid: string): string | undefined {
  const isOwn = (child: XmlElement): boolean =>
    child.localName === 'stanza-id' && child.namespaceURI === NS.sid && child.getAttribute('by') === jid;
  return [...stanza.children].find(isOwn)?.getAttribute('id') ?? undefined;
}

function resultOf(message: Element): { id: string; delay: Element | undefined; inner: Element } {
  const result = message.getElementsByTagNameNS(MAM, 'result')[0]!;
  return {
    id: result.getAttribute('id') ?? '',
    delay: result.getElementsByTagNameNS('urn:xmpp:delay', 'delay')[0],
    inner: result.getElementsByTagNameNS('jabber:client', 'message')[0]!,
  };
}

/**
 * What others wrote, as if it had only now been delivered, late: so Converse counts it as unread. What one wrote oneself
 * stays a message of the archive.
 */
function late(message: Element, jid: string): Element {
  const { id, delay, inner } = resultOf(message);
  if (inner.getAttribute('from')?.split('/')[0] === jid) return message;
  const copy = inner.cloneNode(true) as Element;
  if (delay) copy.append(delay.cloneNode(true));
  if (archiveIdOf(copy, jid) === undefined) {
    const stanzaId = copy.ownerDocument.createElementNS(NS.sid, 'stanza-id');
    stanzaId.setAttribute('by', jid);
    stanzaId.setAttribute('id', id);
    copy.append(stanzaId);
  }
  return copy;
}
