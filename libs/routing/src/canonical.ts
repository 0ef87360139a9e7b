import { bareContext, type Element, NS, Scanner, serializeInto, toTree, type Vocabulary } from '@interoffice/wire';

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
  ['urn:xmpp:occupant-id:0', 'occupant-id'],
  ['http://jabber.org/protocol/muc#user', 'x'],
];

/**
 * The second lane: a stanza that the scanner could not prove canonical, or that holds an element only servers may use, is
 * read as a tree, cleaned, and serialised once; then it goes the same way as everything else, as bytes. So what is
 * recorded and delivered is canonical whoever wrote it, and both lanes share every phase.
 */
export class Canonical {
  readonly scan: Scanner;
  bytes = Buffer.allocUnsafeSlow(16_384);
  readonly #ownedBits: number;

  constructor(vocabulary: Vocabulary) {
    this.scan = new Scanner(vocabulary);
    this.#ownedBits = OWNED.reduce((mask, [namespace, name]) => mask | vocabulary.bit(namespace, name), 0);
  }

  /** True when the bytes as they came may be forwarded. */
  isProven(scan: Scanner): boolean {
    return scan.canonical && (scan.bits & this.#ownedBits) === 0;
  }

  /** Reads, cleans and serialises; afterwards `bytes` and `scan` hold the result. `edit` may change the tree first. */
  make(bytes: Buffer, scan: Scanner, edit?: (stanza: Element) => void): void {
    const stanza = toTree(bytes, scan.start, scan.end, scan.namespaces);
    stripOwned(stanza);
    edit?.(stanza);
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

function stripOwned(stanza: Element): void {
  stanza.children = stanza.children.filter((child) => typeof child === 'string' || !isOwned(child));
}

function isOwned(child: Element): boolean {
  return OWNED.some(([namespace, name]) => child.getName() === name && child.getNS() === namespace);
}
