import { afterEach, describe, expect, it } from 'vitest';
import { silentLog, systemClock } from '@interoffice/telemetry';
import { openDatabase, type TestDatabase } from '../../../../test/support/database.js';
import { PostgresGroups } from '../records/postgres-groups.js';
import { PostgresRecords } from '../records/postgres-records.js';
import { portrait } from '../sample/portrait.js';
import { DirectorySync } from './directory-sync.js';
import { MemoryPeople } from './memory-people.contract.js';
import { PostgresSyncRecords } from './postgres-sync-records.js';
import { syncKeepsTheContract, type SyncStage } from './sync.contract.js';

const opened: TestDatabase[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((database) => database.drop()));
});

async function open(): Promise<SyncStage & { database: TestDatabase }> {
  const database = await openDatabase();
  opened.push(database);
  return {
    database,
    records: new PostgresRecords(database),
    groups: new PostgresGroups(database),
    syncs: new PostgresSyncRecords(database),
  };
}

describe('in PostgreSQL', () => {
  syncKeepsTheContract(open);

  it('12,000 people with their photos and 250 groups are in within seconds', async () => {
    const { database, ...stage } = await open();
    const people = new MemoryPeople();
    const logins = Array.from({ length: 12_000 }, (_, i) => `person${i}`);
    for (const [i, login] of logins.entries()) {
      const photo = i % 20 === 0 ? { type: 'image/png', bytes: portrait('AB', i) } : undefined;
      people.add(login, {
        person: { name: `Person ${i}`, department: `Team ${i % 200}`, ...(photo ? { photo } : {}) },
      });
    }
    for (let i = 0; i < 249; i++) people.group(`team${i}`, [], { memberLogins: logins.slice(i * 48, i * 48 + 48) });
    people.group('everybody', [], { memberLogins: logins.slice(0, 5000) });
    const sync = new DirectorySync(people, { ...stage, clock: systemClock, log: silentLog });
    const lines: string[] = [];
    const timed = async (what: string, work: () => Promise<unknown>): Promise<void> => {
      const from = performance.now();
      await work();
      lines.push(`${what}: ${((performance.now() - from) / 1000).toFixed(2)} s`);
    };
    await timed('first sync of 12,000', () => sync.full());
    const [before] = await database.query<{ n: string }>('app', 'SELECT pg_current_wal_lsn() - $1::pg_lsn AS n', [
      '0/0',
    ]);
    await timed('again, nothing changed', () => sync.full());
    const [after] = await database.query<{ n: string }>('app', 'SELECT pg_current_wal_lsn() - $1::pg_lsn AS n', [
      '0/0',
    ]);
    lines.push(`written by that: ${Number(after!.n) - Number(before!.n)} bytes of WAL, other tests included`);
    for (const login of logins.slice(0, 200)) people.change(login, { person: { name: `Anew ${login}` } });
    await timed('200 changes', () => sync.changes());
    await timed('500 online, looked at', () => sync.online(logins.slice(0, 500).map((login) => `${login}@im.example`)));
    // oxlint-disable-next-line no-console -- figures for whoever reads the run
    console.log(lines.join('\n'));
    const account = await stage.records.find('person7@im.example');
    expect((await stage.groups.groupsOf(account!.id)).map(({ group }) => group.name)).toEqual(['everybody', 'team0']);
    const everybody = (await stage.groups.list('ad')).find(({ name }) => name === 'everybody');
    expect(await stage.groups.membersOf(everybody!.id)).toHaveLength(5000);
  }, 120_000);
});
