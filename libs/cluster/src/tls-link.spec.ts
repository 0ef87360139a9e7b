import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import { PeerCertificates } from '@interoffice/pki';
import { systemClock } from '@interoffice/telemetry';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { selfSigned, type TestCertificate, testRoot } from '../../../test/support/certificates.js';
import { CuttingProxy } from '../../../test/support/cutting-proxy.js';
import { type LinkEnd, MOST_FRAME_BYTES } from './link.js';
import { HeardEnd, linkContract } from './link.contract.js';
import { type DialerState, LinkDialer, waitMsAfter } from './link-dialer.js';
import { LinkListener, type LinkListenerParts } from './link-listener.js';
import type { LinkIdentity, LinkProof } from './link-trust.js';

const SERVER = 'server.berlin.example';
const GATEWAY = 'gateway.berlin.example';
const QUICK = { beatMs: 50, silentMs: 60_000, withinMs: 10_000 };
const BACK_OFF = { firstMs: 20, mostMs: 80 };

let root: TestCertificate;
let authority: TestCertificate;
const identities = new Map<string, LinkIdentity>();
beforeAll(async () => {
  root = await testRoot();
  authority = await root.authority();
  for (const name of [SERVER, GATEWAY]) identities.set(name, await identityOf(await issue(name)));
});

const issue = (name: string): Promise<TestCertificate> => authority.issue({ names: { dns: [name] } });
const identityOf = async (shown: TestCertificate): Promise<LinkIdentity> => ({
  key: await shown.keyPem(),
  certificate: shown.chainPem,
});
/** As an application would: by the company's authority and the name of the other end. */
const believes = (name: string): LinkProof => {
  const certificates = new PeerCertificates({ authorities: [root.pem], lists: [] });
  return (shown) => certificates.judge(shown, { domain: name, pins: [], now: Date.now() }).fault;
};

const open: { close(): Promise<void> }[] = [];
const dialers: LinkDialer[] = [];
afterEach(async () => {
  for (const dialer of dialers.splice(0)) dialer.stop();
  await Promise.all(open.splice(0).map((one) => one.close()));
});

/** A gateway that takes links, and everybody it has not let in. */
async function gateway(changes: Partial<LinkListenerParts> = {}) {
  const end = new HeardEnd();
  const refusals: LinkEnd[] = [];
  let told: (() => void)[] = [];
  const listener = new LinkListener(
    { host: '127.0.0.1', port: 0 },
    {
      identity: identities.get(GATEWAY)!,
      prove: believes(SERVER),
      take: end.take,
      refused: (why) => {
        refusals.push(why);
        for (const resolve of told.splice(0)) resolve();
      },
      times: QUICK,
      ...changes,
    },
  );
  open.push(listener);
  const refused = async (): Promise<string[]> => {
    while (refusals.length === 0) await new Promise<void>((resolve) => (told = [...told, resolve]));
    return refusals.map(({ code }) => code);
  };
  return { end, listener, refused, refusals, port: await listener.listen() };
}

/** A server that dials it. */
function dialer(port: number, changes: Partial<ConstructorParameters<typeof LinkDialer>[1]> = {}) {
  const end = new HeardEnd();
  const states: DialerState[] = [];
  let told: (() => void)[] = [];
  const made = new LinkDialer(
    { host: '127.0.0.1', port, servername: GATEWAY },
    {
      identity: () => identities.get(SERVER)!,
      prove: believes(GATEWAY),
      take: end.take,
      changed: (state) => {
        states.push(state);
        for (const resolve of told.splice(0)) resolve();
      },
      clock: systemClock,
      random: () => 0,
      times: QUICK,
      backOff: BACK_OFF,
      ...changes,
    },
  );
  dialers.push(made);
  made.start();
  const until = async (isSo: (state: DialerState) => boolean): Promise<DialerState> => {
    while (!isSo(made.state)) await new Promise<void>((resolve) => (told = [...told, resolve]));
    return made.state;
  };
  return { end, dialer: made, states, until };
}

linkContract('a link over mutual TLS', async (one, other) => {
  const { port } = await gateway({ take: other.take });
  await dialer(port, { take: one.take }).until(({ state }) => state === 'up');
  await new Promise<void>((resolve) => {
    const look = (): void => void (other.link ? resolve() : setImmediate(look));
    look();
  });
});

describe('a link over mutual TLS', () => {
  const wrong: [string, () => Promise<LinkIdentity>][] = [
    ['of another authority', async () => identityOf(await (await testRoot()).issue({ names: { dns: [SERVER] } }))],
    ['of its own making', async () => identityOf(await selfSigned({ names: { dns: [SERVER] } }))],
    ['of another name', async () => identityOf(await issue('other.berlin.example'))],
    [
      'that has expired',
      async () => identityOf(await authority.issue({ names: { dns: [SERVER] }, days: { from: -9, to: -1 } })),
    ],
  ];
  it.each(wrong)('does not come about for a server with a certificate %s', async (_, make) => {
    const identity = await make();
    const { port, refused, end } = await gateway();
    const caller = dialer(port, { identity: () => identity });
    expect(await refused()).toContain('untrusted');
    expect((await caller.until(({ failures }) => failures > 0)).state).toBe('waiting');
    expect([end.link, caller.end.frames]).toEqual([undefined, []]);
  });

  it('does not come about for somebody without a certificate', async () => {
    const { port, refused, end } = await gateway();
    const socket = tls.connect({ port, rejectUnauthorized: false, ALPNProtocols: ['interoffice-link'] });
    socket.on('error', () => undefined);
    expect(await refused()).toEqual(['untrusted']);
    expect(end.link).toBeUndefined();
    socket.destroy();
  });

  it('does not come about with a gateway that is not the one that is meant', async () => {
    const { port } = await gateway({ identity: await identityOf(await issue('other.berlin.example')) });
    const caller = dialer(port);
    const { lastEnd } = await caller.until(({ failures }) => failures > 0);
    expect(lastEnd!.code).toBe('untrusted');
    expect(lastEnd!.text).toContain('other.berlin.example');
  });

  it('is not taken for another service', async () => {
    const { port, refused } = await gateway();
    const { key, certificate: cert } = identities.get(SERVER)!;
    const socket = tls.connect({ port, key, cert, rejectUnauthorized: false }).on('error', () => undefined);
    expect(await refused()).toEqual(['protocol']);
    socket.destroy();
    const plain = net.connect(port, '127.0.0.1').on('error', () => undefined);
    plain.write('GET / HTTP/1.1\r\n\r\n');
    await once(plain, 'close');
  });

  /** Somebody whom the gateway believes and who says these bytes. */
  const speak = async (port: number, ...bytes: Buffer[]): Promise<tls.TLSSocket> => {
    const { key, certificate: cert } = identities.get(SERVER)!;
    const ALPNProtocols = ['interoffice-link'];
    const socket = tls.connect({ port, key, cert, ALPNProtocols, rejectUnauthorized: false });
    socket.on('error', () => undefined).resume();
    await once(socket, 'secureConnect');
    for (const chunk of bytes) socket.write(chunk);
    return socket;
  };
  const frame = (kind: number, body: Buffer, length = body.length): Buffer => {
    const head = Buffer.alloc(5);
    head.writeUInt32BE(length);
    head[4] = kind;
    return Buffer.concat([head, body]);
  };
  const HELLO = frame(0, Buffer.from([1, 1]));

  it.each([
    ['nothing', [], 'timeout'],
    ['something before its greeting', [frame(16, Buffer.from('x'))], 'protocol'],
    ['a greeting without end', [frame(0, Buffer.alloc(0), 65)], 'protocol'],
    ['versions that are not spoken here', [frame(0, Buffer.from([2, 9]))], 'version'],
  ])('does not come about with somebody who says %s', async (_, bytes, code) => {
    const { port, refused, end } = await gateway({ times: { ...QUICK, withinMs: 500 } });
    const socket = await speak(port, ...bytes);
    expect(await refused()).toEqual([code]);
    expect(end.link).toBeUndefined();
    socket.destroy();
  });

  it.each([
    ['of a kind that there is none of', frame(3, Buffer.alloc(0))],
    ['larger than the largest', frame(16, Buffer.alloc(0), MOST_FRAME_BYTES + 1)],
  ])('is over with a frame %s', async (_, bytes) => {
    const { port, end } = await gateway();
    const socket = await speak(port, HELLO, bytes);
    expect(await end.ended()).toBe('protocol');
    expect(end.frames).toEqual([]);
    socket.destroy();
  });

  it('comes about between versions that overlap', async () => {
    const { port } = await gateway({ versions: { least: 1, most: 3 } });
    expect(
      (await dialer(port, { versions: { least: 2, most: 2 } }).until(({ state }) => state === 'up')).failures,
    ).toBe(0);
  });

  it('chokes when the other end does not read, and is relieved when it does', async () => {
    const { port, end } = await gateway();
    const socket = await speak(port, HELLO);
    while (!end.link) await new Promise<void>((resolve) => setImmediate(resolve));
    socket.pause();
    const body = Buffer.alloc(MOST_FRAME_BYTES);
    let sent = 0;
    while (!end.link.isChoked) {
      end.link.send(16, body);
      sent++;
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    expect(sent).toBeLessThan(40);
    expect(end.relieves).toBe(0);
    socket.resume();
    await end.until(() => end.relieves > 0);
    expect([end.relieves, end.link.isChoked]).toEqual([1, false]);
    // Nobody who goes on all the same fills our memory.
    socket.pause();
    while (end.link.isOpen) end.link.send(16, body);
    expect(await end.ended()).toBe('not-reading');
    socket.destroy();
  });

  it('lives on signs of life, and is found dead without them', async () => {
    const { port, end } = await gateway({ times: { ...QUICK, silentMs: 500 } });
    const socket = await speak(port, HELLO);
    const began = performance.now();
    let isAlive = true;
    // One sign for each of the other end's, for much longer than silence is borne.
    socket.on('data', () => {
      isAlive &&= performance.now() - began < 1_500;
      if (isAlive) socket.write(frame(1, Buffer.alloc(0)));
    });
    while (isAlive) await once(socket, 'data');
    expect(end.link.isOpen).toBe(true);
    expect(await end.ended()).toBe('silent');
    socket.destroy();
  });

  it('is over on both sides when the line goes dead without a word', async () => {
    const times = { ...QUICK, silentMs: 500 };
    const { port, end } = await gateway({ times });
    const proxy = await CuttingProxy.before(port);
    open.push(proxy);
    const caller = dialer(proxy.port, { times });
    await caller.until(({ state }) => state === 'up');
    proxy.blackHole();
    expect([await caller.end.ended(), await end.ended()]).toEqual(['silent', 'silent']);
  });

  it('is dialled again after a cut, under the certificate that is there then', async () => {
    const { port, end, listener } = await gateway();
    const proxy = await CuttingProxy.before(port);
    open.push(proxy);
    const caller = dialer(proxy.port);
    await caller.until(({ state }) => state === 'up');
    listener.replace(await identityOf(await issue('other.berlin.example')));
    proxy.cut();
    expect((await caller.until(({ failures }) => failures > 1)).lastEnd!.code).toBe('untrusted');
    listener.replace(identities.get(GATEWAY)!);
    await caller.until(({ state }) => state === 'up');
    expect(await caller.end.ended()).toBe('cut');
    end.link.send(16, Buffer.from('back'));
    await caller.end.until(() => caller.end.frames.length === 1);
  });

  it('keeps the certificate it has when another cannot be used', async () => {
    const { port, listener } = await gateway();
    const { key } = identities.get(SERVER)!;
    expect(() => listener.replace({ ...identities.get(GATEWAY)!, key })).toThrow('cannot be used');
    await dialer(port).until(({ state }) => state === 'up');
  });
});

describe('who keeps a link up', () => {
  it('waits twice as long after each failure, up to an end, and not all of them as long', () => {
    const times = { firstMs: 500, mostMs: 30_000 };
    expect([0, 1, 2, 5, 6, 7, 1_000].map((failures) => waitMsAfter(failures, times, 1))).toEqual([
      500, 1_000, 2_000, 16_000, 30_000, 30_000, 30_000,
    ]);
    expect(waitMsAfter(0, times, 0)).toBe(250);
  });

  it('says why there is none, and tries at once when told', async () => {
    const nobody = net.createServer().listen(0, '127.0.0.1');
    await once(nobody, 'listening');
    const { port } = nobody.address() as net.AddressInfo;
    nobody.close();
    await once(nobody, 'close');
    const caller = dialer(port, { backOff: { firstMs: 1, mostMs: 3_600_000 } });
    const { lastEnd } = await caller.until(({ failures }) => failures === 3);
    expect(lastEnd).toEqual({
      code: 'refused',
      text: `127.0.0.1 port ${port} refuses connections: no gateway listens there.`,
    });
    const waiting = dialer(port, { backOff: { firstMs: 3_600_000, mostMs: 3_600_000 } });
    await waiting.until(({ state }) => state === 'waiting');
    waiting.dialer.retryNow();
    expect(waiting.dialer.state.state).toBe('dialling');
    await waiting.until(({ failures }) => failures === 2);
  });

  it('ends it in order when it is stopped, and makes no other', async () => {
    const { port, end } = await gateway();
    const caller = dialer(port);
    await caller.until(({ state }) => state === 'up');
    caller.end.link.send(16, Buffer.from('last'));
    caller.dialer.stop();
    expect(await end.ended()).toBe('ended');
    expect(end.frames.map(({ body }) => body.toString())).toEqual(['last']);
    await caller.until(({ lastEnd }) => lastEnd !== undefined);
    expect(caller.dialer.state.state).toBe('stopped');
  });

  it('has one link when it is started again at once', async () => {
    const { port, end } = await gateway();
    const caller = dialer(port);
    await caller.until(({ state }) => state === 'up');
    const { link } = end;
    caller.dialer.stop();
    caller.dialer.start();
    await caller.until(({ state }) => state === 'up');
    expect(await end.ended()).toBe('ended');
    // The end of the first does not count against the second.
    expect([caller.dialer.state.state, caller.dialer.state.failures]).toEqual(['up', 0]);
    await new Promise<void>((resolve) => {
      const look = (): void => void (end.link === link ? setImmediate(look) : resolve());
      look();
    });
    end.link.send(16, Buffer.from('second'));
    await caller.end.until(() => caller.end.frames.length === 1);
  });

  it('says so when it cannot dial at all', async () => {
    const { port } = await gateway();
    const caller = dialer(port, { identity: () => ({ key: 'none', certificate: 'none' }) });
    expect((await caller.until(({ failures }) => failures > 0)).lastEnd!.code).toBe('failed');
  });
});
