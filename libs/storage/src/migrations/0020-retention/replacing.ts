/**
 * The one moment of a disposal that others may wait for. Locks, in this order and by everybody: the row of
 * `retention_state`, the month (SHARE: nothing comes in while rows are counted), the class (ACCESS EXCLUSIVE: writers wait,
 * so it is asked for with little patience and held for some renamings). A hold that was placed before the first lock is
 * seen, since it has counted `version` up; one that comes later waits for the commit and finds only what is left.
 */
export const replacing = `
DROP FUNCTION dispose_journal_partition;

-- 'replaced'; 'nothing' to take away; 'again' when it must be sifted anew; 55P03 when others would have had to wait.
CREATE FUNCTION replace_journal_partition(disposal bigint, patience_ms int) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
DECLARE
  d disposals;
  part text;
  list text;
  present bigint;
BEGIN
  PERFORM FROM retention_state FOR UPDATE;
  SELECT * INTO d FROM disposals WHERE id = disposal FOR UPDATE;
  IF d.id IS NULL OR d.state <> 'sifting' THEN RETURN d.state; END IF;
  part := journal_part(d.retention_class, d.month);
  list := format('journal_content_%s', d.retention_class);
  IF d.version <> (SELECT version FROM retention_state) THEN
    PERFORM restart_disposal(d);
    RETURN 'again';
  END IF;
  EXECUTE format('LOCK TABLE ONLY %I IN SHARE MODE', part);
  EXECUTE format('SELECT count(*) FROM %I', part) INTO present;
  IF present <> d.seen THEN
    PERFORM restart_disposal(d);
    RETURN 'again';
  END IF;
  IF d.removed = 0 THEN
    EXECUTE format('DROP TABLE %I', part || '_next');
    EXECUTE format('ALTER TABLE %I RESET (autovacuum_enabled)', part);
    UPDATE disposals SET state = 'nothing' WHERE id = d.id;
    RETURN 'nothing';
  END IF;
  UPDATE disposals SET state = 'replaced', replaced_at = now(), bytes_before = pg_total_relation_size(part::regclass),
    bytes_after = CASE WHEN d.removed = d.seen THEN 0 ELSE pg_total_relation_size((part || '_next')::regclass) END WHERE id = d.id;
  PERFORM set_config('lock_timeout', patience_ms::text, true);
  EXECUTE format('LOCK TABLE ONLY %I IN ACCESS EXCLUSIVE MODE', list);
  EXECUTE format('ALTER TABLE %I DETACH PARTITION %I', list, part);
  EXECUTE format('DROP TABLE %I', part);
  IF d.removed = d.seen THEN
    EXECUTE format('DROP TABLE %I', part || '_next');
  ELSE
    EXECUTE format('ALTER TABLE %I RENAME TO %I', part || '_next', part);
    EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', list, part, d.month, d.month + interval '1 month');
  END IF;
  RETURN 'replaced';
END $$;

CREATE FUNCTION certify_disposal(disposal bigint, signed text, at timestamptz) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  UPDATE disposals SET state = 'certified' WHERE id = disposal AND state = 'replaced';
  IF NOT FOUND THEN RETURN false; END IF;
  INSERT INTO disposal_certificates VALUES (disposal, at, signed);
  RETURN true;
END $$;

REVOKE ALL ON FUNCTION replace_journal_partition, certify_disposal FROM PUBLIC;
GRANT EXECUTE ON FUNCTION replace_journal_partition, certify_disposal TO interoffice_disposer;
`;
