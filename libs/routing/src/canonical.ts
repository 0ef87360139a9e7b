import {
  bareContext,
  type Element,
  NS,
  Scanner,
  serializeInto,
  toTree,
  tryJid,
  type Vocabulary,
} from '@interoffice/wire';
import { FOREIGN_CLAIMS, stripClaims } from './foreign-claims.js';

/**
 * Elements that only servers may put into a message: whoever sends one is pretending to be a server. Every copy is
 * removed before anything else sees the stanza. XEP-0359 §6, XEP-0280 §11, XEP-0313 §10, XEP-0203 §6
 */
const OWNED: readonly (readonly [namespace: string, name: string])[] = [
  [NS.sid, 'stanza-id'],
  [NS.carbons, 'sent'],
  [NS.carbons, 'received'],
  [NS.mam, 'result'],
  [NS.delay, 'delay'],
  ['jabber:x:delay', 'x'],
  [NS.occupantId, 'occupant-id'],
  [NS.office, 'office'],
];
/** What a room puts in; in a message to the room itself it is an invitation, or the answer to one. XEP-0045 §7.8.2 */
const OWNED_BY_ROOMS: readonly [namespace: string, name: string] = [NS.mucUser, 'x'];

/** What no other server may put in: copies for somebody's own devices. All else: foreign-claims.ts. */
const OURS_ALONE: typeof OWNED = [
  [NS.carbons, 'sent'],
  [NS.carbons, 'received'],
];
/** What only our own offices say to each other. */
const BETWEEN_OFFICES: readonly [namespace: string, name: string] = [NS.office, 'office'];
const STANZA_ID: readonly [namespace: string, name: string] = [NS.sid, 'stanza-id'];

/** `edit` may change the tree first. */
export interface Making {
  readonly toRoom?: boolean;
  /** The domain of the server that it comes from, when that is not ours. */
  readonly peer?: string | undefined;
  /** That server is another office's of ours. */
  readonly isOffice?: boolean | undefined;
  /** It is for a room of ours, or for somebody in it. */
  readonly isToOurRoom?: boolean;
  readonly edit?: (stanza: Element) => void;
}

/**
 * The second lane: a stanza that the scanner could not prove canonical, or that holds an element only servers may use, is
 * read as a tree, cleaned, and serialised once; then it goes the same way as everything else, as bytes. So what is
 * recorded and delivered is canonical whoever wrote it, and both lanes share every phase.
 */
export class Canonical {
  readonly scan: Scanner;
  bytes = Buffer.allocUnsafeSlow(16_384);
  readonly #ownedBits: number;
  readonly #roomBit: number;
  readonly #foreignBits: number;
  readonly #officeBits: number;

  constructor(vocabulary: Vocabulary) {
    this.scan = new Scanner(vocabulary);
    const bits = (owned: typeof OWNED): number =>
      owned.reduce((mask, [namespace, name]) => mask | vocabulary.bit(namespace, name), 0);
    this.#ownedBits = bits(OWNED);
    this.#officeBits = bits([...OURS_ALONE, STANZA_ID]);
    this.#foreignBits = this.#officeBits | bits([BETWEEN_OFFICES, ...FOREIGN_CLAIMS]);
    this.#roomBit = vocabulary.bit(...OWNED_BY_ROOMS);
  }

  /** True when the bytes as they came may be forwarded; `toRoom`: to a room itself. */
  isProven(scan: Scanner, toRoom: boolean): boolean {
    const owned = toRoom ? this.#ownedBits : this.#ownedBits | this.#roomBit;
    return scan.canonical && (scan.bits & owned) === 0;
  }

  /** The same for a stanza that another server sent, or another office of ours. */
  isForeignProven(scan: Scanner, isOffice: boolean): boolean {
    return scan.canonical && (scan.bits & (isOffice ? this.#officeBits : this.#foreignBits)) === 0;
  }

  /** Reads, cleans and serialises; afterwards `bytes` and `scan` hold the result. */
  make(bytes: Buffer, scan: Scanner, how: Making = {}): void {
    const stanza = toTree(bytes, scan.start, scan.end, scan.namespaces);
    if (how.peer !== undefined) stripForeign(stanza, how.peer, how);
    else stripOwned(stanza, how.toRoom === true ? OWNED : [...OWNED, OWNED_BY_ROOMS]);
    how.edit?.(stanza);
    // Escaping makes the text at most six times as long; the slack is for the namespace declarations of the tree.
    const most = (scan.end - scan.start) * 6 + 4096;
    if (this.bytes.length < most) this.bytes = Buffer.allocUnsafeSlow(most);
    const end = serializeInto(stanza, this.bytes, 0);
    scanOne(this.scan, this.bytes, end);
  }
}

/** Scans bytes that hold exactly one element of ours; one byte behind it is overwritten. */
export function scanOne(scan: Scanner, bytes: Buffer, end: number): void {
  scan.enter(bareContext({ maxBytes: end }));
  scan.next(bytes, 0, end);
}

/** Ids of archives are kept of the other server's own archives: XEP-0359 §6 */
function stripForeign(stanza: Element, peer: string, { isOffice, isToOurRoom = false }: Making): void {
  // An office of ours has already taken the rest out of what its people wrote.
  if (isOffice !== true) stripClaims(stanza, { peer, isToOurRoom });
  stripOwned(stanza, isOffice === true ? OURS_ALONE : [...OURS_ALONE, BETWEEN_OFFICES]);
  stanza.children = stanza.children.filter((child) => {
    if (typeof child === 'string' || child.getName() !== STANZA_ID[1] || child.getNS() !== STANZA_ID[0]) return true;
    return tryJid(String(child.attrs['by']))?.domain === peer;
  });
}

function stripOwned(stanza: Element, owned: typeof OWNED): void {
  const isOwned = (child: Element): boolean =>
    owned.some(([namespace, name]) => child.getName() === name && child.getNS() === namespace);
  stanza.children = stanza.children.filter((child) => typeof child === 'string' || !isOwned(child));
}
