import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type TestCertificate, testRoot } from '../../../../test/support/certificates.js';
import { StageGateway, type StageGatewayWish } from '../../../../test/support/stage-gateway.js';

const [BERLIN, TOKYO, HQ, PARIS] = ['berlin.example', 'tokyo.example', 'hq.example', 'paris.example'];
let root: TestCertificate;
let stranger: TestCertificate;
const leaves = new Map<string, TestCertificate>();
beforeAll(async () => {
  [root, stranger] = await Promise.all([testRoot(), testRoot()]);
  const authority = await root.authority();
  for (const domain of [BERLIN, TOKYO, HQ, PARIS]) {
    leaves.set(domain, await authority.issue({ names: { dns: [domain] } }));
  }
});

const open: StageGateway[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});
const gateway = async (domain: string, wish: Partial<StageGatewayWish> = {}): Promise<StageGateway> => {
  const made = await StageGateway.open({ domain, shows: leaves.get(domain)!, trusts: root, found: new Map(), ...wish });
  open.push(made);
  return made;
};
/** Tokyo, which DNS does not lead to, and Berlin, which Tokyo finds. */
const offices = async (berlinWish: Partial<StageGatewayWish> = {}, tokyoWish: Partial<StageGatewayWish> = {}) => {
  const berlin = await gateway(BERLIN, berlinWish);
  const port = await berlin.listen();
  const tokyo = await gateway(TOKYO, { found: new Map([[BERLIN, port]]), ...tokyoWish });
  return { berlin, tokyo, port };
};
const isUp = (one: StageGateway, times = 1) => one.until(() => one.told.up.length >= times);

// XEP-0288
describe('a gateway', () => {
  it('goes to a peer that cannot be called over the stream that the peer has opened, and both ways are one connection', async () => {
    const { berlin, tokyo } = await offices();
    berlin.call(7, TOKYO);
    await berlin.until(() => berlin.told.tried.length > 0);
    expect(berlin.told.tried[0]!.attempts.map(({ stage }) => stage)).toEqual(['connect']);
    tokyo.call(1, BERLIN);
    await Promise.all([isUp(berlin), isUp(tokyo)]);
    expect(berlin.told.up).toMatchObject([{ pair: 7, isCounted: true, direction: 'both', openedBy: 'peer' }]);
    expect(tokyo.told.up).toMatchObject([{ pair: 1, isCounted: true, direction: 'both', openedBy: 'us' }]);
    for (const body of ['one', 'two']) berlin.say(7, TOKYO, body);
    tokyo.say(1, BERLIN, 'three');
    berlin.ask(7);
    tokyo.ask(1);
    await berlin.until(() => berlin.told.taken.length > 0 && berlin.words.length > 0);
    await tokyo.until(() => tokyo.told.taken.length > 0);
    expect([tokyo.words, berlin.words]).toEqual([['one', 'two'], ['three']]);
    expect([berlin.told.taken, tokyo.told.taken, berlin.connections]).toEqual([['7 2'], ['1 1'], 1]);
    // The same way for what arrives as over a stream of the peer's own.
    expect(tokyo.told.opened).toMatchObject([{ peer: BERLIN, domain: TOKYO }]);
  });

  it('does not call where such a stream is there already, and calls again when it is over', async () => {
    const { berlin, tokyo } = await offices();
    tokyo.call(1, BERLIN);
    await berlin.until(() => berlin.told.bothWays.length > 0);
    expect(berlin.told.bothWays).toEqual([{ stream: berlin.told.opened[0]!.stream, domain: BERLIN, peer: TOKYO }]);
    berlin.call(7, TOKYO);
    await isUp(berlin);
    expect(berlin.told.tried).toEqual([]);
    tokyo.hangUp(1);
    await berlin.until(() => berlin.told.tried.length > 0);
    expect(berlin.told.down).toMatchObject([{ pair: 7, how: 'closed', code: 'closed' }]);
    expect(tokyo.told.gone).toMatchObject([{ how: 'ended' }]);
  });

  it('tells a line that its stream was cut, and the line goes on over the next that the peer opens', async () => {
    const { berlin, tokyo } = await offices();
    berlin.call(7, TOKYO);
    tokyo.call(1, BERLIN);
    await isUp(berlin);
    berlin.cut();
    await isUp(berlin, 2);
    expect([berlin.told.down.length, tokyo.told.gone.map(({ how }) => how)]).toEqual([1, ['cut']]);
    berlin.say(7, TOKYO, 'again');
    berlin.ask(7);
    await berlin.until(() => berlin.told.taken.includes('7 1'));
    expect([tokyo.words, berlin.connections]).toEqual([['again'], 2]);
  });

  it('leaves a stream of the peer’s up when one of the lines over it is not wanted any more', async () => {
    const { berlin, tokyo } = await offices();
    berlin.call(7, TOKYO);
    tokyo.call(1, BERLIN);
    await isUp(berlin);
    berlin.hangUp(7);
    tokyo.say(1, BERLIN, 'still here');
    await berlin.until(() => berlin.words.includes('still here'));
    expect(tokyo.told.down).toEqual([]);
  });

  it('carries several lines over one stream, each told what was taken of its own', async () => {
    const { berlin, tokyo } = await offices(
      { setUp: { peers: [{ domain: PARIS, via: TOKYO, isOffice: true }] } },
      { setUp: { relay: [{ from: [BERLIN], to: [PARIS] }] } },
    );
    berlin.call(7, TOKYO);
    berlin.call(8, PARIS, { via: TOKYO });
    tokyo.call(1, BERLIN);
    await isUp(berlin, 2);
    berlin.say(8, PARIS, 'to paris');
    berlin.say(7, TOKYO, 'to tokyo');
    berlin.say(8, PARIS, 'to paris as well');
    berlin.ask(8);
    await berlin.until(() => berlin.told.taken.length >= 2);
    expect([tokyo.words, berlin.told.taken.toSorted(), berlin.connections]).toEqual([
      ['to paris', 'to tokyo', 'to paris as well'],
      ['7 1', '8 2'],
      1,
    ]);
  });

  it.each([
    ['settings say so for nobody', { bidi: false }, {}],
    ['the peer’s settings say so for nobody', {}, { bidi: false }],
    ['settings say so for this peer', { peers: [{ domain: TOKYO, bidi: false }] }, {}],
    [
      'the way to the peer is fixed',
      { peers: [{ domain: TOKYO, route: { host: '127.0.0.1', port: 1, kind: 'tcp' as const } }] },
      {},
    ],
  ])('sends nothing over a stream of the peer’s where %s', async (_, ofBerlin, ofTokyo) => {
    const { berlin, tokyo } = await offices({ setUp: ofBerlin }, { setUp: ofTokyo });
    berlin.call(7, TOKYO);
    tokyo.call(1, BERLIN);
    await isUp(tokyo);
    tokyo.say(1, BERLIN, 'one way');
    await berlin.until(() => berlin.words.length > 0 && berlin.told.tried.length > 1);
    expect([tokyo.told.up[0]!.direction, berlin.told.bothWays, berlin.told.up]).toEqual(['out', [], []]);
  });

  it('goes over a stream of a peer to which the way is fixed, where settings say so for this peer', async () => {
    const route = { host: '127.0.0.1', port: 1, kind: 'tcp' as const };
    const { berlin, tokyo } = await offices({ setUp: { peers: [{ domain: TOKYO, route, bidi: true }] } });
    berlin.call(7, TOKYO);
    tokyo.call(1, BERLIN);
    await isUp(berlin);
    expect(berlin.told.up).toMatchObject([{ direction: 'both', openedBy: 'peer' }]);
  });

  // F-04, F-08
  it.each([
    ['keys', { pins: ['AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA='] }],
    ['a route whose identity', { route: { host: '127.0.0.1', port: 1, kind: 'tcp' as const, identity: [HQ] } }],
  ])('lets nobody in, and sends nothing, where the peer has %s that its certificate does not meet', async (_, peer) => {
    const { berlin, tokyo } = await offices({ setUp: { peers: [{ domain: TOKYO, bidi: true, ...peer }] } });
    berlin.call(7, TOKYO);
    tokyo.call(1, BERLIN);
    await tokyo.until(() => tokyo.told.tried.some(({ attempts }) => attempts.at(-1)?.code === 'not-authorized'));
    expect([berlin.told.opened, berlin.told.bothWays, berlin.told.up]).toEqual([[], [], []]);
  });

  it('begins nothing over a stream whose certificate has ceased to hold since the peer came', async () => {
    const { berlin, tokyo } = await offices();
    tokyo.call(1, BERLIN);
    await berlin.until(() => berlin.told.bothWays.length > 0);
    berlin.gateway.believe(StageGateway.trust(stranger));
    berlin.call(7, TOKYO);
    await berlin.until(() => berlin.told.tried.length > 0);
    expect(berlin.told.up).toEqual([]);
    berlin.gateway.believe(StageGateway.trust(root));
    berlin.call(7, TOKYO);
    await isUp(berlin);
  });

  // F-07
  it('sends nothing more to a peer that no rule allows any more: its stream ends, both ways', async () => {
    const { berlin, tokyo } = await offices();
    berlin.call(7, TOKYO);
    tokyo.call(1, BERLIN);
    await isUp(berlin);
    berlin.setUp({ rules: [] });
    berlin.say(7, TOKYO, 'forbidden');
    await tokyo.until(() => tokyo.told.down.length > 0);
    expect([tokyo.words, tokyo.told.down]).toMatchObject([[], [{ how: 'refused', code: 'policy-violation' }]]);
    berlin.call(7, TOKYO);
    await tokyo.until(() => tokyo.told.tried.some(({ attempts }) => attempts.at(-1)?.code === 'not-authorized'));
    expect([berlin.told.up.length, tokyo.words]).toEqual([1, []]);
  });

  // F-06, F-10
  it('ends a stream of its own on which the peer speaks for others, and holds no message of ours against it', async () => {
    const { berlin, tokyo } = await offices();
    berlin.call(7, TOKYO);
    tokyo.call(1, BERLIN);
    await Promise.all([isUp(berlin), isUp(tokyo)]);
    tokyo.say(1, BERLIN, 'innocent');
    await berlin.until(() => berlin.words.length > 0);
    berlin.say(7, TOKYO, 'forged', HQ);
    await tokyo.until(() => tokyo.told.down.length > 0);
    await berlin.until(() => berlin.told.down.length > 0);
    expect(tokyo.words).toEqual([]);
    expect(tokyo.told.down).toMatchObject([{ how: 'cut', code: 'invalid-from' }]);
    expect(berlin.told.down).toMatchObject([{ how: 'refused', code: 'invalid-from' }]);
  });
});
