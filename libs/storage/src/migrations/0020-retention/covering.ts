/**
 * Which rows a hold or a rule covers. `hold_text` folds as search does (libs/archive/src/fold.ts), by a collation that
 * knows all letters whatever the database's own is; where the two differ it finds more, never less.
 */
export const covering = `
DO $$
DECLARE
  letters text := (SELECT quote_ident(collname) FROM pg_collation
    WHERE collname IN ('pg_unicode_fast', 'pg_c_utf8', 'und-x-icu') AND collencoding IN (-1, 6)
    ORDER BY array_position(ARRAY['pg_unicode_fast', 'pg_c_utf8', 'und-x-icu'], collname::text) LIMIT 1);
BEGIN
  EXECUTE format($f$
    CREATE FUNCTION hold_text(body text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $b$
      SELECT CASE WHEN octet_length(body) = char_length(body) THEN lower(body %1$s)
        ELSE normalize(translate(replace(replace(replace(replace(lower(regexp_replace(normalize(body, NFKD), '[\\u0300-\\u036f\\u0591-\\u05bd\\u05bf\\u05c1\\u05c2\\u05c4\\u05c5\\u05c7\\u0640\\u064b-\\u065f\\u0670\\u00ad\\u0600-\\u0605\\u061c\\u06dd\\u070f\\u0890\\u0891\\u08e2\\u180e\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u2064\\u2066-\\u206f\\ufeff\\ufff9-\\ufffb\\U000e0001\\U000e0020-\\U000e007f]', '', 'g') %1$s),
          chr(223), 'ss'), chr(254), 'th'), chr(230), 'ae'), chr(339), 'oe'),
          chr(322) || chr(248) || chr(273) || chr(240) || chr(305) || chr(962), 'loddi' || chr(963)), NFC) END
    $b$ $f$, CASE WHEN letters IS NULL THEN '' ELSE 'COLLATE ' || letters END);
END $$;

CREATE FUNCTION hold_patterns(words text) RETURNS text[] LANGUAGE sql IMMUTABLE AS $$
  SELECT coalesce(array_agg('%' || regexp_replace(word, '([\\\\%_])', '\\\\\\1', 'g') || '%'), '{}')
    FROM regexp_split_to_table(hold_text(regexp_replace(words, '["\\u201c\\u201d\\u201e\\u201f\\u00ab\\u00bb\\u300c\\u300d\\u300e\\u300f]', ' ', 'g')), '\\s+') word WHERE word <> ''
$$;

CREATE FUNCTION domain_of(address text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT substr(address, strpos(address, '@') + 1)
$$;

CREATE FUNCTION retention_kind(kind smallint) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE kind WHEN 0 THEN 'chat' WHEN 1 THEN 'chat' WHEN 2 THEN 'headline' WHEN 4 THEN 'error' ELSE 'room' END
$$;

-- Functions of their own: PostgreSQL takes the two below apart and into the statement only when no query is in them, and
-- asks them a hundred times faster then.
CREATE FUNCTION hold_says(hold bigint, folded text) RETURNS boolean LANGUAGE sql STABLE COST 1000 AS $$
  SELECT EXISTS (SELECT FROM hold_words w WHERE w.hold_id = hold AND folded LIKE ALL (w.patterns))
$$;

CREATE FUNCTION in_retention_group(named text, one bigint, other bigint) RETURNS boolean LANGUAGE sql STABLE COST 1000 AS $$
  SELECT EXISTS (SELECT FROM retention_members m WHERE m.group_key = named AND m.account_id IN (one, other))
$$;

CREATE FUNCTION hold_covers(h holds, j journal, folded text) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT (h.office = '*' OR h.office IN (j.author_office, j.receiver_office))
    AND (h.from_at IS NULL OR j.at >= h.from_at) AND (h.until_at IS NULL OR j.at < h.until_at)
    AND (h.people = '{}' OR j.author_id = ANY (h.account_ids) OR j.receiver_id = ANY (h.account_ids)
      OR j.author = ANY (h.addresses) OR j.receiver = ANY (h.addresses))
    AND (h.rooms = '{}' OR j.receiver = ANY (h.rooms) OR j.room = ANY (h.rooms))
    AND (h.peers = '{}' OR domain_of(j.author) = ANY (h.peers) OR domain_of(j.receiver) = ANY (h.peers)
      OR j.peer = ANY (h.peers))
    AND (h.words = '{}' OR hold_says(h.id, folded))
$$;

CREATE FUNCTION rule_covers(r retention_rules, j journal) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT (r.office = '*' OR r.office IN (j.author_office, j.receiver_office))
    AND (r.kind IS NULL OR r.kind = retention_kind(j.kind))
    AND (r.room IS NULL OR j.receiver = r.room OR j.room = r.room)
    AND (r.peer IS NULL OR domain_of(j.author) = r.peer OR domain_of(j.receiver) = r.peer OR j.peer = r.peer)
    AND (r.group_key IS NULL OR in_retention_group(r.group_key, j.author_id, j.receiver_id))
$$;

CREATE FUNCTION rule_keeps(r retention_rules, ends timestamptz, as_of timestamptz) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT r.days IS NULL OR ends + make_interval(days => r.days) > as_of
$$;

-- What would happen to the next rows of a month: covered by the rule somebody asks about, kept by a rule, or held. A
-- message is held with all its versions. One plan for all steps: making it anew takes longer than a step.
CREATE FUNCTION judge_journal(part regclass, after bigint, most int, as_of timestamptz, rules jsonb, about jsonb)
RETURNS TABLE (id bigint, leaf bytea, bytes bigint, is_asked boolean, is_kept boolean, is_held boolean)
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp SET timezone = 'UTC'
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  class smallint := split_part(part::text, '_', 3)::smallint;
  begins timestamptz := to_timestamp(right(part::text, 6), 'YYYYMM');
  ends timestamptz := begins + interval '1 month';
  has_holds boolean := EXISTS (SELECT FROM holds WHERE released_at IS NULL);
  has_words boolean := EXISTS (SELECT FROM holds WHERE released_at IS NULL AND words <> '{}');
BEGIN
  RETURN QUERY
    WITH next AS MATERIALIZED (
      SELECT c.id, CASE WHEN has_words THEN hold_text(c.body) END AS folded,
          (pg_column_size(c.stanza) + coalesce(pg_column_size(c.body), 0) + 48)::bigint AS bytes
        FROM journal_content c WHERE c.retention_class = class AND c.at >= begins AND c.at < ends AND c.id > judge_journal.after
        ORDER BY c.id LIMIT judge_journal.most)
    SELECT n.id, j.leaf, n.bytes,
        judge_journal.about IS NULL OR rule_covers(jsonb_populate_record(NULL::retention_rules, judge_journal.about), j), s.is_kept,
        NOT s.is_kept AND has_holds AND (
          EXISTS (SELECT FROM holds h WHERE h.released_at IS NULL AND hold_covers(h, j, n.folded))
          OR EXISTS (SELECT FROM journal v JOIN holds h ON h.released_at IS NULL
              LEFT JOIN journal_content vc ON has_words AND vc.id = v.id AND vc.at = v.at AND vc.retention_class = v.retention_class
              WHERE (v.id = coalesce(j.about, j.id) OR v.about = coalesce(j.about, j.id)) AND v.id <> j.id
                AND hold_covers(h, v, hold_text(vc.body))))
      FROM next n LEFT JOIN journal j ON j.id = n.id
      CROSS JOIN LATERAL (
        SELECT j.id IS NULL OR coalesce(bool_or(rule_keeps(r, ends, judge_journal.as_of)), true) AS is_kept
          FROM jsonb_populate_recordset(NULL::retention_rules, judge_journal.rules) r WHERE rule_covers(r, j)) s
      ORDER BY n.id;
END $$;

REVOKE ALL ON FUNCTION hold_text, hold_patterns, hold_says, in_retention_group, hold_covers, rule_covers, rule_keeps, judge_journal FROM PUBLIC;
`;
