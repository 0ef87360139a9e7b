/** What people publish about themselves (XEP-0163) and keep for their clients (XEP-0049). */
export const pep = `
CREATE TABLE pep_nodes (
  account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
  name text NOT NULL,
  config jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (account_id, name)
);
COMMENT ON COLUMN pep_nodes.config IS 'libs/features/src/personal-nodes.ts, NodeConfig; what is not named there has its default';

CREATE SEQUENCE pep_publications;
CREATE TABLE pep_items (
  account_id bigint NOT NULL,
  node text NOT NULL,
  id text NOT NULL,
  payload text NOT NULL,
  size int NOT NULL,
  publication bigint NOT NULL DEFAULT nextval('pep_publications'),
  published_at timestamptz NOT NULL,
  PRIMARY KEY (account_id, node, id),
  FOREIGN KEY (account_id, node) REFERENCES pep_nodes ON DELETE CASCADE
);
COMMENT ON COLUMN pep_items.publication IS 'The order of publication; a new one whenever the item is published again';
CREATE INDEX pep_items_publication ON pep_items (account_id, node, publication);

CREATE TABLE private_storage (
  account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
  namespace text NOT NULL,
  name text NOT NULL,
  content text NOT NULL,
  PRIMARY KEY (account_id, namespace, name)
);

GRANT SELECT, INSERT, UPDATE, DELETE ON pep_nodes, pep_items, private_storage TO interoffice_app;
GRANT USAGE ON SEQUENCE pep_publications TO interoffice_app;
`;
