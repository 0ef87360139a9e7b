import type { Prepared } from '@interoffice/storage';
import type { AccountQuery } from '../account-records.js';

const COLUMNS = `id, jid, directory, directory_id, name, mail, department, title, phone, office, photo_hash, state, role,
  role_scope, created_at, last_login_at`;
const DESCRIPTION = 'name, mail, department, title, phone, office, photo, photo_type, photo_hash';
/** The first expression is the one the index is made of. */
const CONTAINS = `(lower(coalesce(name, '') || ' ' || jid || ' ' || coalesce(mail, '')) LIKE $1
  OR lower(coalesce(department, '')) LIKE $1)`;
const FILTERS = `${CONTAINS} AND ($2::text IS NULL OR state = $2) AND ($3::text IS NULL OR role = $3)
  AND ($4::text IS NULL OR office = $4)`;

export const FIND: Prepared = { name: 'account_find', text: `SELECT ${COLUMNS} FROM accounts WHERE jid = $1` };

export const FIND_MANY: Prepared = {
  name: 'account_find_many',
  text: `SELECT ${COLUMNS} FROM accounts WHERE jid = ANY ($1::text[])`,
};

export const BY_DIRECTORY_ID: Prepared = {
  name: 'account_by_directory_id',
  text: `SELECT ${COLUMNS} FROM accounts WHERE directory = $1 AND directory_id = $2`,
};

export const SEARCH: Prepared = {
  name: 'account_search',
  text: `SELECT ${COLUMNS} FROM accounts WHERE state = 'active' AND ${CONTAINS} ORDER BY lower(name), id LIMIT $2`,
};

export const COUNT: Prepared = {
  name: 'account_count',
  text: `SELECT count(*) AS total FROM accounts WHERE ${FILTERS}`,
};

export const PHOTO: Prepared = { name: 'account_photo', text: 'SELECT photo, photo_type FROM accounts WHERE jid = $1' };

/** The address is set once: a person who is renamed keeps it. Writes nothing, and returns nothing, without a change. */
export const ADOPT: Prepared = {
  name: 'account_adopt',
  text: `INSERT INTO accounts (jid, directory, directory_id, ${DESCRIPTION})
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
    ON CONFLICT (directory, directory_id) DO UPDATE SET (${DESCRIPTION}) = ROW ($4, $5, $6, $7, $8, $9, $10, $11, $12)
    WHERE (accounts.name, accounts.mail, accounts.department, accounts.title, accounts.phone, accounts.office,
      accounts.photo_hash) IS DISTINCT FROM ($4, $5, $6, $7, $8, $9, $12)
    RETURNING ${COLUMNS}`,
};

export const CREATE: Prepared = {
  name: 'account_create',
  text: `INSERT INTO accounts (jid, directory, role, role_scope, ${DESCRIPTION})
    VALUES ($1, 'local', $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) RETURNING ${COLUMNS}`,
};

export const SET_STATE: Prepared = {
  name: 'account_set_state',
  text: `UPDATE accounts SET state = $2 WHERE jid = $1 RETURNING ${COLUMNS}`,
};

export const SET_ROLE: Prepared = {
  name: 'account_set_role',
  text: `UPDATE accounts SET role = $2, role_scope = $3 WHERE jid = $1 RETURNING ${COLUMNS}`,
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

/** Verifiers, and the standing of the accounts they belong to: one row per person who exists. */
export const LOGIN: Prepared = {
  name: 'account_login',
  text: `SELECT ${STANDING}, wanted.mechanism, v.salt, v.iterations, v.stored_key, v.server_key
    FROM unnest($1::text[], $2::text[]) AS wanted (jid, mechanism)
    JOIN accounts a ON a.jid = wanted.jid
    LEFT JOIN scram_verifiers v ON v.account_id = a.id AND v.mechanism = wanted.mechanism`,
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

/** One page; the order comes from a closed list and never from a request. */
export function list(sort: AccountQuery['sort'], descending: boolean): Prepared {
  const direction = descending ? 'DESC NULLS LAST' : 'ASC NULLS FIRST';
  return {
    name: `account_list_${sort}_${descending ? 'down' : 'up'}`,
    text: `SELECT ${COLUMNS} FROM accounts WHERE ${FILTERS} ORDER BY ${SORTED[sort]} ${direction}, id LIMIT $5 OFFSET $6`,
  };
}
