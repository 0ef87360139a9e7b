/** What waits for other servers is the journal behind a mark: of each pair of domains, and found by its peer. */
export const peers = `
CREATE INDEX journal_outbound ON journal (peer, id) WHERE peer IS NOT NULL AND author_id <> 0 AND verdict = 0;
-- What people of other servers sent, to know it when it is sent again.
CREATE INDEX journal_foreign ON journal (author, id) WHERE peer IS NOT NULL AND author_id = 0;

CREATE TABLE peer_marks (
  domain text NOT NULL,
  peer text NOT NULL,
  journal_id bigint NOT NULL,
  PRIMARY KEY (domain, peer)
) WITH (fillfactor = 70);
COMMENT ON TABLE peer_marks IS 'How far the journal is the peer''s; what lies behind the mark still waits for it.';
COMMENT ON COLUMN peer_marks.domain IS 'Ours, whose people wrote';

CREATE TABLE denials (
  id uuid PRIMARY KEY,
  at timestamptz NOT NULL,
  direction text NOT NULL CHECK (direction IN ('in', 'out')),
  sender text NOT NULL,
  receiver text NOT NULL,
  peer text NOT NULL,
  classes text[] NOT NULL,
  rule text,
  because text NOT NULL,
  policy_version int NOT NULL
);
COMMENT ON TABLE denials IS 'What policy refused at the border: what is behind the id that the refused side has read.';
CREATE INDEX denials_at ON denials (at);

GRANT SELECT, INSERT, UPDATE, DELETE ON peer_marks, denials TO interoffice_app;
`;
