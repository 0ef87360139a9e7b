/**
 * Rooms (XEP-0045), and their place in the journal: a room is a party whose number there is below zero. What was said in
 * one has the author's number and the room's; an author's own archive leaves those rows out, so his index does too, and
 * they get one of their own.
 */
export const rooms = `
CREATE TABLE rooms (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  jid text NOT NULL UNIQUE,
  office text NOT NULL DEFAULT '',
  template text,
  config jsonb NOT NULL,
  subject jsonb,
  avatar jsonb,
  locked boolean NOT NULL DEFAULT false,
  created_by text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  ended jsonb
);
COMMENT ON COLUMN rooms.ended IS 'A tombstone: when, by whom, why, and where people should go. XEP-0045 §10.9';
CREATE INDEX rooms_search ON rooms USING gin (lower(jid || ' ' || coalesce(config->>'name', '')) gin_trgm_ops);

CREATE TABLE room_affiliations (
  room_id bigint NOT NULL REFERENCES rooms ON DELETE CASCADE,
  jid text NOT NULL,
  affiliation text NOT NULL CHECK (affiliation IN ('owner', 'admin', 'member', 'none', 'outcast')),
  nick text,
  reason text,
  PRIMARY KEY (room_id, jid)
);
COMMENT ON COLUMN room_affiliations.nick IS 'Reserved in this room for this person. XEP-0045 §7.10';
CREATE INDEX room_affiliations_jid ON room_affiliations (jid);

GRANT SELECT, INSERT, UPDATE, DELETE ON rooms, room_affiliations TO interoffice_app;

CREATE INDEX journal_author_people ON journal (author_id, id) INCLUDE (receiver_id, verdict)
  WHERE author_id <> 0 AND receiver_id >= 0;
DROP INDEX journal_author;
ALTER INDEX journal_author_people RENAME TO journal_author;
CREATE INDEX journal_author_rooms ON journal (author_id, id) INCLUDE (receiver_id, kind)
  WHERE author_id <> 0 AND receiver_id < 0;
CREATE INDEX journal_about ON journal (about) WHERE about IS NOT NULL;
-- Who came into a room and left it, for who asks who was there. Names may be longer than an index takes.
CREATE INDEX journal_presence ON journal (left(receiver, 256), receiver_id, id) WHERE kind >= 5;
CREATE INDEX journal_through_rooms ON journal (left(room, 256), id) WHERE room IS NOT NULL AND receiver_id >= 0;
CREATE VIEW officer_presence AS
  SELECT id, receiver, receiver_id, kind, author, author_device FROM journal
   WHERE kind >= 5 AND CASE WHEN author = receiver THEN true ELSE in_scope(author_office, receiver_office) END;
COMMENT ON VIEW officer_presence IS 'A room service that leaves itself: the server began anew, whoever was there has left';
GRANT SELECT ON officer_presence TO interoffice_officer;
COMMENT ON COLUMN journal.kind IS
  '0 chat, 1 normal, 2 headline, 3 groupchat, 4 error, 5 came into the room, 6 left it';
COMMENT ON COLUMN journal.receiver_id IS '0: not ours; below zero: a room';

ALTER TABLE held_streams ADD COLUMN kept jsonb NOT NULL DEFAULT '{}';
COMMENT ON COLUMN held_streams.kept IS 'What features keep of the device, such as the rooms it is in';
`;
