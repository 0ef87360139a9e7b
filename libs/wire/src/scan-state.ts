import { INCOMPLETE } from './characters.js';
import { XmlError } from './xml-error.js';

/**
 * Where each fact about the present element stands in the scanner's table. Entries below `OFFSETS` are offsets in the
 * buffer, or −1; they move when the bytes move.
 */
export const AT = {
  start: 0,
  end: 1,
  nameStart: 2,
  nameEnd: 3,
  tagEnd: 4,
  endTag: 5,
  toStart: 6,
  toEnd: 7,
  toAttribute: 8,
  toAttributeEnd: 9,
  fromStart: 10,
  fromEnd: 11,
  fromAttribute: 12,
  fromAttributeEnd: 13,
  typeStart: 14,
  typeEnd: 15,
  idStart: 16,
  idEnd: 17,
  langStart: 18,
  langEnd: 19,
  xmlnsStart: 20,
  xmlnsEnd: 21,
  resume: 22,
  seen: 23,
  depth: 24,
  elements: 25,
  children: 26,
  bits: 27,
  flags: 28,
  awaited: 29,
  inside: 30,
  selfClosed: 31,
  inCdata: 32,
  limit: 33,
  maxElements: 34,
} as const;

/** Why an element is not canonical, and what else was seen in it. */
export const FLAG = {
  /** Its raw bytes mislead a reader of offsets. */
  rough: 1,
  /** Prefixes or strange namespace names: the tree's rules have to look. */
  qualified: 2,
  nonAscii: 4,
  /** The root is in another namespace than the stream's stanzas. */
  foreign: 8,
} as const;

/** What an incomplete token waits for; a number above 0 is the awaited byte itself. */
export const WAIT = { anything: 0, nameEnd: -1, nonSpace: -2 } as const;

export const OFFSETS = AT.depth;
export const FACTS = 35;

export const MAX_DEPTH = 64;
export const MAX_CHILDREN = 32;
/** Ints per open element: start and end of its name. */
export const OPEN_INTS = 2;
/** Ints per child: start, end, name start and end, namespace start and end, end of the open tag, end tag. */
export const CHILD_INTS = 8;

/** The tables a scanner fills; also the form in which a connection keeps an incomplete element. */
export class ScanTables {
  readonly facts = new Int32Array(FACTS);
  readonly open = new Int32Array(MAX_DEPTH * OPEN_INTS);
  readonly children = new Int32Array(MAX_CHILDREN * CHILD_INTS);
}

function copyMoved(from: Int32Array, to: Int32Array, move: { count: number; by: number }): void {
  const { count, by } = move;
  for (let at = 0; at < count; at++) {
    const offset = from[at]!;
    to[at] = offset < 0 ? offset : offset + by;
  }
}

/** Makes the facts those of an element that begins. Written out: a loop costs a tenth of a short stanza's time. */
export function clearFacts(facts: Int32Array): void {
  facts[AT.toStart] = -1;
  facts[AT.toEnd] = -1;
  facts[AT.toAttribute] = -1;
  facts[AT.toAttributeEnd] = -1;
  facts[AT.fromStart] = -1;
  facts[AT.fromEnd] = -1;
  facts[AT.fromAttribute] = -1;
  facts[AT.fromAttributeEnd] = -1;
  facts[AT.typeStart] = -1;
  facts[AT.typeEnd] = -1;
  facts[AT.idStart] = -1;
  facts[AT.idEnd] = -1;
  facts[AT.langStart] = -1;
  facts[AT.langEnd] = -1;
  facts[AT.depth] = 0;
  facts[AT.elements] = 0;
  facts[AT.children] = 0;
  facts[AT.bits] = 0;
  facts[AT.flags] = 0;
  facts[AT.awaited] = WAIT.anything;
  facts[AT.inside] = 1;
  facts[AT.inCdata] = 0;
}

/** Copies what is in use, with every offset moved so that the element begins at `start`. */
export function copyTables(from: ScanTables, to: ScanTables, start: number): void {
  const by = start - from.facts[AT.start]!;
  copyMoved(from.facts, to.facts, { count: OFFSETS, by });
  for (let at = OFFSETS; at < FACTS; at++) to.facts[at] = from.facts[at]!;
  copyMoved(from.open, to.open, { count: from.facts[AT.depth]! * OPEN_INTS, by });
  const children = Math.min(from.facts[AT.children]!, MAX_CHILDREN);
  copyMoved(from.children, to.children, { count: children * CHILD_INTS, by });
}

/** Notes where to go on with an incomplete token, and what must have arrived, from `seen` on, before that makes sense. */
export function stopAt(facts: Int32Array, where: { resume: number; awaited: number; seen: number }): number {
  facts[AT.resume] = where.resume;
  facts[AT.awaited] = where.awaited;
  facts[AT.seen] = where.seen;
  return INCOMPLETE;
}

export const notWellFormed = (message: string): XmlError => new XmlError('not-well-formed', message);
