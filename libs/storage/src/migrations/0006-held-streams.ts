/** Streams that can be resumed, also after a restart. XEP-0198 §5; nothing in it is the only copy of a message. */
export const heldStreams = `
CREATE TABLE held_streams (
  id_hash bytea PRIMARY KEY,
  account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
  resource text NOT NULL,
  handled bigint NOT NULL,
  acknowledged bigint NOT NULL,
  queue bytea NOT NULL,
  position bigint NOT NULL,
  presence bytea,
  priority int NOT NULL,
  show text NOT NULL,
  flags text[] NOT NULL,
  is_exact boolean NOT NULL,
  expires_at timestamptz NOT NULL
) WITH (fillfactor = 70);
COMMENT ON COLUMN held_streams.id_hash IS 'SHA-256 of the SM-ID';
COMMENT ON COLUMN held_streams.queue IS 'What was sent and not acknowledged: marks on the journal, and stanzas outside it';
COMMENT ON COLUMN held_streams.position IS 'From here on everything in the journal has yet to be sent';
CREATE INDEX ON held_streams (account_id);
CREATE INDEX ON held_streams (expires_at);

CREATE TABLE unclean_ends (
  account_id bigint PRIMARY KEY REFERENCES accounts ON DELETE CASCADE,
  at timestamptz NOT NULL
);
COMMENT ON TABLE unclean_ends IS 'Accounts with a stream that did not end by its own word: what they send again is looked up. Kept a day.';
CREATE INDEX ON unclean_ends (at);

GRANT SELECT, INSERT, UPDATE, DELETE ON held_streams, unclean_ends TO interoffice_app;
`;
