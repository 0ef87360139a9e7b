import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RunningAppliance } from '../interop/appliance.js';
import { barriers } from './accessibility.js';
import { Chromium, type Watched } from './browser.js';
import { ConsolePage } from './console-page.js';
import { picture } from './picture.js';

const DOMAIN = 'office.localhost';
const PASSWORD = 'correct horse battery';

/** Two officers at work. The tests run in their order. */
describe('holds and retention in the console', () => {
  let office: RunningAppliance;
  let chromium: Chromium;
  let olga: Page;
  let oscar: Page;
  const watched: Watched[] = [];

  beforeAll(async () => {
    office = await RunningAppliance.configured(DOMAIN, 'directory: local\n');
    const file = path.join(office.dataDir, 'people.csv');
    const rows = ['olga,officer', 'oscar,officer', 'adam,admin', 'anna,employee'].map((row) =>
      row.replace(',', `@${DOMAIN},${PASSWORD},`),
    );
    writeFileSync(file, ['jid,password,role', ...rows, ''].join('\n'));
    const { code, complaints } = await office.ctl(['user', 'import', file]);
    if (code !== 0) throw new Error(complaints);
    chromium = await Chromium.open(office.ready.ca);
    olga = await logIn('olga', 'light');
    oscar = await logIn('oscar', 'dark');
  });
  afterAll(async () => {
    await chromium?.close();
    await office?.remove();
  });

  async function logIn(user: string, colorScheme: 'light' | 'dark'): Promise<Page> {
    const seen = await chromium.watch({ colorScheme });
    watched.push(seen);
    await new ConsolePage(seen.page).login(office.ready.console, `${user}@${DOMAIN}`, PASSWORD);
    return seen.page;
  }

  const part = (page: Page, name: string): Locator => page.getByRole('region', { name, exact: true });

  it('say that nothing is held, and that everything is kept for ever', async () => {
    await new ConsolePage(olga).open('Holds');
    await olga.getByText('No hold is in force').waitFor();
    expect(await barriers(olga)).toEqual([]);
    await new ConsolePage(oscar).open('Retention');
    await oscar.getByText('There is no rule: everything is kept for ever.').waitFor();
    await oscar.getByText('Nothing was disposed of yet.').waitFor();
    expect(await barriers(oscar)).toEqual([]);
  });

  it('place a hold by the keyboard alone, which another officer sees at once', async () => {
    await olga.getByRole('button', { name: 'Place a hold' }).press('Enter');
    await olga.keyboard.type('Project Gold');
    await olga.keyboard.press('Tab');
    await olga.keyboard.type('case 7');
    await olga.keyboard.press('Tab');
    await olga.keyboard.type('a letter of the court');
    await olga.getByLabel('People').fill(`anna@${DOMAIN}`);
    await olga.getByLabel('Words').fill('gold bar');
    expect(await barriers(olga)).toEqual([]);
    await picture(olga, 'console-hold');
    await olga.getByLabel('Until').press('Enter');
    await olga.getByRole('dialog').waitFor({ state: 'hidden' });
    await new ConsolePage(oscar).open('Holds');
    const row = oscar.getByRole('row', { name: /Project Gold/ });
    await row.getByText(`people: anna@${DOMAIN}`).waitFor();
    await row.getByText('words: “gold bar”').waitFor();
    expect(await barriers(oscar)).toEqual([]);
  });

  it('say what is wrong with a hold that covers nothing', async () => {
    await olga.getByRole('button', { name: 'Place a hold' }).click();
    for (const label of ['Name', 'Matter', 'Reason']) await olga.getByLabel(label).fill('something');
    await olga.getByRole('button', { name: 'Place the hold' }).click();
    await olga.getByText(/say whom or what is held/).waitFor();
    await olga.keyboard.press('Escape');
    await olga.getByRole('dialog').waitFor({ state: 'hidden' });
  });

  it('release a hold for a reason', async () => {
    await olga.getByRole('button', { name: 'Release Project Gold' }).click();
    await olga.getByLabel('Reason').fill('settled');
    await olga.getByRole('dialog').getByRole('button', { name: 'Release' }).click();
    await olga.getByText('No hold is in force').waitFor();
    await olga.getByRole('tab', { name: 'Released' }).click();
    await olga.getByRole('row', { name: /Project Gold.*settled/ }).waitFor();
  });

  it('preview a rule, and leave it to a second person', async () => {
    await new ConsolePage(olga).open('Retention');
    await olga.getByRole('button', { name: 'New rule' }).click();
    await olga.getByLabel('Keep for days').fill('90');
    await olga.getByLabel('Reason').fill('the works council');
    await olga.getByRole('button', { name: 'Preview what it would take away' }).click();
    await olga.getByText('Would remove 0 messages').waitFor();
    expect(await barriers(olga)).toEqual([]);
    await picture(olga, 'console-retention-rule');
    await olga.getByRole('button', { name: 'Propose' }).click();
    const changes = part(olga, 'Changes').first();
    await changes.getByText(/Waits for a second person until/).waitFor();
    await changes.getByRole('button', { name: 'Withdraw' }).waitFor();
    expect(await changes.getByRole('button', { name: 'Approve' }).count()).toBe(0);
  });

  it('approve it as another officer, and then it is in force', async () => {
    await new ConsolePage(oscar).open('Retention');
    await oscar.getByRole('button', { name: 'Approve' }).click();
    await oscar.getByLabel('Reason').fill('looked at the preview');
    await oscar.getByRole('dialog').getByRole('button', { name: 'Approve' }).click();
    const rule = part(oscar, 'Rules in force').getByRole('row', { name: /everything.*90 days/ });
    await rule.waitFor();
    await oscar.getByRole('button', { name: 'What would it take away?' }).click();
    await oscar.getByText('Would remove 0 messages').waitFor();
    expect(await barriers(oscar)).toEqual([]);
    await picture(oscar, 'console-retention');
  });

  it('lengthen it alone', async () => {
    await oscar.getByRole('button', { name: 'Change everything' }).click();
    await oscar.getByLabel('Keep for days').fill('365');
    await oscar.getByLabel('Reason').fill('the examiner');
    await oscar.getByRole('button', { name: 'Propose' }).click();
    await part(oscar, 'Rules in force')
      .getByRole('row', { name: /everything.*365 days/ })
      .waitFor();
  });

  // C-09
  it('are not for administrators', async () => {
    const adam = await logIn('adam', 'light');
    const pages = await new ConsolePage(adam).pages();
    expect(pages).toContain('Accounts');
    expect(pages.filter((name) => ['Holds', 'Retention'].includes(name))).toEqual([]);
  });

  it('cause no fault in the browser', () => {
    expect(watched.flatMap(({ strangers, violations, errors }) => [...strangers, ...violations, ...errors])).toEqual(
      [],
    );
  });
});
