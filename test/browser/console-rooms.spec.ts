import { NS, xml } from '@interoffice/wire';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RunningAppliance } from '../interop/appliance.js';
import { overTcp, TestClient } from '../support/client.js';
import { barriers } from './accessibility.js';
import { Chromium, type Watched } from './browser.js';
import { ConsolePage } from './console-page.js';
import { picture } from './picture.js';

const TEMPLATES = '[{ name: project, description: A project of ours, public: false }]';
const SETTING = 'INTEROFFICE_ROOMS__TEMPLATES';
const ROOM = 'zeppelin@conference.office.localhost';

/** The administrator of rooms at her work. The tests run in their order. */
describe('rooms in the console', () => {
  let demo: RunningAppliance;
  let chromium: Chromium;
  let page: Page;
  let anna: TestClient;
  const watched: Watched[] = [];

  beforeAll(async () => {
    process.env[SETTING] = TEMPLATES;
    demo = await RunningAppliance.demo();
    chromium = await Chromium.open(demo.ready.ca);
    anna = await enter('employee', 'all-hands@conference.office.localhost/Anna');
    page = await logIn('admin', 'light');
  });
  afterAll(async () => {
    delete process.env[SETTING];
    anna?.close();
    await chromium?.close();
    await demo?.remove();
  });

  async function logIn(role: string, colorScheme: 'light' | 'dark'): Promise<Page> {
    const seen = await chromium.watch({ colorScheme });
    watched.push(seen);
    const { jid, password } = demo.person(role);
    const console = new ConsolePage(seen.page);
    await console.login(demo.ready.console, jid, password);
    await console.open('Rooms');
    return seen.page;
  }

  async function enter(role: string, nick: string): Promise<TestClient> {
    const { jid, password } = demo.person(role);
    const [user = '', domain = ''] = jid.split('@');
    const client = await TestClient.open(domain, overTcp({ port: demo.port('c2s'), ca: demo.ca, domain }));
    await client.login(user, password);
    client.send(xml('presence'));
    client.send(xml('presence', { to: nick }, xml('x', { xmlns: NS.muc })));
    await client.next((element) => element.is('message') && element.getChild('subject') !== undefined);
    return client;
  }

  const textbox = (name: string) => page.getByRole('textbox', { name });
  const combobox = (name: string) => page.getByRole('combobox', { name });
  const row = (name: RegExp) => page.getByRole('row', { name });
  /** Types into a field that looks people or rooms up, and takes what is found. */
  const take = async (field: string, text: string, found: RegExp): Promise<void> => {
    await combobox(field).fill(text);
    await page.getByRole('option', { name: found }).click();
  };

  it('are listed, those of the demo first, and found by a part of their name', async () => {
    await row(/All hands.*200 1/).waitFor();
    await row(/Board.*members only.*hidden/).waitFor();
    expect(await barriers(page)).toEqual([]);
    await picture(page, 'rooms');
    await page.getByPlaceholder('Title or address').fill('it-h');
    await expect.poll(() => page.getByRole('row').count()).toBe(2);
    await page.getByPlaceholder('Title or address').fill('no such room');
    await page.getByText('No Rooms found using the current filters.').waitFor();
    await page.getByPlaceholder('Title or address').fill('');
  });

  it('say to everybody that they are being read, while they are', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    await page.route(/\/rooms\?/, async (route) => {
      await promise;
      await route.continue();
    });
    await page.getByRole('button', { name: 'Refresh' }).click();
    await page.getByRole('progressbar', { name: 'Loading' }).first().waitFor();
    expect(await barriers(page)).toEqual([]);
    resolve();
    await page.getByRole('progressbar').waitFor({ state: 'detached' });
    await page.unrouteAll({ behavior: 'wait' });
  });

  it('say who is there now', async () => {
    await page.getByRole('link', { name: 'All hands' }).click();
    await page.getByText('200 belong to the room, 1 is there now.').waitFor();
    await page.getByText('1–25 of 200').waitFor();
    await page.getByLabel('Only who is there now').check();
    await row(/Anna Berg.*participant.*Anna/).waitFor();
    expect(await page.getByRole('row').count()).toBe(2);
    expect(await barriers(page)).toEqual([]);
  });

  it('are opened and set up by the keyboard alone', async () => {
    await page.goto(`${demo.ready.console}#/rooms`);
    await page.getByRole('link', { name: 'Board' }).focus();
    await page.keyboard.press('Enter');
    await page.getByText('3 belong to the room').waitFor();
    await page.getByRole('link', { name: 'Set up' }).focus();
    await page.keyboard.press('Enter');
    await textbox('Description').waitFor();
    expect(await barriers(page)).toEqual([]);
    await page.goto(`${demo.ready.console}#/rooms`);
  });

  it('are made of a kind, which fills in what is not said yet', async () => {
    await page.getByRole('link', { name: 'New room' }).click();
    await textbox('Description').waitFor();
    await textbox('Address').fill('zeppelin');
    await textbox('Title').fill('Project Zeppelin');
    await combobox('Kind of room').click();
    await page.getByRole('option', { name: 'project' }).click();
    await expect.poll(() => textbox('Description').inputValue()).toBe('A project of ours');
    expect(await textbox('Title').inputValue()).toBe('Project Zeppelin');
    expect(await page.getByLabel('Members only').isChecked()).toBe(true);
    expect(await page.getByLabel('Public').isChecked()).toBe(false);
    await take('Members', 'anna.b', /anna\.berg/);
    expect(await barriers(page)).toEqual([]);
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('2 belong to the room, 0 are there now.').waitFor();
    await page.getByText(ROOM).waitFor();
    await page.getByText('as project').waitFor();
    await row(/Ada Admin/)
      .getByText('owner')
      .waitFor();
  });

  it('tell a client of a new member at once that the room is there', async () => {
    const items = xml('items', { node: NS.bookmarks });
    const answer = await anna.ask(xml('iq', { type: 'get' }, xml('pubsub', { xmlns: NS.pubsub }, items)));
    expect(answer.toString()).toContain(ROOM);
  });

  it('get members, who become more or go', async () => {
    await take('Person', 'olga', /olga\.officer/);
    await page.getByRole('button', { name: 'Add' }).click();
    await row(/Olga Officer/).waitFor();
    await combobox('What Olga Officer is in this room').click();
    await page.getByRole('option', { name: 'administrator' }).click();
    await row(/Olga Officer/)
      .getByText('administrator')
      .waitFor();
    await page.getByText('3 belong to the room').waitFor();
    expect(await barriers(page)).toEqual([]);
    await picture(page, 'room');
    await page.getByRole('button', { name: 'Remove Anna Berg' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await row(/Anna Berg/).waitFor({ state: 'detached' });
    await page.getByText('2 belong to the room').waitFor();
  });

  it('keep an owner', async () => {
    await combobox('What Ada Admin is in this room').click();
    await page.getByRole('option', { name: 'member', exact: true }).click();
    await page.getByText('Nobody would own').waitFor();
    await row(/Ada Admin/)
      .getByText('owner')
      .waitFor();
  });

  it('are set up anew', async () => {
    await page.getByRole('link', { name: 'Set up' }).click();
    await page.getByLabel('Slow mode, seconds').fill('30');
    await page.getByLabel('New password').fill('sesame');
    await textbox('Title').fill('Zeppelin\u202Egnp.exe');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('30 s').waitFor();
    // W-10
    await page.getByRole('heading', { name: 'Zeppelin⟨U+202E⟩gnp.exe' }).waitFor();
  });

  it('look as good by night', async () => {
    const day = page;
    page = await logIn('admin', 'dark');
    await row(/All hands/).waitFor();
    expect(await barriers(page)).toEqual([]);
    await picture(page, 'rooms-dark');
    await page.goto(`${demo.ready.console}#/rooms/${encodeURIComponent(ROOM)}/show`);
    await row(/Olga Officer/).waitFor();
    expect(await barriers(page)).toEqual([]);
    await picture(page, 'room-dark');
    await page.context().close();
    page = day;
  });

  it('are retired for a reason, and send people to another room', async () => {
    await page.getByRole('button', { name: 'Retire' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Retire' }).click();
    await dialog.getByText('Required').waitFor();
    await dialog.getByLabel('Reason').fill('The project is done');
    await take('Go to instead', 'all', /all-hands/);
    expect(await barriers(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Retire' }).click();
    await page.getByText('This room is retired').waitFor();
    await page.getByText('The project is done').waitFor();
    await page.getByText('People are sent to all-hands@conference.office.localhost.').waitFor();
    expect(await page.getByRole('link', { name: 'Set up' }).count()).toBe(0);
    expect(await barriers(page)).toEqual([]);
  });

  it('are the same for the command', async () => {
    const { text } = await demo.ctl(['room', 'show', 'zeppelin', '--json']);
    expect(JSON.parse(text)).toMatchObject({
      members: 2,
      hasPassword: true,
      retired: { reason: 'The project is done' },
    });
  });

  it('are no business of an officer', async () => {
    const seen = await chromium.watch({ colorScheme: 'light' });
    watched.push(seen);
    const { jid, password } = demo.person('officer');
    const console = new ConsolePage(seen.page);
    await console.login(demo.ready.console, jid, password);
    expect(await console.pages()).not.toContain('Rooms');
  });

  it('ask nothing of another host and keep the Content-Security-Policy', () => {
    for (const { strangers, violations, errors } of watched)
      expect({ strangers, violations, errors }).toEqual({ strangers: [], violations: [], errors: [] });
  });
});
