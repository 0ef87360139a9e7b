import type { Prepared } from '@interoffice/storage';

const GROUP = 'g.id, g.directory, g.directory_id, g.dn, g.name';

export const KNOWN: Prepared = {
  name: 'group_known',
  text: `SELECT ${GROUP}, g.members_hash FROM directory_groups g WHERE g.directory = $1
    AND ($2::text[] IS NULL OR g.directory_id = ANY ($2)) ORDER BY g.name, g.id`,
};

/** Groups that are as they were are not written; those whose members have changed come back. */
export const PUT: Prepared = {
  name: 'group_put',
  text: `INSERT INTO directory_groups AS g (directory, directory_id, dn, dn_key, name, key, members_hash)
    SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
    ON CONFLICT (directory, directory_id) DO UPDATE SET dn = excluded.dn, dn_key = excluded.dn_key,
      name = excluded.name, key = excluded.key, members_hash = excluded.members_hash
    WHERE (g.dn, g.name, g.key, g.members_hash)
      IS DISTINCT FROM (excluded.dn, excluded.name, excluded.key, excluded.members_hash)
    RETURNING ${GROUP}`,
};

export const DROP_MEMBERS: Prepared = {
  name: 'group_drop_members',
  text: 'DELETE FROM directory_group_members WHERE group_id = ANY ($1::bigint[])',
};

export const ADD_MEMBERS: Prepared = {
  name: 'group_add_members',
  text: `INSERT INTO directory_group_members (group_id, member, by_login)
    SELECT * FROM unnest($1::bigint[], $2::text[], $3::boolean[]) ON CONFLICT DO NOTHING`,
};

/**
 * Whom the names of members mean: a DN a person or a group, a log-in name a person. From whichever side it is planned,
 * right after a first sync without statistics too, each row costs one look into an index.
 */
const settling = (name: string, { set, from, where }: { set: string; from: string; where: string }): Prepared => ({
  name: `group_settle_${name}`,
  text: `UPDATE directory_group_members m SET ${set} FROM directory_groups g, ${from}
    WHERE g.id = m.group_id AND g.directory = $1 AND m.account_id IS NULL AND m.member_group_id IS NULL AND ${where}`,
});

export const SETTLE: readonly Prepared[] = [
  settling('people', {
    set: 'account_id = a.id',
    from: 'accounts a',
    where: 'NOT m.by_login AND a.directory = $1 AND a.dn_key = m.member',
  }),
  settling('logins', {
    set: 'account_id = a.id',
    from: 'accounts a',
    where: 'm.by_login AND a.directory = $1 AND a.login = m.member',
  }),
  settling('groups', {
    set: 'member_group_id = i.id',
    from: 'directory_groups i',
    where: 'NOT m.by_login AND i.directory = $1 AND i.dn_key = m.member',
  }),
];

export const FORGET: Prepared = {
  name: 'group_forget',
  text: 'DELETE FROM directory_groups WHERE directory = $1 AND directory_id = ANY ($2::text[])',
};

export const FORGET_OTHERS: Prepared = {
  name: 'group_forget_others',
  text: 'DELETE FROM directory_groups WHERE directory = $1 AND directory_id <> ALL ($2::text[])',
};

/** UNION, not UNION ALL: a group that was reached before leads no further, so cycles end. */
export const GROUPS_OF: Prepared = {
  name: 'group_groups_of',
  text: `WITH RECURSIVE direct (id, is_primary) AS (
      SELECT m.group_id, false FROM directory_group_members m WHERE m.account_id = $1
      UNION
      SELECT g.id, true FROM accounts a JOIN directory_groups g ON g.directory = a.directory AND g.key = a.primary_group
      WHERE a.id = $1
    ), reached (id) AS (
      SELECT id FROM direct
      UNION
      SELECT m.group_id FROM reached r JOIN directory_group_members m ON m.member_group_id = r.id)
    SELECT ${GROUP}, EXISTS (SELECT FROM direct d WHERE d.id = g.id) AS is_direct,
      NOT EXISTS (SELECT FROM direct d WHERE d.id = g.id AND NOT d.is_primary) AS is_primary,
      ARRAY(SELECT m.member_group_id FROM directory_group_members m
        WHERE m.group_id = g.id AND m.member_group_id IN (SELECT id FROM reached)) AS holds
    FROM reached JOIN directory_groups g USING (id)`,
};

export const MEMBERS_OF: Prepared = {
  name: 'group_members_of',
  text: `WITH RECURSIVE inner_groups (id) AS (
      SELECT $1::bigint
      UNION
      SELECT m.member_group_id FROM inner_groups i JOIN directory_group_members m ON m.group_id = i.id
      WHERE m.member_group_id IS NOT NULL)
    SELECT m.account_id AS id FROM inner_groups i JOIN directory_group_members m ON m.group_id = i.id
    WHERE m.account_id IS NOT NULL
    UNION
    SELECT a.id FROM inner_groups i JOIN directory_groups g ON g.id = i.id
    JOIN accounts a ON a.directory = g.directory AND a.primary_group = g.key`,
};

export const FIND: Prepared = {
  name: 'group_find',
  text: `SELECT ${GROUP} FROM directory_groups g WHERE g.directory = $1 AND g.dn_key = $2 ORDER BY g.id LIMIT 1`,
};
