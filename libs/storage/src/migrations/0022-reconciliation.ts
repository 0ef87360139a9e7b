/** What was accepted compared with what is archived, and who has looked at a difference. */
export const reconciliation = `
CREATE TABLE reconciliations (
  number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  node text NOT NULL,
  at timestamptz NOT NULL,
  after_id bigint NOT NULL,
  upto_id bigint NOT NULL,
  outcome text NOT NULL CHECK (outcome IN ('agrees', 'gap', 'uncounted')),
  accepted bigint,
  recorded bigint NOT NULL,
  gaps jsonb NOT NULL,
  edges jsonb NOT NULL
);
COMMENT ON TABLE reconciliations IS 'Stretches of the journal, each with what was counted before it got there. Append-only for every role of the application.';
CREATE INDEX reconciliations_gaps ON reconciliations (number) WHERE outcome = 'gap';
CREATE INDEX reconciliations_node ON reconciliations (node, number);

CREATE TABLE acknowledged_gaps (
  number bigint PRIMARY KEY REFERENCES reconciliations,
  by text NOT NULL,
  at timestamptz NOT NULL
);

GRANT SELECT, INSERT ON reconciliations, acknowledged_gaps TO interoffice_app;
`;
