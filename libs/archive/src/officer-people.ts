import { type Database, plainLetters } from '@interoffice/storage';
import { fold } from './fold.js';

const BY_ADDRESS = `SELECT id FROM accounts WHERE jid = $1 UNION SELECT account_id FROM former_addresses WHERE jid = $1`;
/**
 * What people are called stands in the first line, as it does of what they were called; letters as in every search text.
 * The longest word is looked up in the index of the whole text; the others, and the line, are looked at after that.
 */
const BY_NAME = `
  SELECT id FROM accounts WHERE search LIKE $1 AND split_part(search, chr(10), 1) LIKE ALL ($2::text[])
  UNION SELECT account_id FROM account_names WHERE search LIKE $1 AND search LIKE ALL ($2::text[])`;

/**
 * Whom an officer means: the numbers of accounts of ours, whatever they were called when something was recorded. What
 * nobody here is or was called comes back as it is: the address of somebody elsewhere.
 */
export async function partyCalled(database: Database, text: string): Promise<readonly number[] | string> {
  const [sql, values] = text.includes('@') ? [BY_ADDRESS, [text]] : [BY_NAME, patternsOf(text)];
  const rows = await database.query<{ id: number }>('app', sql, values);
  return rows.length === 0 ? text : rows.map(({ id }) => id);
}

/** Nothing of the text is a wild card (W-12). */
function patternsOf(text: string): readonly [longest: string, all: readonly string[]] {
  const folded = plainLetters(fold(text));
  const words = folded.split(/[\s\0]+/).filter((word) => word !== '');
  const all = words.map((word) => `%${word.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`);
  return [all.toSorted((a, b) => b.length - a.length)[0] ?? '', all];
}
