import type { Rule } from '@interoffice/policy';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openDatabase, type TestDatabase } from '../../../test/support/database.js';
import { PolicyVersions } from './policy-versions.js';
import { sqlOf } from './sql.js';

let database: TestDatabase;
let versions: PolicyVersions;
beforeAll(async () => {
  database = await openDatabase();
  versions = new PolicyVersions(sqlOf(database));
});
afterAll(() => database.drop());

const rule = (changes: Partial<Rule> = {}): Rule => ({
  id: 'partner',
  effect: 'allow',
  peers: ['partner.example'],
  directions: ['in', 'out'],
  classes: ['chat'],
  who: ['everybody'],
  reason: 'contract 17',
  owner: 'it@im.example',
  expiresAt: undefined,
  ...changes,
});
const number = (atMs: number, ...rules: Rule[]): Promise<number> =>
  versions.numberOf({ rules, actor: 'settings', atMs });

it('rules get a number that rises when they say something else, and only then', async () => {
  expect(await number(1_000, rule())).toBe(1);
  expect(await number(2_000, rule())).toBe(1);
  expect(await number(3_000, rule({ expiresAt: 9_000, who: [{ group: 'sales' }] }))).toBe(2);
  expect(await number(4_000)).toBe(3);
  // What held once before is another version all the same: it holds from another time on.
  expect(await number(5_000, rule())).toBe(4);
  expect(await versions.find(2)).toEqual({
    version: 2,
    atMs: 3_000,
    actor: 'settings',
    rules: [rule({ expiresAt: 9_000, who: [{ group: 'sales' }] })],
  });
  expect(await versions.find(9)).toBeUndefined();
  expect((await versions.list(2)).map(({ version }) => version)).toEqual([4, 3]);
});

it('what held is not changed afterwards by the application', async () => {
  const change = "UPDATE policy_versions SET rules = '[]'";
  await expect(database.query('app', change)).rejects.toThrow('permission denied');
});
