/**
 * What groups of a directory give: contacts in rosters and memberships of rooms. What was there by hand is kept beside
 * it, so that it is as it was when the rule ends.
 */
export const teams = `
ALTER TABLE contacts
  ADD COLUMN given_name text,
  ADD COLUMN given_groups text[],
  ADD COLUMN own_name text,
  ADD COLUMN own_groups text[] NOT NULL DEFAULT '{}',
  ADD COLUMN own_subscription text CHECK (own_subscription IN ('none', 'to', 'from', 'both'));
COMMENT ON COLUMN contacts.given_groups IS
  'Null: made by hand. Else the contact is given by teams of the directory, in these groups of the roster';
COMMENT ON COLUMN contacts.given_name IS 'As the directory calls the contact';
COMMENT ON COLUMN contacts.own_name IS 'Of a given contact: the name that the owner of the roster has chosen';
COMMENT ON COLUMN contacts.own_groups IS 'Of a given contact: groups that the owner of the roster has put it into';
COMMENT ON COLUMN contacts.own_subscription IS
  'Of a given contact: the subscription it had when it was made by hand before; null: it was not there';
CREATE INDEX contacts_given ON contacts (account_id) WHERE given_groups IS NOT NULL;

CREATE TABLE team_rooms (
  directory text NOT NULL,
  room text NOT NULL,
  account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
  affiliation text NOT NULL CHECK (affiliation IN ('member', 'owner')),
  autojoin boolean NOT NULL,
  own text NOT NULL DEFAULT 'none' CHECK (own IN ('none', 'member', 'admin')),
  PRIMARY KEY (directory, room, account_id)
);
COMMENT ON TABLE team_rooms IS
  'Who belongs to a room because of a group of the directory, and is taken out with it; who was put in by hand is not here';
COMMENT ON COLUMN team_rooms.own IS 'What somebody had made of the person before, and what stays when the rule ends';

GRANT SELECT, INSERT, UPDATE, DELETE ON team_rooms TO interoffice_app;
`;
