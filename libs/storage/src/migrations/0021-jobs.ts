/**
 * Long work that goes on where it stopped: an export, later a disposal or an import. One row each; the work itself runs in
 * a thread, and writes down here how far it is. What is found and made by it lies elsewhere, under the rights that are due.
 */
export const jobs = `
CREATE TABLE jobs (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind text NOT NULL,
  state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'running', 'done', 'failed', 'cancelled')),
  requested_by text NOT NULL,
  scope text NOT NULL,
  input jsonb NOT NULL,
  checkpoint jsonb,
  phase text,
  done bigint NOT NULL DEFAULT 0,
  total bigint,
  result jsonb,
  problem jsonb,
  created_at timestamptz NOT NULL,
  started_at timestamptz,
  moved_at timestamptz,
  finished_at timestamptz
);
COMMENT ON COLUMN jobs.scope IS 'The offices of who asked for it, * for all: nobody with less may see it';
COMMENT ON COLUMN jobs.checkpoint IS 'Where the thread goes on after it was stopped or killed';
COMMENT ON COLUMN jobs.moved_at IS 'When it has last got further';
COMMENT ON COLUMN jobs.problem IS 'Code and text of why it failed';
CREATE INDEX jobs_open ON jobs (id) WHERE state IN ('waiting', 'running');
CREATE INDEX jobs_kind ON jobs (kind, id);
GRANT SELECT, INSERT, UPDATE ON jobs TO interoffice_app;
`;
