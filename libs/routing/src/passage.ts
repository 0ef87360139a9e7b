import { decodeText, type Element, NS, plainNamespaces, type Scanner, toTree } from '@interoffice/wire';
import type { Party } from './accounts.js';
import { Additions } from './additions.js';
import type { Target } from './address.js';
import type { Released } from './recorder.js';
import type { Session } from './session.js';
import { scanOne } from './canonical.js';
import { ChildParts, innerEnd, innerStart, put } from './child-parts.js';
import { codeOf, type Kind, type StanzaType, typeAt } from './stanza-type.js';

const XMLNS = Buffer.from(` xmlns='${NS.client}'`);
const CLOSE_TAG = Buffer.from('>');
const END_TAG_OPEN = Buffer.from('</');
const NOTHING: Buffer = Buffer.alloc(0);
const CLIENT = plainNamespaces(NS.client);

/**
 * A stanza on its way: a cursor over the scanner's offsets, one per process, moved from stanza to stanza. It is valid
 * until the handler returns; whoever must wait calls `retain()`. Its bytes are canonical XML whichever lane it came by
 * (docs/message-path.md), so what is read here is what is recorded and delivered.
 */
export class Passage {
  kind: Kind = 'message';
  type: StanzaType = 'normal';
  /** Vocabulary bits of the direct children. */
  bits = 0;
  /** The device that sent it. */
  session!: Session;
  target!: Target;
  author!: Party;
  receiver!: Party;
  /** The one id (journal, stanza-id, MAM) in two halves, and its moment. */
  idHigh = 0;
  idLow = 0;
  atMs = 0;
  /** At release: it stands in the journal. */
  isRecorded = true;
  bytes: Buffer = NOTHING;
  readonly additions = new Additions();
  /** The room it is said in, for the journal. */
  room: Buffer | undefined;
  /** The other server that it comes from or goes to, and the gateway in between, for the journal. */
  peer: Buffer | undefined;
  gateway: Buffer | undefined;
  /** The attributes written in place of its own; see `appearAs`. */
  #from = NOTHING;
  #to: Buffer | undefined;
  retained = 0;
  #scan!: Scanner;
  /** Set while the cursor stands on a released batch whose bytes have not been scanned again: most are never asked. */
  #unscanned: { start: number; end: number } = { start: -1, end: -1 };
  #tree: Element | undefined;
  readonly #parts = new ChildParts();
  #partsKnown = false;

  /** Moves the cursor to a stanza that `session` has sent. */
  over(kind: Kind, session: Session, bytes: Buffer, scan: Scanner): void {
    this.kind = kind;
    this.session = session;
    this.author = session.party;
    this.bytes = bytes;
    this.#scan = scan;
    this.#unscanned.start = -1;
    this.bits = scan.bits;
    this.type = typeAt(this.kind, bytes, scan.typeStart, scan.typeEnd);
    this.additions.clear();
    this.room = undefined;
    const { border } = session;
    this.peer = border?.peer;
    this.gateway = border?.gateway;
    this.#from = session.fromAttribute;
    this.#to = undefined;
    this.#tree = undefined;
    this.#partsKnown = false;
  }

  /**
   * From here on it comes from somebody else (an occupant of a room, not a device) and goes to whom `to` says, or to whom
   * each copy will name. Both are whole attributes with a space before them.
   */
  appearAs(from: Buffer, to: Buffer = NOTHING): void {
    this.#from = from;
    this.#to = to;
  }

  /** Moves the cursor to entry `i` of a released batch: what hooks of the copy phase see. */
  leaving(batch: Released, i: number, type: StanzaType): void {
    this.kind = 'message';
    this.session = batch.authors[i]!;
    this.author = this.session.party;
    // As it was written into the batch: whoever retains it keeps its author.
    this.#from = this.session.fromAttribute;
    this.#to = undefined;
    this.type = type;
    this.bits = batch.flags[i]! & 0xff_ffff;
    this.idHigh = batch.idHigh[i]!;
    this.idLow = batch.idLow[i]!;
    this.isRecorded = batch.recorded[i] === 1;
    this.bytes = batch.bytes;
    this.#unscanned.start = batch.start[i]!;
    this.#unscanned.end = batch.end[i]!;
    this.#tree = undefined;
    this.#partsKnown = false;
  }

  /** For a cursor that stands on released batches: the scanner to use when a hook asks for more than flags. */
  use(scan: Scanner): void {
    this.#scan = scan;
  }

  /** Offsets of the stanza in `bytes`. */
  get scan(): Scanner {
    const { start, end } = this.#unscanned;
    if (start >= 0) {
      this.#unscanned.start = -1;
      // The scanner wants a byte of its own behind the stanza, which in a batch belongs to the next one.
      const copy = Buffer.allocUnsafeSlow(end - start + 1);
      this.bytes.copy(copy, 0, start, end);
      this.bytes = copy;
      scanOne(this.#scan, copy, end - start);
    }
    return this.#scan;
  }

  /** Says where it goes. */
  towards(target: Target): void {
    this.target = target;
    this.receiver = target.party;
  }

  /** The `id` attribute, which may be absent. */
  get id(): string | undefined {
    const { idStart, idEnd } = this.scan;
    return idStart < 0 ? undefined : this.bytes.toString('utf8', idStart, idEnd);
  }

  /** Vocabulary bits, kind and type in one integer, which the recorder hands back at release. */
  get flags(): number {
    return this.bits | (codeOf(this.type) << 24);
  }

  /** True when a direct child has one of these vocabulary bits. */
  has(mask: number): boolean {
    return (this.bits & mask) !== 0;
  }

  /** The text of a direct child of namespace jabber:client, e.g. `body`. */
  text(name: string): string | undefined {
    const { scan } = this;
    const { bytes } = this;
    for (let i = 0; i < scan.children; i++) {
      if (scan.childNsStart(i) >= 0) continue;
      if (bytes.toString('latin1', scan.childNameStart(i), scan.childNameEnd(i)) !== name) continue;
      return decodeText(bytes, innerStart(scan, i), innerEnd(scan, i));
    }
    return undefined;
  }

  /** The stanza as an element, made when first asked for; changing it changes nothing. */
  tree(): Element {
    if (!this.#tree) {
      const { scan } = this;
      this.#tree = toTree(this.bytes, scan.start, scan.end, CLIENT);
    }
    return this.#tree;
  }

  /** A copy of the stanza as it will be delivered, for whoever must wait. Counted: the fast lane never calls it. */
  retain(): Buffer {
    this.retained++;
    const copy = Buffer.allocUnsafeSlow(this.maxBytes);
    return copy.subarray(0, this.writeTo(copy, 0));
  }

  // What the recorder reads (archive/src/journal.ts, Recordable).

  get stanzaIdStart(): number {
    return this.scan.idStart;
  }
  get stanzaIdEnd(): number {
    return this.scan.idEnd;
  }
  get originIdStart(): number {
    return this.#find().originIdStart;
  }
  get originIdEnd(): number {
    return this.#find().originIdEnd;
  }
  get threadStart(): number {
    return this.#find().threadStart;
  }
  get threadEnd(): number {
    return this.#find().threadEnd;
  }
  get bodyStart(): number {
    return this.#find().bodyStart;
  }
  get bodyEnd(): number {
    return this.#find().bodyEnd;
  }

  get maxBytes(): number {
    const { scan, additions } = this;
    const stamped = this.#from.length + (this.#to?.length ?? 0);
    return scan.end - scan.start + stamped + XMLNS.length + additions.length + 24;
  }

  /** Writes the stanza as delivered: `from` stamped, namespace declared, additions before the end tag. */
  writeTo(target: Buffer, offset: number): number {
    const { bytes, scan, additions } = this;
    const stop = additions.length > 0 ? scan.endTag : scan.end;
    let at = put(bytes, scan.start, scan.nameEnd, target, offset);
    if (scan.xmlnsStart < 0) at = put(XMLNS, 0, XMLNS.length, target, at);
    const from = this.#from;
    at = put(from, 0, from.length, target, at);
    if (this.#to !== undefined) {
      at = put(this.#to, 0, this.#to.length, target, at);
      at = this.#putWithoutAddresses(stop, target, at);
    } else if (scan.fromAttribute >= 0) {
      at = put(bytes, scan.nameEnd, scan.fromAttribute, target, at);
      at = put(bytes, scan.fromAttributeEnd, stop, target, at);
    } else {
      at = put(bytes, scan.nameEnd, stop, target, at);
    }
    if (additions.length === 0) return at;
    if (scan.selfClosed) at = put(CLOSE_TAG, 0, 1, target, at);
    at = put(additions.bytes, 0, additions.length, target, at);
    if (!scan.selfClosed) return put(bytes, scan.endTag, scan.end, target, at);
    at = put(END_TAG_OPEN, 0, 2, target, at);
    at = put(bytes, scan.nameStart, scan.nameEnd, target, at);
    return put(CLOSE_TAG, 0, 1, target, at);
  }

  /** What follows the name, without the attributes `from` and `to`. */
  #putWithoutAddresses(stop: number, target: Buffer, offset: number): number {
    const { bytes, scan } = this;
    const toFirst = scan.fromAttribute < 0 || scan.toAttribute < scan.fromAttribute;
    let start = scan.nameEnd;
    let at = offset;
    for (let i = 0; i < 2; i++) {
      const isTo = toFirst === (i === 0);
      const cut = isTo ? scan.toAttribute : scan.fromAttribute;
      if (cut < 0) continue;
      at = put(bytes, start, cut, target, at);
      start = isTo ? scan.toAttributeEnd : scan.fromAttributeEnd;
    }
    return put(bytes, start, stop, target, at);
  }

  /** Finds body, thread and origin-id among the children, once per stanza. */
  #find(): ChildParts {
    if (this.#partsKnown) return this.#parts;
    this.#partsKnown = true;
    this.#parts.find(this.bytes, this.scan);
    return this.#parts;
  }
}
