import type { ArchiveReader } from '@interoffice/archive';
import type { RecordedStanza } from '@interoffice/routing';
import { delayElement, NS, serialize, toTree } from '@interoffice/wire';
import { saidAt } from './said-at.js';
import { retracted } from './versions.js';

/** What who comes in may be shown at most; more is in the archive. */
export const MOST_HISTORY = 50;

/** A message of the room as it is shown to who comes in later. */
export interface Remembered extends RecordedStanza {
  readonly id: string;
  readonly atMs: number;
  /** It says when it was said. */
  readonly isDelayed?: boolean;
}

/** What a client wants of the history. XEP-0045 §7.2.14 */
export interface HistoryWish {
  readonly maxChars?: number;
  readonly maxStanzas?: number;
  readonly sinceMs?: number;
}

/** The last messages of a room, as bytes with the time they were said, without anybody's address. */
export class History {
  /** False: what was said before is not in it yet. */
  isRead = false;
  #messages: Remembered[] = [];

  constructor(private readonly room: string) {}

  /** Reads what was said last, up to `untilId`: the rest is added as it is said. Rejects when the archive cannot be asked. */
  async read(archive: ArchiveReader, roomId: number, untilId: string): Promise<void> {
    const page = await archive.page({ accountId: -roomId, backwards: true, max: MOST_HISTORY, untilId });
    const rows = page?.rows ?? [];
    const gone = await retracted(
      archive,
      rows.map(({ id }) => id),
    );
    const later = this.#messages;
    this.#messages = [];
    for (const { id, stanza, atMs } of rows) {
      const message = toTree(stanza, 0, stanza.length, NS.client);
      if (!gone.has(id) && message.getChildText('body') !== null) this.add(id, atMs, stanza);
    }
    this.#messages.push(...later.filter(({ id }) => !this.#messages.some((known) => known.id === id)));
    this.isRead = true;
  }

  /** Something was said; copies it. Subjects, and what changes an earlier message, are no part of it. XEP-0045 §7.2.13 */
  add(id: string, atMs: number, stanza: Buffer): void {
    // Not from Node's pool, of which one message that is kept would keep many kilobytes.
    const bytes = Buffer.allocUnsafeSlow(stanza.length);
    stanza.copy(bytes);
    const [idHigh, idLow] = [Number.parseInt(id.slice(0, 8), 16), Number.parseInt(id.slice(8), 16)];
    const said = saidAt(bytes, this.room);
    const message = {
      id,
      atMs: said ?? atMs,
      bytes,
      start: 0,
      end: bytes.length,
      idHigh,
      idLow,
      form: 'room',
    } as const;
    this.#messages.push({ ...message, isDelayed: said !== undefined });
    // What waited in another office was said before some of the others.
    if (said !== undefined) this.#messages.sort((a, b) => a.atMs - b.atMs);
    if (this.#messages.length > MOST_HISTORY) this.#messages.shift();
  }

  /** It has been retracted: nobody is shown it any more. */
  remove(id: string): void {
    this.#messages = this.#messages.filter((message) => message.id !== id);
  }

  /** The latest that fit all wishes, oldest first. */
  take(wish: HistoryWish, usual: number): readonly Remembered[] {
    let chars = wish.maxChars ?? Infinity;
    const since = wish.sinceMs ?? -Infinity;
    const most = Math.min(wish.maxStanzas ?? usual, MOST_HISTORY);
    const taken: Remembered[] = [];
    for (let i = this.#messages.length - 1; i >= 0; i--) {
      const message = this.#withDelay(i);
      chars -= message.bytes.length;
      if (taken.length >= most || chars < 0 || message.atMs < since) break;
      taken.push(message);
    }
    return taken.toReversed();
  }

  /** The time it was said is put in when somebody is shown it first. */
  #withDelay(i: number): Remembered {
    const message = this.#messages[i]!;
    if (message.isDelayed) return message;
    const stanza = toTree(message.bytes, 0, message.bytes.length, NS.client);
    stanza.cnode(delayElement({ from: this.room, atMs: message.atMs }));
    const bytes = Buffer.from(serialize(stanza));
    return (this.#messages[i] = { ...message, bytes, end: bytes.length, isDelayed: true });
  }
}
