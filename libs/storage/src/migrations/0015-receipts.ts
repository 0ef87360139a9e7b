/** What offices have on record of each other's, signed. */
export const receipts = `
CREATE TABLE receipts (
  number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  recorded_by text NOT NULL,
  rows_of text NOT NULL,
  at timestamptz NOT NULL,
  rows bigint[] NOT NULL,
  chain bytea[] NOT NULL,
  signature bytea NOT NULL,
  up_to bigint,
  is_confirmed boolean NOT NULL DEFAULT false,
  UNIQUE (recorded_by, rows_of, signature)
);
COMMENT ON TABLE receipts IS 'Receipts between offices: given ones, and those of others for messages of ours';
COMMENT ON COLUMN receipts.rows IS 'Ids in the journal of rows_of';
COMMENT ON COLUMN receipts.up_to IS 'Of given ones: our journal up to here is in this receipt or one before; NULL: it is another office''s';
COMMENT ON COLUMN receipts.is_confirmed IS 'Of given ones: the other office has it';
CREATE INDEX receipts_of ON receipts (rows_of, recorded_by, at);
CREATE INDEX receipts_unconfirmed ON receipts (number) WHERE up_to IS NOT NULL AND NOT is_confirmed;

GRANT SELECT, INSERT ON receipts TO interoffice_app;
GRANT UPDATE (is_confirmed) ON receipts TO interoffice_app;
`;
