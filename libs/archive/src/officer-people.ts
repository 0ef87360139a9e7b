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

/** Groups in groups are followed; a person counts once. Names of groups in any case. */
const IN_GROUP = `
  WITH RECURSIVE inside AS (
      SELECT id FROM directory_groups WHERE lower(name) = lower($1)
      UNION
      SELECT m.member_group_id FROM inside i JOIN directory_group_members m ON m.group_id = i.id
       WHERE m.member_group_id IS NOT NULL)
  SELECT DISTINCT m.account_id AS id FROM inside i JOIN directory_group_members m ON m.group_id = i.id
   WHERE m.account_id IS NOT NULL
  UNION
  SELECT a.id FROM inside i JOIN directory_groups g ON g.id = i.id
    JOIN accounts a ON a.directory = g.directory AND a.primary_group = g.key AND a.primary_group IS NOT NULL`;

/** The numbers of the accounts that are in a group of the directory now; none when there is no such group. */
export async function membersOf(database: Database, group: string): Promise<readonly number[]> {
  const rows = await database.query<{ id: number }>('app', IN_GROUP, [group]);
  return rows.map(({ id }) => id);
}
