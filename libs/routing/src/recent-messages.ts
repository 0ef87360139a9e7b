import type { Passage } from './passage.js';

/** How far back a message is looked for while its account's streams end properly; architecture.md §5.6. */
const USUAL = 64;
/** Messages of one account that are remembered: more than a client can have sent without being told what arrived. */
export const MOST_REMEMBERED = 1024;
const MOST_EARLIER = MOST_REMEMBERED - USUAL;
const DELAY = Buffer.from('urn:xmpp:delay');
const FNV_START = 0x811c9dc5;
const FNV_PRIME = 0x01000193;
const OTHER_START = 0x9747b28c;
const OTHER_PRIME = 0x85ebca6b;

/** What makes two messages of one account the same: their id, and what they say to whom. One per process, reused. */
export class MessageKey {
  /** False: it has neither an origin-id nor an id, so nobody can tell it from another one. XEP-0359 §3 */
  isKnown = false;
  id = 0;
  /** Two hashes of 32 bits, of the id as well: the same words under ids that meet in `id` are two messages. */
  content = 0;
  moreContent = 0;

  /** Reads the passage: origin-id, or else the id; receiver, type and all children but a note of delay (XEP-0203). */
  read(p: Passage): void {
    const { scan, bytes, originIdStart } = p;
    const start = originIdStart >= 0 ? originIdStart : scan.idStart;
    const end = originIdStart >= 0 ? p.originIdEnd : scan.idEnd;
    this.isKnown = start >= 0 && end > start;
    if (!this.isKnown) return;
    this.content = FNV_START;
    this.moreContent = OTHER_START;
    this.#add(bytes, start, end);
    // So far both are made in the same way.
    this.id = this.content >>> 0;
    if (scan.toStart >= 0) this.#add(bytes, scan.toStart, scan.toEnd);
    if (scan.typeStart >= 0) this.#add(bytes, scan.typeStart, scan.typeEnd);
    for (let i = 0; i < scan.children; i++) {
      if (isDelay(bytes, scan.childNsStart(i), scan.childNsEnd(i))) continue;
      this.#add(bytes, scan.childStart(i), scan.childEnd(i));
    }
  }

  #add(bytes: Buffer, start: number, end: number): void {
    let { content, moreContent } = this;
    for (let i = start; i < end; i++) {
      content = Math.imul(content ^ bytes[i]!, FNV_PRIME);
      moreContent = Math.imul((moreContent << 5) ^ (moreContent >>> 27) ^ bytes[i]!, OTHER_PRIME);
    }
    this.content = content | 0;
    this.moreContent = moreContent | 0;
  }
}

/** Numbers of a message among the earlier ones: its id and its content. */
const NUMBERS = 3;

/**
 * The latest messages of an account. Those that every message is compared with lie close together; earlier ones, which
 * are looked at after an unclean end alone, lie in a ring of their own that grows with what is sent: a message touches
 * one line of it.
 */
export class RecentMessages {
  readonly #ids = new Int32Array(USUAL);
  readonly #contents = new Int32Array(USUAL);
  readonly #moreContents = new Int32Array(USUAL);
  #count = 0;
  #earlier: Int32Array | undefined;

  /**
   * `same`: this very message was here. `reused`: another one with its id was. `deep`: all that is remembered is looked
   * at, not the latest alone.
   */
  find(key: MessageKey, deep = false): 'same' | 'reused' | undefined {
    let found: 'reused' | undefined;
    const kept = this.#count < USUAL ? this.#count : USUAL;
    for (let at = 0; at < kept; at++) {
      if (this.#ids[at] !== (key.id | 0)) continue;
      if (this.#contents[at] === key.content && this.#moreContents[at] === key.moreContent) return 'same';
      found = 'reused';
    }
    return deep ? (this.#findEarlier(key) ?? found) : found;
  }

  add(key: MessageKey): void {
    const at = this.#count++ % USUAL;
    if (this.#count > USUAL) this.#moveOut(at);
    this.#ids[at] = key.id;
    this.#contents[at] = key.content;
    this.#moreContents[at] = key.moreContent;
  }

  #findEarlier(key: MessageKey): 'same' | 'reused' | undefined {
    const earlier = this.#earlier;
    if (!earlier) return undefined;
    let found: 'reused' | undefined;
    const end = Math.min((this.#count - USUAL) * NUMBERS, earlier.length);
    for (let at = 0; at < end; at += NUMBERS) {
      if (earlier[at] !== (key.id | 0)) continue;
      if (earlier[at + 1] === key.content && earlier[at + 2] === key.moreContent) return 'same';
      found = 'reused';
    }
    return found;
  }

  /** Another one takes its place among the latest. */
  #moveOut(from: number): void {
    const moved = this.#count - USUAL - 1;
    const earlier = this.#roomFor(moved);
    const at = (moved * NUMBERS) % earlier.length;
    earlier[at] = this.#ids[from]!;
    earlier[at + 1] = this.#contents[from]!;
    earlier[at + 2] = this.#moreContents[from]!;
  }

  /** Grows as long as nothing has been forgotten: what is there keeps its place. */
  #roomFor(moved: number): Int32Array {
    const { length } = (this.#earlier ??= new Int32Array(USUAL * NUMBERS));
    if (moved * NUMBERS !== length || moved >= MOST_EARLIER) return this.#earlier;
    const larger = new Int32Array(Math.min(length * 2, MOST_EARLIER * NUMBERS));
    larger.set(this.#earlier);
    return (this.#earlier = larger);
  }
}

/** 32 bits of a message's id, as it stands in the stanza. */
export function hashOf(bytes: Buffer, start: number, end: number): number {
  let hash = FNV_START;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, FNV_PRIME);
  return hash >>> 0;
}

function isDelay(bytes: Buffer, start: number, end: number): boolean {
  if (start < 0 || end - start !== DELAY.length) return false;
  for (let i = 0; i < DELAY.length; i++) if (bytes[start + i] !== DELAY[i]) return false;
  return true;
}
