/**
 * Text search by blocks: one row for some hundred successive messages of one retention class and month, with their
 * folded texts and, each once, the grams in them (libs/archive/src/grams.ts). An index entry is shared by the block,
 * which makes what search costs a message a tenth of what a row of its own did (docs/decisions/0027). Blocks with the
 * same `first_id` differ in class alone; others do not overlap. Filled anew from the journal.
 */
export const searchBlocks = `
DROP TABLE journal_search;
CREATE TABLE journal_search (
  first_id bigint NOT NULL,
  last_id bigint NOT NULL,
  retention_class smallint NOT NULL,
  ids bigint[] NOT NULL,
  contents text NOT NULL,
  grams int[] NOT NULL,
  PRIMARY KEY (first_id, retention_class)
);
ALTER TABLE journal_search ALTER COLUMN contents SET STORAGE EXTERNAL, ALTER COLUMN grams SET STORAGE EXTERNAL;
CREATE INDEX journal_search_grams ON journal_search USING gin (grams);
GRANT SELECT, INSERT, DELETE ON journal_search TO interoffice_app;
DELETE FROM settings_state WHERE name = 'archive.index';
`;
