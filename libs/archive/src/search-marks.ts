import { type Element, FILE_NAMESPACES, NS, parseXml, XmlError } from '@interoffice/wire';
import { foldText } from './fold.js';

/**
 * What of a message is searched and is no word: who, where, which way, whether there is a file. In the text index it stands
 * behind the text as marks, which are words nobody can write: of control characters, which XML has none of. Decision 0063
 */
const BEGIN = 0x0e;
const DIGITS = 16;
/** Between marks, and between the text and the first of them. */
const MARK = '\u0002';

const TYPES = [
  'author',
  'receiver',
  'office',
  'room',
  'peer',
  'direction',
  'kind',
  'verdict',
  'file',
  'label',
] as const;
type MarkType = (typeof TYPES)[number];

/** Which way a message crossed our border; `relayed`: passed on here between two other offices. */
export const DIRECTIONS = ['internal', 'in', 'out', 'relayed'] as const;
export type Direction = (typeof DIRECTIONS)[number];

/** What the index reads of a row beside its text. */
export interface MarkedRow {
  readonly author_id: number;
  readonly receiver_id: number;
  readonly author: string;
  readonly receiver: string;
  readonly author_office: string;
  readonly receiver_office: string;
  readonly room: string | null;
  readonly peer: string | null;
  readonly kind: number;
  readonly verdict: number;
  /** The XML, where it may have a file or a label. */
  readonly notable: Buffer | null;
}

/** Marks as they stand behind a text. */
export function written(marks: readonly string[]): string {
  return marks.length === 0 ? '' : `${marks.map((mark) => mark.slice(0, -1)).join('')}${MARK}`;
}

/** A text and its marks from what stands in a block: the other side of `written`. */
export function readBack(content: string): { readonly text: string; readonly marks: readonly string[] } {
  const at = content.indexOf(MARK);
  if (at < 0) return { text: content, marks: [] };
  const marks = content.slice(at + 1, -1).split(MARK);
  return { text: content.slice(0, at), marks: marks.map((mark) => `${MARK}${mark}${MARK}`) };
}

/** All marks of a row. */
export function marksOf(row: MarkedRow): readonly string[] {
  // By the address, too: of an account that is not there any more nothing else is known.
  const marks = [partyMark('author', 0, row.author), partyMark('receiver', 0, row.receiver)];
  if (row.author_id > 0) marks.push(partyMark('author', row.author_id, row.author));
  if (row.receiver_id > 0) marks.push(partyMark('receiver', row.receiver_id, row.receiver));
  for (const office of new Set([row.author_office, row.receiver_office])) {
    if (office !== '') marks.push(textMark('office', office));
  }
  const room = row.room ?? (row.receiver_id < 0 ? row.receiver : null);
  if (room !== null) marks.push(textMark('room', room));
  if (row.peer !== null) marks.push(textMark('peer', row.peer));
  const direction = directionOf(row);
  if (direction !== 'internal') marks.push(numberMark('direction', DIRECTIONS.indexOf(direction)));
  if (row.kind > 0) marks.push(numberMark('kind', row.kind));
  if (row.verdict > 0) marks.push(numberMark('verdict', row.verdict));
  return row.notable === null ? marks : [...marks, ...contentMarks(row.notable)];
}

/** Somebody: by number where we have one, which stays when the address changes. */
export function partyMark(side: 'author' | 'receiver', id: number, address: string): string {
  if (id === 0) return textMark(side, address);
  return numberMark(side, id);
}

export function numberMark(type: MarkType, value: number): string {
  return marked(type, value.toString(DIGITS));
}

/** By a hash: whether it is really this text is decided by the row, or improbable enough for a label. */
export function textMark(type: MarkType, value: string): string {
  // No number begins with 0.
  return marked(type, `0${hashOf(value, 0x811c_9dc5)}`);
}

export const FILE_MARK = numberMark('file', 1);

/** Labels are compared as words are. XEP-0258 */
export function labelMark(label: string): string {
  const folded = foldText(label).trim();
  return marked('label', `0${hashOf(folded, 0x811c_9dc5)}${hashOf(folded, 0x1000_193)}`);
}

/** The number that stands for a mark among the grams of a block; never 0. */
export function gramOf(mark: string): number {
  let hash = 0x811c_9dc5;
  for (let i = 0; i < mark.length; i++) hash = Math.imul(hash ^ mark.charCodeAt(i), 0x0100_0193);
  return hash | 0 || 1;
}

function directionOf({ peer, author_id, author }: MarkedRow): Direction {
  if (peer === null) return 'internal';
  if (author_id !== 0) return 'out';
  return author.split('@')[1] === peer ? 'in' : 'relayed';
}

/** Whether the index alone knows it: no column says it. */
export function isOfContent([mark]: readonly string[]): boolean {
  return mark === FILE_MARK || mark!.startsWith(labelMark('').slice(0, 2));
}

/** Files and labels, as the XML has them. */
export function contentMarks(xml: Buffer): string[] {
  const marks = new Set<string>();
  for (const child of childrenOf(xml)) {
    const namespace = child.getNS() ?? '';
    if (FILE_NAMESPACES.includes(namespace)) marks.add(FILE_MARK);
    const label = namespace === NS.securityLabel ? child.getChildText('displaymarking') : undefined;
    if (label) marks.add(labelMark(label));
  }
  return [...marks];
}

/** None of what was recorded although it is no XML: its words are found all the same. */
function childrenOf(xml: Buffer): readonly Element[] {
  try {
    return parseXml(xml, NS.client).getChildElements();
  } catch (error) {
    if (error instanceof XmlError) return [];
    throw error;
  }
}

/** Digits as control characters: a search for words never meets them. */
function marked(type: MarkType, digits: string): string {
  const codes = Array.from(digits, (digit) => BEGIN + parseInt(digit, DIGITS));
  return `${MARK}${String.fromCharCode(BEGIN + TYPES.indexOf(type), ...codes)}${MARK}`;
}

function hashOf(text: string, seed: number): string {
  let hash = seed;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x0100_0193);
  return ((hash ^ (hash >>> 15)) >>> 0).toString(DIGITS).padStart(8, '0').slice(0, 6);
}
