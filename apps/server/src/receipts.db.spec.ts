import type { Receipt } from '@interoffice/federation/queue';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openDatabase, type TestDatabase } from '../../../test/support/database.js';
import { PostgresReceipts } from './receipts.js';
import { sqlOf } from './sql.js';

let database: TestDatabase;
let receipts: PostgresReceipts;
beforeAll(async () => {
  database = await openDatabase();
  receipts = new PostgresReceipts(sqlOf(database), { cameBetween: () => Promise.resolve([]) });
});
afterAll(() => database.drop());

const AT_MS = Date.UTC(2026, 10, 30, 12, 0, 0, 123);
const receipt = (signature: string, changes: Partial<Receipt> = {}): Receipt => ({
  by: 'berlin.example',
  of: 'tokyo.example',
  atMs: AT_MS,
  rows: ['0000000000000001', '7fffffffffffffff'],
  chain: [Buffer.from('leaf'), Buffer.from([0, 255])],
  signature: Buffer.from(signature),
  ...changes,
});

it('receipts that were given are there until they are confirmed, and say how far they go', async () => {
  expect(await receipts.upTo('tokyo.example')).toBeUndefined();
  const first = await receipts.give({ ...receipt('a'), upTo: '0000000000000010' });
  const second = await receipts.give({ ...receipt('b'), upTo: '0000000000000020' });
  expect(await receipts.unconfirmed()).toEqual([
    { number: first, receipt: receipt('a') },
    { number: second, receipt: receipt('b') },
  ]);
  await receipts.confirm(first);
  expect((await receipts.unconfirmed()).map(({ number }) => number)).toEqual([second]);
  expect([await receipts.upTo('tokyo.example'), await receipts.upTo('paris.example')]).toEqual([
    '0000000000000020',
    undefined,
  ]);
});

it('receipts of others are kept once, however often they come, and found by who has given them', async () => {
  const got = receipt('c', { by: 'tokyo.example', of: 'berlin.example' });
  for (let times = 0; times < 2; times++) await receipts.keep(got);
  expect(await receipts.got('tokyo.example', AT_MS)).toEqual([got]);
  expect(await receipts.got('tokyo.example', AT_MS + 1)).toEqual([]);
  expect(await receipts.got('berlin.example', 0)).toEqual([]);
});

it('nobody changes what stands in a receipt, nor takes one away', async () => {
  for (const text of ["UPDATE receipts SET rows = '{}'", 'DELETE FROM receipts', 'TRUNCATE receipts'])
    await expect(sqlOf(database).query('test.receipts', text, [])).rejects.toThrow(/permission denied/);
});
