import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RunningAppliance } from '../interop/appliance.js';
import { Slixmpp } from '../interop/slixmpp.js';
import { barriers } from './accessibility.js';
import { Chromium, type Watched } from './browser.js';
import { ConsolePage } from './console-page.js';
import { picture } from './picture.js';

const REASON = 'Complaint 2026-17';

/** The administrator and the officer at their work. The tests run in their order. */
describe('the console', () => {
  let demo: RunningAppliance;
  let chromium: Chromium;
  let anna: Slixmpp;
  const watched: Watched[] = [];

  beforeAll(async () => {
    demo = await RunningAppliance.demo();
    chromium = await Chromium.open(demo.ready.ca);
    anna = client('employee');
    await anna.heard('online');
    await talk();
  });
  afterAll(async () => {
    await Promise.all([anna?.stop(), chromium?.close()]);
    await demo?.remove();
  });

  function client(role: string): Slixmpp {
    const { jid, password } = demo.person(role);
    return new Slixmpp({ jid, password, port: demo.port('c2s'), ca: demo.ready.ca });
  }

  /** What the officer will look for. */
  async function talk(): Promise<void> {
    const ada = client('admin');
    await ada.heard('online');
    const say = async (from: Slixmpp, to: Slixmpp, role: string, text: string): Promise<void> => {
      from.send(demo.person(role).jid, text);
      await to.message(text);
    };
    await say(ada, anna, 'employee', 'Good morning Anna! Did the Zeppelin invoice arrive?');
    await say(anna, ada, 'admin', 'Good morning! Yes, the invoice came on Tuesday.');
    await say(ada, anna, 'employee', 'Accounting asks who signed it.');
    await say(anna, ada, 'admin', 'I did. <b>Invoice</b> 4711, 1,280 euros.');
    await say(ada, anna, 'employee', 'Thank you. Then the invoices of this month are complete.');
    await ada.stop();
  }

  async function logIn(role: string): Promise<ConsolePage> {
    const seen = await chromium.watch({ colorScheme: 'light' });
    watched.push(seen);
    const page = new ConsolePage(seen.page);
    const { jid, password } = demo.person(role);
    await page.login(demo.ready.console, jid, password);
    return page;
  }

  describe('for an administrator', () => {
    let console: ConsolePage;
    beforeAll(async () => {
      console = await logIn('admin');
    });

    it('shows that every part works', async () => {
      await console.open('Status');
      await console.page.getByText('Everything works.').waitFor();
      expect(await barriers(console.page)).toEqual([]);
      await picture(console.page, 'status');
    });

    it('finds an account among all and shows it', async () => {
      await console.open('Accounts');
      await console.page.getByPlaceholder('Name, address, department').fill('anna.berg');
      const row = console.page.getByRole('row', { name: /anna\.berg@/ });
      await row.waitFor();
      await expect.poll(() => console.page.getByRole('row').count()).toBe(2);
      expect(await barriers(console.page)).toEqual([]);
      await row.click();
      await console.page.getByRole('button', { name: 'Suspend' }).waitFor();
      expect(await console.page.getByText('anna.berg@office.localhost').count()).toBeGreaterThan(0);
    });

    it('says what decides about a person, and which group of the directory each of it follows from', async () => {
      const explained = console.page.getByRole('region', { name: 'What decides' });
      await explained.getByText('Can log in.').waitFor();
      const part = (title: RegExp) =>
        explained.locator('div').filter({ has: console.page.getByRole('heading', { name: title }) });
      await part(/^Entry$/)
        .getByText(/^uid=anna\.berg,ou=people,/)
        .waitFor();
      const lines = (title: RegExp) => part(title).getByRole('listitem').allInnerTexts();
      expect(await lines(/^Roles$/)).toEqual(['employee (*): what everybody is']);
      expect(await lines(/^Rooms /)).toContain(
        'berlin@conference.office.localhost: member; member by the group berlin',
      );
      expect(await lines(/^Groups in the contact list /)).toContain('Sales: member, by the group sales');
      expect(await barriers(console.page)).toEqual([]);
      await explained.scrollIntoViewIfNeeded();
      await picture(console.page, 'explain-person');
    });

    it('ends the streams of an account that is suspended, which cannot log in until it is restored', async () => {
      await console.page.getByRole('button', { name: 'Suspend' }).click();
      await console.page.getByRole('dialog').getByRole('button', { name: 'Suspend' }).click();
      await anna.heard('gone');
      expect((await client('employee').heard('refused'))['reason']).toBe('authentication');
      await console.page.getByRole('button', { name: 'Restore' }).click();
      await console.page.getByRole('dialog').getByRole('button', { name: 'Restore' }).click();
      await console.page.getByRole('button', { name: 'Suspend' }).waitFor();
      anna = client('employee');
      await anna.heard('online');
    });

    it('disconnects one device', async () => {
      await console.open('Live sessions');
      const row = console.page.getByRole('row', { name: /anna\.berg@/ });
      await row.waitFor();
      expect(await barriers(console.page)).toEqual([]);
      await row.getByRole('button', { name: 'Disconnect' }).click();
      await console.page.getByRole('dialog').getByRole('button', { name: 'Confirm' }).click();
      await anna.heard('gone');
    });

    it('gives somebody another address after asking for it, who logs in with what they know', async () => {
      anna = client('employee');
      await anna.heard('online');
      await console.open('Accounts');
      await console.page.getByPlaceholder('Name, address, department').fill('anna.berg');
      await console.page.getByRole('row', { name: /anna\.berg@/ }).click();
      await console.page.getByRole('button', { name: 'Rename' }).click();
      const dialog = console.page.getByRole('dialog');
      await dialog.getByLabel('New address').fill('anna.meier@office.localhost');
      expect(await barriers(console.page)).toEqual([]);
      await dialog.getByRole('button', { name: 'Rename' }).click();
      await anna.heard('gone');
      await console.page.getByText('anna.meier@office.localhost').first().waitFor();
      anna = client('employee');
      await anna.heard('online');
    });

    it('has no way to what people said', async () => {
      expect(await console.pages()).not.toContain('Archive');
      await console.page.goto(`${demo.ready.console}#/archive`);
      await console.page.getByLabel('Words').fill('invoice');
      await console.page.getByLabel('Reason').fill(REASON);
      await console.page.getByRole('button', { name: 'Search' }).click();
      await console.page.getByRole('alert').first().waitFor();
      expect(await console.page.getByRole('article').count()).toBe(0);
    });
  });

  describe('for a compliance officer', () => {
    let console: ConsolePage;
    beforeAll(async () => {
      console = await logIn('officer');
    });

    it('shows the messages with a word, as text and never as markup', async () => {
      // Where officers land: going there once more by the menu would begin the form anew under our hands.
      expect(await console.pages()).toContain('Archive');
      const found = await console.searchArchive('invoice', REASON);
      await found.getByText('<b>Invoice</b> 4711').waitFor();
      expect(await found.count()).toBe(4);
      expect(await found.locator('b').count()).toBe(0);
      expect(await barriers(console.page)).toEqual([]);
      await picture(console.page, 'archive-search');
    });

    it('shows the conversation around a message', async () => {
      await console.page.getByRole('button', { name: 'Conversation' }).first().click();
      const dialog = console.page.getByRole('dialog');
      await dialog.getByText('Accounting asks who signed it.').waitFor();
      await console.page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'hidden' });
    });

    it('lists the search with its reason in the audit log', async () => {
      await console.open('Audit log');
      await console.page.getByText(REASON).first().waitFor();
    });

    it('has no way to accounts', async () => {
      expect(await console.pages()).not.toContain('Accounts');
      const suspend = `/api/v1/accounts/${encodeURIComponent(demo.person('employee').jid)}/suspend`;
      const status = await console.page.evaluate<number>(
        `fetch(${JSON.stringify(suspend)}, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' }).then((r) => r.status)`,
      );
      expect(status).toBe(403);
    });
  });

  it('asks nothing of another host and keeps its Content-Security-Policy', () => {
    for (const { strangers, violations, errors } of watched)
      expect({ strangers, violations, errors }).toEqual({ strangers: [], violations: [], errors: [] });
  });
});
