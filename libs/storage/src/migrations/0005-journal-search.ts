/**
 * What text search looks in: filled behind delivery, so that no index of words costs a message its time. `words` holds
 * folded words and pairs of CJK characters; `content` the folded text, for parts of words.
 */
export const journalSearch = `
CREATE TABLE journal_search (
  journal_id bigint PRIMARY KEY,
  words tsvector NOT NULL,
  content text NOT NULL
);
CREATE INDEX journal_search_words ON journal_search USING gin (words);
CREATE INDEX journal_search_content ON journal_search USING gin (content gin_trgm_ops);
GRANT SELECT, INSERT, DELETE ON journal_search TO interoffice_app;
`;
