import { randomBytes } from 'node:crypto';
import { PostgresAuditLog } from '@interoffice/api';
import {
  deriveVerifiers,
  LocalSource,
  MemoryLoginTokens,
  MemoryRecords,
  PeopleDirectory,
  type Role,
} from '@interoffice/directory';
import { silentLog, systemClock } from '@interoffice/telemetry';
import { jid } from '@interoffice/wire';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { party } from '../../../../test/support/recordable.js';
import { RecordedArchive } from '../../../../test/support/recorded-archive.js';
import type { OperationParts } from '../operation-parts.js';
import { archiveOperations } from './archive-operations.js';

const PASSWORD = 'correct horse battery';
let archive: RecordedArchive;
let search: (filters: object, as?: string) => Promise<unknown>;

beforeAll(async () => {
  archive = await RecordedArchive.open();
  const records = new MemoryRecords(systemClock);
  for (const role of ['officer', 'admin'] as Role[]) {
    const account = { jid: jid(role, 'im.example'), person: { name: role, office: 'Berlin' }, role, roleScope: '*' };
    await records.create({ ...account, verifiers: await deriveVerifiers(PASSWORD) });
  }
  const source = new LocalSource({ records, secret: randomBytes(32), domains: ['im.example'] });
  const tokens = new MemoryLoginTokens(systemClock);
  const directory = new PeopleDirectory({ records, sources: [source], tokens, clock: systemClock, log: silentLog });
  const people = { directory } as OperationParts['people'];
  const audit = new PostgresAuditLog(archive.database);
  const operation = archiveOperations({ people, officers: archive.officers, audit })['archive.search']!;
  search = async (filters, as = 'officer@im.example') => {
    const input = { as, password: PASSWORD, reason: 'case 7', filters: { limit: 50, ...filters } };
    return operation(input, () => undefined);
  };
  const [romeo, juliet] = [party(1, 'romeo@im.example/phone'), party(2, 'juliet@im.example')];
  archive.say({ from: romeo, to: juliet, body: 'lark in the morning' });
  archive.say({ from: juliet, to: romeo, body: 'lark spam' }, { verdict: 'refused', decisionId: 'd' });
  await archive.journal.settled();
});
afterAll(() => archive.close());

// C-14
describe('interoffice archive search', () => {
  it('takes the filters of the console, and has the search and what was shown in the audit log', async () => {
    expect(await search({ text: '"in the morning" lark', direction: 'internal', verdict: 'passed' })).toMatchObject({
      more: false,
      hits: [
        {
          id: archive.ids[0],
          matches: [
            [0, 4],
            [5, 19],
          ],
        },
      ],
    });
    expect(await search({ verdict: 'refused' })).toMatchObject({ hits: [{ id: archive.ids[1] }] });
    expect(await search({ file: true })).toMatchObject({ hits: [] });
    const text = `SELECT actor, action, reason, details -> 'ids' AS ids FROM audit ORDER BY id`;
    const deeds = await archive.database.query<{ action: string; ids: unknown }>('app', text);
    expect(deeds[0]).toMatchObject({ actor: 'officer@im.example', action: 'archive.search', reason: 'case 7' });
    expect(deeds.map(({ action }) => action)).toEqual(
      Array.from({ length: 6 }, (_, i) => (i % 2 === 0 ? 'archive.search' : 'archive.seen')),
    );
    expect(deeds.filter(({ ids }) => ids !== null).map(({ ids }) => ids)).toEqual([
      [archive.ids[0]],
      [archive.ids[1]],
      [],
    ]);
  });

  it('is refused to who is no officer, and for filters that are none', async () => {
    await expect(search({}, 'admin@im.example')).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(search({ direction: 'up' })).rejects.toMatchObject({ code: 'MALFORMED_REQUEST' });
  });
});
