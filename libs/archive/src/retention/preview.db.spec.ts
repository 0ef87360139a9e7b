import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLog, systemClock } from '@interoffice/telemetry';
import { JUNE, KeptJournal } from '../../../../test/support/kept-journal.js';
import { testNotary } from '../../../../test/support/notary.js';
import { party } from '../../../../test/support/recordable.js';
import { Holds } from '../holds/holds.js';
import { DisposalCertificates } from './certificates.js';
import { Disposer } from './disposer.js';
import { type RetentionPreview, RetentionPreviews } from './preview.js';
import type { RuleScope, WantedChange } from './rules.js';

const romeo = party(101, 'romeo@im.example');
const nurse = party(103, 'nurse@im.example');
const AUGUST = Date.UTC(2026, 7, 1);

let kept: KeptJournal;
beforeAll(async () => {
  kept = await KeptJournal.open();
  const group = `INSERT INTO directory_groups (directory, directory_id, dn, dn_key, name, members_hash)
    VALUES ('ad', $1, $1, $1, $1, '') RETURNING id`;
  const [sales] = await kept.database.query<{ id: number }>('app', group, ['sales']);
  const [inner] = await kept.database.query<{ id: number }>('app', group, ['sales-berlin']);
  const account = `INSERT INTO accounts (jid, directory) VALUES ('seller@im.example', 'ad') RETURNING id`;
  const [seller] = await kept.database.query<{ id: number }>('app', account);
  const member = `INSERT INTO directory_group_members (group_id, member, account_id, member_group_id) VALUES ($1, $2, $3, $4)`;
  await kept.database.query('app', member, [sales!.id, 'inner', null, inner!.id]);
  await kept.database.query('app', member, [inner!.id, 'seller', seller!.id, null]);
  for (let i = 0; i < 40; i++) kept.say({ from: romeo, to: nurse, body: `ok ${i}` });
  kept.say({ from: party(seller!.id, 'seller@im.example'), to: nurse, body: 'sold' });
  kept.say({ from: romeo, to: nurse, body: 'held', kind: 2 });
  for (let i = 0; i < 5; i++) kept.say({ from: romeo, to: nurse, body: 'later', kind: 2, atMs: AUGUST + i });
  await kept.settled();
  const conditions = { people: [], rooms: [], peers: [], words: ['held'], fromMs: undefined, untilMs: undefined };
  const named = { office: '*', name: 'x', matter: 'y', reason: 'z' };
  await new Holds(kept.database).place({ ...conditions, ...named }, 'olga@im.example', JUNE);
});
afterAll(() => kept.close());

function preview(wanted: WantedChange | undefined): Promise<RetentionPreview> {
  const by = { report: () => undefined, signal: new AbortController().signal };
  return new RetentionPreviews(kept.database, { now: () => Date.UTC(2026, 10, 30) }).of(wanted, by);
}

function adding(days: number, scope: Partial<RuleScope>): WantedChange {
  const rule = { office: '*', group: undefined, room: undefined, peer: undefined, kind: undefined, days, ...scope };
  return { action: 'add', rule };
}

describe('the preview of a rule', () => {
  it('counts what would go and what holds keep, and changes nothing', async () => {
    const found = await preview(adding(100, { kind: 'headline' }));
    expect(found).toMatchObject({ removed: 0, held: 1 });
    expect(await preview(adding(100, {}))).toMatchObject({ removed: 41, held: 1, isBytesEstimated: true });
    expect((await preview(adding(30, {}))).months).toMatchObject([
      { month: '2026-06', removed: 41, held: 1, kept: 0 },
      { month: '2026-07', removed: 0, held: 0, kept: 0 },
      { month: '2026-08', removed: 5, held: 0, kept: 0, isEstimated: false },
      { month: '2026-09', removed: 0, held: 0, kept: 0 },
    ]);
    expect(await kept.database.query('app', 'SELECT FROM retention_rules')).toEqual([]);
  });

  it('counts the members of a group, and of the groups in it', async () => {
    const group = { key: 'ad/sales', name: 'sales' };
    expect(await preview(adding(30, { group }))).toMatchObject({ removed: 1, held: 0 });
  });

  it('agrees with what is done then', async () => {
    const id = await kept.rule(3_000, { group: { key: 'ad/sales', name: 'sales' } });
    await kept.rule(30);
    await kept.database.query('app', 'DELETE FROM directory_group_members');
    const foreseen = await preview(undefined);
    expect(foreseen).toMatchObject({ removed: 45, held: 1 });
    const shorter = await preview({ action: 'end', ruleId: id });
    expect(shorter).toMatchObject({ removed: 1 });
    const told = async (): Promise<void> => undefined;
    const options = { database: kept.database, notary: testNotary('a'), clock: systemClock, log: silentLog, rest: 0 };
    const done = await new Disposer({ ...options, onBegun: told, onDone: told }).run();
    expect(done.map(({ removed, held }) => ({ removed, held }))).toEqual([
      { removed: 40, held: 1 },
      { removed: 5, held: 0 },
    ]);
    // Whoever has left the group stays under its rule.
    expect(await kept.kept()).toHaveLength(2);
    const certificates = new DisposalCertificates(kept.database);
    const list = await certificates.list('Berlin', 10);
    expect(list.map(({ month, removed, isCertified }) => ({ month, removed, isCertified }))).toEqual([
      { month: '2026-08', removed: 5, isCertified: true },
      { month: '2026-06', removed: 40, isCertified: true },
    ]);
    expect(await certificates.note(list[0]!.number, 'Berlin')).toMatch(/^interoffice\/disposal\/v1\n/);
    expect(await certificates.list('*', 10, list[0]!.number)).toHaveLength(1);
  });
});
