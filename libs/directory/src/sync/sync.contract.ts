import { beforeEach, describe, expect, it, vi } from 'vitest';
import { jid, parseJid } from '@interoffice/wire';
import type { AccountRecords } from '../account-records.js';
import type { GroupRecords } from '../records/group-records.js';
import { DirectorySync, type SyncOptions } from './directory-sync.js';
import { groupDn, MemoryPeople } from './memory-people.contract.js';
import type { SyncRecords } from './sync-records.js';

/** Records of one kind, empty. */
export interface SyncStage {
  readonly records: AccountRecords;
  readonly groups: GroupRecords;
  readonly syncs: SyncRecords;
}

const TEN = Array.from({ length: 10 }, (_, i) => `person${i}`);
const bare = (login: string): string => `${login}@im.example`;

/** What holds for the sync of a source wherever the records are kept. */
export function syncKeepsTheContract(open: () => Promise<SyncStage>): void {
  let stage: SyncStage;
  let people: MemoryPeople;
  let clock: { at: number; now: () => number };
  let events: string[];
  let told: string[];
  const log = () => {
    const note = (event: string): void => void events.push(event);
    const made = { debug: note, info: note, warn: note, error: note, with: () => made };
    return made;
  };
  const syncOf = (options: SyncOptions = {}, source = people): DirectorySync =>
    new DirectorySync(
      source,
      { ...stage, clock, log: log() },
      {
        onChanged: (account, { refusal, turn }) =>
          void told.push(`${account.jid.local} ${turn} ${account.state} ${refusal ?? ''}`.trim()),
        ...options,
      },
    );
  const stateOf = async (login: string) => (await stage.records.find(bare(login)))?.state;

  beforeEach(async () => {
    stage = await open();
    people = new MemoryPeople();
    clock = { at: 1_700_000_000_000, now: () => clock.at };
    [events, told] = [[], []];
  });

  describe('a full sync', () => {
    it('brings everybody in once, and writes nobody who has not changed', async () => {
      for (const login of TEN) people.add(login, { person: { name: `P ${login}`, phone: '+49 30 1' } });
      const sync = syncOf();
      expect(await sync.full()).toMatchObject({ outcome: 'done', counts: { seen: 10, added: 10 } });
      expect(await stage.records.find(bare('person3'))).toMatchObject({
        dn: 'CN=person3,OU=People,DC=lab',
        login: 'person3',
        principal: 'person3@lab',
        seenAt: clock.at,
      });
      expect(told).toHaveLength(10);
      clock.at += 1000;
      expect(await sync.full()).toMatchObject({ counts: { seen: 10, added: 0, changed: 0, unchanged: 10 } });
      expect(told).toHaveLength(10);
    });

    it('gives no account to somebody the directory refuses, and keeps refusals that end no session', async () => {
      people.add('leaver', { refusal: 'disabled' }).add('newcomer', { refusal: 'must-change-password' });
      expect(await syncOf().full()).toMatchObject({ counts: { added: 1, unusable: 1 } });
      expect(await stage.records.find(bare('leaver'))).toBeUndefined();
      const newcomer = await stage.records.find(bare('newcomer'));
      expect(newcomer).toMatchObject({ state: 'active', refusal: 'must-change-password', refusedAt: clock.at });
    });

    it('changes nobody when the source fails on the way', async () => {
      for (let i = 0; i < 600; i++) people.add(`p${i}`);
      const sync = syncOf();
      await sync.full();
      people.change('p1', { refusal: 'disabled' });
      people.breaksAfterPages = 1;
      expect(await sync.full()).toMatchObject({
        outcome: 'failed',
        error: expect.stringContaining('DIRECTORY_UNREACHABLE'),
      });
      expect(await sync.changes()).toMatchObject({ outcome: 'failed' });
      expect(await sync.online([bare('p1')])).toMatchObject({ outcome: 'failed' });
      expect(await stateOf('p1')).toBe('active');
      await expect(sync.preview()).rejects.toMatchObject({ code: 'DIRECTORY_UNREACHABLE' });
    });

    it('says before what it would change, and changes nothing by that', async () => {
      for (const login of TEN) people.add(login);
      const sync = syncOf();
      await sync.full();
      people.add('newcomer').change('person1', { person: { name: 'Anew' } });
      people.change('person2', { refusal: 'expired' });
      const preview = await sync.preview();
      expect(preview).toMatchObject({ counts: { added: 1, changed: 1, refused: 1, unchanged: 8 } });
      expect(preview.changed).toEqual([expect.objectContaining({ jid: bare('person1'), what: 'name' })]);
      expect(preview.refused).toEqual([expect.objectContaining({ jid: bare('person2'), what: 'expired' })]);
      expect(preview.added).toEqual([expect.objectContaining({ jid: bare('newcomer') })]);
      expect(await stateOf('person2')).toBe('active');
    });
  });

  //
  describe('somebody whom the directory refuses', () => {
    it('is disabled by every kind of sync, told with the reason, and active again when the directory says so', async () => {
      for (const login of TEN) people.add(login);
      const sync = syncOf();
      await sync.full();
      told = [];
      people.change('person1', { refusal: 'disabled' });
      await sync.online([bare('person1'), bare('person2')]);
      people.delete('person2');
      people.move('person3', false);
      await sync.changes();
      expect(told).toEqual(
        [
          'person1 refused disabled disabled',
          'person3 refused disabled out-of-scope',
          'person2 refused disabled deleted',
        ].sort((a, b) => told.indexOf(a) - told.indexOf(b)),
      );
      people.change('person1', { refusal: undefined });
      people.move('person3', true);
      people.add('person2');
      await sync.full();
      expect(await Promise.all([1, 2, 3].map((n) => stateOf(`person${n}`)))).toEqual(['active', 'active', 'active']);
      expect(told.slice(3).sort()).toEqual([1, 2, 3].map((n) => `person${n} readmitted active`));
    });

    it('stays suspended when an administrator said so, and is not restored past the directory', async () => {
      for (const login of TEN) people.add(login);
      const sync = syncOf();
      await sync.full();
      await stage.records.setState(bare('person1'), 'suspended');
      people.change('person1', { refusal: 'disabled' });
      await sync.changes();
      expect(await stage.records.find(bare('person1'))).toMatchObject({ state: 'suspended', refusal: 'disabled' });
      expect(await stage.records.setState(bare('person1'), 'active')).toMatchObject({ state: 'disabled' });
      await stage.records.setState(bare('person1'), 'suspended');
      people.change('person1', { refusal: undefined });
      await sync.changes();
      expect(await stateOf('person1')).toBe('suspended');
      expect(await stage.records.setState(bare('person1'), 'active')).toMatchObject({ state: 'active' });
    });

    it('stays refused when everybody was being read while that was found out', async () => {
      for (const login of TEN) people.add(login);
      const sync = syncOf();
      await sync.full();
      for (let i = 0; i < 1000; i++) people.add(`more${i}`);
      let pages = 0;
      people.beforePage = async () => {
        if (++pages !== 2) return;
        people.change('person1', { refusal: 'disabled' });
        await sync.online([bare('person1')]);
      };
      expect(await sync.full()).toMatchObject({ outcome: 'done', counts: { added: 1000 } });
      expect(await stateOf('person1')).toBe('disabled');
    });

    it('is told again when whoever should have heard of it failed', async () => {
      people.add('person1');
      let isDeaf = true;
      const sync = syncOf({
        onChanged: async (account) => {
          if (isDeaf) throw new Error('not now');
          told.push(account.state);
        },
      });
      await sync.full();
      expect(told).toEqual([]);
      isDeaf = false;
      await sync.changes();
      expect(told).toEqual(['active']);
      await sync.changes();
      expect(told).toEqual(['active']);
    });
  });

  it('tells nobody twice when two syncs tell at once', async () => {
    for (const login of TEN) people.add(login);
    const { promise, resolve } = Promise.withResolvers<void>();
    const heard: string[] = [];
    const sync = syncOf({
      onChanged: async (account, { turn }) => {
        heard.push(`${account.jid.local} ${turn}`);
        if (turn === 'refused') await promise;
      },
    });
    await sync.full();
    people.change('person1', { refusal: 'disabled' });
    const first = sync.online([bare('person1')]);
    await vi.waitFor(() => expect(heard).toContain('person1 refused'));
    const second = sync.changes();
    await new Promise((turn) => setImmediate(turn));
    resolve();
    await Promise.all([first, second]);
    expect(heard.filter((line) => line === 'person1 refused')).toHaveLength(1);
  });

  describe('the guard', () => {
    beforeEach(async () => {
      for (const login of TEN) people.add(login);
      await syncOf().full();
      [events, told] = [[], []];
    });

    it('lets an emptied base disable nobody, and shows what would have happened', async () => {
      const sync = syncOf();
      people.empty();
      expect(await sync.full()).toMatchObject({ outcome: 'held', counts: { refused: 10 } });
      expect(await sync.changes()).toMatchObject({ outcome: expect.stringMatching(/done|held/) });
      expect(await sync.online(TEN.map(bare))).toMatchObject({ outcome: expect.stringMatching(/done|held/) });
      const active = await stage.records.list({
        state: 'active',
        sort: 'jid',
        descending: false,
        offset: 0,
        limit: 99,
      });
      expect(active.total).toBe(10);
      expect(events.filter((event) => event === 'directory.sync.held')).toHaveLength(1);
      const { held } = await sync.status();
      expect(held).toMatchObject({ reason: 'empty', preview: { counts: { refused: 10 } } });
      expect(held?.preview.refused[0]).toMatchObject({ jid: bare('person0'), what: 'out-of-scope' });
      expect(told).toEqual([]);
      people.refill();
      await sync.full();
      expect((await sync.status()).held).toBeUndefined();
    });

    it('stops a sync that refuses more than a share, and does it once somebody permits', async () => {
      const sync = syncOf();
      for (const login of TEN.slice(0, 6)) people.change(login, { refusal: 'disabled' });
      expect(await sync.changes()).toMatchObject({ outcome: 'held' });
      expect(await stateOf('person0')).toBe('active');
      const { held } = await sync.status();
      const decided = await sync.decide(held!.id, 'apply', 'ada@im.example');
      expect(decided).toMatchObject({
        hold: { decidedBy: 'ada@im.example' },
        run: { outcome: 'done', counts: { refused: 6 } },
      });
      expect(await stateOf('person0')).toBe('disabled');
      expect(await sync.decide(held!.id, 'apply', 'ada@im.example')).toBeUndefined();
    });

    it('spares those about whom somebody said no, until the directory admits them and then refuses them anew', async () => {
      const sync = syncOf();
      for (const login of TEN.slice(0, 6)) people.change(login, { refusal: 'disabled' });
      await sync.full();
      await sync.decide((await sync.status()).held!.id, 'reject', 'ada@im.example');
      people.add('newcomer');
      expect(await sync.full()).toMatchObject({ outcome: 'done', counts: { added: 1, refused: 0 } });
      await sync.online([bare('person0')]);
      expect(await stateOf('person0')).toBe('active');
      people.change('person0', { refusal: undefined });
      await sync.full();
      people.change('person0', { refusal: 'disabled' });
      await sync.changes();
      expect(await stateOf('person0')).toBe('disabled');
      expect(await stateOf('person1')).toBe('active');
    });

    it('watches those who are online as well: a directory that suddenly denies them all is not believed', async () => {
      const sync = syncOf();
      for (const login of TEN.slice(0, 5)) people.delete(login);
      expect(await sync.online(TEN.slice(0, 5).map(bare))).toMatchObject({ outcome: 'held' });
      expect(await stateOf('person0')).toBe('active');
      expect(await sync.online([bare('person0')])).toMatchObject({ counts: { refused: 0 } });
      expect(await stateOf('person0')).toBe('active');
    });

    it('lets single people go, and has limits that can be set', async () => {
      for (const login of TEN.slice(0, 4)) people.change(login, { refusal: 'disabled' });
      expect(await syncOf({ guard: { least: 4, share: 0.5 } }).full()).toMatchObject({ outcome: 'done' });
      people.change('person4', { refusal: 'disabled' });
      expect(await syncOf({ guard: { least: 1, share: 0.01 } }).full()).toMatchObject({ outcome: 'held' });
    });
  });

  //
  describe('an address', () => {
    it('that two new entries want goes to neither; one that has it keeps it', async () => {
      people.add('Ｊuliet', { id: 'a' }).add('juliet', { id: 'b' }).add('romeo', { id: 'r-1' });
      const sync = syncOf();
      const run = await sync.full();
      expect(run).toMatchObject({ counts: { added: 1, leftOut: 2 } });
      expect(run.leftOut.map(({ because }) => because)).toEqual(['ambiguous', 'ambiguous']);
      expect(await stage.records.find(bare('juliet'))).toBeUndefined();
      expect(events).toContain('directory.entry.ambiguous');
      people.add('ROMEO', { id: 'r-2' });
      expect((await sync.full()).leftOut).toContainEqual(
        expect.objectContaining({ directoryId: 'r-2', because: 'taken' }),
      );
      expect(await stage.records.find(bare('romeo'))).toMatchObject({ directoryId: 'r-1', state: 'active' });
      const elsewhere = new MemoryPeople('other').add('romeo', { id: 'r-3' });
      expect((await syncOf({}, elsewhere).full()).leftOut).toMatchObject([{ directoryId: 'r-3', because: 'taken' }]);
    });

    it('of a leaver is not given to the next of that name, who can get another by hand', async () => {
      people.add('juliet', { id: 'old' }).add('romeo');
      const sync = syncOf();
      await sync.full();
      const before = await stage.records.find(bare('juliet'));
      people.delete('juliet');
      people.add('juliet', { id: 'new' });
      await sync.changes();
      const after = await stage.records.find(bare('juliet'));
      expect(after).toMatchObject({ id: before!.id, directoryId: 'old', state: 'disabled', refusal: 'deleted' });
      expect(events).toContain('directory.address.taken');
      await expect(sync.giveAddress('new', jid('juliet', 'im.example'))).rejects.toMatchObject({
        code: 'ADDRESS_TAKEN',
      });
      expect(await sync.giveAddress('nobody', parseJid('x@im.example'))).toBeUndefined();
      const given = await sync.giveAddress('new', parseJid('juliet.2@im.example'));
      expect(given).toMatchObject({ directoryId: 'new', state: 'active' });
      expect(given!.id).not.toBe(before!.id);
      await sync.full();
      expect(await stage.records.find('juliet.2@im.example')).toMatchObject({ directoryId: 'new', state: 'active' });
    });

    it('stays with a person who is renamed in the directory', async () => {
      people.add('juliet', { person: { name: 'Juliet Capulet' } });
      const sync = syncOf();
      await sync.full();
      const moved = {
        dn: 'CN=Juliet Montague,OU=Verona,DC=lab',
        login: 'jmontague',
        jid: jid('jmontague', 'im.example'),
      };
      people.change('juliet', { ...moved, person: { name: 'Juliet Montague' } });
      await sync.changes();
      const record = await stage.records.find(bare('juliet'));
      expect(record).toMatchObject({ name: 'Juliet Montague', login: 'jmontague', dn: moved.dn });
      expect(await stage.records.find(bare('jmontague'))).toBeUndefined();
      expect(await stage.records.formerNames(bare('juliet'))).toMatchObject([
        { name: 'Juliet Capulet', login: 'juliet' },
      ]);
    });
  });

  describe('where a sync goes on', () => {
    it('is saved after success only, and means nothing to another server', async () => {
      for (const login of TEN) people.add(login);
      const sync = syncOf();
      expect(await sync.changes()).toMatchObject({ kind: 'full' });
      people.add('newcomer');
      expect(await sync.changes()).toMatchObject({ kind: 'changes', counts: { seen: 1, added: 1 } });
      const { cursor } = await sync.status();
      people.failOver();
      people.breaksAfterPages = 0;
      await sync.full();
      expect((await sync.status()).cursor).toEqual(cursor);
      people.breaksAfterPages = Infinity;
      expect(await sync.changes()).toMatchObject({ kind: 'full', outcome: 'done' });
      expect((await sync.status()).cursor?.server).toBe('server-1+');
    });

    it('is of the server that has shown everybody: when another one takes over, all is read again', async () => {
      for (let i = 0; i < 700; i++) people.add(`p${i}`);
      const sync = syncOf();
      let page = 0;
      people.beforePage = () => {
        if (page++ !== 1) return;
        people.failOver();
        people.add('late');
      };
      expect(await sync.full()).toMatchObject({ outcome: 'done', counts: { added: 701 } });
      expect(page).toBe(4);
      expect((await sync.status()).cursor?.server).toBe('server-1+');
    });

    it('is not saved when the servers take turns each time, and nobody is changed', async () => {
      for (const login of TEN) people.add(login);
      const sync = syncOf();
      people.beforePage = () => people.failOver();
      const run = await sync.full();
      expect(run).toMatchObject({ outcome: 'failed', error: expect.stringContaining('took turns') });
      expect((await sync.status()).cursor).toBeUndefined();
      expect(await stage.records.find(bare(TEN[0]!))).toBeUndefined();
    });

    it('is told with what ran before and how far a full sync has come', async () => {
      for (let i = 0; i < 700; i++) people.add(`p${i}`);
      const sync = syncOf();
      await sync.full();
      const seen: unknown[] = [];
      people.beforePage = async () => void seen.push((await sync.status()).progress);
      const both = await Promise.all([sync.full(), sync.full()]);
      expect(both[0]).toBe(both[1]);
      expect(seen).toMatchObject([
        { read: 0, expected: 700 },
        { read: 500, expected: 700 },
      ]);
      expect(await sync.status()).toMatchObject({
        progress: undefined,
        runs: [
          { kind: 'full', counts: { unchanged: 700 } },
          { kind: 'full', counts: { added: 700 } },
        ],
      });
    });
  });

  describe('groups', () => {
    const rules = [
      { group: groupDn('officers').toLowerCase(), role: 'officer', scope: 'Verona' },
      { group: groupDn('admins'), role: 'admin', scope: '*' },
    ] as const;

    it('give roles to who is in them, and take them when somebody leaves; roles given by hand stay', async () => {
      for (const login of TEN) people.add(login);
      people.group('inner', ['person1']).group('admins', ['inner', 'person2']).group('officers', ['person2']);
      await stage.records.create({
        jid: parseJid('x@im.example'),
        person: {},
        role: 'admin',
        roleScope: '*',
        verifiers: [],
      });
      const sync = syncOf({ roles: rules });
      await sync.full();
      await stage.records.setRole(bare('person3'), 'helpdesk', '*');
      const rolesOf = async () =>
        [...(await stage.records.findMany([1, 2, 3].map((n) => bare(`person${n}`)))).values()]
          .sort((a, b) => a.id - b.id)
          .map(({ role, roleScope }) => `${role} ${roleScope}`);
      expect(await rolesOf()).toEqual(['admin *', 'officer Verona', 'helpdesk *']);
      people.group('inner', []);
      await sync.changes();
      expect(await rolesOf()).toEqual(['employee *', 'officer Verona', 'helpdesk *']);
      people.areGroupsBroken = true;
      people.change('person4', { person: { name: 'Anew' } });
      expect(await sync.full()).toMatchObject({ outcome: 'partial', counts: { changed: 1 } });
      expect(await rolesOf()).toEqual(['employee *', 'officer Verona', 'helpdesk *']);
      people.areGroupsBroken = false;
      people.dropGroup('officers');
      await sync.changes();
      expect(await rolesOf()).toEqual(['employee *', 'admin *', 'helpdesk *']);
      expect(events).toContain('directory.role.group.missing');
      expect(await stage.records.find('x@im.example')).toMatchObject({ role: 'admin' });
    });
  });
}
