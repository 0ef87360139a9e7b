/**
 * Holds. `retention_state` has one row, and its lock is the order of everything: whoever places or releases a hold or
 * changes a rule counts `version` up, and a disposal takes away under the same lock what it has judged by that version.
 */
export const holdTables = `
CREATE TABLE retention_state (
  is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
  version bigint NOT NULL DEFAULT 0
);
COMMENT ON TABLE retention_state IS 'One row: counted up by each hold, release and rule, locked by a disposal that takes away';
INSERT INTO retention_state DEFAULT VALUES;

CREATE TABLE holds (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  office text NOT NULL,
  name text NOT NULL,
  matter text NOT NULL,
  reason text NOT NULL,
  people text[] NOT NULL DEFAULT '{}',
  account_ids bigint[] NOT NULL DEFAULT '{}',
  addresses text[] NOT NULL DEFAULT '{}',
  rooms text[] NOT NULL DEFAULT '{}',
  peers text[] NOT NULL DEFAULT '{}',
  words text[] NOT NULL DEFAULT '{}',
  from_at timestamptz,
  until_at timestamptz,
  placed_by text NOT NULL,
  placed_at timestamptz NOT NULL,
  released_by text,
  released_at timestamptz,
  release_reason text,
  CHECK (people <> '{}' OR rooms <> '{}' OR peers <> '{}' OR words <> '{}' OR from_at IS NOT NULL OR until_at IS NOT NULL),
  CHECK (NOT account_ids && ARRAY[0::bigint]),
  CHECK ((released_at IS NULL) = (released_by IS NULL) AND (released_at IS NULL) = (release_reason IS NULL))
);
COMMENT ON TABLE holds IS 'What no rule of retention takes away. Kinds of condition must all be met, of each kind one is enough';
COMMENT ON COLUMN holds.office IS 'Messages of this office alone; * for all';
COMMENT ON COLUMN holds.account_ids IS 'The people who have or had these addresses, whatever they are called later';
COMMENT ON COLUMN holds.addresses IS 'Those of people and every other one the same people had by then';
COMMENT ON COLUMN holds.words IS 'Each a text as for a search: all its words must be there';
COMMENT ON COLUMN holds.until_at IS 'Not included';
CREATE INDEX holds_open ON holds (id) WHERE released_at IS NULL;

CREATE TABLE hold_words (
  hold_id bigint NOT NULL REFERENCES holds,
  patterns text[] NOT NULL
);
COMMENT ON COLUMN hold_words.patterns IS 'LIKE patterns of one text of holds.words, folded; all must match';
CREATE INDEX ON hold_words (hold_id);

GRANT SELECT ON holds TO interoffice_app;
`;

/** Rules, changes of rules that wait for a second person, and disposals with their certificates. */
export const retentionTables = `
CREATE TABLE retention_rules (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  office text NOT NULL,
  group_key text,
  group_name text,
  room text,
  peer text,
  kind text CHECK (kind IN ('chat', 'room', 'headline', 'error')),
  days int CHECK (days BETWEEN 1 AND 36500),
  made_by text NOT NULL,
  approved_by text,
  made_at timestamptz NOT NULL,
  changed_at timestamptz NOT NULL,
  ended_at timestamptz
);
COMMENT ON TABLE retention_rules IS 'How long messages are kept: of all rules that cover one, the longest counts; of none, for ever';
COMMENT ON COLUMN retention_rules.office IS 'Messages of this office alone; * for all';
COMMENT ON COLUMN retention_rules.days IS 'From the end of the month of the message; null: for ever';
COMMENT ON COLUMN retention_rules.group_key IS 'Directory and stable id of a group, with a slash between them';

CREATE TABLE retention_members (
  group_key text NOT NULL,
  account_id bigint NOT NULL,
  PRIMARY KEY (group_key, account_id)
);
COMMENT ON TABLE retention_members IS
  'Who was seen in a group that a rule names. Nobody is taken out: what was said in the group''s time stays under its rule';

CREATE TABLE retention_changes (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  office text NOT NULL,
  action text NOT NULL CHECK (action IN ('add', 'set', 'end')),
  rule_id bigint REFERENCES retention_rules,
  rule jsonb NOT NULL,
  reason text NOT NULL,
  proposed_by text NOT NULL,
  proposer_id bigint NOT NULL,
  proposed_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  state text NOT NULL CHECK (state IN ('open', 'done', 'refused', 'withdrawn')),
  decided_by text,
  decider_id bigint,
  decided_at timestamptz
);
COMMENT ON TABLE retention_changes IS 'Every change of a rule; one that keeps something for less long waits for a second person';
CREATE INDEX ON retention_changes (id) WHERE state = 'open';

CREATE TABLE disposals (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  retention_class smallint NOT NULL,
  month timestamptz NOT NULL,
  as_of timestamptz NOT NULL,
  version bigint NOT NULL,
  due bigint[] NOT NULL,
  rules jsonb NOT NULL,
  state text NOT NULL CHECK (state IN ('sifting', 'replaced', 'certified', 'nothing')),
  position bigint NOT NULL DEFAULT -1,
  seen bigint NOT NULL DEFAULT 0,
  removed bigint NOT NULL DEFAULT 0,
  held bigint NOT NULL DEFAULT 0,
  bytes_before bigint,
  bytes_after bigint,
  began_at timestamptz NOT NULL DEFAULT now(),
  replaced_at timestamptz
);
COMMENT ON COLUMN disposals.due IS 'Rules whose period had ended for the month';
COMMENT ON COLUMN disposals.position IS 'Judged up to this id';
COMMENT ON COLUMN disposals.held IS 'Kept by holds alone';
CREATE INDEX ON disposals (retention_class, month, id);
CREATE UNIQUE INDEX disposals_open ON disposals (retention_class, month) WHERE state IN ('sifting', 'replaced');

CREATE TABLE disposal_stretches (
  disposal_id bigint NOT NULL REFERENCES disposals,
  first_id bigint NOT NULL,
  last_id bigint NOT NULL,
  removed int NOT NULL,
  removed_digest bytea NOT NULL,
  kept bigint[] NOT NULL,
  PRIMARY KEY (disposal_id, first_id)
);
COMMENT ON COLUMN disposal_stretches.removed_digest IS 'SHA-256 over id (8 bytes) and leaf of each removed row, in order';
COMMENT ON COLUMN disposal_stretches.kept IS 'Ids of the rows of the stretch that stayed';

CREATE TABLE disposal_certificates (
  disposal_id bigint PRIMARY KEY REFERENCES disposals,
  issued_at timestamptz NOT NULL,
  note text NOT NULL
);

GRANT SELECT ON retention_rules, retention_changes, disposals, disposal_stretches, disposal_certificates TO interoffice_app;
GRANT SELECT ON disposals, disposal_stretches, disposal_certificates, retention_rules TO interoffice_disposer;
`;
