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
  fromStart: 8,
  fromEnd: 9,
  fromAttribute: 10,
  fromAttributeEnd: 11,
  typeStart: 12,
  typeEnd: 13,
  idStart: 14,
  idEnd: 15,
  langStart: 16,
  langEnd: 17,
  xmlnsStart: 18,
  xmlnsEnd: 19,
  resume: 20,
  seen: 21,
  depth: 22,
  elements: 23,
  children: 24,
  bits: 25,
  flags: 26,
  awaited: 27,
  inside: 28,
  selfClosed: 29,
  inCdata: 30,
  limit: 31,
  maxElements: 32,
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
export const FACTS = 33;

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
