/** Versions of the rules about other servers, and what people report of those who write to them from there. */
export const policy = `
CREATE TABLE policy_versions (
  version int PRIMARY KEY,
  at timestamptz NOT NULL,
  actor text NOT NULL,
  rules jsonb NOT NULL
);
COMMENT ON TABLE policy_versions IS 'The rules that held from then on: decisions name the version they were made by.';
COMMENT ON COLUMN policy_versions.actor IS 'Who changed them: an account, operator, or settings';

ALTER TABLE denials ADD office text, ADD groups text[];
COMMENT ON COLUMN denials.office IS 'Of our side, when it was decided; NULL: not kept';
COMMENT ON COLUMN denials.groups IS 'Of our side, those that rules about the peer name; NULL: not kept';

CREATE TABLE acquaintances (
  account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
  jid text NOT NULL,
  state text NOT NULL CHECK (state IN ('known', 'asked', 'refused')),
  held int NOT NULL DEFAULT 0,
  after_id bigint NOT NULL DEFAULT 0,
  since timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (account_id, jid)
);
COMMENT ON TABLE acquaintances IS 'How accounts stand to people at other servers who are not among their contacts.';
COMMENT ON COLUMN acquaintances.state IS 'known: was written to; asked: what they write waits for consent; refused: blocked while it waited';
COMMENT ON COLUMN acquaintances.after_id IS 'Up to here in the journal, what waited was delivered or refused';
-- Whoever was written to before this table was made is known.
INSERT INTO acquaintances (account_id, jid, state)
  SELECT DISTINCT j.author_id, j.receiver, 'known' FROM journal j JOIN accounts a ON a.id = j.author_id
   WHERE j.peer IS NOT NULL AND j.author_id <> 0 AND j.verdict = 0;
GRANT SELECT, INSERT, UPDATE, DELETE ON acquaintances TO interoffice_app;

CREATE TABLE reports (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL,
  reporter text NOT NULL,
  office text NOT NULL,
  about text NOT NULL,
  peer text NOT NULL,
  reason text NOT NULL CHECK (reason IN ('spam', 'abuse', 'other')),
  note text NOT NULL,
  messages text[] NOT NULL,
  state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'done')),
  handled_at timestamptz,
  handled_by text
);
COMMENT ON TABLE reports IS 'What people say of whom they block (XEP-0377), for administrators.';
COMMENT ON COLUMN reports.peer IS 'The domain of whom it is about';
COMMENT ON COLUMN reports.messages IS 'Ids of rows of the journal that the reporter names; what they say is for officers';
CREATE INDEX reports_open ON reports (id) WHERE state = 'open';
GRANT SELECT, INSERT, UPDATE ON reports TO interoffice_app;

GRANT SELECT, INSERT ON policy_versions TO interoffice_app;
`;
