import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { normalDn, PostgresGroups, type SeenGroup, type SeenPerson, type SyncRun } from '@interoffice/directory';
import { jid } from '@interoffice/wire';
import { open, type Stage } from '../../../test/support/stage.js';
import { type RoomRule, type TeamRule, TeamRules } from './team-rules.js';

const AT_MS = 1_700_000_000_000;
const dn = (name: string): string => `CN=${name},OU=X,DC=lab`;
const person = (login: string, more: Partial<SeenPerson> = {}): SeenPerson => ({
  jid: jid(login, 'im.example'),
  directory: 'ad',
  directoryId: `id-${login}`,
  person: { name: `${login} of Verona` },
  dn: dn(login),
  login,
  principal: undefined,
  primaryGroup: undefined,
  refusal: undefined,
  ...more,
});
const group = (name: string, ...members: readonly string[]): SeenGroup => ({
  directory: 'ad',
  directoryId: `group-${name}`,
  dn: dn(name),
  name,
  key: name === 'everybody' ? 'S-1-513' : undefined,
  members: members.map((member) => normalDn(dn(member))),
  memberLogins: [],
});
const team = (name: string, more: Partial<TeamRule> = {}): TeamRule => ({
  group: dn(name),
  name: undefined,
  visibleTo: 'own',
  most: 200,
  ...more,
});
const ROOM: RoomRule = {
  group: dn('verona'),
  room: 'verona',
  title: undefined,
  membership: 'mandatory',
  owners: dn('help'),
};
const ended = (more: Partial<SyncRun> = {}): SyncRun => ({
  directory: 'ad',
  kind: 'changes',
  startedAt: AT_MS,
  endedAt: AT_MS,
  outcome: 'done',
  counts: {
    seen: 0,
    added: 0,
    changed: 0,
    unchanged: 0,
    refused: 0,
    readmitted: 0,
    unusable: 0,
    leftOut: 0,
    groups: 0,
  },
  leftOut: [],
  error: undefined,
  ...more,
});

describe('the rules for teams and rooms', () => {
  let stage: Stage;
  let groups: PostgresGroups;
  let rules: TeamRules;
  const asked: string[] = [];

  beforeAll(async () => {
    stage = await open();
    groups = new PostgresGroups(stage.database);
    await stage.records.adoptMany(
      [person('anna'), person('bela'), person('cleo', { primaryGroup: 'S-1-513' }), person('dora')],
      AT_MS,
    );
    await follow(group('team', 'anna'), group('verona', 'team', 'bela'), group('help', 'dora'), group('everybody'));
    rules = rulesOf([team('verona'), team('help', { visibleTo: [dn('everybody')], name: 'Help' })], [ROOM]);
    stage.beforeSql = (name) => void asked.push(name);
  });
  afterAll(async () => {
    await rules.stop();
    await stage.close();
  });

  const rulesOf = (teams: readonly TeamRule[], rooms: readonly RoomRule[]): TeamRules =>
    new TeamRules({
      sources: [{ name: 'ad', teams, rooms }],
      groups,
      teams: stage.server.teams,
      log: stage.log,
    });
  async function follow(...seen: readonly SeenGroup[]): Promise<void> {
    await groups.replace('ad', seen);
    await groups.settle('ad');
  }
  /** As after a sync. */
  const told = async (run: SyncRun): Promise<void> => {
    rules.synced(run);
    await stage.settled();
  };
  const contacts = async (login: string): Promise<string[]> => {
    const rows = await stage.database.query<{ line: string }>(
      'app',
      `SELECT c.jid || ' ' || array_to_string(c.groups, '+') AS line FROM contacts c JOIN accounts a ON a.id = c.account_id
       WHERE a.jid = $1 AND NOT c.removed ORDER BY 1`,
      [`${login}@im.example`],
    );
    return rows.map(({ line }) => line.replace('@im.example', '').trim());
  };
  const inRoom = async (): Promise<string[]> => {
    const { rooms } = stage.server;
    return (await rooms.people(rooms.addressOf('verona'))).map((one) => `${one.jid.split('@')[0]} ${one.affiliation}`);
  };

  it('wait for the start, and then are carried out for people of groups within groups and of primary groups', async () => {
    await told(ended({ kind: 'full' }));
    expect(await contacts('anna')).toEqual([]);
    await rules.start();
    expect(await contacts('anna')).toEqual(['bela verona']);
    expect(await contacts('bela')).toEqual(['anna verona']);
    expect([await contacts('cleo'), await contacts('dora')]).toEqual([['dora Help'], ['cleo']]);
    expect(await inRoom()).toEqual(['anna member', 'bela member', 'dora owner']);
    expect((await stage.server.rooms.find(stage.server.rooms.addressOf('verona')))!.name).toBe('verona');
  });

  it('follow a sync that has changed groups, people or states', async () => {
    await follow(group('team', 'anna', 'cleo'), group('verona', 'team'), group('help', 'dora'), group('everybody'));
    await told(ended());
    expect(await contacts('anna')).toEqual(['cleo verona']);
    expect(await inRoom()).toEqual(['anna member', 'cleo member', 'dora owner']);
    await stage.records.setState('cleo@im.example', 'suspended');
    await told(ended());
    expect(await contacts('anna')).toEqual([]);
    await stage.records.setState('cleo@im.example', 'active');
    await told(ended({ kind: 'online', counts: { ...ended().counts, readmitted: 1 } }));
    expect(await contacts('anna')).toEqual(['cleo verona']);
  });

  it('are not looked at by the database where nothing has changed, or the source could not be read', async () => {
    asked.length = 0;
    await told(ended());
    expect(asked).toEqual(['teams.word']);
    await follow(group('team'), group('verona', 'team'), group('help', 'dora'), group('everybody'));
    asked.length = 0;
    await told(ended({ outcome: 'failed', kind: 'full' }));
    await told(ended({ outcome: 'held', kind: 'full' }));
    await told(ended({ kind: 'online' }));
    expect(asked).toEqual([]);
    expect(await contacts('anna')).toEqual(['cleo verona']);
  });

  it('that could not be carried out are, with the next sync', async () => {
    stage.beforeSql = (name) => {
      if (name === 'teams.differing') throw new Error('the database is away');
    };
    await told(ended());
    expect(await contacts('anna')).toEqual(['cleo verona']);
    expect(stage.log.count('appliance.teams.failed')).toBe(1);
    stage.beforeSql = () => undefined;
    await told(ended());
    expect(await contacts('anna')).toEqual([]);
    expect(await inRoom()).toEqual(['dora owner']);
  });

  it('leave a room as it is while its group is not there, and say so once', async () => {
    await follow(group('team', 'anna'), group('verona', 'team'), group('help', 'dora'), group('everybody'));
    await told(ended());
    await follow(group('team', 'anna'), group('help', 'dora'), group('everybody'));
    await told(ended());
    await told(ended({ kind: 'full' }));
    expect(await inRoom()).toEqual(['anna member', 'dora owner']);
    const missing = stage.log.events.filter(({ name }) => name === 'appliance.teams.group.missing');
    expect(missing.map(({ fields }) => fields['group'])).toEqual([dn('verona')]);
    await follow(group('team', 'anna', 'bela'), group('verona', 'team'), group('help', 'dora'), group('everybody'));
    await told(ended());
    expect(await inRoom()).toEqual(['anna member', 'bela member', 'dora owner']);
  });

  it('tell what follows for somebody, and from which group', async () => {
    const of = async (login: string) =>
      rules.of('ad', await groups.groupsOf((await stage.records.find(`${login}@im.example`))!.id));
    expect(await of('anna')).toEqual({
      teams: [{ name: 'verona', group: dn('verona'), as: 'member' }],
      rooms: [{ name: 'verona', group: dn('verona'), as: 'member' }],
    });
    expect(await of('cleo')).toEqual({ teams: [{ name: 'Help', group: dn('everybody'), as: 'viewer' }], rooms: [] });
    expect(await of('dora')).toEqual({
      teams: [{ name: 'Help', group: dn('help'), as: 'member' }],
      rooms: [{ name: 'verona', group: dn('help'), as: 'owner' }],
    });
  });

  it('that are not in the settings any more end with the next start', async () => {
    await rules.stop();
    rules = new TeamRules({ sources: [], groups, teams: stage.server.teams, log: stage.log });
    await rules.start();
    expect([await contacts('anna'), await contacts('cleo')]).toEqual([[], []]);
    // Somebody has to own it.
    expect(await inRoom()).toEqual(['dora owner']);
  });
});
