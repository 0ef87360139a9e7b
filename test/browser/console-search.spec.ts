import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RunningAppliance } from '../interop/appliance.js';
import { Slixmpp } from '../interop/slixmpp.js';
import { barriers } from './accessibility.js';
import { Chromium, type Watched } from './browser.js';
import { ConsolePage } from './console-page.js';
import { picture } from './picture.js';

const REASON = 'Complaint 2026-18';

/** The officer's search, by mouse and by keyboard. The tests run in their order. C-14, W-10 */
describe("the officer's search", () => {
  let demo: RunningAppliance;
  let chromium: Chromium;
  let watched: Watched;
  let console: ConsolePage;

  beforeAll(async () => {
    demo = await RunningAppliance.demo();
    chromium = await Chromium.open(demo.ready.ca);
    await talk();
    watched = await chromium.watch({ colorScheme: 'dark' });
    console = new ConsolePage(watched.page);
    const { jid, password } = demo.person('officer');
    await console.login(demo.ready.console, jid, password);
  });
  afterAll(async () => {
    await chromium?.close();
    await demo?.remove();
  });

  function client(role: string): Slixmpp {
    const { jid, password } = demo.person(role);
    return new Slixmpp({ jid, password, port: demo.port('c2s'), ca: demo.ready.ca });
  }

  /** What the officer will look for. */
  async function talk(): Promise<void> {
    const [anna, ada] = [client('employee'), client('admin')];
    await Promise.all([anna.heard('online'), ada.heard('online')]);
    const say = async (from: Slixmpp, to: Slixmpp, role: string, text: string): Promise<void> => {
      from.send(demo.person(role).jid, text);
      await to.message(text);
    };
    await say(ada, anna, 'employee', 'The Straßenfest budget is 12,000 euros');
    await say(anna, ada, 'admin', 'Is the budget for the street party signed?');
    await say(ada, anna, 'employee', 'The street budget? Party of the board signed <b>it</b>.');
    await Promise.all([anna.stop(), ada.stop()]);
  }

  const marked = (): Promise<string[]> => console.page.locator('article mark').allInnerTexts();

  it('is the first page, says what is recorded of it, and is reached by the key /', async () => {
    await console.page.getByText('written to the audit log').waitFor();
    await console.page.getByText('can be kept here').waitFor();
    expect(await barriers(console.page)).toEqual([]);
    await console.page.getByRole('button', { name: 'More filters' }).focus();
    await console.page.keyboard.press('/');
    await console.page.keyboard.type('strassen');
    expect(await console.page.getByLabel('Words').inputValue()).toBe('strassen');
  });

  it('marks what was found where it stands, in the dark as well', async () => {
    const found = await console.searchArchive('strassen budget', REASON);
    expect(await found.count()).toBe(1);
    expect(await marked()).toEqual(['Straßen', 'budget']);
    await console.page.getByText('All 1 hits.').waitFor();
    expect(await barriers(console.page)).toEqual([]);
  });

  it('finds a phrase as it stands', async () => {
    await console.searchArchive('“street party” signed', REASON);
    // What was found before stands there until then.
    await expect.poll(marked).toEqual(['street party', 'signed']);
  });

  it('is narrowed by what the hits are made of, and widened again', async () => {
    const found = await console.searchArchive('budget', REASON);
    await expect.poll(() => found.count()).toBe(3);
    const facets = console.page.getByRole('region', { name: 'What the hits are made of' });
    await facets.getByText('All 3 hits.').waitFor();
    const more = console.page.getByRole('button', { name: 'More filters' });
    await more.click();
    await console.page.getByLabel('Author').fill(demo.person('employee').jid);
    await console.page.getByLabel('Direction').selectOption('internal');
    await console.page.getByRole('button', { name: 'Search' }).click();
    await expect.poll(() => found.count()).toBe(1);
    const active = console.page.getByRole('group', { name: 'Active filters' });
    expect(await active.locator('.MuiChip-label').allInnerTexts()).toEqual([
      `Author: ${demo.person('employee').jid}`,
      'Direction: internal',
    ]);
    expect(await barriers(console.page)).toEqual([]);
    await picture(console.page, 'archive-filters');
    await active.locator('.MuiChip-root', { hasText: 'Author' }).locator('.MuiChip-deleteIcon').click();
    await expect.poll(() => found.count()).toBe(3);
    await facets.getByRole('button', { name: /^chat/ }).click();
    await active.getByText('Kind: chat').waitFor();
    expect(await found.count()).toBe(3);
  });

  it('is kept under a name, run again for a reason, renamed and deleted', async () => {
    const saved = console.page.getByRole('region', { name: 'Saved' });
    await saved.getByLabel('Keep this as').fill('Budgets');
    await saved.getByRole('button', { name: 'Keep' }).click();
    await saved.getByRole('button', { name: 'Budgets', exact: true }).waitFor();
    await console.page.reload();
    await saved.getByRole('button', { name: 'Budgets', exact: true }).click();
    // There is no reason yet: it is asked for, and the rest stands in the form.
    expect(await console.page.getByLabel('Words').inputValue()).toBe('budget');
    await console.page.keyboard.type(REASON);
    await saved.getByRole('button', { name: 'Budgets', exact: true }).click();
    await expect.poll(() => console.page.getByRole('article').count()).toBe(3);
    await saved.getByRole('button', { name: 'Rename Budgets' }).click();
    await saved.getByLabel('New name').fill('All budgets');
    await saved.getByRole('button', { name: 'Rename', exact: true }).click();
    await saved.getByRole('button', { name: 'All budgets', exact: true }).waitFor();
    expect(await barriers(console.page)).toEqual([]);
    await saved.getByRole('button', { name: 'Delete All budgets' }).click();
    await saved.getByText('can be kept here').waitFor();
  });

  it('goes from message to message and into a conversation by keys', async () => {
    const found = await console.searchArchive('budget', REASON);
    await expect.poll(() => found.count()).toBe(3);
    await console.page.evaluate('document.activeElement.blur()');
    const text = (): Promise<string> =>
      console.page.evaluate<string>(`document.activeElement.tagName + ' ' + document.activeElement.innerText`);
    await console.page.keyboard.press('j');
    expect(await text()).toMatch(/^ARTICLE[^]*Party of the board/);
    await console.page.keyboard.press('ArrowDown');
    expect(await text()).toMatch(/^ARTICLE[^]*street party signed/);
    await console.page.keyboard.press('k');
    await console.page.keyboard.press('Enter');
    const dialog = console.page.getByRole('dialog');
    await dialog.getByText('Straßenfest').waitFor();
    await console.close(dialog);
  });

  it('says so when nothing is found', async () => {
    await console.page.getByLabel('Words').fill('xylophone');
    await console.page.getByRole('button', { name: 'Search' }).click();
    await console.page.getByText('Nothing was found.').waitFor();
    expect(await barriers(console.page)).toEqual([]);
  });

  it('has the ids of what was shown in the audit log, for the officer to see', async () => {
    await console.open('Audit log');
    await console.page.getByText('archive.seen').first().waitFor();
    expect({ errors: watched.errors, strangers: watched.strangers, violations: watched.violations }).toEqual({
      errors: [],
      strangers: [],
      violations: [],
    });
  });
});
