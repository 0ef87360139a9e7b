import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Changes } from '../../../libs/directory/src/people-source.js';
import { STAFF, WITHOUT_PASSWORD } from './domain-tree.js';
import { SecondController } from './second-controller.js';
import { DOMAIN_CONTROLLER, everybodyOf } from './source.js';
import { changes, DirectoryStage } from './stage.js';

const FIRST = inject('domainController');
const first = new DirectoryStage(FIRST, DOMAIN_CONTROLLER);
let controller: SecondController;
let second: DirectoryStage;

beforeAll(async () => {
  controller = await SecondController.open(FIRST);
  second = new DirectoryStage(controller.access, DOMAIN_CONTROLLER);
});
afterEach(() => {
  first.close();
  second.close();
});
afterAll(async () => {
  // What was added must not surprise another file.
  for (const { dn } of await first.tools.search(STAFF, '(cn=moving-*)', ['1.1'])) await first.remove(dn);
  await controller?.close();
});

/** Adds a person at the first controller, and gives the stable id. Both controllers have it. */
async function add(login: string): Promise<string> {
  const control = ['userAccountControl', String(WITHOUT_PASSWORD)] as const;
  const id = await first.add(dn(login), [['objectClass', 'user'], ['sAMAccountName', login], control]);
  await controller.catchUp();
  return id;
}

function dn(login: string): string {
  return `CN=${login},${STAFF}`;
}

function title(at: DirectoryStage, login: string, text: string): Promise<void> {
  return at.modify(dn(login), ['replace', 'title'], ['title', text]);
}

/** Of our people: what other files have left behind may change as well. */
const told = ({ people }: Changes) =>
  people
    .filter(({ login }) => login.startsWith('moving-'))
    .map(({ login, person }) => `${login}: ${person.title}`)
    .toSorted();

describe('changes in a domain with two controllers', () => {
  it('are not told to a cursor of the other one', async () => {
    const [one, other] = [first.open().people, second.open().people];
    const cursors = [await one.cursor(), await other.cursor()] as const;
    expect(cursors[0].server).not.toBe(cursors[1].server);
    expect(await one.changesSince(cursors[1])).toBeUndefined();
    expect(await other.changesSince(cursors[0])).toBeUndefined();
    expect(await one.changesSince(cursors[0])).toBeDefined();
    expect(await other.changesSince(cursors[1])).toBeDefined();
  });

  it('are told once by each, wherever they were made', async () => {
    await add('moving-clerk');
    const gone = await add('moving-gone');
    const as = { dn: FIRST.admin };
    const [one, other] = [first.open({}, as), second.open({}, as)];
    const since = [await one.people.cursor(), await other.people.cursor()] as const;

    await title(first, 'moving-clerk', 'made at the first');
    await first.remove(dn('moving-gone'));
    await controller.catchUp();
    const atOther = await changes(other, since[1]);
    expect([told(atOther), atOther.deleted]).toEqual([['moving-clerk: made at the first'], [gone]]);
    expect(told(await changes(other, atOther.cursor))).toEqual([]);

    await title(second, 'moving-clerk', 'made at the second');
    await controller.tellFirst();
    const atOne = await changes(one, since[0]);
    expect([told(atOne), atOne.deleted]).toEqual([['moving-clerk: made at the second'], [gone]]);
    expect(told(await changes(one, atOne.cursor))).toEqual([]);
  });

  it('are all there while the preferred one is away, and when it is back', async () => {
    for (const login of ['moving-before', 'moving-during']) await add(login);
    const both = second.open({}, { urls: [controller.access.url, FIRST.url] });
    const { people } = both;
    const before = await people.cursor();
    await controller.stop();
    await title(first, 'moving-before', 'made first');

    // Its numbers mean nothing at the other one: everybody is read.
    expect(await people.changesSince(before)).toBeUndefined();
    const during = await people.cursor();
    const whole = await everybodyOf(people);
    expect(whole.find(({ login }) => login === 'moving-before')?.person.title).toBe('made first');
    await title(first, 'moving-during', 'made then');
    const found = await changes(both, during);
    expect(told(found)).toEqual(['moving-during: made then']);
    expect(told(await changes(both, found.cursor))).toEqual([]);

    await controller.start();
    await controller.catchUp();
    await expect
      .poll(async () => (await people.cursor()).server, { timeout: 60_000, interval: 200 })
      .toBe(before.server);
    expect(await people.changesSince(found.cursor)).toBeUndefined();
    const back = await changes(both, before);
    expect(told(back)).toEqual(['moving-before: made first', 'moving-during: made then']);
    expect(told(await changes(both, back.cursor))).toEqual([]);
  });
});
