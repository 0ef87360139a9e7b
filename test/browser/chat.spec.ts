import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RunningAppliance } from '../interop/appliance.js';
import { Slixmpp } from '../interop/slixmpp.js';
import { barriers } from './accessibility.js';
import { Chromium, type Watched } from './browser.js';
import { ChatPage } from './chat-page.js';
import { picture } from './picture.js';

/** Faults of Converse 14 that we know and cannot mend from outside; everything else fails. */
const KNOWN_BARRIERS: readonly RegExp[] = [];

/** Anna uses the web chat; Ada writes from another client. The tests run in their order. */
describe('the web chat', () => {
  let demo: RunningAppliance;
  let ada: Slixmpp;
  let chromium: Chromium;
  let watched: Watched;
  let chat: ChatPage;

  beforeAll(async () => {
    demo = await RunningAppliance.demo();
    chromium = await Chromium.open(demo.ready.ca);
    ada = client('admin');
    await ada.heard('online');
    await makeContacts();
    watched = await chromium.watch({ colorScheme: 'light' });
    chat = new ChatPage(watched.page);
  });
  afterAll(async () => {
    await Promise.all([ada?.stop(), chromium?.close()]);
    await demo?.remove();
  });

  function client(role: string): Slixmpp {
    const { jid, password } = demo.person(role);
    return new Slixmpp({ jid, password, port: demo.port('c2s'), ca: demo.ready.ca });
  }

  async function makeContacts(): Promise<void> {
    const anna = client('employee');
    await anna.heard('online');
    for (const [role, name, group] of [
      ['admin', 'Ada Admin', 'IT'],
      ['officer', 'Olga Officer', 'Legal'],
    ] as const) {
      const other = role === 'admin' ? ada : client(role);
      await other.heard('online');
      anna.befriend(demo.person(role).jid, name, group);
      await anna.heard('friend', (said) => said['jid'] === demo.person(role).jid);
      if (other !== ada) await other.stop();
    }
    await anna.stop();
  }

  it('says when the password is wrong, and asks again', async () => {
    const { page } = watched;
    await page.goto(demo.ready.chat);
    await page.getByLabel('Name or address').fill(demo.person('employee').jid);
    await page.getByLabel('Password').fill('not the password');
    await page.getByRole('button', { name: 'Log in' }).click();
    await expect.poll(() => page.getByRole('alert').textContent()).toMatch(/password/i);
    expect(await barriers(page)).toEqual([]);
  });

  it('shows a conversation as it goes on', async () => {
    const { jid, password } = demo.person('employee');
    await chat.login(demo.ready.chat, jid, password);
    await chat.openContact('Ada Admin');
    ada.send(jid, 'Good morning Anna! Did the Zeppelin invoice arrive?');
    await chat.message('Good morning Anna! Did the Zeppelin invoice arrive?').waitFor();
    await chat.send('Good morning! Yes, on Tuesday. Accounting has paid it already.');
    ada.send(jid, 'Perfect. Then I order the new screens for the third floor today.');
    await chat.message('Perfect. Then I order the new screens for the third floor today.').waitFor();
    await chat.send('Great, everybody is waiting for them');
    ada.send(jid, 'They come on Friday. Lunch at 12:30?');
    await chat.message('They come on Friday. Lunch at 12:30?').waitFor();
    await chat.send('Gladly. See you downstairs!');
    await ada.message('Gladly. See you downstairs!');
    await picture(watched.page, 'chat');
  });

  it('shows somebody else’s text as text', async () => {
    const text = '<img src=x onerror="document.title=1"> <b>bold</b>';
    ada.send(demo.person('employee').jid, text);
    await chat.message(text).waitFor();
    expect(await watched.page.title()).not.toBe('1');
  });

  it('has no barrier of ours for people who use assistive technology', async () => {
    const found = await barriers(watched.page);
    expect(found.filter((barrier) => !KNOWN_BARRIERS.some((known) => known.test(barrier)))).toEqual([]);
  });

  it('comes back by itself, twice, after its connection was cut, and shows what came meanwhile', async () => {
    for (const n of [1, 2]) {
      await chat.cut();
      ada.send(demo.person('employee').jid, `while you were away ${n}`);
      await chat.reconnected();
      await chat.message(`while you were away ${n}`).waitFor();
      await chat.send(`back again ${n}`);
      await ada.message(`back again ${n}`);
    }
  });

  it('is open again after a reload, without asking for the password', async () => {
    await watched.page.reload();
    await chat.online();
    await chat.openContact('Ada Admin');
    await chat.message('back again 2').waitFor();
  });

  it('is dark for people who like it dark', async () => {
    await watched.page.emulateMedia({ colorScheme: 'dark' });
    await watched.page.reload();
    await chat.online();
    await chat.openContact('Ada Admin');
    await chat.message('back again 2').waitFor();
    expect(await chat.brightness()).toBeLessThan(0.35);
    await picture(watched.page, 'chat-dark');
  });

  it('asks nothing of another host and keeps its Content-Security-Policy', () => {
    expect(watched).toMatchObject({ strangers: [], violations: [], errors: [] });
  });
});
