import { Database } from '@interoffice/storage';
import { silentLog } from '@interoffice/telemetry';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RunningAppliance } from '../interop/appliance.js';
import { Slixmpp } from '../interop/slixmpp.js';
import { CuttingProxy } from '../support/cutting-proxy.js';
import { barriers } from './accessibility.js';
import { Chromium, type Watched } from './browser.js';
import { ChatPage } from './chat-page.js';
import { picture } from './picture.js';

/** Somebody at the web chat, behind a network of their own. */
interface Person {
  readonly jid: string;
  readonly browser: Chromium;
  readonly chat: ChatPage;
  readonly watched: Watched;
  readonly network: CuttingProxy;
  /** In order. */
  readonly written: string[];
}

/** Anna and Ada write to each other whatever happens between them. The tests run in their order. */
describe('the web chat on a bad network', () => {
  let demo: RunningAppliance;
  /** One each: only one of them is to fall asleep. */
  const browsers: Chromium[] = [];
  let anna: Person;
  let ada: Person;

  beforeAll(async () => {
    demo = await RunningAppliance.demo();
    anna = await arrive('employee', 'light');
    ada = await arrive('admin', 'dark');
    await anna.chat.startChat(ada.jid);
    await ada.chat.startChat(anna.jid);
  });
  afterAll(async () => {
    await Promise.all(browsers.map((browser) => browser.close()));
    await demo?.remove();
    await Promise.all([anna?.network.close(), ada?.network.close()]);
  });

  async function arrive(role: string, colorScheme: 'light' | 'dark'): Promise<Person> {
    const { jid, password } = demo.person(role);
    const network = await CuttingProxy.before(demo.port('https'));
    const browser = await Chromium.open(demo.ready.ca);
    browsers.push(browser);
    const watched = await browser.watch({ colorScheme, viewport: { width: 900, height: 560 } });
    const chat = new ChatPage(watched.page);
    await chat.login(demo.ready.chat.replace(/:\d+\//, `:${network.port}/`), jid, password);
    return { jid, browser, chat, watched, network, written: [] };
  }

  async function write({ chat, written }: Person, times = 1): Promise<void> {
    for (let n = 0; n < times; n++) {
      const text = `${written === anna.written ? 'Anna' : 'Ada'} ${written.length + 1}`;
      written.push(text);
      await chat.send(text);
    }
  }

  /** Both write at once. */
  async function talk(times = 1): Promise<void> {
    await Promise.all([write(anna, times), write(ada, times)]);
  }

  /** Everything that was written is on both pages, once and in order, and nothing waits. */
  async function complete(): Promise<void> {
    const shown = (): Promise<unknown> =>
      Promise.all(
        [anna, ada].map(async ({ chat }) => [await chat.texts('me'), await chat.texts('them'), await chat.waiting()]),
      );
    await expect.poll(shown, { timeout: 20_000 }).toEqual([
      [anna.written, ada.written, []],
      [ada.written, anna.written, []],
    ]);
  }

  it('resumes after each of three cuts while both sides type, and says so each time', async () => {
    for (const n of [1, 2, 3]) {
      const writing = talk(3);
      anna.network.refuse();
      await anna.chat.says('reconnecting');
      await writing;
      expect(await anna.chat.waiting()).toContain(anna.written.at(-1));
      if (n === 1) await picture(anna.watched.page, 'chat-reconnecting');
      anna.network.restore();
      await anna.chat.says('connected');
      await complete();
    }
    expect(await anna.chat.states()).toEqual([
      'connecting',
      'connected',
      ...[1, 2, 3].flatMap(() => ['reconnecting', 'connected']),
    ]);
    expect(await ada.chat.states()).toEqual(['connecting', 'connected']);
  });

  it('delivers once what was typed while the line was silently dead, and does not wait for a handshake for ever', async () => {
    anna.network.blackHole();
    await Promise.all([write(anna, 2), write(ada, 2)]);
    expect(await anna.chat.waiting()).toEqual(anna.written.slice(-2));
    await anna.chat.says('reconnecting', 15_000);
    await anna.watched.page.getByText('The server did not answer.').waitFor({ timeout: 20_000 });
    expect((await anna.chat.state()).says).toMatch(/^No connection since .+ 2 messages wait to be sent/);
    anna.network.restore();
    await anna.watched.page.getByRole('button', { name: 'Try now' }).click();
    await anna.chat.says('connected');
    await complete();
  });

  it('finds out within five seconds that its line went dead while the page was frozen', async () => {
    const frozenAt = performance.now();
    const wake = await anna.browser.freeze();
    anna.network.blackHole();
    await write(ada, 2);
    anna.network.restore();
    await expect.poll(() => performance.now() - frozenAt, { timeout: 8000 }).toBeGreaterThan(6000);
    wake();
    await anna.chat.says('reconnecting', 6500);
    await anna.chat.says('connected');
    await complete();
  });

  it('loses nothing when the server is killed and comes back on its data', async () => {
    await talk(2);
    await demo.kill();
    await Promise.all([anna.chat.says('reconnecting'), ada.chat.says('reconnecting')]);
    await talk(2);
    expect(await anna.chat.waiting()).toEqual(expect.arrayContaining(anna.written.slice(-2)));
    await demo.restart();
    await Promise.all([anna.chat.says('connected', 40_000), ada.chat.says('connected', 40_000)]);
    await talk(2);
    await complete();
  });

  it('keeps over a reload what was not sent, and what was not finished', async () => {
    const { page } = anna.watched;
    anna.network.blackHole();
    await write(anna, 2);
    await page.locator('textarea.chat-textarea').pressSequentially('half a sent');
    anna.network.restore();
    anna.network.cut();
    // The browser asks whether the page may go, since something waits.
    const asked = page.waitForEvent('dialog').then((dialog) => dialog.accept());
    await Promise.all([page.reload(), asked]);
    await anna.chat.says('connected');
    await expect
      .poll(() => page.locator('textarea.chat-textarea').inputValue(), { timeout: 10_000 })
      .toBe('half a sent');
    await complete();
  });

  it('shows, when it is opened again, what came meanwhile for a chat that is closed', async () => {
    const { page } = anna.watched;
    const url = page.url();
    await page.goto('about:blank');
    const { jid, password } = demo.person('officer');
    const olga = new Slixmpp({ jid, password, port: demo.port('c2s'), ca: demo.ready.ca });
    await olga.heard('online');
    for (const n of [1, 2, 3]) olga.send(anna.jid, `Olga ${n}`);
    await expect.poll(() => recorded(jid), { timeout: 10_000 }).toHaveLength(3);
    await olga.stop();
    await page.goto(url);
    await anna.chat.says('connected');
    // Once under "New messages", where nobody overlooks it, and once in its group.
    const unread = (): Promise<string[]> => page.locator('.msgs-indicator').allTextContents();
    await expect.poll(unread, { timeout: 10_000 }).toEqual(['3', '3']);
    await complete();
  });

  it('says when the device has no network, and goes on when it has one', async () => {
    await Promise.all([anna, ada].map(({ watched }) => watched.page.context().setOffline(true)));
    for (const { network } of [anna, ada]) network.refuse();
    await Promise.all([anna.chat.says('offline'), ada.chat.says('offline')]);
    await talk();
    expect(await barriers(anna.watched.page)).toEqual([]);
    await picture(anna.watched.page, 'chat-offline');
    await picture(ada.watched.page, 'chat-offline-dark');
    await ada.watched.page.context().setOffline(false);
    await ada.chat.says('reconnecting');
    expect(await barriers(ada.watched.page)).toEqual([]);
    await picture(ada.watched.page, 'chat-reconnecting-dark');
    await anna.watched.page.context().setOffline(false);
    for (const { network } of [anna, ada]) network.restore();
    await Promise.all([anna.chat.says('connected', 40_000), ada.chat.says('connected', 40_000)]);
    await complete();
    await picture(anna.watched.page, 'chat-connected');
    await picture(ada.watched.page, 'chat-connected-dark');
  });

  it('has each message once in the archive, in the order in which it was written', async () => {
    expect(await recorded(anna.jid)).toEqual(anna.written);
    expect(await recorded(ada.jid)).toEqual(ada.written);
  });

  it('throws no error, asks nothing of another host and keeps its Content-Security-Policy', () => {
    expect(anna.watched).toMatchObject({ strangers: [], violations: [], errors: [] });
    expect(ada.watched).toMatchObject({ strangers: [], violations: [], errors: [] });
  });

  /** The texts of an account in the journal, in its order. */
  async function recorded(jid: string): Promise<string[]> {
    const host = path.join(demo.dataDir, 'postgres');
    const database = new Database({
      connection: { host, port: 5432, user: 'interoffice_owner', database: 'interoffice' },
      log: silentLog,
    });
    const rows = await database.query<{ body: string }>(
      'owner',
      'SELECT body FROM journal JOIN journal_content USING (id) WHERE author = $1 AND body IS NOT NULL ORDER BY id',
      [jid],
    );
    await database.close();
    return rows.map(({ body }) => body);
  }
});
