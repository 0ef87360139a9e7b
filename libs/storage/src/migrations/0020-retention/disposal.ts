/**
 * A disposal of one class and month: begun, sifted stretch by stretch into a table beside it, and (replacing.ts) put into
 * its place. Each call is one short transaction, and what it has done stands in `disposals`: whoever comes after a crash
 * goes on there.
 */
export const disposal = `
CREATE FUNCTION journal_part(class smallint, month timestamptz) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT format('journal_content_%s_%s', class, to_char(month AT TIME ZONE 'UTC', 'YYYYMM'))
$$;

CREATE FUNCTION journal_months() RETURNS TABLE (class smallint, month timestamptz, bytes bigint, rows_estimated bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
  SELECT split_part(c.relname, '_', 3)::smallint, to_timestamp(split_part(c.relname, '_', 4), 'YYYYMM'),
      pg_total_relation_size(c.oid), greatest(c.reltuples, 0)::bigint
    FROM pg_partition_tree('journal_content') t JOIN pg_class c ON c.oid = t.relid
   WHERE t.isleaf AND c.relname ~ '^journal_content_[0-9]+_[0-9]{6}$' ORDER BY 2, 1
$$;

CREATE FUNCTION rules_in_force() RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT coalesce(jsonb_agg(to_jsonb(r) ORDER BY r.id), '[]') FROM retention_rules r WHERE r.ended_at IS NULL
$$;

-- Judged again from the first row: what holds and rules say has changed, or a row has come late.
CREATE FUNCTION restart_disposal(d disposals) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
DECLARE
  part text := journal_part(d.retention_class, d.month);
  in_force jsonb := rules_in_force();
  ends timestamptz := d.month + interval '1 month';
BEGIN
  EXECUTE format('DROP TABLE IF EXISTS %I', part || '_next');
  EXECUTE format('CREATE TABLE %I (LIKE journal_content INCLUDING ALL)', part || '_next');
  -- Lets the table take its place without being read once more.
  EXECUTE format('ALTER TABLE %I ADD CONSTRAINT of_month CHECK (retention_class IS NOT NULL AND retention_class = %s AND at IS NOT NULL
    AND at >= %L AND at < %L)', part || '_next', d.retention_class, d.month, ends);
  PERFORM spare_statistics((part || '_next')::regclass);
  DELETE FROM disposal_stretches WHERE disposal_id = d.id;
  UPDATE disposals SET position = -1, seen = 0, removed = 0, held = 0, rules = in_force,
      version = (SELECT s.version FROM retention_state s),
      due = ARRAY(SELECT r.id FROM jsonb_populate_recordset(NULL::retention_rules, in_force) r
        WHERE NOT rule_keeps(r, ends, d.as_of) ORDER BY r.id)
    WHERE id = d.id;
END $$;

-- The disposal to go on with; null when no rule has ended for the month, or nothing has changed since it was judged.
CREATE FUNCTION begin_disposal(class smallint, of_month timestamptz, wished timestamptz) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
DECLARE
  begins timestamptz := date_trunc('month', of_month);
  ends timestamptz := begins + interval '1 month';
  at timestamptz := least(wished, now());
  part text := journal_part(class, begins);
  d disposals;
  last disposals;
  ended bigint[];
  is_empty boolean;
BEGIN
  IF ends + interval '1 day' > at THEN
    RAISE EXCEPTION 'the month is not over' USING ERRCODE = 'object_not_in_prerequisite_state';
  END IF;
  PERFORM note_retention_members(NULL);
  PERFORM FROM retention_state FOR UPDATE;
  SELECT * INTO d FROM disposals WHERE retention_class = class AND month = begins AND state IN ('sifting', 'replaced');
  IF d.id IS NOT NULL THEN RETURN d.id; END IF;
  IF to_regclass(part) IS NULL THEN RETURN NULL; END IF;
  EXECUTE format('SELECT NOT EXISTS (SELECT FROM %I)', part) INTO is_empty;
  ended := ARRAY(SELECT r.id FROM retention_rules r WHERE r.ended_at IS NULL AND NOT rule_keeps(r, ends, at) ORDER BY r.id);
  SELECT * INTO last FROM disposals WHERE retention_class = class AND month = begins ORDER BY id DESC LIMIT 1;
  IF is_empty OR ended = '{}' OR (last.version = (SELECT version FROM retention_state) AND last.due = ended) THEN RETURN NULL; END IF;
  -- A vacuum that waits for its turn would be in the way later.
  EXECUTE format('ALTER TABLE %I SET (autovacuum_enabled = false)', part);
  INSERT INTO disposals (retention_class, month, as_of, version, due, rules, state)
    VALUES (class, begins, at, 0, ended, '[]', 'sifting') RETURNING * INTO d;
  PERFORM restart_disposal(d);
  RETURN d.id;
END $$;

CREATE FUNCTION sift_disposal(disposal bigint, most int)
RETURNS TABLE (seen int, removed int, is_done boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
DECLARE
  d disposals;
  part text;
  judged int;
  gone int;
  by_hold int;
  last bigint;
BEGIN
  SELECT * INTO d FROM disposals WHERE id = disposal FOR UPDATE;
  IF d.id IS NULL OR d.state <> 'sifting' THEN RETURN QUERY SELECT 0, 0, true; RETURN; END IF;
  -- What a crash takes of it is judged again: the place goes with it.
  PERFORM set_config('synchronous_commit', 'off', true), set_config('backend_flush_after', '512kB', true);
  part := journal_part(d.retention_class, d.month);
  EXECUTE format($q$
    WITH judged AS MATERIALIZED (SELECT * FROM judge_journal(%1$L::regclass, $1, $2, $3, $4, NULL)),
      copied AS (
        INSERT INTO %2$I SELECT c.* FROM %1$I c JOIN judged j ON j.id = c.id
          WHERE (j.is_kept OR j.is_held) AND c.id > $1 AND c.id <= (SELECT max(id) FROM judged) RETURNING 1),
      noted AS (
        INSERT INTO disposal_stretches SELECT $5, min(id), max(id), count(*) FILTER (WHERE NOT is_kept AND NOT is_held),
            sha256(coalesce(string_agg(int8send(id) || leaf, ''::bytea ORDER BY id) FILTER (WHERE NOT is_kept AND NOT is_held), '')),
            coalesce(array_agg(id ORDER BY id) FILTER (WHERE is_kept OR is_held), '{}')
          FROM judged HAVING bool_or(NOT is_kept AND NOT is_held))
    SELECT count(*), count(*) FILTER (WHERE NOT is_kept AND NOT is_held), count(*) FILTER (WHERE is_held), max(id),
        (SELECT count(*) FROM copied) FROM judged $q$, part, part || '_next')
    INTO judged, gone, by_hold, last USING d.position, most, d.as_of, d.rules, d.id;
  UPDATE disposals u SET position = coalesce(last, u.position), seen = u.seen + judged, removed = u.removed + gone,
    held = u.held + by_hold WHERE u.id = d.id;
  RETURN QUERY SELECT judged, gone, judged < most;
END $$;

-- What a disposal by these rules would do to the next rows of a month; of those the rule asked about covers.
CREATE FUNCTION preview_disposal(class smallint, of_month timestamptz, wished timestamptz, rules jsonb, about jsonb, after bigint,
  most int)
RETURNS TABLE (last_id text, seen bigint, removed bigint, bytes bigint, held bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
  SELECT max(j.id)::text, count(*), count(*) FILTER (WHERE is_asked AND NOT is_kept AND NOT is_held),
      coalesce(sum(j.bytes) FILTER (WHERE is_asked AND NOT is_kept AND NOT is_held), 0)::bigint,
      count(*) FILTER (WHERE is_asked AND is_held)
    FROM judge_journal(to_regclass(journal_part(class, date_trunc('month', of_month))), after, most, wished, rules, about) j
$$;

-- Which rules cover a row and which holds; the caller's scope is the officer's, as in the view.
CREATE FUNCTION explain_retention(row_id bigint) RETURNS TABLE (rules jsonb, holds jsonb, has_content boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
  SELECT (SELECT coalesce(jsonb_agg(to_jsonb(r) ORDER BY r.days DESC NULLS FIRST, r.id), '[]') FROM retention_rules r
      WHERE r.ended_at IS NULL AND rule_covers(r, j)),
    (SELECT coalesce(jsonb_agg(jsonb_build_object('id', h.id, 'name', h.name, 'matter', h.matter, 'office', h.office) ORDER BY h.id), '[]')
       FROM holds h WHERE h.released_at IS NULL AND EXISTS (
         SELECT FROM journal v LEFT JOIN journal_content vc
             ON vc.id = v.id AND vc.at = v.at AND vc.retention_class = v.retention_class
          WHERE (v.id = coalesce(j.about, j.id) OR v.about = coalesce(j.about, j.id)) AND hold_covers(h, v, hold_text(vc.body)))),
    EXISTS (SELECT FROM journal_content c WHERE c.id = j.id AND c.at = j.at AND c.retention_class = j.retention_class)
  FROM journal j WHERE j.id = row_id AND in_scope(j.author_office, j.receiver_office)
$$;

REVOKE ALL ON FUNCTION journal_months, rules_in_force, restart_disposal, begin_disposal, sift_disposal, preview_disposal,
  explain_retention FROM PUBLIC;
GRANT EXECUTE ON FUNCTION journal_months, begin_disposal, sift_disposal, preview_disposal, note_retention_members
  TO interoffice_disposer;
GRANT EXECUTE ON FUNCTION explain_retention TO interoffice_officer;
`;
