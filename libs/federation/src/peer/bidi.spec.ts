import { randomBytes } from 'node:crypto';
import net from 'node:net';
import tls from 'node:tls';
import { DialbackKeys } from '@interoffice/stream';
import { beforeAll, describe, expect, it } from 'vitest';
import { selfSigned, type TestCertificate, testRoot } from '../../../../test/support/certificates.js';
import { S2sStage, type ServerWish, StageServer } from '../../../../test/support/s2s-stage.js';
import {
  FEATURES,
  header,
  mechanism,
  PROCEED,
  SASL,
  scriptedServer,
  STARTTLS,
} from '../../../../test/support/scripted-server.js';

const BERLIN = 'berlin.example';
const TOKYO = 'tokyo.example';
const SM = 'urn:xmpp:sm:3';
const OFFER = `<bidi xmlns='urn:xmpp:features:bidi'/>`;
const ASKED = `<bidi xmlns="urn:xmpp:bidi"/>`;
const stage = new S2sStage();

let root: TestCertificate;
const leaves = new Map<string, TestCertificate>();
beforeAll(async () => {
  root = await testRoot();
  const authority = await root.authority();
  for (const domain of [BERLIN, TOKYO]) leaves.set(domain, await authority.issue({ names: { dns: [domain] } }));
});

const server = (domain: string, wish: Partial<ServerWish> = {}): Promise<StageServer> =>
  StageServer.open({ domain, shows: leaves.get(domain)!, trusts: [root], bidi: true, ...wish });
const words = (from: string, to: string, body: string): Buffer =>
  Buffer.from(`<message from='ada@${from}/pc' to='bob@${to}' type='chat'><body>${body}</body></message>`);
const say = (stream: { send(bytes: Buffer, start: number, end: number): void }, bytes: Buffer): void =>
  stream.send(bytes, 0, bytes.length);

/** Berlin calls Tokyo. */
const connected = async (berlinWish: Partial<ServerWish> = {}, tokyoWish: Partial<ServerWish> = {}) => {
  const [berlin, tokyo] = await Promise.all([server(BERLIN, berlinWish), server(TOKYO, tokyoWish)]);
  const { stream } = await berlin.call({ peer: TOKYO }, [await stage.listen(tokyo)]);
  return { berlin, tokyo, stream: stream! };
};

// XEP-0288
describe('one stream for both directions', () => {
  it('brings to its initiator what the peer sends, and both count what they get', async () => {
    const { berlin, tokyo, stream } = await connected();
    expect(stream.isBidirectional).toBe(true);
    const back = await tokyo.hasSendable();
    for (const body of ['one', 'two']) say(back, words(TOKYO, BERLIN, body));
    say(stream, words(BERLIN, TOKYO, 'three'));
    expect((await berlin.has(2)).map((line) => /<body>(\w+)/.exec(line)?.[1])).toEqual(['one', 'two']);
    expect((await tokyo.has(1))[0]).toContain('three');
    back.askForAck();
    stream.askForAck();
    expect([await tokyo.hasAcknowledged(2), await berlin.hasAcknowledged(1)]).toEqual([2, 1]);
    expect(berlin.streams.size).toBe(0);
    stream.end();
    expect(await tokyo.hasEnded()).toContain('closed');
  });

  it('acknowledges to the peer what its initiator has decided, and no earlier', async () => {
    const { berlin, tokyo, stream } = await connected();
    berlin.isHolding = true;
    const back = await tokyo.hasSendable();
    say(back, words(TOKYO, BERLIN, 'held'));
    back.askForAck();
    await berlin.has(1);
    expect(tokyo.acknowledged).toBe(0);
    berlin.release();
    expect(await tokyo.hasAcknowledged(1)).toBe(1);
    stream.end();
  });

  it('carries both where the peer counts nothing: a stanza of its own, or a second, says so', async () => {
    const { berlin, tokyo, stream } = await connected({}, { countsNothing: true });
    const back = await tokyo.hasSendable();
    expect([back.counts, stream.isManaged]).toEqual([false, false]);
    say(back, words(TOKYO, BERLIN, 'uncounted'));
    expect(await berlin.has(1)).toHaveLength(1);
    stream.end();
  });

  it('does not wait for itself where both sides send more than the other takes at once', async () => {
    const { berlin, tokyo, stream } = await connected();
    const back = await tokyo.hasSendable();
    const body = 'x'.repeat(100_000);
    for (let i = 0; i < 60; i++) {
      say(stream, words(BERLIN, TOKYO, body));
      say(back, words(TOKYO, BERLIN, body));
    }
    await Promise.all([berlin.has(60), tokyo.has(60)]);
    stream.end();
  }, 20_000);

  it.each([
    ['where its initiator does not ask', { bidi: false }, {}],
    ['where the peer does not offer', {}, { bidi: false }],
  ])('is for one direction only %s', async (_, berlinWish, tokyoWish) => {
    const { berlin, tokyo, stream } = await connected(berlinWish, tokyoWish);
    say(stream, words(BERLIN, TOKYO, 'there'));
    await tokyo.has(1);
    // Behind it, and nobody has been offered the stream.
    expect([stream.isBidirectional, tokyo.sendable, berlin.received]).toEqual([false, undefined, []]);
    stream.end();
  });

  it('is not asked for by who logs in by dialback, nor offered to a peer whose certificate does not hold', async () => {
    const keys = new DialbackKeys(randomBytes(32));
    const dialback = (peer: string, asksAt = () => [] as { port: number; kind: 'tcp' | 'tls' }[]) => ({
      keys,
      allowed: [peer],
      asksAt,
    });
    const berlin = await server(BERLIN, {
      shows: await selfSigned({ names: { dns: [BERLIN] } }),
      dialback: dialback(TOKYO),
    });
    const berlinAt = await stage.listen(berlin);
    const tokyo = await server(TOKYO, { dialback: dialback(BERLIN, () => [berlinAt]) });
    const { stream } = await berlin.call({ peer: TOKYO }, [await stage.listen(tokyo)]);
    expect(stream?.isBidirectional).toBe(false);
    say(stream!, words(BERLIN, TOKYO, 'by dialback'));
    await tokyo.has(1);
    expect([tokyo.sendable, [...tokyo.streams].map((one) => one.mayBeBidirectional)]).toEqual([undefined, [false]]);
    stream!.end();
  });

  /** Our server logs in at one that offers what it likes and answers with these texts behind the log-in. */
  const logInAt = async (wish: Partial<ServerWish>, offered: string, ...behind: string[]) => {
    const toTls = [header(TOKYO) + FEATURES(STARTTLS + OFFER), PROCEED, 'tls'];
    const peer = await scriptedServer(leaves.get(TOKYO)!, [...toTls, header(TOKYO) + FEATURES(offered), ...behind]);
    const berlin = await server(BERLIN, wish);
    const { stream, attempts } = await berlin.call({ peer: TOKYO }, [{ port: peer.port, kind: 'tcp' }]);
    return { berlin, peer, stream, attempts };
  };
  const SUCCESS = [`<success xmlns='${SASL}'/>`, header(TOKYO) + FEATURES('')];

  it.each([
    ['', OFFER],
    [', also where it is offered as ejabberd 24.12 does it', `<bidi xmlns='urn:xmpp:bidi'/>`],
  ])('is asked for inside TLS and before the log-in%s', async (_, offer) => {
    const { peer, stream } = await logInAt({}, offer + mechanism('EXTERNAL'), ...SUCCESS);
    expect(peer.heard().split(ASKED)).toHaveLength(2);
    expect(peer.heard().indexOf(ASKED)).toBeLessThan(peer.heard().indexOf('<auth'));
    expect(stream?.isBidirectional).toBe(true);
    stream!.end();
    peer.close();
  });

  // F-06
  it.each([
    ['of another domain', words('evil.example', BERLIN, 'x'), 'invalid-from'],
    ['of a domain below the peer', words(`sub.${TOKYO}`, BERLIN, 'x'), 'invalid-from'],
    ['to another domain of ours', words(TOKYO, `rooms.${BERLIN}`, 'x'), 'host-unknown'],
    ['without an address', Buffer.from('<message><body>x</body></message>'), 'improper-addressing'],
  ])('ends when its initiator is sent a stanza %s', async (_, stanza, condition) => {
    const last = header(TOKYO) + FEATURES('') + stanza.toString();
    const { berlin, peer } = await logInAt({}, OFFER + mechanism('EXTERNAL'), SUCCESS[0]!, last);
    await berlin.hasEnded();
    while (!peer.heard().includes(`<${condition}`)) await peer.hears();
    expect(berlin.received).toEqual([]);
    peer.close();
  });

  // F-01
  it.each([
    ['an answer that nobody asked for', `<db:result from='${TOKYO}' to='${BERLIN}' type='valid'/>`],
    ['a key for another domain', `<db:result from='sub.${TOKYO}' to='${BERLIN}'>abc</db:result>`],
  ])('ends when the peer sends its initiator %s', async (_, element) => {
    const bound = element.replace('<db:result', `<db:result xmlns:db='jabber:server:dialback'`);
    const { berlin, peer } = await logInAt(
      {},
      OFFER + mechanism('EXTERNAL'),
      SUCCESS[0]!,
      header(TOKYO) + FEATURES('') + bound,
    );
    const [end] = await berlin.hasEnded();
    expect([end, berlin.received]).toEqual(['failed', []]);
    peer.close();
  });

  it('takes nothing of a peer that sends before it has let us in', async () => {
    const early = words(TOKYO, BERLIN, 'early').toString();
    const { berlin, peer, stream, attempts } = await logInAt({}, OFFER + mechanism('EXTERNAL'), early);
    expect([stream, attempts.map(({ code }) => code)]).toEqual([undefined, ['unsupported-stanza-type']]);
    expect(berlin.received).toEqual([]);
    peer.close();
  });

  it('that was not offered is refused to who asks for it all the same', async () => {
    const tokyo = await server(TOKYO, { bidi: false });
    const at = await stage.listen(tokyo, { kind: 'tls' });
    const heard = await asksAt(at.port);
    expect(heard).toContain('<policy-violation');
    expect(tokyo.sendable).toBeUndefined();
  });

  it('before TLS is neither offered nor given', async () => {
    const tokyo = await server(TOKYO);
    const heard = await asksAt((await stage.listen(tokyo)).port, false);
    expect(heard).not.toContain('urn:xmpp:features:bidi');
    expect(heard).toContain('<policy-violation');
  });

  it('before TLS would be asked for by nobody of ours, though it was offered', async () => {
    const { peer, stream } = await logInAt({}, mechanism('EXTERNAL'), ...SUCCESS);
    expect([peer.heard().includes('urn:xmpp:bidi'), stream?.isBidirectional]).toEqual([false, false]);
    stream!.end();
    peer.close();
  });

  it('counts from where the peer was told that both do', async () => {
    const { peer, stream, berlin } = await logInAt(
      {},
      OFFER + mechanism('EXTERNAL'),
      SUCCESS[0]!,
      // A stanza that the peer has not counted yet, before it agrees to count.
      `${header(TOKYO)}${FEATURES(`<sm xmlns='${SM}'/>`)}${words(TOKYO, BERLIN, 'zero').toString()}`,
      `<enabled xmlns='${SM}'/>${words(TOKYO, BERLIN, 'one').toString()}<r xmlns='${SM}'/>`,
    );
    expect(await berlin.has(2)).toHaveLength(2);
    while (!peer.heard().includes(`<a xmlns="${SM}" h="1"/>`)) await peer.hears();
    stream!.end();
    peer.close();
  });
});

/** What a server answers to one that asks for both directions as soon as it has seen its features. */
async function asksAt(port: number, isTls = true): Promise<string> {
  const leaf = leaves.get(BERLIN)!;
  const pair = { key: await leaf.keyPem(), cert: leaf.chainPem };
  const options = { host: '127.0.0.1', port };
  const socket = isTls
    ? tls.connect({ ...options, ...pair, rejectUnauthorized: false, ALPNProtocols: ['xmpp-server'] })
    : net.connect(options);
  let heard = '';
  socket.write(
    `<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' from='${BERLIN}' to='${TOKYO}' version='1.0'>`,
  );
  return new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.on('data', (chunk: Buffer) => {
      const before = heard.includes('</stream:features>');
      heard += chunk.toString();
      if (!before && heard.includes('</stream:features>')) socket.write(`<bidi xmlns='urn:xmpp:bidi'/>`);
      if (heard.includes('</stream:stream>')) {
        socket.destroy();
        resolve(heard);
      }
    });
  });
}
