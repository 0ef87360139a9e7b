import type { Database } from '@interoffice/storage';
import { foldText } from '../fold.js';
import { partyCalled } from '../officer-people.js';
import { finds, type Term, termsOf } from '../terms.js';
import type { ExportFilter } from './request.js';

/** A filter as PostgreSQL is asked, and what is looked at here. */
export interface PreparedFilter {
  /** Begins with AND, or is empty. */
  readonly sql: string;
  readonly values: readonly unknown[];
  /** All must be found in the text. */
  readonly terms: readonly Term[];
}

/** `first`: position of the first value. */
export async function prepareFilter(database: Database, filter: ExportFilter, first: number): Promise<PreparedFilter> {
  const parts: string[] = [];
  const values: unknown[] = [];
  const given = (value: unknown): string => `$${first - 1 + values.push(value)}`;
  const is = async (text: string, ...sides: readonly ('author' | 'receiver')[]): Promise<void> => {
    const party = await partyCalled(database, text);
    const value = typeof party === 'string' ? `${given(party)}::text` : `ANY (${given(party)}::bigint[])`;
    const column = typeof party === 'string' ? '' : '_id';
    parts.push(`(${sides.map((side) => `j.${side}${column} = ${value}`).join(' OR ')})`);
  };
  if (filter.participant !== undefined) await is(filter.participant, 'author', 'receiver');
  if (filter.from !== undefined) await is(filter.from, 'author');
  if (filter.to !== undefined) await is(filter.to, 'receiver');
  if (filter.room !== undefined) {
    const room = `${given(filter.room)}::text`;
    parts.push(`(j.room = ${room} OR j.receiver = ${room})`);
  }
  if (filter.peer !== undefined) parts.push(`j.peer = ${given(filter.peer)}::text`);
  const terms = filter.text === undefined ? [] : termsOf(filter.text);
  return { sql: parts.map((part) => `AND ${part}`).join(' '), values, terms };
}

/** Whether the text has every term; a text is compared as search compares it. */
export function matches({ terms }: PreparedFilter, body: string | null): boolean {
  if (terms.length === 0) return true;
  if (body === null) return false;
  const folded = foldText(body);
  return terms.every((term) => finds(term, folded));
}
