import { type Element, xml } from '@interoffice/wire';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { TestClient } from '../../../../test/support/client.js';
import { onStage } from '../../../../test/support/on-stage.js';
import { rule } from '../../../../test/support/rules.js';
import { ScriptedGateway } from '../../../../test/support/scripted-gateway.js';
import type { Actor } from '../../../../test/support/stage.js';
import type { GatewayLink } from './gateway-link.js';
import { Gateways } from './gateways.js';
import type { LineFacts } from './peer-line.js';

describe('lines', () => {
  const domains = ['im.example'];
  const pairs = Array.from({ length: 900 }, (_, i) => ({ domain: 'im.example', peer: `p${i}.example` }));
  const some = (names: readonly string[]): Gateways => {
    const made = new Gateways(
      names.map((name) => ({ name, domains })),
      { now: () => 0 },
    );
    for (const one of made.all) made.up(one, {} as GatewayLink);
    return made;
  };
  const spread = (gateways: Gateways): string[] => pairs.map((pair) => gateways.for(pair)[0]!.name);

  it('are spread evenly over gateways, and one that goes or comes moves none but its own', () => {
    const before = spread(some(['a', 'b', 'c']));
    for (const name of ['a', 'b', 'c']) expect(before.filter((one) => one === name).length).toBeGreaterThan(250);
    const without = spread(some(['a', 'c']));
    expect(before.every((name, i) => name === 'b' || name === without[i])).toBe(true);
  });

  it('go by gateways of their own office only', () => {
    const offices = new Gateways(
      [
        { name: 'a', domains: ['berlin.example'] },
        { name: 't', domains: ['tokyo.example'] },
      ],
      { now: () => 0 },
    );
    const [a, t] = offices.all;
    offices.up(t!, {} as GatewayLink);
    const from = (domain: string): string[] => offices.for({ domain, peer: 'p.example' }).map(({ name }) => name);
    expect([from('berlin.example'), from('tokyo.example')]).toEqual([[], ['t']]);
    offices.up(a!, {} as GatewayLink);
    expect([from('berlin.example'), from('tokyo.example')]).toEqual([['a'], ['t']]);
  });
});

onStage('two gateways', { rules: [rule({ id: 'all', peers: ['*'] })], gateways: ['a', 'b'] }, (stage) => {
  let gateways: Readonly<Record<string, ScriptedGateway>>;
  let romeo: Actor;
  let desk: TestClient;
  let number = 0;
  beforeEach(async () => {
    gateways = { a: new ScriptedGateway(stage(), 'a'), b: new ScriptedGateway(stage(), 'b') };
    romeo = await stage().account('romeo');
    desk = await stage().online(romeo, 'desk');
  });

  const facts = (peer: string): LineFacts =>
    stage()
      .server.federation!.facts()
      .find((line) => line.peer === peer)!;
  const says = async (peer: string, ...texts: string[]): Promise<void> => {
    for (const text of texts) {
      desk.send(xml('message', { to: `yuki@${peer}`, type: 'chat', id: text }, xml('body', {}, text)));
    }
    await stage().settled();
  };
  /** A peer that nobody has written to, whose line a gateway has now: that one, and the other. */
  const newPeer = async (): Promise<{ peer: string; one: ScriptedGateway; other: ScriptedGateway }> => {
    const peer = `p${++number}.example`;
    await says(peer, 'hello');
    const name = facts(peer).gateway!;
    return { peer, one: gateways[name]!, other: gateways[name === 'a' ? 'b' : 'a']! };
  };
  /** It is dialled again, and has been there for long enough to take its share. */
  const comesBack = async (gateway: ScriptedGateway): Promise<void> => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      gateway.links();
      vi.advanceTimersByTime(10_000);
    } finally {
      vi.useRealTimers();
    }
    await stage().settled();
  };
  const bodies = (client: TestClient): (string | null | undefined)[] =>
    client.received
      .splice(0)
      .filter((element: Element) => element.is('message') && element.getChild('body'))
      .map((element: Element) => element.getChildText('body'));

  it('are each asked to test a peer, and what became of it is told of each', async () => {
    const federation = stage().server.federation!;
    const tested = federation.test('tested.example');
    await stage().settled();
    const asked = Object.values(gateways).map(({ tests }) => tests.at(-1));
    expect(asked).toMatchObject([{ peer: 'tested.example' }, { peer: 'tested.example' }]);
    gateways['b']!.answersTest('connect', 'refused');
    gateways['a']!.answersTest('ready', 'ok');
    expect(await tested).toMatchObject([
      { gateway: 'a', attempts: [{ stage: 'ready', code: 'ok' }], fault: undefined },
      { gateway: 'b', attempts: [{ stage: 'connect', code: 'refused' }], fault: undefined },
    ]);
  });

  it('are told apart where one of them is away, and nobody is tested where all are', async () => {
    const federation = stage().server.federation!;
    await gateways['b']!.breaks();
    const tested = federation.test('tested.example');
    await stage().settled();
    gateways['a']!.answersTest('ready', 'ok');
    expect(await tested).toMatchObject([
      { gateway: 'a', attempts: [{ code: 'ok' }] },
      { gateway: 'b', attempts: [], fault: { code: 'GATEWAY_AWAY' } },
    ]);
    // One that goes in the middle does not answer any more.
    const last = expect(federation.test('tested.example')).rejects.toMatchObject({ code: 'GATEWAY_AWAY' });
    await stage().settled();
    await gateways['a']!.breaks();
    await last;
  });

  it('share the lines, each of which one of them carries', async () => {
    const peers = Array.from({ length: 16 }, (_, i) => `share${i}.example`);
    for (const peer of peers) await says(peer, 'hello');
    const called = Object.values(gateways).map(({ calls }) =>
      calls.map(({ peer }) => peer).filter((peer) => peer.startsWith('share')),
    );
    expect(called.flat().toSorted()).toEqual(peers.toSorted());
    expect(called.every((its) => its.length > 2)).toBe(true);
  });

  // F-09
  it('take over from one that goes away: at once, in order, from the first message that was not taken', async () => {
    const { peer, one, other } = await newPeer();
    await one.reaches(peer);
    await other.reaches(peer);
    await says(peer, 'two', 'three');
    await one.takes(peer, 1);
    await one.breaks();
    await stage().settled();
    expect([one.wordsTo(peer), other.wordsTo(peer)]).toEqual([
      ['hello', 'two', 'three'],
      ['two', 'three'],
    ]);
    await says(peer, 'four');
    expect(other.wordsTo(peer).at(-1)).toBe('four');
    const shown = stage().server.federation!.gateways.map(({ state }) => state);
    expect([facts(peer).state, shown.toSorted()]).toEqual(['up', ['away', 'up']]);
    // The other is there, so nothing is lost yet that an administrator has to hear of as such.
    expect(stage().server.federation!.gatewayLost).toBeUndefined();
  });

  it('hand a line back at a moment when nothing is under way, and cut nothing by it', async () => {
    const { peer, one, other } = await newPeer();
    await one.breaks();
    await stage().settled();
    await other.reaches(peer);
    await says(peer, 'while it was away');
    await comesBack(one);
    await one.reaches(peer);
    // It has a stream, but the other still has something under way.
    expect([facts(peer).gateway === nameOf(other), other.hungUp.includes(peer)]).toEqual([true, false]);
    await other.takes(peer, 2);
    expect([facts(peer).gateway === nameOf(one), other.hungUp]).toEqual([true, [peer]]);
    await says(peer, 'behind it');
    expect([other.wordsTo(peer), one.wordsTo(peer)]).toEqual([['hello', 'while it was away'], ['behind it']]);
  });

  it('leave a line where it works when the one whose it is cannot reach the peer', async () => {
    const { peer, one, other } = await newPeer();
    await one.breaks();
    await stage().settled();
    await other.reaches(peer);
    await other.takes(peer, 1);
    await comesBack(one);
    await one.fails(peer);
    expect([facts(peer).gateway === nameOf(other), facts(peer).state, facts(peer).lastEnd]).toEqual([
      true,
      'up',
      undefined,
    ]);
    await says(peer, 'still here');
    expect(other.wordsTo(peer).at(-1)).toBe('still here');
  });

  it('try both when one cannot reach a peer, and the first that can carries the line', async () => {
    const { peer, one, other } = await newPeer();
    await one.fails(peer);
    expect(other.calls.map((call) => call.peer)).not.toContain(peer);
    await one.fails(peer);
    await other.reaches(peer);
    expect([facts(peer).gateway === nameOf(other), other.wordsTo(peer), one.hungUp]).toEqual([true, ['hello'], [peer]]);
  });

  // XEP-0288
  it('hand a line that cannot be called to the one at which the peer has opened a stream for both directions', async () => {
    const { peer, one, other } = await newPeer();
    await one.fails(peer);
    const stream = other.opens(peer);
    await other.goesBothWays(stream, peer);
    expect([facts(peer).gateway === nameOf(other), other.wordsTo(peer), one.hungUp]).toEqual([true, ['hello'], [peer]]);
    expect(facts(peer)).toMatchObject({ state: 'up', direction: 'both', openedBy: 'peer', lastEnd: undefined });
    await says(peer, 'two');
    await other.takes(peer, 1);
    // Nothing of it is lost when the peer's stream is cut: another that can reach it goes on.
    other.ends(stream);
    await other.loses(peer);
    for (let tries = 0; tries < 2; tries++) await other.fails(peer);
    await one.reaches(peer);
    expect(one.wordsTo(peer)).toEqual(['two']);
    expect(facts(peer)).toMatchObject({ direction: 'out', openedBy: 'us' });
  });

  it('try to take back a line that goes by a stream of the peer’s at another, and take it where they can', async () => {
    const { peer, one, other } = await newPeer();
    await one.breaks();
    await other.goesBothWays(other.opens(peer), peer);
    await other.takes(peer, 1);
    await comesBack(one);
    await one.fails(peer);
    expect([one.hungUp.includes(peer), facts(peer).gateway === nameOf(other), facts(peer).state]).toEqual([
      true,
      true,
      'up',
    ]);
    await one.breaks();
    await comesBack(one);
    await one.reaches(peer);
    expect([facts(peer).gateway === nameOf(one), other.hungUp.includes(peer)]).toEqual([true, true]);
  });

  it('try it again after a while, when what was in the way may be over', async () => {
    const { peer, one, other } = await newPeer();
    await one.breaks();
    await other.goesBothWays(other.opens(peer), peer);
    await other.takes(peer, 1);
    await comesBack(one);
    await one.fails(peer);
    const called = (): number => one.calls.filter((call) => call.peer === peer).length;
    const before = called();
    await says(peer, 'soon after');
    await other.takes(peer, 1);
    expect(called()).toBe(before);
    stage().advance(20_000);
    await says(peer, 'a while after');
    await other.takes(peer, 1);
    expect(called()).toBe(before + 1);
    await one.reaches(peer);
    expect([facts(peer).gateway === nameOf(one), other.hungUp.includes(peer)]).toEqual([true, true]);
  });

  it('give a new line to the one at which the peer has opened such a stream, and leave lines that are up where they are', async () => {
    const peer = `p${++number}.example`;
    for (const gateway of Object.values(gateways)) {
      const at = `${nameOf(gateway)}.${peer}`;
      await gateway.goesBothWays(gateway.opens(at), at);
      await says(at, 'first');
      expect([at, facts(at).gateway]).toEqual([at, nameOf(gateway)]);
    }
    const { peer: called, one, other } = await newPeer();
    await one.reaches(called);
    await one.takes(called, 1);
    await other.goesBothWays(other.opens(called), called);
    expect([facts(called).gateway === nameOf(one), facts(called).direction]).toEqual([true, 'out']);
  });

  it('have no say about a line that another carries by now', async () => {
    const { peer, one, other } = await newPeer();
    await one.reaches(peer);
    await one.takes(peer, 1);
    await one.breaks();
    await stage().settled();
    await other.reaches(peer);
    await says(peer, 'kept');
    one.links();
    await one.takesPair(other.calls.findLast((call) => call.peer === peer)!.pair, 1);
    expect(facts(peer).unacknowledged).toBe(1);
  });

  it('are all away: messages wait, and the first that comes carries them', async () => {
    const { peer, one, other } = await newPeer();
    await one.breaks();
    await other.breaks();
    await stage().settled();
    await says(peer, 'later');
    expect(stage().server.federation!.gatewayLost).toBeDefined();
    other.links();
    await other.reaches(peer);
    expect(other.wordsTo(peer).slice(-2)).toEqual(['hello', 'later']);
  });

  it('take in streams of one peer’s at once, each decided by itself and in its order', async () => {
    const { a, b } = gateways as { a: ScriptedGateway; b: ScriptedGateway };
    const [first, second] = [a.opens('tokyo.example'), b.opens('tokyo.example')];
    expect(first).toBe(second);
    const say = (gateway: ScriptedGateway, who: string, text: string): void =>
      gateway.comes(
        1,
        `<message from='${who}@tokyo.example/x' to='${romeo.bare}' type='chat' id='${text}'><body>${text}</body></message>`,
      );
    for (const text of ['a1', 'a2', 'a3']) say(a, 'yuki', text);
    for (const text of ['b1', 'b2']) say(b, 'kenji', text);
    await stage().settled();
    const got = bodies(desk).map(String);
    expect(got.filter((text) => text.startsWith('a'))).toEqual(['a1', 'a2', 'a3']);
    expect(got.filter((text) => text.startsWith('b'))).toEqual(['b1', 'b2']);
    expect([a.decided.get(1), b.decided.get(1)]).toEqual([3, 2]);
    expect(
      stage()
        .archive.rows.filter(({ peer }) => peer === 'tokyo.example')
        .map(({ gateway }) => gateway),
    ).toEqual(expect.arrayContaining(['a', 'b']));
  });

  // F-09
  it('take in what a peer sends again by the other one, once', async () => {
    const { a, b } = gateways as { a: ScriptedGateway; b: ScriptedGateway };
    const say = (gateway: ScriptedGateway, stream: number, text: string): void =>
      gateway.comes(
        stream,
        `<message from='emi@tokyo.example/x' to='${romeo.bare}' type='chat' id='${text}'><body>${text}</body></message>`,
      );
    const first = a.opens('tokyo.example');
    for (const text of ['1', '2', '3']) say(a, first, text);
    await stage().settled();
    // The link is not known to be dead: the peer has come to the other gateway meanwhile.
    const second = b.opens('tokyo.example');
    for (const text of ['2', '3', '4']) say(b, second, text);
    await stage().settled();
    await a.breaks();
    expect([bodies(desk), b.decided.get(second)]).toEqual([['1', '2', '3', '4'], 3]);
  });

  const nameOf = (gateway: ScriptedGateway): string => (gateway === gateways['a'] ? 'a' : 'b');
});
