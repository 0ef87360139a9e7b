/**
 * What PostgreSQL gathers about the journal for its plans: of what no statement looks for, nothing; of the rest a sample of
 * 7,500 rows instead of 30,000, since every plan here follows an index. To gather it takes a fifth of the processor's time,
 * which a young archive spends every minute. docs/decisions/0060
 */
export const statistics = `
DO $$
DECLARE
  c record;
BEGIN
  FOR c IN SELECT attname FROM pg_attribute WHERE attrelid = 'journal'::regclass AND attnum > 0 AND NOT attisdropped LOOP
    EXECUTE format('ALTER TABLE journal ALTER COLUMN %I SET STATISTICS %s', c.attname,
      CASE WHEN c.attname IN ('salt', 'leaf', 'thread') THEN 0 ELSE 25 END);
  END LOOP;
END $$;
ALTER INDEX journal_presence ALTER COLUMN 1 SET STATISTICS 25;
ALTER INDEX journal_through_rooms ALTER COLUMN 1 SET STATISTICS 25;

CREATE FUNCTION spare_statistics(part regclass) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  EXECUTE format('ALTER TABLE %s ALTER COLUMN id SET STATISTICS 25, ALTER COLUMN at SET STATISTICS 25,
    ALTER COLUMN retention_class SET STATISTICS 25, ALTER COLUMN stanza SET STATISTICS 0,
    ALTER COLUMN body SET STATISTICS 0', part);
END $$;
REVOKE ALL ON FUNCTION spare_statistics FROM PUBLIC;
SELECT spare_statistics(relid) FROM pg_partition_tree('journal_content');

CREATE OR REPLACE FUNCTION ensure_journal_partition(class smallint, moment timestamptz) RETURNS boolean
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
  PERFORM spare_statistics(part);
  RETURN true;
END $$;
`;
