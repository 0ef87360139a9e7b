import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLIENT_AUTH, SERVER_AUTH, type TestCertificate, testRoot } from '../../support/certificates.js';
import { CuttingProxy } from '../../support/cutting-proxy.js';
import { freePort } from '../appliance.js';
import { NameServer } from './name-server.js';
import { Office, openTo } from './office.js';
import { RoomTalker } from './room-talk.js';
import { instant } from './stanzas.js';
import { archived, everythingIsThere, receiptsOf, Talker } from './talking.js';

const BERLIN = 'berlin.example';
const TOKYO = 'tokyo.example';
/** Ten minutes in the campaign. */
const CUT_MS = process.env['INTEROP_FEDERATION_SIZE'] === 'full' ? 600_000 : 60_000;
const LEAD_MS = 4_000;
const TALK_MS = LEAD_MS + CUT_MS + 20_000;
/** In the room, where everybody hears everybody. */
const ROOM_PACE_MS = 150;
const ROOM = `both@conference.${BERLIN}`;

let berlin: Office;
let tokyo: Office;
/** The line between the two: what tokyo's gateway is reached by, and what berlin's is. */
let toTokyo: CuttingProxy;
let toBerlin: CuttingProxy;
let dns: NameServer;

beforeAll(async () => {
  const root = await testRoot();
  const authority = await root.authority();
  const shows = (domain: string): Promise<TestCertificate> =>
    authority.issue({ names: { dns: [...withRooms(domain), `gate.${domain}`] }, purposes: [SERVER_AUTH, CLIENT_AUTH] });
  dns = await NameServer.open([BERLIN, TOKYO].flatMap(withRooms).map((domain) => ({ domain })));
  const [way, back] = [await freePort(), await freePort()];
  const office = async (domain: string, people: readonly string[], peer: string, port: number): Promise<Office> =>
    Office.open({
      domain,
      shows: await shows(domain),
      trusts: root,
      people,
      gatewaysApart: 1,
      federation: `${openTo(...withRooms(peer))}
  answer-within: 3s
  peers:
${withRooms(peer)
  .map((one) => `    - { domain: ${one}, office: true, route: { host: 127.0.0.1, port: ${port} } }`)
  .join('\n')}`,
    });
  berlin = await office(BERLIN, ['ada', 'ben', 'rita', 'rolf'], TOKYO, way);
  tokyo = await office(TOKYO, ['yuki', 'kenji', 'sora', 'taro'], BERLIN, back);
  toTokyo = await CuttingProxy.before(tokyo.ports.s2s, way);
  toBerlin = await CuttingProxy.before(berlin.ports.s2s, back);
}, 240_000);

afterAll(async () => {
  await Promise.all([berlin?.close(), tokyo?.close(), toTokyo?.close(), toBerlin?.close()]);
  await dns?.close();
});

function withRooms(domain: string): string[] {
  return [domain, `conference.${domain}`];
}

describe('a line that breaks', () => {
  it(
    'loses nothing, doubles nothing and keeps the order, though gateways and servers are killed meanwhile',
    async () => {
      const there = new Talker(berlin, 'ada', `yuki@${TOKYO}`);
      const back = new Talker(tokyo, 'kenji', `ben@${BERLIN}`);
      const [rita, rolf, sora, taro] = [
        new RoomTalker(berlin, 'rita', ROOM),
        new RoomTalker(berlin, 'rolf', ROOM),
        new RoomTalker(tokyo, 'sora', ROOM),
        new RoomTalker(tokyo, 'taro', ROOM),
      ];
      const inRoom = [rita, rolf, sora, taro];
      await rita.enter();
      await rita.open(instant(ROOM));
      for (const one of [rolf, sora, taro]) await one.enter();
      const talking = Promise.all([
        ...[there, back].map((one) => one.talk(TALK_MS)),
        ...inRoom.map((one) => one.talk(TALK_MS, ROOM_PACE_MS)),
      ]);
      await wait(LEAD_MS);
      const cutAt = performance.now();
      for (const line of [toTokyo, toBerlin]) line.blackHole();
      await wait(CUT_MS / 3);
      const gateways = [...berlin.gateways, ...tokyo.gateways];
      await Promise.all(gateways.map((gateway) => gateway.kill().then(() => gateway.start())));
      await wait(CUT_MS / 3);
      await berlin.appliance.kill();
      await berlin.appliance.restart();
      await wait(CUT_MS / 3);
      const healedAt = performance.now();
      for (const line of [toTokyo, toBerlin]) {
        line.cut();
        line.restore();
      }
      await talking;
      await theRoomIsOne({ inRoom, ofTokyo: [sora, taro], cutAt, healedAt });
      for (const one of inRoom) one.close();
      // Of the two, kenji's server is not killed.
      await back.hears('waiting');
      await back.hears('handed-over');
      for (const talker of [there, back]) talker.close();
      expect(there.said.length).toBeGreaterThan(100);
      expect(back.said.length).toBeGreaterThan(100);
      await everythingIsThere(tokyo, there.said.length, ['yuki', `ada@${BERLIN}`]);
      await everythingIsThere(berlin, back.said.length, ['ben', `kenji@${TOKYO}`]);
      const [inTokyo, inBerlin] = [
        await archived(tokyo, 'yuki', `ada@${BERLIN}`),
        await archived(berlin, 'ben', `kenji@${TOKYO}`),
      ];
      expect(inTokyo).toEqual(there.settle(inTokyo));
      expect(inBerlin).toEqual(back.settle(inBerlin));
      expect([...there.refused, ...back.refused]).toEqual([]);
      expect(await receiptsOf(berlin, TOKYO)).toMatchObject({ missing: [], faults: [] });
      expect(await receiptsOf(tokyo, BERLIN)).toMatchObject({ missing: [], faults: [] });
      process.stdout.write(
        `line: ${inTokyo.length} and ${inBerlin.length} messages each way, each once and in order, the line dead for ${CUT_MS / 1000} s\n`,
      );
    },
    TALK_MS + 240_000,
  );
});

interface Apart {
  readonly inRoom: readonly RoomTalker[];
  /** Their streams were never broken. */
  readonly ofTokyo: readonly RoomTalker[];
  readonly cutAt: number;
  readonly healedAt: number;
}

/** Both sides went on while the line was down; afterwards everybody has everything, once, and the room one history. */
async function theRoomIsOne({ inRoom, ofTokyo, cutAt, healedAt }: Apart): Promise<void> {
  const all = inRoom.flatMap(({ said }) => said);
  const [sora, taro] = ofTokyo as [RoomTalker, RoomTalker];
  for (let tries = 0; tries < 60 && ofTokyo.some(({ heard }) => heard.length < all.length); tries++) {
    await wait(500);
    for (const one of inRoom) one.note();
  }
  for (const [one, other] of [
    [sora, taro],
    [taro, sora],
  ] as const) {
    const meanwhile = one.heard.filter(({ at }) => at > cutAt + 5_000 && at < healedAt).map(({ text }) => text);
    expect(meanwhile.filter((text) => other.said.includes(text)).length).toBeGreaterThan(100);
    // Everything that was said has come to them once, and of each person in order.
    expect(one.heard.map(({ text }) => text).toSorted()).toEqual(all.toSorted());
    for (const { said } of inRoom) {
      expect(one.heard.map(({ text }) => text).filter((text) => said.includes(text))).toEqual(said);
    }
  }
  const [rita] = inRoom as [RoomTalker];
  const history = await rita.archived();
  expect(history.map(({ text }) => text).toSorted()).toEqual(all.toSorted());
  expect(inRoom.flatMap(({ refused }) => refused)).toEqual([]);
  // What was said in Tokyo during the cut has the time at which it was said.
  const times = new Map(history.map(({ text, atMs }) => [text, atMs]));
  const wall = Date.now() - performance.now();
  const late = sora.said.filter((text) => times.get(text)! > wall + cutAt && times.get(text)! < wall + healedAt);
  expect(late.length).toBeGreaterThan(100);
  const apart = taro.heard.filter(({ text, at }) => sora.said.includes(text) && at > cutAt && at < healedAt).length;
  process.stdout.write(
    `room: ${all.length} messages of 4 people in 2 offices, the line dead for ${CUT_MS / 1000} s; ${apart} heard in the other office meanwhile; each once in the end, 0 lost\n`,
  );
}
