import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { CLIENT_AUTH, SERVER_AUTH, type TestCertificate, testRoot } from '../../support/certificates.js';
import { NameServer } from './name-server.js';
import { Office, openTo } from './office.js';
import { archived, everythingIsThere, Talker } from './talking.js';

const BERLIN = 'berlin.example';
const TOKYO = 'tokyo.example';
const TALK_AT_MOST_MS = 120_000;

let berlin: Office;
let tokyo: Office;
let dns: NameServer;

beforeAll(async () => {
  const root = await testRoot();
  const authority = await root.authority();
  const shows = (domain: string): Promise<TestCertificate> =>
    authority.issue({ names: { dns: [domain, `gate.${domain}`] }, purposes: [SERVER_AUTH, CLIENT_AUTH] });
  const office = async (domain: string, people: readonly string[], peer: string): Promise<Office> => {
    const federation = `${openTo(peer)}\n  answer-within: 3s`;
    return Office.open({ domain, shows: await shows(domain), trusts: root, people, gatewaysApart: 2, federation });
  };
  berlin = await office(BERLIN, ['ada', 'ben'], TOKYO);
  tokyo = await office(TOKYO, ['yuki', 'kenji'], BERLIN);
  const zones = [berlin, tokyo].flatMap(({ domain, gateways }) =>
    gateways.map(({ ports }) => ({ domain, starttls: ports.s2s })),
  );
  dns = await NameServer.open(zones);
  await Promise.all([berlin.hasGateways(), tokyo.hasGateways()]);
}, 240_000);

afterAll(async () => {
  await Promise.all([berlin?.close(), tokyo?.close()]);
  await dns?.close();
});

/** The gateway that carries an office's line to the other now. */
async function carrierOf(office: Office, peer: string): Promise<Office['gateways'][number] | undefined> {
  const { lines } = await office.peer(peer);
  const line = lines.find(({ domain, state }) => domain === office.domain && state === 'up');
  return office.gateways.find(({ name }) => name === line?.gateway);
}

describe('two gateways of each office', () => {
  // F-09
  it('take over from each other when they are killed: everything arrives once and in order, and the line comes back', async () => {
    const there = new Talker(berlin, 'ada', `yuki@${TOKYO}`);
    const back = new Talker(tokyo, 'kenji', `ben@${BERLIN}`);
    const talking = Promise.all([there.talk(TALK_AT_MOST_MS), back.talk(TALK_AT_MOST_MS)]);
    const inUse = async (office: Office, peer: string) => vi.waitUntil(() => carrierOf(office, peer), 20_000);
    const [one, other] = [await inUse(berlin, TOKYO), await inUse(tokyo, BERLIN)];
    await one.kill();
    await wait(3_000);
    // By the other one meanwhile, though the first is still away.
    expect((await inUse(berlin, TOKYO)).name).not.toBe(one.name);
    await other.kill();
    await wait(3_000);
    await Promise.all([one.start(), other.start()]);
    // Each line goes back to where it was while people talk.
    await vi.waitUntil(async () => (await carrierOf(berlin, TOKYO)) === one, 60_000);
    await vi.waitUntil(async () => (await carrierOf(tokyo, BERLIN)) === other, 60_000);
    for (const talker of [there, back]) talker.finish();
    await talking;
    for (const talker of [there, back]) talker.close();
    expect([there.said.length > 100, back.said.length > 100]).toEqual([true, true]);
    await everythingIsThere(tokyo, there.said.length, ['yuki', `ada@${BERLIN}`]);
    await everythingIsThere(berlin, back.said.length, ['ben', `kenji@${TOKYO}`]);
    const [inTokyo, inBerlin] = [
      await archived(tokyo, 'yuki', `ada@${BERLIN}`),
      await archived(berlin, 'ben', `kenji@${TOKYO}`),
    ];
    expect(inTokyo).toEqual(there.settle(inTokyo));
    expect(inBerlin).toEqual(back.settle(inBerlin));
    expect([...there.refused, ...back.refused]).toEqual([]);
  }, 180_000);
});
