import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RunningAppliance } from '../interop/appliance.js';
import { barriers } from './accessibility.js';
import { Chromium } from './browser.js';
import { ConsolePage } from './console-page.js';
import { picture } from './picture.js';

/** An officer looks whether the archive is sealed and complete. */
describe.each(['light', 'dark'] as const)('the console’s seal (%s)', (colorScheme) => {
  let demo: RunningAppliance;
  let chromium: Chromium;
  let console: ConsolePage;

  beforeAll(async () => {
    demo = await RunningAppliance.demo();
    chromium = await Chromium.open(demo.ready.ca);
    const watched = await chromium.watch({ colorScheme });
    console = new ConsolePage(watched.page);
    const { jid, password } = demo.person('officer');
    await console.login(demo.ready.console, jid, password);
    await console.open('Seal');
  });
  afterAll(async () => {
    await chromium?.close();
    await demo?.remove();
  });

  it('says through when everything is sealed, by which key, and what an auditor needs', async () => {
    const { page } = console;
    await page.getByText(/Sealed through .*, \d+ entries, 0 witnesses\./).waitFor();
    await page
      .getByRole('region', { name: 'Keys' })
      .getByText(/^office\.localhost\/archive\+/)
      .waitFor();
    const policy = page.getByRole('region', { name: 'Policy' });
    expect(await policy.innerText()).toMatch(/^log office\.localhost\/archive\+[0-9a-f]{8}\+\S+$/m);
    expect(await page.getByRole('region', { name: 'Latest checkpoint' }).innerText()).toContain(
      '— office.localhost/archive ',
    );
    await page.getByText('Nobody else signs.').waitFor();
    expect(await barriers(page)).toEqual([]);
    await picture(page, `seal-${colorScheme}`);
  });
});
