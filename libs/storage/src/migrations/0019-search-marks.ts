/**
 * The text index also knows who, where, which way and what kind: messages are found by these without reading the journal
 * (docs/decisions/0063). It is made anew from the journal. And searches that officers keep.
 */
export const searchMarks = `
TRUNCATE journal_search;
DELETE FROM settings_state WHERE name = 'archive.index';
ALTER TABLE journal_search ADD signature bytea STORAGE EXTERNAL NOT NULL;
COMMENT ON COLUMN journal_search.signature IS 'A bit for each five successive characters in the texts';

CREATE TABLE saved_searches (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
  name text NOT NULL,
  query jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (account_id, name)
);
COMMENT ON TABLE saved_searches IS 'What an officer looks for again and again; nobody else sees it';
COMMENT ON COLUMN saved_searches.query IS 'As the API takes it, without the reason: that is given each time';
GRANT SELECT, INSERT, UPDATE, DELETE ON saved_searches TO interoffice_app;
`;
