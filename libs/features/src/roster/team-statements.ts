/**
 * Who is to have whom in the roster by the teams, against what is given now. $1 to $3: who is in which team, and whether as
 * a member or as one who only sees it; $4 and $5: the teams' numbers and names; $6: whose rosters. Two people of a team
 * have each other when at least one of them is a member.
 */
const DIFFERENCE = `concerned (team, id, is_member) AS MATERIALIZED (
    SELECT * FROM unnest($1::int[], $2::bigint[], $3::boolean[])),
  people AS MATERIALIZED (
    SELECT c.team, c.id, c.is_member, a.jid, a.name FROM concerned c JOIN accounts a ON a.id = c.id AND a.state = 'active'),
  teams (team, label) AS (SELECT * FROM unnest($4::int[], $5::text[])),
  wanted AS (
    SELECT owner.id AS account_id, other.jid, min(other.name) AS name,
      coalesce(array_agg(DISTINCT t.label ORDER BY t.label) FILTER (WHERE other.is_member), '{}') AS groups
    FROM people owner JOIN people other ON other.team = owner.team AND other.id <> owner.id
      AND (other.is_member OR owner.is_member)
    JOIN teams t ON t.team = owner.team
    WHERE owner.id = ANY ($6::bigint[]) GROUP BY owner.id, other.jid),
  given AS (
    SELECT account_id, jid, given_name, given_groups, subscription FROM contacts
    WHERE account_id = ANY ($6::bigint[]) AND given_groups IS NOT NULL),
  difference AS (
    SELECT account_id, jid, w.name, w.groups FROM wanted w FULL JOIN given g USING (account_id, jid)
    WHERE (w.groups, w.name) IS DISTINCT FROM (g.given_groups, g.given_name)
      OR (w.groups IS NOT NULL AND g.subscription <> 'both'))`;

/** The numbers and addresses of those whose rosters are to change. */
export const DIFFERING = `WITH ${DIFFERENCE}
  SELECT a.id::int AS id, a.jid FROM accounts a WHERE a.id IN (SELECT account_id FROM difference)`;

/**
 * Makes it so, each row with the next version of its roster (RFC 6121 §2.6). What was made by hand is put aside when a
 * contact becomes given, and comes back when it is given no more; what nobody has made by hand is removed then.
 */
export const GIVE = `WITH ${DIFFERENCE},
  latest AS (
    SELECT account_id, max(version) AS version FROM contacts WHERE account_id = ANY ($6::bigint[]) GROUP BY account_id),
  numbered AS MATERIALIZED (
    SELECT d.*, row_number() OVER (PARTITION BY d.account_id ORDER BY d.jid) + coalesce(l.version, 0) AS version
    FROM difference d LEFT JOIN latest l USING (account_id)),
  ended AS (
    UPDATE contacts c SET removed = own_subscription IS NULL, subscription = coalesce(own_subscription, 'none'),
      name = CASE WHEN own_subscription IS NOT NULL THEN own_name END,
      groups = CASE WHEN own_subscription IS NOT NULL THEN own_groups ELSE '{}' END,
      given_name = NULL, given_groups = NULL, own_name = NULL, own_groups = '{}', own_subscription = NULL,
      version = n.version
    FROM numbered n WHERE n.groups IS NULL AND c.account_id = n.account_id AND c.jid = n.jid RETURNING 1),
  begun AS (
    INSERT INTO contacts AS c (account_id, jid, name, groups, subscription, version, given_name, given_groups)
      SELECT account_id, jid, name, groups, 'both', version, name, groups FROM numbered WHERE groups IS NOT NULL
    ON CONFLICT (account_id, jid) DO UPDATE SET
      name = coalesce(CASE WHEN c.given_groups IS NULL THEN c.name ELSE c.own_name END, excluded.given_name),
      groups = excluded.given_groups || ARRAY(
        SELECT own FROM unnest(CASE WHEN c.given_groups IS NULL THEN c.groups ELSE c.own_groups END)
          WITH ORDINALITY AS o (own, n) WHERE own <> ALL (excluded.given_groups) ORDER BY n),
      subscription = 'both', ask = false, approved = false, pending_in = NULL, pending_at = NULL, removed = false,
      version = excluded.version, given_name = excluded.given_name, given_groups = excluded.given_groups,
      own_name = CASE WHEN c.given_groups IS NULL THEN c.name ELSE c.own_name END,
      own_groups = CASE WHEN c.given_groups IS NULL THEN c.groups ELSE c.own_groups END,
      own_subscription = CASE WHEN c.given_groups IS NOT NULL THEN c.own_subscription
        -- Who had only asked, and was not shown, was no contact.
        WHEN c.removed OR (c.subscription = 'none' AND c.pending_in IS NOT NULL AND NOT c.ask AND NOT c.approved
          AND c.name IS NULL AND c.groups = '{}') THEN NULL
        ELSE c.subscription END
    RETURNING 1)
  SELECT ((SELECT count(*) FROM ended) + (SELECT count(*) FROM begun))::int AS written`;

/** Active people of a directory, by number. */
export const ACTIVE = `SELECT id::int AS id FROM accounts WHERE directory = $1 AND state = 'active'`;

/** One word for who is active in a directory, and what they are called. */
export const PEOPLE = `SELECT md5(string_agg(id || ' ' || jid || ' ' || coalesce(name, ''), E'\\n' ORDER BY id)) AS people
  FROM accounts WHERE directory = $1 AND state = 'active'`;

/** Directories whose people have somebody in their rosters by teams. */
export const SERVING = `SELECT DISTINCT a.directory FROM contacts c JOIN accounts a ON a.id = c.account_id
  WHERE c.given_groups IS NOT NULL`;

/** People of a directory who have somebody in their rosters by its teams. */
export const SERVED = `SELECT a.id::int AS id FROM accounts a WHERE a.directory = $1
  AND EXISTS (SELECT FROM contacts c WHERE c.account_id = a.id AND c.given_groups IS NOT NULL)`;
