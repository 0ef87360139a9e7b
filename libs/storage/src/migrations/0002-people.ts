/** Accounts and what is kept for them: everything of the role `app`. */
export const people = `
CREATE TABLE accounts (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  jid text NOT NULL UNIQUE,
  directory text NOT NULL,
  directory_id text,
  name text,
  mail text,
  department text,
  title text,
  phone text,
  office text,
  photo bytea,
  photo_type text,
  photo_hash text,
  state text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'suspended', 'disabled', 'deleted')),
  role text NOT NULL DEFAULT 'employee'
    CHECK (role IN ('employee', 'helpdesk', 'peers', 'admin', 'readonly', 'officer', 'auditor')),
  role_scope text NOT NULL DEFAULT '*',
  roster_version bigint NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL DEFAULT now(),
  last_login_at timestamptz,
  UNIQUE (directory, directory_id)
);
COMMENT ON COLUMN accounts.jid IS 'Bare, prepared (RFC 7622). Never given to a second person.';
COMMENT ON COLUMN accounts.directory_id IS 'The stable id of the directory entry (entryUUID, objectGUID); null for local accounts.';
CREATE INDEX accounts_search ON accounts
  USING gin (lower(coalesce(name, '') || ' ' || jid || ' ' || coalesce(mail, '')) gin_trgm_ops);

CREATE TABLE scram_verifiers (
  account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
  mechanism text NOT NULL CHECK (mechanism IN ('SCRAM-SHA-1', 'SCRAM-SHA-256', 'SCRAM-SHA-512')),
  salt bytea NOT NULL,
  iterations int NOT NULL,
  stored_key bytea NOT NULL,
  server_key bytea NOT NULL,
  PRIMARY KEY (account_id, mechanism)
);

CREATE TABLE contacts (
  account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
  jid text NOT NULL,
  name text,
  groups text[] NOT NULL DEFAULT '{}',
  subscription text NOT NULL DEFAULT 'none' CHECK (subscription IN ('none', 'to', 'from', 'both')),
  ask boolean NOT NULL DEFAULT false,
  approved boolean NOT NULL DEFAULT false,
  pending_in text,
  pending_at timestamptz,
  version bigint NOT NULL DEFAULT 0,
  removed boolean NOT NULL DEFAULT false,
  PRIMARY KEY (account_id, jid)
);
COMMENT ON COLUMN contacts.pending_in IS 'The request for subscription as it came (RFC 6121 §3.1.3), until it is answered.';

CREATE TABLE blocked (
  account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
  jid text NOT NULL,
  PRIMARY KEY (account_id, jid)
);

CREATE TABLE marks (
  account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
  name text NOT NULL,
  journal_id bigint NOT NULL,
  PRIMARY KEY (account_id, name)
) WITH (fillfactor = 70);
COMMENT ON TABLE marks IS 'How far an account has got in the journal; what lies behind the mark still waits for it.';

CREATE TABLE preferences (
  account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
  name text NOT NULL,
  value jsonb NOT NULL,
  PRIMARY KEY (account_id, name)
);

CREATE TABLE api_sessions (
  id_hash bytea PRIMARY KEY,
  account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
  kind text NOT NULL CHECK (kind IN ('cookie', 'bearer')),
  created_at timestamptz NOT NULL DEFAULT now(),
  last_used_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL
);
CREATE INDEX ON api_sessions (account_id);
CREATE INDEX ON api_sessions (expires_at);

CREATE TABLE login_tokens (
  token_hash bytea PRIMARY KEY,
  account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
  expires_at timestamptz NOT NULL,
  used_at timestamptz
);
CREATE INDEX ON login_tokens (expires_at);

CREATE TABLE audit (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT now(),
  actor text NOT NULL,
  actor_role text,
  action text NOT NULL,
  subject text,
  reason text,
  details jsonb,
  remote text
);
COMMENT ON TABLE audit IS 'Who did or looked at what, and why. Append-only for every role of the application.';
CREATE INDEX ON audit (actor, id);
CREATE INDEX ON audit (action, id);

CREATE TABLE settings_state (
  name text PRIMARY KEY,
  value jsonb NOT NULL
);

GRANT SELECT, INSERT, UPDATE, DELETE ON accounts, scram_verifiers, contacts, blocked, marks, preferences, api_sessions,
  login_tokens, settings_state TO interoffice_app;
GRANT SELECT, INSERT ON audit TO interoffice_app;
`;
