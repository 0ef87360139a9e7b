/**
 * Rules change through these alone. What keeps something for less long than before waits for a second person: a new rule
 * (what no rule covers is kept for ever), a shorter period, the end of a rule. RT001: the change is not open any more,
 * RT002: it has waited for more than a week, RT003: the same person, RT004: there is no such rule.
 */
export const ruling = `
CREATE FUNCTION retention_person(account text, of_office text, roles text[]) RETURNS accounts
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
DECLARE
  who accounts;
BEGIN
  SELECT * INTO who FROM accounts a WHERE a.jid = account AND a.state = 'active' AND a.role = ANY (roles)
    AND (a.role_scope = '*' OR a.role_scope = of_office);
  IF who.id IS NULL THEN
    RAISE EXCEPTION 'account % has no say in retention here', account USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN who;
END $$;

CREATE FUNCTION apply_retention_change(c retention_changes, approver text, at timestamptz) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  r retention_rules := jsonb_populate_record(NULL::retention_rules, c.rule);
BEGIN
  UPDATE retention_state SET version = version + 1;
  IF c.action = 'add' THEN
    INSERT INTO retention_rules (office, group_key, group_name, room, peer, kind, days, made_by, approved_by, made_at, changed_at)
      VALUES (c.office, r.group_key, r.group_name, r.room, r.peer, r.kind, r.days, c.proposed_by, approver, at, at)
      RETURNING id INTO r.id;
    UPDATE retention_changes SET rule_id = r.id WHERE id = c.id;
  ELSE
    UPDATE retention_rules SET changed_at = at, approved_by = coalesce(approver, approved_by),
        days = CASE c.action WHEN 'set' THEN r.days ELSE days END, ended_at = CASE c.action WHEN 'end' THEN at END
      WHERE id = c.rule_id AND ended_at IS NULL;
    IF NOT FOUND THEN RAISE EXCEPTION 'the rule has ended' USING ERRCODE = 'RT004'; END IF;
  END IF;
END $$;

CREATE FUNCTION propose_retention(act text, of_rule bigint, wanted jsonb, why text, account text, at timestamptz)
RETURNS TABLE (id bigint, state text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
  present retention_rules;
  r retention_rules := jsonb_populate_record(NULL::retention_rules, wanted);
  who accounts;
  keeps_more boolean;
  made retention_changes;
BEGIN
  PERFORM FROM retention_state FOR UPDATE;
  IF act <> 'add' THEN
    SELECT * INTO present FROM retention_rules k WHERE k.id = of_rule AND k.ended_at IS NULL;
    IF present.id IS NULL THEN RAISE EXCEPTION 'there is no such rule' USING ERRCODE = 'RT004'; END IF;
    -- Whom a rule covers never changes.
    present.days := CASE act WHEN 'set' THEN r.days ELSE present.days END;
    keeps_more := act = 'set' AND (r.days IS NULL OR r.days >= (SELECT k.days FROM retention_rules k WHERE k.id = of_rule));
    r := present;
  ELSE
    keeps_more := r.days IS NULL;
  END IF;
  who := retention_person(account, r.office, ARRAY['officer']);
  INSERT INTO retention_changes (office, action, rule_id, rule, reason, proposed_by, proposer_id, proposed_at, expires_at, state)
    VALUES (r.office, act, of_rule, to_jsonb(r), why, who.jid, who.id, at, at + interval '7 days',
      CASE WHEN keeps_more THEN 'done' ELSE 'open' END)
    RETURNING * INTO made;
  IF keeps_more THEN PERFORM apply_retention_change(made, NULL, at); END IF;
  RETURN QUERY SELECT made.id, made.state;
END $$;

CREATE FUNCTION decide_retention(change bigint, decision text, account text, at timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  c retention_changes;
  who accounts;
  proposer accounts;
BEGIN
  PERFORM FROM retention_state FOR UPDATE;
  SELECT * INTO c FROM retention_changes WHERE id = change FOR UPDATE;
  IF c.id IS NULL OR c.state <> 'open' THEN RAISE EXCEPTION 'the change is not open' USING ERRCODE = 'RT001'; END IF;
  who := retention_person(account, c.office, ARRAY['officer', 'auditor']);
  IF decision = 'withdrawn' AND who.id <> c.proposer_id THEN
    RAISE EXCEPTION 'the change is somebody else''s' USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF decision = 'done' THEN
    IF c.expires_at <= at THEN RAISE EXCEPTION 'the change has waited too long' USING ERRCODE = 'RT002'; END IF;
    SELECT * INTO proposer FROM accounts WHERE id = c.proposer_id;
    -- The directory knows one person by one id; a person with an account here and one there has one mailbox.
    IF who.id = c.proposer_id OR who.directory_id = proposer.directory_id OR lower(nullif(who.mail, '')) = lower(proposer.mail) THEN
      RAISE EXCEPTION 'the second person is the first' USING ERRCODE = 'RT003';
    END IF;
    PERFORM apply_retention_change(c, who.jid, at);
  END IF;
  UPDATE retention_changes SET state = decision, decided_by = who.jid, decider_id = who.id, decided_at = at WHERE id = change;
END $$;

CREATE FUNCTION note_retention_members(beside text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  WITH RECURSIVE named AS (
      SELECT group_key FROM retention_rules WHERE group_key IS NOT NULL AND ended_at IS NULL
      UNION SELECT rule ->> 'group_key' FROM retention_changes WHERE state = 'open' AND rule ->> 'group_key' IS NOT NULL
      UNION SELECT beside WHERE beside IS NOT NULL),
    within (group_key, group_id) AS (
      SELECT n.group_key, g.id FROM named n JOIN directory_groups g ON g.directory || '/' || g.directory_id = n.group_key
      UNION
      SELECT w.group_key, m.member_group_id FROM within w JOIN directory_group_members m ON m.group_id = w.group_id
       WHERE m.member_group_id IS NOT NULL)
  INSERT INTO retention_members
    SELECT w.group_key, m.account_id FROM within w JOIN directory_group_members m ON m.group_id = w.group_id
     WHERE m.account_id IS NOT NULL
    UNION
    SELECT w.group_key, a.id FROM within w JOIN directory_groups g ON g.id = w.group_id
      JOIN accounts a ON a.directory = g.directory AND a.primary_group = g.key
    ON CONFLICT DO NOTHING;
  IF FOUND THEN UPDATE retention_state SET version = version + 1; END IF;
END $$;

REVOKE ALL ON FUNCTION retention_person, apply_retention_change, propose_retention, decide_retention,
  note_retention_members FROM PUBLIC;
GRANT EXECUTE ON FUNCTION propose_retention, decide_retention TO interoffice_app;
`;
