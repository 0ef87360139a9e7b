import { setTimeout as wait } from 'node:timers/promises';
import { type Element, xml } from '@interoffice/wire';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLIENT_AUTH, SERVER_AUTH, type TestCertificate, testRoot } from '../../support/certificates.js';
import type { TestClient } from '../../support/client.js';
import { CuttingProxy } from '../../support/cutting-proxy.js';
import { freePort } from '../appliance.js';
import { NameServer } from './name-server.js';
import { Office, openTo } from './office.js';
import { RoomTalker } from './room-talk.js';
import { instant } from './stanzas.js';

const BERLIN = 'berlin.example';
const TOKYO = 'tokyo.example';
/** Milliseconds between two messages of one sender. */
const PACE_MS = 20;
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
      isGatewayApart: true,
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

/** Says one thing after another until it is told to stop; whatever becomes of its connection, it logs in again. */
class Talker {
  readonly said: string[] = [];
  readonly refused: string[] = [];
  /** What its server said of its messages. */
  readonly told: string[] = [];
  #client: TestClient | undefined;

  constructor(
    private readonly office: Office,
    private readonly user: string,
    private readonly to: string,
  ) {}

  async talk(forMs: number): Promise<void> {
    const end = performance.now() + forMs;
    while (performance.now() < end) {
      const text = `${this.user} ${this.said.length}`;
      try {
        const client = await this.#there();
        client.send(xml('message', { to: this.to, type: 'chat', id: text }, xml('body', {}, text)));
        // Answered behind the message: then it is recorded, or was refused.
        await client.ask(xml('iq', { type: 'get', to: this.office.domain }, xml('query', { xmlns: DISCO })));
        this.#note(client);
        this.said.push(text);
      } catch {
        // The server was killed. The same words under the same id again, as a client does that got no answer.
        this.#client?.close();
        this.#client = undefined;
        await wait(500);
      }
      await wait(PACE_MS);
    }
  }

  /** Resolves once its server has said so of its messages. */
  async hears(state: 'waiting' | 'handed-over'): Promise<void> {
    if (!this.told.includes(state)) await this.#client!.next((stanza) => isNotice(stanza, state), 60_000);
  }

  close(): void {
    this.#client?.close();
  }

  /** What was sent last may have arrived without this being known: then it is among what was said. */
  settle(arrived: readonly string[]): string[] {
    const next = `${this.user} ${this.said.length}`;
    return arrived.at(-1) === next ? [...this.said, next] : this.said;
  }

  #note(client: TestClient): void {
    for (const stanza of client.received.splice(0)) {
      if (stanza.attrs['type'] === 'error') this.refused.push(stanza.toString());
      for (const state of ['waiting', 'handed-over']) {
        if (isNotice(stanza, state)) this.told.push(state);
      }
    }
  }

  async #there(): Promise<TestClient> {
    return (this.#client ??= await this.office.login(this.user, 'desk'));
  }
}

const DISCO = 'http://jabber.org/protocol/disco#info';
const isNotice = (stanza: Element, state: string): boolean =>
  stanza.getChild(state, 'urn:interoffice:waiting:0') !== undefined;
const bodyOf = (element: Element): string | undefined => element.getChildText('body') ?? undefined;

/** What the archive of somebody holds of somebody else, the oldest first. */
async function archived(office: Office, user: string, other: string): Promise<string[]> {
  const client = await office.login(user, 'reader');
  const found: string[] = [];
  for (let after: string | undefined; ;) {
    const paging = xml('set', { xmlns: 'http://jabber.org/protocol/rsm' }, xml('max', {}, '250'));
    if (after !== undefined) paging.cnode(xml('after', {}, after));
    const form = xml(
      'x',
      { xmlns: 'jabber:x:data', type: 'submit' },
      xml('field', { var: 'FORM_TYPE', type: 'hidden' }, xml('value', {}, MAM)),
      xml('field', { var: 'with' }, xml('value', {}, other)),
    );
    const fin = await client.ask(xml('iq', { type: 'set' }, xml('query', { xmlns: MAM }, form, paging)));
    const results = client.received.splice(0).flatMap((element) => element.getChild('result', MAM) ?? []);
    for (const result of results) {
      const body = bodyOf(result.getChild('forwarded')!.getChild('message')!);
      if (body !== undefined) found.push(body);
    }
    const page = fin.getChild('fin', MAM)!;
    if (page.attrs['complete'] === 'true') break;
    after = page.getChild('set')!.getChildText('last')!;
  }
  await client.leave();
  return found;
}

const MAM = 'urn:xmpp:mam:2';

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
      await Promise.all([berlin.killGateway(), tokyo.killGateway()]);
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
      await everythingIsThere(tokyo, there.said.length, `yuki@${TOKYO}`);
      await everythingIsThere(berlin, back.said.length, `ben@${BERLIN}`);
      const [inTokyo, inBerlin] = [
        await archived(tokyo, 'yuki', `ada@${BERLIN}`),
        await archived(berlin, 'ben', `kenji@${TOKYO}`),
      ];
      expect(inTokyo).toEqual(there.settle(inTokyo));
      expect(inBerlin).toEqual(back.settle(inBerlin));
      expect([...there.refused, ...back.refused]).toEqual([]);
      await receiptsMatch(berlin, TOKYO, inTokyo.length);
      await receiptsMatch(tokyo, BERLIN, inBerlin.length);
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

/** Each message that one office sent is named in a receipt of the other, signed by it, within a few seconds. */
async function receiptsMatch(office: Office, other: string, count: number): Promise<void> {
  type Report = { readonly messages: number; readonly receipted: number; readonly faults: readonly string[] };
  let report: Report | undefined;
  for (let tries = 0; tries < 30; tries++) {
    const { text, complaints } = await office.appliance.ctl(['peer', 'receipts', other, '--json']);
    if (text === '') throw new Error(complaints);
    report = JSON.parse(text) as Report;
    if (report.receipted === report.messages) break;
    await wait(1_000);
  }
  expect(report).toMatchObject({ receipted: report!.messages, missing: [], faults: [] });
  expect(report!.messages).toBeGreaterThanOrEqual(count);
  process.stdout.write(`line: ${report!.messages} messages of ${office.domain} to ${other}, a receipt for each\n`);
}

/** Until the receiver's archive holds as many as were sent, or a minute has passed. */
async function everythingIsThere(office: Office, count: number, receiver: string): Promise<void> {
  const [user = ''] = receiver.split('@');
  const sender = office === tokyo ? `ada@${BERLIN}` : `kenji@${TOKYO}`;
  for (let tries = 0; tries < 30; tries++) {
    if ((await archived(office, user, sender)).length >= count) return;
    await wait(2_000);
  }
}
