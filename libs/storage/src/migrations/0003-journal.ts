/**
 * The journal: two tables written in one transaction (docs/decisions/0003). Nobody but the owner, who only migrates,
 * may change or delete a row. An officer reads through a view that shows the offices of `interoffice.scope` alone: row
 * security on the tables themselves would forbid COPY to the writer. (CASE, because the planner takes an OR of such
 * comparisons for rare and would sort the whole journal rather than read it from its end.)
 */
export const journal = `
CREATE TABLE journal (
  id bigint PRIMARY KEY,
  at timestamptz NOT NULL,
  author_id bigint NOT NULL,
  receiver_id bigint NOT NULL,
  batch bigint NOT NULL,
  about bigint,
  policy_version int NOT NULL,
  size int NOT NULL,
  kind smallint NOT NULL,
  verdict smallint NOT NULL,
  retention_class smallint NOT NULL,
  author text NOT NULL,
  author_device text NOT NULL,
  author_office text NOT NULL,
  receiver text NOT NULL,
  receiver_device text NOT NULL,
  receiver_office text NOT NULL,
  room text,
  peer text,
  gateway text,
  decision_id text,
  stanza_id text,
  origin_id text,
  thread text,
  salt bytea NOT NULL,
  leaf bytea NOT NULL
);
COMMENT ON COLUMN journal.kind IS '0 chat, 1 normal, 2 headline, 3 groupchat, 4 error';
COMMENT ON COLUMN journal.verdict IS '0 passed, 1 refused, 2 dropped';
COMMENT ON COLUMN journal.batch IS 'The id of the first row of the commit it came with';
COMMENT ON COLUMN journal.about IS 'The row it corrects, retracts or moderates';
COMMENT ON COLUMN journal.leaf IS 'SHA-256 over salt and canonical form, docs/compliance/canonical-form.md';
CREATE INDEX journal_author ON journal (author_id, id) WHERE author_id <> 0;
CREATE INDEX journal_receiver ON journal (receiver_id, id) WHERE receiver_id <> 0;

CREATE TABLE journal_content (
  id bigint NOT NULL,
  at timestamptz NOT NULL,
  retention_class smallint NOT NULL,
  stanza bytea NOT NULL,
  body text
) PARTITION BY LIST (retention_class);
CREATE INDEX journal_content_id ON journal_content (id);

GRANT INSERT, SELECT (id, batch, salt) ON journal TO interoffice_writer;
GRANT INSERT ON journal_content TO interoffice_writer;
GRANT SELECT ON journal, journal_content TO interoffice_reader;

CREATE FUNCTION in_scope(author_office text, receiver_office text) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
AS $$
  SELECT CASE WHEN current_setting('interoffice.scope', true) = '*' THEN true
    ELSE author_office = ANY (string_to_array(current_setting('interoffice.scope', true), chr(31)))
      OR receiver_office = ANY (string_to_array(current_setting('interoffice.scope', true), chr(31))) END
$$;
CREATE VIEW officer_journal AS
  SELECT j.*, c.stanza, c.body FROM journal j
    LEFT JOIN journal_content c ON c.id = j.id AND c.at = j.at AND c.retention_class = j.retention_class
   WHERE in_scope(j.author_office, j.receiver_office);
GRANT SELECT ON officer_journal TO interoffice_officer;
`;
