import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLIENT_AUTH, SERVER_AUTH, type TestCertificate, testRoot } from '../../support/certificates.js';
import { CuttingProxy } from '../../support/cutting-proxy.js';
import { NameServer } from './name-server.js';
import { Office, openTo, type ShownLine } from './office.js';
import { ownPort } from './ports.js';
import { archived, everythingIsThere, receiptsOf, Talker } from './talking.js';
import { UncalledServer } from './uncalled-server.js';

const BERLIN = 'berlin.example';
/** Behind a firewall that lets nobody in. */
const TOKYO = 'tokyo.example';
const TALK_MS = 20_000;
const CUTS = 4;

let berlin: Office;
let tokyo: Office;
let toBerlin: CuttingProxy;
let uncalled: UncalledServer;
let dns: NameServer;

beforeAll(async () => {
  const root = await testRoot();
  const authority = await root.authority();
  const shows = (domain: string): Promise<TestCertificate> =>
    authority.issue({ names: { dns: [domain, `gate.${domain}`] }, purposes: [SERVER_AUTH, CLIENT_AUTH] });
  const office = async (domain: string, peer: string, more: Partial<Parameters<typeof Office.open>[0]>) =>
    Office.open({
      domain,
      shows: await shows(domain),
      trusts: root,
      people: [],
      federation: `${openTo(peer)}\n  peers: [{ domain: ${peer}, office: true }]`,
      ...more,
    });
  uncalled = await UncalledServer.open();
  const inFront = ownPort();
  dns = await NameServer.open([
    { domain: BERLIN, starttls: inFront },
    { domain: TOKYO, starttls: uncalled.port },
  ]);
  berlin = await office(BERLIN, TOKYO, { people: ['ada', 'ben'], gatewaysApart: 2 });
  tokyo = await office(TOKYO, BERLIN, { people: ['yuki', 'kenji'] });
  await berlin.hasGateways();
  // The world comes to the first of its gateways: the line may belong to the other.
  toBerlin = await CuttingProxy.before(berlin.ports.s2s, inFront);
}, 240_000);

afterAll(async () => {
  await Promise.all([berlin?.close(), tokyo?.close(), toBerlin?.close(), uncalled?.close()]);
  await dns?.close();
});

/** The line that is up, once it is: the latest connection may have been cut just now. */
async function upTo(office: Office, domain: string): Promise<ShownLine | undefined> {
  for (let tries = 0; tries < 40; tries++) {
    const line = (await office.peer(domain)).lines.find(({ state }) => state === 'up');
    if (line) return line;
    await wait(500);
  }
  return undefined;
}

// XEP-0288
describe('an office behind a firewall', () => {
  it(
    'gets everything over the connections that it makes, once and in order, though each is cut',
    async () => {
      const back = new Talker(tokyo, 'kenji', `ben@${BERLIN}`);
      const there = new Talker(berlin, 'ada', `yuki@${TOKYO}`);
      const talking = Promise.all([there, back].map((one) => one.talk(TALK_MS)));
      for (let cuts = 0; cuts < CUTS; cuts++) {
        await wait(TALK_MS / (CUTS + 1));
        toBerlin.cut();
      }
      await talking;
      await everythingIsThere(tokyo, there.said.length, ['yuki', `ada@${BERLIN}`]);
      await everythingIsThere(berlin, back.said.length, ['ben', `kenji@${TOKYO}`]);
      const [inTokyo, inBerlin] = [
        await archived(tokyo, 'yuki', `ada@${BERLIN}`),
        await archived(berlin, 'ben', `kenji@${TOKYO}`),
      ];
      expect(inTokyo).toEqual(there.settle(inTokyo));
      expect(inBerlin).toEqual(back.settle(inBerlin));
      expect(Math.min(inTokyo.length, inBerlin.length)).toBeGreaterThan(100);
      expect([...there.refused, ...back.refused]).toEqual([]);
      expect(await upTo(tokyo, BERLIN)).toMatchObject({ direction: 'both', openedBy: 'us', isCounted: true });
      expect(await upTo(berlin, TOKYO)).toMatchObject({
        direction: 'both',
        openedBy: 'peer',
        isCounted: true,
        gateway: berlin.gateways[0]!.name,
      });
      expect(await receiptsOf(berlin, TOKYO)).toMatchObject({ missing: [], faults: [] });
      expect(await receiptsOf(tokyo, BERLIN)).toMatchObject({ missing: [], faults: [] });
      process.stdout.write(
        `line: ${inTokyo.length} and ${inBerlin.length} messages each way over ${toBerlin.carried} connections of one side, ${CUTS} cut\n`,
      );
      expect(toBerlin.carried).toBeLessThanOrEqual(CUTS + 2);
      for (const talker of [there, back]) talker.close();
    },
    TALK_MS + 180_000,
  );
});
