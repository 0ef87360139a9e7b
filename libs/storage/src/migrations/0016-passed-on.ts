/** What this server passes on between two other offices waits for the next one in the journal, too. */
export const passedOn = `
CREATE INDEX journal_passed_on ON journal (peer, id)
  WHERE peer IS NOT NULL AND verdict = 0 AND author_id = 0 AND split_part(author, '@', 2) <> peer;
`;
