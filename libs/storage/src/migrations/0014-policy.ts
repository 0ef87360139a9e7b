/** Versions of the rules about other servers, and what people report of those who write to them from there. */
export const policy = `
CREATE TABLE policy_versions (
  version int PRIMARY KEY,
  at timestamptz NOT NULL,
  actor text NOT NULL,
  rules jsonb NOT NULL
);
COMMENT ON TABLE policy_versions IS 'The rules that held from then on: decisions name the version they were made by.';
COMMENT ON COLUMN policy_versions.actor IS 'Who changed them: an account, operator, or settings';

ALTER TABLE denials ADD office text, ADD groups text[];
COMMENT ON COLUMN denials.office IS 'Of our side, when it was decided; NULL: not kept';
COMMENT ON COLUMN denials.groups IS 'Of our side, those that rules about the peer name; NULL: not kept';

GRANT SELECT, INSERT ON policy_versions TO interoffice_app;
`;
