/**
 * The seal: what was signed, and by whom it was seen. Rows of the audit log get a salt and a leaf as those of the journal
 * have (docs/compliance/canonical-form.md), made where nobody can leave them out, and numbers in the order of their
 * commits: what has been sealed up to a number is complete.
 */
export const seal = `
CREATE FUNCTION canonical_text(value text) RETURNS bytea LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN value IS NULL THEN int4send(-1)
    ELSE int4send(octet_length(convert_to(value, 'UTF8'))) || convert_to(value, 'UTF8') END
$$;

ALTER TABLE audit ADD salt bytea, ADD leaf bytea;

CREATE FUNCTION audit_leaf(deed audit) RETURNS bytea LANGUAGE sql STABLE AS $$
  SELECT sha256((deed).salt || '\\x02'::bytea
    || int4send(8) || int8send((deed).id) || int4send(8) || timestamptz_send((deed).at)
    || canonical_text((deed).actor) || canonical_text((deed).actor_role) || canonical_text((deed).action)
    || canonical_text((deed).subject) || canonical_text((deed).reason) || canonical_text((deed).details::text)
    || canonical_text((deed).remote))
$$;

UPDATE audit SET salt = uuid_send(gen_random_uuid());
UPDATE audit SET leaf = audit_leaf(audit);
ALTER TABLE audit ALTER salt SET NOT NULL, ALTER leaf SET NOT NULL;
COMMENT ON COLUMN audit.leaf IS 'SHA-256 over salt and canonical form, docs/compliance/canonical-form.md';

-- One after the other, without gaps but those of failures: a lower number than another's is never committed later.
ALTER TABLE audit ALTER id DROP IDENTITY;
CREATE SEQUENCE audit_numbers OWNED BY audit.id;
SELECT setval('audit_numbers', (SELECT coalesce(max(id), 0) + 1 FROM audit), false);
CREATE FUNCTION complete_deed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(5270315);
  NEW.id := nextval('audit_numbers');
  NEW.at := clock_timestamp();
  NEW.salt := uuid_send(gen_random_uuid());
  NEW.leaf := audit_leaf(NEW);
  RETURN NEW;
END $$;
CREATE TRIGGER complete_deed BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION complete_deed();
REVOKE ALL ON FUNCTION complete_deed FROM PUBLIC;

CREATE TABLE seal_checkpoints (
  origin text NOT NULL,
  size bigint NOT NULL CHECK (size > previous),
  previous bigint NOT NULL CHECK (previous >= 0),
  at timestamptz NOT NULL,
  root bytea NOT NULL,
  journal_id bigint NOT NULL,
  audit_id bigint NOT NULL,
  note text NOT NULL,
  PRIMARY KEY (origin, size),
  UNIQUE (origin, previous)
);
COMMENT ON TABLE seal_checkpoints IS 'Everything that was signed (C2SP tlog-checkpoint). Append-only for every role of the application.';
COMMENT ON COLUMN seal_checkpoints.journal_id IS 'The latest row of the journal that it covers; entries since the one before are in the order of their ids, the journal before the audit log';
CREATE INDEX seal_checkpoints_at ON seal_checkpoints (origin, at);

CREATE TABLE seal_cosignatures (
  origin text NOT NULL,
  size bigint NOT NULL,
  witness text NOT NULL,
  at timestamptz NOT NULL,
  line text NOT NULL,
  PRIMARY KEY (origin, size, witness)
);
COMMENT ON TABLE seal_cosignatures IS 'What witnesses signed after they had seen that nothing before was changed (C2SP tlog-cosignature)';

CREATE TABLE seal_timestamps (
  origin text NOT NULL,
  size bigint NOT NULL,
  at timestamptz NOT NULL,
  token bytea NOT NULL,
  PRIMARY KEY (origin, size)
);
COMMENT ON TABLE seal_timestamps IS 'Answers of a time-stamping authority about notes of checkpoints (RFC 3161)';

CREATE TABLE witnessed_logs (
  origin text PRIMARY KEY,
  size bigint NOT NULL,
  root bytea NOT NULL,
  at timestamptz NOT NULL
);
COMMENT ON TABLE witnessed_logs IS 'How far this appliance has seen the logs it is a witness of; never moves back';

GRANT SELECT, INSERT ON seal_checkpoints, seal_cosignatures, seal_timestamps TO interoffice_app;
GRANT SELECT, INSERT, UPDATE ON witnessed_logs TO interoffice_app;
`;
