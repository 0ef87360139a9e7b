import type { Database } from '@interoffice/storage';
import { membersOf, partyCalled } from './officer-people.js';
import { IS_CHANGED, KINDS, SAID } from './officer-statements.js';
import { VERDICTS } from './recordable.js';
import { DIRECTIONS, type Direction, FILE_MARK, labelMark, numberMark, partyMark, textMark } from './search-marks.js';
import type { SoughtPeople } from './search-people.js';
import type { Sought } from './search-proposals.js';
import { termsOf } from './terms.js';

/** What decides which messages an officer looks for; of a page, of facets, of a hold. */
export interface OfficerFilter {
  /** Words, parts of words, phrases in quotation marks; all must be found. */
  readonly text?: string;
  /** Wrote or received it. */
  readonly participant?: string;
  readonly from?: string;
  readonly to?: string;
  /** Somebody who is in this group of the directory now wrote or received it. */
  readonly group?: string;
  /** Of one side, when it was said. */
  readonly office?: string;
  readonly room?: string;
  /** The domain of the other server. */
  readonly peer?: string;
  readonly direction?: Direction;
  readonly kind?: string;
  readonly verdict?: 'passed' | 'refused' | 'dropped';
  readonly hasFile?: boolean;
  /** As its security label is shown. XEP-0258 */
  readonly label?: string;
  /** Later messages correct, retract or moderate it. */
  readonly isEdited?: boolean;
  readonly since?: number;
  readonly until?: number;
}

/** Gives the place of a value in a statement. */
type Given = (value: unknown) => string;

/** One condition: as the view is asked, and as the text index is. */
interface Condition {
  readonly sql: (given: Given) => string;
  /** Of these marks it has one; undefined: the index cannot tell. */
  readonly marks?: readonly string[];
  /** The journal can be read along an index of its own, or most rows of it fulfil this. */
  readonly isOfJournal?: boolean;
}

/** What a query comes to. */
export interface Asked {
  readonly sought: Sought;
  readonly conditions: readonly Condition[];
  /** No words, and nothing that only the text index knows: the journal itself is read, from the latest. */
  readonly byJournal: boolean;
  /** Whose rows are all there are, when the journal is read. */
  readonly people: SoughtPeople | undefined;
}

type Side = 'author' | 'receiver';
/** Whose rows the journal is read for one after the other; those of more people are found by the text index. */
const MOST_PEOPLE = 16;
const SEPARATOR = '\u001f';

/** Undefined: nothing can be found. */
export async function askedFor(database: Database, query: OfficerFilter, scope: string): Promise<Asked | undefined> {
  const parties: (readonly [string | undefined, readonly Side[]])[] = [
    [query.participant, ['author', 'receiver']],
    [query.from, ['author']],
    [query.to, ['receiver']],
  ];
  const meant = [];
  for (const [text, sides] of parties) {
    if (text !== undefined) meant.push({ who: await partyCalled(database, text), sides });
  }
  if (query.group !== undefined) {
    meant.push({ who: await membersOf(database, query.group), sides: ['author', 'receiver'] as const });
  }
  if (meant.some(({ who }) => who.length === 0)) return undefined;
  const conditions = [...meant.map(ofParty), ...conditionsOf(query)];
  if (scope !== '*') conditions.push(ofScope(scope));
  const terms = query.text === undefined ? [] : termsOf(query.text);
  const [only] = meant;
  const people = only && typeof only.who !== 'string' ? { ids: only.who, sides: only.sides } : undefined;
  return {
    sought: {
      terms,
      marks: conditions.flatMap(({ marks }) => (marks === undefined ? [] : [marks])),
      people: people && people.ids.length <= MOST_PEOPLE ? people : undefined,
    },
    conditions,
    byJournal:
      terms.length === 0 &&
      meant.length + (query.room === undefined ? 0 : 1) < 2 &&
      conditions.every(({ isOfJournal = false }) => isOfJournal),
    people,
  };
}

/** The conditions for a statement whose next value is the `first`. */
export function filterOf(conditions: readonly Condition[], first: number): { sql: string; values: unknown[] } {
  const values: unknown[] = [];
  const given = (value: unknown): string => `$${first - 1 + values.push(value)}`;
  const parts = [SAID, ...conditions.map(({ sql }) => sql(given)).filter((part) => part !== '')];
  return { sql: parts.map((part) => `AND ${part}`).join(' '), values };
}

function ofParty({ who, sides }: { who: readonly number[] | string; sides: readonly Side[] }): Condition {
  if (typeof who === 'string') {
    const marks = sides.map((side) => partyMark(side, 0, who));
    return { marks, sql: (given) => either(sides, (side) => `j.${side} = ${given(who)}::text`) };
  }
  return {
    marks: sides.flatMap((side) => who.map((id) => partyMark(side, id, ''))),
    isOfJournal: who.length <= MOST_PEOPLE,
    sql: (given) => either(sides, (side) => `j.${side}_id = ANY (${given(who)}::bigint[])`),
  };
}

function conditionsOf(query: OfficerFilter): Condition[] {
  const { office, room, peer, direction, kind, verdict, hasFile = false, label, isEdited = false } = query;
  const found: Condition[] = [];
  if (office !== undefined) {
    const sql = (given: Given): string =>
      either(['author', 'receiver'], (side) => `j.${side}_office = ${given(office)}`);
    found.push({ marks: [textMark('office', office)], sql });
  }
  if (room !== undefined) {
    const sql = (given: Given): string => `(j.room = ${given(room)}::text OR j.receiver = ${given(room)}::text)`;
    found.push({ marks: [textMark('room', room)], isOfJournal: true, sql });
  }
  if (peer !== undefined) found.push({ marks: [textMark('peer', peer)], sql: (given) => `j.peer = ${given(peer)}` });
  if (direction !== undefined) found.push(ofDirection(direction));
  if (kind !== undefined) found.push(ofNumber('kind', KINDS.indexOf(kind)));
  if (verdict !== undefined) found.push(ofNumber('verdict', VERDICTS.indexOf(verdict)));
  if (hasFile) found.push({ marks: [FILE_MARK], sql: () => '' });
  if (label !== undefined) found.push({ marks: [labelMark(label)], sql: () => '' });
  if (isEdited) found.push({ sql: () => IS_CHANGED });
  return found;
}

/** Most messages have the number 0: it has no mark. */
function ofNumber(column: 'kind' | 'verdict', value: number): Condition {
  const sql = (given: Given): string => `j.${column} = ${given(value)}`;
  return value === 0 ? { sql, isOfJournal: true } : { sql, marks: [numberMark(column, value)] };
}

const FROM_PEER = `split_part(j.author, '@', 2) = j.peer`;
const DIRECTION: Readonly<Record<Direction, string>> = {
  internal: 'j.peer IS NULL',
  in: `j.peer IS NOT NULL AND j.author_id = 0 AND ${FROM_PEER}`,
  out: 'j.peer IS NOT NULL AND j.author_id <> 0',
  relayed: `j.peer IS NOT NULL AND j.author_id = 0 AND NOT ${FROM_PEER}`,
};

function ofDirection(direction: Direction): Condition {
  const sql = (): string => `(${DIRECTION[direction]})`;
  if (direction === 'internal') return { sql, isOfJournal: true };
  return { sql, marks: [numberMark('direction', DIRECTIONS.indexOf(direction))] };
}

/** The view decides; the index leaves out what it would. */
function ofScope(scope: string): Condition {
  return { marks: scope.split(SEPARATOR).map((office) => textMark('office', office)), sql: () => '' };
}

function either<T>(of: readonly T[], sql: (one: T) => string): string {
  return `(${of.map(sql).join(' OR ')})`;
}
