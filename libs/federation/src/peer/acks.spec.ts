import { beforeAll, describe, expect, it } from 'vitest';
import { type TestCertificate, testRoot } from '../../../../test/support/certificates.js';
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
const stage = new S2sStage();

let root: TestCertificate;
const leaves = new Map<string, TestCertificate>();
beforeAll(async () => {
  root = await testRoot();
  const authority = await root.authority();
  for (const domain of [BERLIN, TOKYO]) leaves.set(domain, await authority.issue({ names: { dns: [domain] } }));
});

const server = (domain: string, wish: Partial<ServerWish> = {}): Promise<StageServer> =>
  StageServer.open({ domain, shows: leaves.get(domain)!, trusts: [root], ...wish });
const words = (body: string): Buffer =>
  Buffer.from(`<message from='ada@${BERLIN}/pc' to='bob@${TOKYO}' type='chat'><body>${body}</body></message>`);

// XEP-0198 between servers
describe('acknowledgements between servers', () => {
  const connected = async (wish: Partial<ServerWish> = {}) => {
    const [berlin, tokyo] = await Promise.all([server(BERLIN), server(TOKYO, wish)]);
    const { stream } = await berlin.call({ peer: TOKYO }, [await stage.listen(tokyo)]);
    const say = (body: string): void => {
      const bytes = words(body);
      stream!.send(bytes, 0, bytes.length);
    };
    return { berlin, tokyo, stream: stream!, say };
  };

  it('say what the peer has taken, when it is asked', async () => {
    const { berlin, stream, say } = await connected();
    for (const body of ['one', 'two', 'three']) say(body);
    expect([stream.isManaged, stream.unacknowledged]).toEqual([true, 3]);
    stream.askForAck();
    expect(await berlin.hasAcknowledged(3)).toBe(3);
    expect(stream.unacknowledged).toBe(0);
    say('four');
    stream.askForAck();
    expect(await berlin.hasAcknowledged(4)).toBe(4);
    stream.end();
  });

  it('come when it is decided what becomes of the stanzas, and no earlier', async () => {
    const { berlin, tokyo, stream, say } = await connected();
    say('one');
    stream.askForAck();
    await berlin.hasAcknowledged(1);
    tokyo.isHolding = true;
    say('two');
    say('three');
    stream.askForAck();
    // Behind it, so that its answer would have come.
    await tokyo.has(3);
    stream.askForAck();
    expect(stream.unacknowledged).toBe(2);
    tokyo.release();
    expect(await berlin.hasAcknowledged(3)).toBe(3);
    stream.end();
  });

  it('are done without where the peer does not count', async () => {
    const { tokyo, stream, say } = await connected({ countsNothing: true });
    say('one');
    stream.askForAck();
    expect(await tokyo.has(1)).toHaveLength(1);
    expect([stream.isManaged, stream.unacknowledged]).toEqual([false, 0]);
    stream.end();
  });

  /** Our server logs in at one that answers with these texts; the last ones when it has asked for counting. */
  const logInAt = async (...behind: string[]) => {
    const toTls = [header(TOKYO) + FEATURES(STARTTLS), PROCEED, 'tls', header(TOKYO) + FEATURES(mechanism('EXTERNAL'))];
    const proved = [`<success xmlns='${SASL}'/>`, header(TOKYO) + FEATURES(`<sm xmlns='${SM}'/>`)];
    const peer = await scriptedServer(leaves.get(TOKYO)!, [...toTls, ...proved, ...behind]);
    const berlin = await server(BERLIN);
    const { stream, attempts } = await berlin.call({ peer: TOKYO }, [{ port: peer.port, kind: 'tcp' }]);
    return { berlin, peer, stream, attempts };
  };

  it('are given up when the peer offers them and then refuses', async () => {
    const { peer, stream } = await logInAt(`<failed xmlns='${SM}'><internal-server-error/></failed>`);
    expect([stream?.isReady, stream?.isManaged]).toEqual([true, false]);
    stream!.end();
    peer.close();
  });

  it.each([
    ['of more than was sent', `<a xmlns='${SM}' h='2'/>`, 'undefined-condition'],
    ['that are no number', `<a xmlns='${SM}' h='-1'/>`, 'bad-format'],
    ['with something else in between', `<enabled xmlns='${SM}'/>`, 'unsupported-stanza-type'],
  ])('%s end the stream', async (_, answer, condition) => {
    const { berlin, peer, stream } = await logInAt(`<enabled xmlns='${SM}'/>`, answer);
    const bytes = words('one');
    stream!.send(bytes, 0, bytes.length);
    expect(await berlin.hasEnded()).toEqual([condition]);
    expect([berlin.acknowledged, stream!.isReady]).toEqual([0, false]);
    peer.close();
  });

  it('tell a peer that asks that it has sent nothing', async () => {
    const { peer, stream } = await logInAt(`<enabled xmlns='${SM}'/><r xmlns='${SM}'/>`, '');
    while (!peer.heard().includes(`<a xmlns="${SM}" h="0"/>`)) await peer.hears();
    expect(stream!.isReady).toBe(true);
    stream!.end();
    peer.close();
  });
});
