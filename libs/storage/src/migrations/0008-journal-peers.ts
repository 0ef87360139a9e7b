/**
 * The indexes of an account's archive name the other side as well: what somebody has said with one contact, however
 * rarely, is found in the index alone, without a look at everything else he has said. Without it a page of a rare
 * contact took as long as the archive is large.
 */
export const journalPeers = `
CREATE INDEX journal_author_peer ON journal (author_id, id) INCLUDE (receiver_id, verdict) WHERE author_id <> 0;
CREATE INDEX journal_receiver_peer ON journal (receiver_id, id) INCLUDE (author_id, verdict) WHERE receiver_id <> 0;
DROP INDEX journal_author, journal_receiver;
ALTER INDEX journal_author_peer RENAME TO journal_author;
ALTER INDEX journal_receiver_peer RENAME TO journal_receiver;
`;
