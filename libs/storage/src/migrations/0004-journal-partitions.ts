/**
 * The folders of the journal's content: one per retention class and month (UTC), so that what retention has ended goes
 * away as a whole. Made by the writer ahead of time; taken away by the disposer alone; both through functions, since
 * neither owns the table.
 */
export const journalPartitions = `
CREATE FUNCTION ensure_journal_partition(class smallint, moment timestamptz) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
DECLARE
  month timestamptz := date_trunc('month', moment);
  list text := format('journal_content_%s', class);
  part text := format('journal_content_%s_%s', class, to_char(month, 'YYYYMM'));
BEGIN
  IF to_regclass(part) IS NOT NULL THEN RETURN false; END IF;
  PERFORM pg_advisory_xact_lock(5270314);
  IF to_regclass(part) IS NOT NULL THEN RETURN false; END IF;
  IF to_regclass(list) IS NULL THEN
    EXECUTE format('CREATE TABLE %I PARTITION OF journal_content FOR VALUES IN (%s) PARTITION BY RANGE (at)', list, class);
  END IF;
  EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)', part, list, month,
    month + interval '1 month');
  RETURN true;
END $$;

CREATE FUNCTION dispose_journal_partition(class smallint, moment timestamptz) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
DECLARE
  part text := format('journal_content_%s_%s', class, to_char(date_trunc('month', moment), 'YYYYMM'));
BEGIN
  IF date_trunc('month', moment) + interval '1 month' > now() THEN
    RAISE EXCEPTION 'the month is not over' USING ERRCODE = 'object_not_in_prerequisite_state';
  END IF;
  IF to_regclass(part) IS NULL THEN RETURN false; END IF;
  EXECUTE format('DROP TABLE %I', part);
  RETURN true;
END $$;

REVOKE ALL ON FUNCTION ensure_journal_partition, dispose_journal_partition FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ensure_journal_partition TO interoffice_writer;
GRANT EXECUTE ON FUNCTION dispose_journal_partition TO interoffice_disposer;
`;
