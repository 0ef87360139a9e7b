/** Holds are placed and released through these alone. Both take the lock of `retention_state` before anything else. */
export const placing = `
CREATE FUNCTION place_hold(wanted jsonb, by_whom text, at timestamptz) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  h holds := jsonb_populate_record(NULL::holds, wanted);
  placed bigint;
BEGIN
  UPDATE retention_state SET version = version + 1;
  SELECT coalesce(array_agg(id), '{}') INTO h.account_ids FROM (
    SELECT a.id FROM accounts a WHERE jid = ANY (h.people)
    UNION SELECT account_id FROM former_addresses WHERE jid = ANY (h.people)
    UNION SELECT account_id FROM account_names WHERE jid = ANY (h.people)) known;
  SELECT coalesce(array_agg(jid), '{}') INTO h.addresses FROM (
    SELECT unnest(h.people) AS jid
    UNION SELECT jid FROM accounts WHERE id = ANY (h.account_ids)
    UNION SELECT jid FROM former_addresses WHERE account_id = ANY (h.account_ids)
    UNION SELECT jid FROM account_names WHERE account_id = ANY (h.account_ids)) known;
  INSERT INTO holds (office, name, matter, reason, people, account_ids, addresses, rooms, peers, words, from_at, until_at,
      placed_by, placed_at)
    VALUES (h.office, h.name, h.matter, h.reason, coalesce(h.people, '{}'), h.account_ids, h.addresses,
      coalesce(h.rooms, '{}'), coalesce(h.peers, '{}'), coalesce(h.words, '{}'), h.from_at, h.until_at, by_whom, at)
    RETURNING id INTO placed;
  INSERT INTO hold_words SELECT placed, hold_patterns(word) FROM unnest(h.words) word;
  RETURN placed;
END $$;

-- False when there is none, or it was released before.
CREATE FUNCTION release_hold(hold bigint, by_whom text, why text, at timestamptz) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM FROM retention_state FOR UPDATE;
  UPDATE holds SET released_by = by_whom, released_at = at, release_reason = why WHERE id = hold AND released_at IS NULL;
  IF NOT FOUND THEN RETURN false; END IF;
  UPDATE retention_state SET version = version + 1;
  RETURN true;
END $$;

REVOKE ALL ON FUNCTION place_hold, release_hold FROM PUBLIC;
GRANT EXECUTE ON FUNCTION place_hold, release_hold TO interoffice_app;
`;
