import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort, ROOT, RunningAppliance } from '../interop/appliance.js';
import { LineProcess } from '../interop/line-process.js';
import { CLIENT_AUTH, SERVER_AUTH, testRoot } from '../support/certificates.js';
import { barriers } from './accessibility.js';
import { Chromium } from './browser.js';
import { ConsolePage } from './console-page.js';
import { picture } from './picture.js';

const DOMAIN = 'office.localhost';
const PASSWORD = 'correct horse battery';
const CTL = path.join(ROOT, 'apps/ctl/dist/main.js');

/** An office whose gateway is a process of its own, which sees nobody where DNS leads to us: here is no DNS. */
describe('a gateway of its own in the console', () => {
  const home = mkdtempSync(path.join(tmpdir(), 'console-gateway-'));
  let office: RunningAppliance;
  let gateway: LineProcess;
  let chromium: Chromium;
  let name = '';

  beforeAll(async () => {
    const [link, metrics] = [await freePort(), await freePort()];
    name = `localhost:${link}`;
    const root = await testRoot();
    const shows = await root.issue({ names: { dns: [DOMAIN, 'localhost'] }, purposes: [SERVER_AUTH, CLIENT_AUTH] });
    writeFileSync(path.join(home, 'root.pem'), root.pem);
    writeFileSync(path.join(home, 'live.pem'), (await shows.keyPem()) + shows.chainPem);
    office = await RunningAppliance.configured(
      DOMAIN,
      `directory: local
offices: [{ name: Main, domains: [${DOMAIN}], gateway: "${name}" }]
trust: { ca: [${home}/root.pem] }
federation:
  rules: [{ name: all, effect: allow, peers: [partner.example], classes: [chat], reason: We work together., owner: it@${DOMAIN} }]
`,
    );
    writeFileSync(
      path.join(home, 'gateway.yaml'),
      `domain: ${DOMAIN}
data-dir: ${home}/data
gateway: { listen: "127.0.0.1:${link}", server: ${DOMAIN} }
listen: { s2s: false, s2s-tls: false, metrics: "127.0.0.1:${metrics}" }
trust: { ca: [${office.ready.ca}] }
certificate: { certificate: ${home}/live.pem, probe: { every: 1s } }
`,
    );
    gateway = new LineProcess(process.execPath, [CTL, 'gateway', '--config', `${home}/gateway.yaml`], { cwd: ROOT });
    await gateway.line((line) => line.startsWith('{"event":"ready"'));
    const file = path.join(office.dataDir, 'people.csv');
    writeFileSync(file, `jid,password,role\npetra@${DOMAIN},${PASSWORD},peers\n`);
    const { code, complaints } = await office.ctl(['user', 'import', file]);
    if (code !== 0) throw new Error(complaints);
    chromium = await Chromium.open(office.ready.ca);
  });
  afterAll(async () => {
    await chromium?.close();
    await gateway?.stop();
    await office?.remove();
    rmSync(home, { recursive: true, force: true });
  });

  async function certificates(colorScheme: 'light' | 'dark'): Promise<Page> {
    const { page } = await chromium.watch({ colorScheme });
    const console = new ConsolePage(page);
    await console.login(office.ready.console, `petra@${DOMAIN}`, PASSWORD);
    await console.open('Certificates');
    return page;
  }

  // F-08
  it.each(['light', 'dark'] as const)('shows its certificate and what it saw from outside (%s)', async (colours) => {
    const page = await certificates(colours);
    const part = (named: string): Locator => page.getByRole('region', { name: named, exact: true });
    await part('Our certificate')
      .getByRole('row', { name: /^localhost our gateway names missing .*conference\.office\.localhost/ })
      .waitFor();
    await part(`Gateway ${name}`).getByText(`${DOMAIN} could not be called.`, { exact: false }).first().waitFor();
    expect(await barriers(page)).toEqual([]);
    await picture(page, colours === 'dark' ? 'certificates-gateway-dark' : 'certificates-gateway');
    await page.context().close();
  });

  it('is an alarm in the status while it does not name all, and has it on the command line as well', async () => {
    const status = await office.ctl(['status']);
    expect(status.text).toMatch(
      new RegExp(`failing +certificate of gateway ${name}: .*does not name conference.${DOMAIN}`),
    );
    const { text } = await office.ctl(['cert', 'list']);
    expect(text).toContain(`Gateway ${name}:`);
    expect(text).toMatch(new RegExp(`unseen .*${DOMAIN} from outside`));
  });
});
