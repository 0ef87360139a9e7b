/**
 * What a directory says of people and groups, and what syncs have done with it. `accounts.state` is the effective one:
 * an administrator's word (`suspended`, `deleted`) stands above the directory's, which is kept beside it in `refusal`.
 * Photos are a table of their own, by the hash of what the directory holds: one that many syncs see is made once.
 */
export const directory = `
CREATE TABLE photos (
  source text PRIMARY KEY,
  type text,
  bytes bytea,
  hash text,
  kept_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE photos IS 'Made anew from what the directory holds; bytes null: that could not be decoded';
COMMENT ON COLUMN photos.source IS 'SHA-256 of the bytes in the directory';
COMMENT ON COLUMN photos.hash IS 'SHA-1 of bytes (XEP-0153)';

ALTER TABLE accounts
  ADD COLUMN dn text,
  ADD COLUMN dn_key text,
  ADD COLUMN login text,
  ADD COLUMN principal text,
  ADD COLUMN primary_group text,
  ADD COLUMN refusal text CHECK (refusal IN ('deleted', 'out-of-scope', 'out-of-group', 'disabled', 'expired', 'locked',
    'must-change-password', 'password-expired', 'outside-hours')),
  ADD COLUMN refused_at timestamptz,
  ADD COLUMN seen_at timestamptz,
  ADD COLUMN photo_source text REFERENCES photos,
  ADD COLUMN role_by text NOT NULL DEFAULT 'hand' CHECK (role_by IN ('hand', 'directory')),
  ADD COLUMN search text NOT NULL DEFAULT '';
COMMENT ON COLUMN accounts.dn_key IS 'The DN in its one spelling for comparing';
COMMENT ON COLUMN accounts.refusal IS 'Why the directory does not let the account be used; null: it does';
COMMENT ON COLUMN accounts.seen_at IS 'When what stands here of the directory was written last';
COMMENT ON COLUMN accounts.role_by IS 'Who gave the role: somebody by hand, or a group of the directory';
COMMENT ON COLUMN accounts.search IS 'Folded; the first line holds what the person is called, the others what else finds them';

INSERT INTO photos (source, type, bytes, hash)
  SELECT DISTINCT ON (photo_hash) encode(sha256(photo), 'hex'), photo_type, photo, photo_hash
    FROM accounts WHERE photo IS NOT NULL AND photo_hash IS NOT NULL
  ON CONFLICT DO NOTHING;
UPDATE accounts SET photo_source = encode(sha256(photo), 'hex') WHERE photo IS NOT NULL AND photo_hash IS NOT NULL;
UPDATE accounts SET search = replace(lower(regexp_replace(
  normalize(concat_ws(' ', name, jid, mail) || chr(10) || concat_ws(' ', department, title, phone, office), NFKD),
  '[' || chr(768) || '-' || chr(879) || ']', '', 'g')), chr(223), 'ss');
DROP INDEX accounts_search;
ALTER TABLE accounts DROP COLUMN photo, DROP COLUMN photo_type;
CREATE INDEX accounts_search ON accounts USING gin (search gin_trgm_ops);
CREATE INDEX accounts_dn ON accounts (directory, dn_key) WHERE dn_key IS NOT NULL;
CREATE INDEX accounts_login ON accounts (directory, login) WHERE login IS NOT NULL;
CREATE INDEX accounts_primary_group ON accounts (directory, primary_group) WHERE primary_group IS NOT NULL;
CREATE INDEX accounts_photo ON accounts (photo_source) WHERE photo_source IS NOT NULL;

CREATE TABLE account_names (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
  jid text NOT NULL,
  login text,
  name text,
  mail text,
  search text NOT NULL,
  since timestamptz NOT NULL,
  until timestamptz NOT NULL
);
COMMENT ON TABLE account_names IS 'What people were called before: a row for each time that one of the names changed';
CREATE INDEX ON account_names (account_id, until);
CREATE INDEX account_names_search ON account_names USING gin (search gin_trgm_ops);

CREATE FUNCTION note_former_names() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO account_names (account_id, jid, login, name, mail, search, since, until)
    SELECT OLD.id, OLD.jid, OLD.login, OLD.name, OLD.mail, split_part(OLD.search, chr(10), 1),
      coalesce((SELECT max(until) FROM account_names WHERE account_id = OLD.id), OLD.created_at), now();
  RETURN NULL;
END $$;
CREATE TRIGGER accounts_former_names AFTER UPDATE ON accounts FOR EACH ROW
  WHEN (OLD.jid <> NEW.jid OR OLD.name <> NEW.name OR OLD.mail <> NEW.mail OR OLD.login <> NEW.login
    OR (OLD.name IS NOT NULL AND NEW.name IS NULL) OR (OLD.mail IS NOT NULL AND NEW.mail IS NULL)
    OR (OLD.login IS NOT NULL AND NEW.login IS NULL))
  EXECUTE FUNCTION note_former_names();

CREATE TABLE former_addresses (
  jid text PRIMARY KEY,
  account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
  forwards_until timestamptz NOT NULL
);
COMMENT ON TABLE former_addresses IS 'Addresses that were somebody''s: reserved for ever, forwarding for a while';
CREATE INDEX ON former_addresses (account_id);

CREATE FUNCTION refuse_former_address() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM former_addresses WHERE jid = NEW.jid AND account_id <> NEW.id) THEN
    RAISE EXCEPTION 'the address % was somebody else''s', NEW.jid USING ERRCODE = 'unique_violation';
  END IF;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION refuse_former_address IS
  'Behind the unique index, so that who waited there for a renaming sees what the renaming has reserved';
CREATE TRIGGER accounts_former_address AFTER INSERT OR UPDATE OF jid ON accounts FOR EACH ROW
  EXECUTE FUNCTION refuse_former_address();

CREATE TABLE directory_groups (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  directory text NOT NULL,
  directory_id text NOT NULL,
  dn text NOT NULL,
  dn_key text NOT NULL,
  name text NOT NULL,
  key text,
  members_hash text NOT NULL,
  UNIQUE (directory, directory_id)
);
COMMENT ON COLUMN directory_groups.key IS 'SID or gidNumber: what accounts.primary_group names';
CREATE INDEX ON directory_groups (directory, dn_key);
CREATE INDEX ON directory_groups (directory, key) WHERE key IS NOT NULL;

CREATE TABLE directory_group_members (
  group_id bigint NOT NULL REFERENCES directory_groups ON DELETE CASCADE,
  member text NOT NULL,
  by_login boolean NOT NULL DEFAULT false,
  account_id bigint REFERENCES accounts ON DELETE CASCADE,
  member_group_id bigint REFERENCES directory_groups ON DELETE SET NULL,
  PRIMARY KEY (group_id, member, by_login)
);
COMMENT ON TABLE directory_group_members IS
  'Direct members. Whom the DN (or the log-in name) means is kept by number, since a DN changes without the group changing';
CREATE INDEX directory_group_members_unsettled ON directory_group_members (member)
  WHERE account_id IS NULL AND member_group_id IS NULL;
CREATE INDEX ON directory_group_members (account_id) WHERE account_id IS NOT NULL;
CREATE INDEX ON directory_group_members (member_group_id) WHERE member_group_id IS NOT NULL;

CREATE TABLE directory_syncs (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  directory text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('full', 'changes', 'online')),
  started_at timestamptz NOT NULL,
  ended_at timestamptz NOT NULL,
  outcome text NOT NULL CHECK (outcome IN ('done', 'partial', 'held', 'failed')),
  counts jsonb NOT NULL,
  left_out jsonb NOT NULL,
  error text
);
COMMENT ON COLUMN directory_syncs.left_out IS 'Entries that could get no address, the first hundred of them';
CREATE INDEX ON directory_syncs (directory, id);

CREATE TABLE directory_cursors (
  directory text PRIMARY KEY,
  server text NOT NULL,
  position text NOT NULL
);

CREATE TABLE directory_held (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  directory text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('full', 'changes', 'online')),
  held_at timestamptz NOT NULL,
  reason text NOT NULL CHECK (reason IN ('too-many', 'empty')),
  ids text[] NOT NULL,
  preview jsonb NOT NULL,
  decision text CHECK (decision IN ('apply', 'reject')),
  decided_by text,
  decided_at timestamptz
);
COMMENT ON TABLE directory_held IS 'Syncs that the guard has stopped: what they would have done, and what somebody said to it';
CREATE UNIQUE INDEX ON directory_held (directory) WHERE decision IS NULL;

GRANT SELECT, INSERT, UPDATE, DELETE ON photos, former_addresses, directory_groups, directory_group_members,
  directory_syncs, directory_cursors, directory_held TO interoffice_app;
GRANT SELECT, INSERT ON account_names TO interoffice_app;
`;
