import type { Prepared } from '@interoffice/storage';
import type { AccountQuery } from '../account-records.js';
import type { Refusal } from '../people-source.js';
import { ENDS_SESSIONS } from '../people-source.js';

const NAMES = [
  'id, jid, directory, directory_id, name, mail, department, title, phone, office, photo_hash, photo_source, state, role',
  'role_scope, role_by, created_at, last_login_at, dn, login, principal, primary_group, refusal, refused_at, seen_at',
].join(', ');
const of = (table: string): string => NAMES.replaceAll(/\w+/g, (name) => `${table}.${name}`);
const COLUMNS = of('a');
const DESCRIPTION = ['name', 'mail', 'department', 'title', 'phone', 'office', 'photo_source', 'photo_hash', 'search'];
const FACTS = ['dn', 'dn_key', 'login', 'principal', 'primary_group', 'refusal'];

/** The columns a directory fills, by key; in this order the bulk statements take one array of texts for each. */
export const DESCRIBING = ['directory', 'directory_id', ...DESCRIPTION] as const;
export const ADOPTING = [...DESCRIBING, ...FACTS] as const;
export const ADDING = ['jid', ...ADOPTING] as const;

const ENDING = `ARRAY[${[...ENDS_SESSIONS].map((refusal: Refusal) => `'${refusal}'`).join(', ')}]`;
/** An administrator's word stands above the directory's. */
const effective = (refusal: string): string =>
  `CASE WHEN a.state IN ('suspended', 'deleted') THEN a.state WHEN ${refusal} = ANY (${ENDING}) THEN 'disabled' ELSE 'active' END`;
const since = (refusal: string, at: string): string =>
  `CASE WHEN ${refusal} IS NULL THEN NULL WHEN ${refusal} IS DISTINCT FROM a.refusal THEN ${at}::timestamptz ELSE a.refused_at END`;

function unnested(columns: readonly string[]): string {
  return `unnest(${columns.map((_, i) => `$${i + 1}::text[]`).join(', ')}) AS seen (${columns.join(', ')})`;
}

const assign = (columns: readonly string[]): string => columns.map((name) => `${name} = seen.${name}`).join(', ');

/** Whose address is taken, or whose entry somebody else has brought in meanwhile, does not come back. */
export const ADD_MANY: Prepared = {
  name: 'account_add_many',
  text: `INSERT INTO accounts AS a (${ADDING.join(', ')}, refused_at, seen_at)
    SELECT ${ADDING.map((name) => `seen.${name}`).join(', ')},
      CASE WHEN seen.refusal IS NOT NULL THEN $${ADDING.length + 1}::timestamptz END, $${ADDING.length + 1}::timestamptz
    FROM ${unnested(ADDING)}
    WHERE NOT EXISTS (SELECT FROM former_addresses f WHERE f.jid = seen.jid)
    ON CONFLICT DO NOTHING RETURNING ${COLUMNS}`,
};

export const ADOPT_MANY: Prepared = {
  name: 'account_adopt_many',
  text: `UPDATE accounts a SET ${assign([...DESCRIPTION, ...FACTS])},
      refused_at = ${since('seen.refusal', `$${ADOPTING.length + 1}`)}, state = ${effective('seen.refusal')},
      seen_at = $${ADOPTING.length + 1}
    FROM ${unnested(ADOPTING)} WHERE a.directory = seen.directory AND a.directory_id = seen.directory_id
    RETURNING ${COLUMNS}`,
};

/** Of people of whom no more than the description was seen. */
export const DESCRIBE_MANY: Prepared = {
  name: 'account_describe_many',
  text: `UPDATE accounts a SET ${assign(DESCRIPTION)}
    FROM ${unnested(DESCRIBING)} WHERE a.directory = seen.directory AND a.directory_id = seen.directory_id
    RETURNING ${COLUMNS}`,
};

/** Null readmits. */
export const SET_REFUSALS: Prepared = {
  name: 'account_set_refusals',
  text: `UPDATE accounts a SET refusal = seen.refusal, refused_at = ${since('seen.refusal', '$3')},
      state = ${effective('seen.refusal')}, seen_at = $3
    FROM unnest($1::bigint[], $2::text[]) AS seen (id, refusal)
    WHERE a.id = seen.id AND a.refusal IS DISTINCT FROM seen.refusal RETURNING ${COLUMNS}`,
};

export const OF_DIRECTORY: Prepared = {
  name: 'account_of_directory',
  text: `SELECT ${COLUMNS} FROM accounts a WHERE a.directory = $1 AND a.directory_id IS NOT NULL
    AND ($2::text[] IS NULL OR a.directory_id = ANY ($2))`,
};

/** Which of these addresses are, or were, somebody's. */
export const HELD_ADDRESSES: Prepared = {
  name: 'account_held_addresses',
  text: `SELECT jid FROM accounts WHERE jid = ANY ($1::text[])
    UNION SELECT jid FROM former_addresses WHERE jid = ANY ($1::text[])`,
};

export const FIND: Prepared = { name: 'account_find', text: `SELECT ${COLUMNS} FROM accounts a WHERE jid = $1` };

export const FIND_MANY: Prepared = {
  name: 'account_find_many',
  text: `SELECT ${COLUMNS} FROM accounts a WHERE jid = ANY ($1::text[])`,
};

/**
 * What is looked for. `long`: a word of three letters and more, by which the index is asked. `short`: fewer letters are
 * in no index and found fastest by reading everybody; the other collation keeps the planner from the index.
 */
export type Wording = 'none' | 'short' | 'long';

/** $1 is the longest word; the others are looked for in what that finds. */
const words = (table: string, wording: Wording): string => {
  const text = wording === 'short' ? `(${table}.search COLLATE "C")` : `${table}.search`;
  return `${text} LIKE $1 AND ${text} LIKE ALL ($2::text[])`;
};
const FIRST = 'ORDER BY lower(a.name), a.id LIMIT $3';

/** Two letters are in half of all names: each half is cut to the first before anything else is read of them. */
export function search(wording: Wording): Prepared {
  const before = `a.id IN (SELECT n.account_id FROM account_names n WHERE ${words('n', wording)})`;
  return {
    name: `account_search_${wording}`,
    text: `SELECT ${COLUMNS} FROM (
        (SELECT a.id FROM accounts a WHERE a.state = 'active' AND ${words('a', wording)} ${FIRST})
        UNION (SELECT a.id FROM accounts a WHERE a.state = 'active' AND ${before} ${FIRST})) found
      JOIN accounts a ON a.id = found.id ${FIRST}`,
  };
}

export const PHOTO: Prepared = {
  name: 'account_photo',
  text: 'SELECT p.bytes, p.type FROM accounts a JOIN photos p ON p.source = a.photo_source WHERE a.jid = $1',
};

export const CREATE: Prepared = {
  name: 'account_create',
  text: `INSERT INTO accounts AS a (jid, directory, role, role_scope, ${DESCRIPTION.join(', ')})
    VALUES ($1, 'local', $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) RETURNING ${COLUMNS}`,
};

export const SET_STATE: Prepared = {
  name: 'account_set_state',
  text: `UPDATE accounts a SET state = CASE WHEN $2 = 'active' AND refusal = ANY (${ENDING}) THEN 'disabled' ELSE $2 END
    WHERE jid = $1 RETURNING ${COLUMNS}`,
};

export const SET_ROLE: Prepared = {
  name: 'account_set_role',
  text: `UPDATE accounts a SET role = $2, role_scope = $3, role_by = 'hand' WHERE jid = $1 RETURNING ${COLUMNS}`,
};

export const GRANT_ROLES: Prepared = {
  name: 'account_grant_roles',
  text: `WITH granted AS (
      SELECT a.id, coalesce(g.role, 'employee') AS role, coalesce(g.scope, '*') AS scope,
        CASE WHEN g.id IS NULL THEN 'hand' ELSE 'directory' END AS role_by
      FROM accounts a LEFT JOIN unnest($2::bigint[], $3::text[], $4::text[]) AS g (id, role, scope) ON g.id = a.id
      WHERE a.directory = $1 AND (g.id IS NOT NULL OR a.role_by = 'directory'))
    UPDATE accounts a SET role = granted.role, role_scope = granted.scope, role_by = granted.role_by
    FROM granted WHERE a.id = granted.id
      AND (a.role, a.role_scope, a.role_by) IS DISTINCT FROM (granted.role, granted.scope, granted.role_by)
    RETURNING ${COLUMNS}`,
};

export const FORMER_NAMES: Prepared = {
  name: 'account_former_names',
  text: `SELECT n.jid, n.login, n.name, n.mail, n.since, n.until FROM account_names n
    WHERE n.account_id = coalesce((SELECT id FROM accounts WHERE jid = $1),
      (SELECT account_id FROM former_addresses WHERE jid = $1)) ORDER BY n.until DESC, n.id DESC`,
};

/** The search column of the account and its names stay those of the new address. */
export const RENAME: Prepared = {
  name: 'account_rename',
  text: `UPDATE accounts a SET jid = $2, search = $3 WHERE jid = $1 RETURNING ${COLUMNS}`,
};

export const KEEP_FORMER: Prepared = {
  name: 'account_keep_former',
  text: `INSERT INTO former_addresses (jid, account_id, forwards_until) VALUES ($1, $2, $3)
    ON CONFLICT (jid) DO UPDATE SET forwards_until = excluded.forwards_until`,
};

/** Whoever takes back an address of their own. */
export const DROP_FORMER: Prepared = {
  name: 'account_drop_former',
  text: 'DELETE FROM former_addresses WHERE jid = $1 AND account_id = $2',
};

export const FORWARD: Prepared = {
  name: 'account_forward',
  text: `SELECT ${COLUMNS} FROM former_addresses f JOIN accounts a ON a.id = f.account_id
    WHERE f.jid = $1 AND f.forwards_until > $2`,
};

export const LOGGED_IN: Prepared = {
  name: 'account_logged_in',
  text: 'UPDATE accounts SET last_login_at = $2 WHERE jid = $1',
};

const STANDING = 'a.id, a.jid, a.office, a.state, a.role';

export const STANDINGS: Prepared = {
  name: 'account_standings',
  text: `SELECT ${STANDING} FROM accounts a WHERE a.jid = ANY ($1::text[])`,
};

/**
 * Verifiers, and the standing of the accounts they belong to: one row per person who exists. By a former address as well,
 * in the same statement: an unknown name takes no longer than a known one. A-05. LIMIT keeps the planner from reading
 * all accounts, or all verifiers, once many people log in at the same time.
 */
export const LOGIN: Prepared = {
  name: 'account_login',
  text: `SELECT ${STANDING}, wanted.jid AS wanted, wanted.mechanism, v.salt, v.iterations, v.stored_key, v.server_key
    FROM unnest($1::text[], $2::text[]) AS wanted (jid, mechanism)
    CROSS JOIN LATERAL (
      SELECT ${STANDING} FROM accounts a WHERE a.jid = wanted.jid
      UNION ALL SELECT ${STANDING} FROM former_addresses f JOIN accounts a ON a.id = f.account_id WHERE f.jid = wanted.jid
      LIMIT 1) a
    LEFT JOIN LATERAL (SELECT * FROM scram_verifiers v WHERE v.account_id = a.id AND v.mechanism = wanted.mechanism
      LIMIT 1) v ON true`,
};

export const DROP_VERIFIERS: Prepared = {
  name: 'verifier_drop',
  text: 'DELETE FROM scram_verifiers WHERE account_id = (SELECT id FROM accounts WHERE jid = $1)',
};

export const INSERT_VERIFIER: Prepared = {
  name: 'verifier_insert',
  text: `INSERT INTO scram_verifiers (account_id, mechanism, salt, iterations, stored_key, server_key)
    SELECT id, $2, $3, $4, $5, $6 FROM accounts WHERE jid = $1`,
};

export const PROBE: Prepared = { name: 'account_probe', text: 'SELECT 1 FROM accounts LIMIT 1' };

const SORTED: Record<AccountQuery['sort'], string> = {
  jid: 'jid',
  name: 'lower(name)',
  department: 'lower(department)',
  office: 'lower(office)',
  state: 'state',
  lastLoginAt: 'last_login_at',
};

const FILTERS = `($3::text IS NULL OR state = $3) AND ($4::text IS NULL OR role = $4)
  AND ($5::text IS NULL OR office = $5) AND ($6::text IS NULL OR directory = $6)
  AND ($7::text IS NULL OR CASE WHEN $7 = 'any' THEN refusal IS NOT NULL ELSE refusal = $7 END)`;
/** Without a text everybody is in the list. */
function listed(wording: Wording): string {
  if (wording === 'none') return '$1::text IS NOT NULL AND $2::text[] IS NOT NULL';
  return `a.id IN (SELECT m.id FROM accounts m WHERE ${words('m', wording)}
    UNION SELECT n.account_id FROM account_names n WHERE ${words('n', wording)})`;
}

export function count(wording: Wording): Prepared {
  return {
    name: `account_count_${wording}`,
    text: `SELECT count(*) AS total FROM accounts a WHERE ${listed(wording)} AND ${FILTERS}`,
  };
}

/** One page; the order comes from a closed list and never from a request. */
export function list({ sort, descending }: Pick<AccountQuery, 'sort' | 'descending'>, wording: Wording): Prepared {
  const direction = descending ? 'DESC NULLS LAST' : 'ASC NULLS FIRST';
  return {
    name: `account_list_${sort}_${descending ? 'down' : 'up'}_${wording}`,
    text: `SELECT ${COLUMNS} FROM accounts a WHERE ${listed(wording)} AND ${FILTERS}
      ORDER BY ${SORTED[sort]} ${direction}, id LIMIT $8 OFFSET $9`,
  };
}
