import type { Passage } from './passage.js';

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
