import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import tls from 'node:tls';
import { DialbackKeys } from '@interoffice/stream';
import { beforeAll, describe, expect, it } from 'vitest';
import { selfSigned, type TestCertificate, testRoot } from '../../../../test/support/certificates.js';
import { S2sStage, type ServerWish, StageServer } from '../../../../test/support/s2s-stage.js';
import { FEATURES, header, PROCEED, scriptedServer, STARTTLS } from '../../../../test/support/scripted-server.js';

const BERLIN = 'berlin.example';
const TOKYO = 'tokyo.example';
const stage = new S2sStage();
const OFFER = `<dialback xmlns='urn:xmpp:features:dialback'/>`;
const DB = `xmlns:db='jabber:server:dialback'`;

let root: TestCertificate;
const proven = new Map<string, TestCertificate>();
/** Certificates that nobody's authority has made. */
const unproven = new Map<string, TestCertificate>();
beforeAll(async () => {
  root = await testRoot();
  const authority = await root.authority();
  for (const domain of [BERLIN, TOKYO]) {
    proven.set(domain, await authority.issue({ names: { dns: [domain] } }));
    unproven.set(domain, await selfSigned({ names: { dns: [domain] } }));
  }
});

const server = (domain: string, wish: Partial<ServerWish> = {}): Promise<StageServer> =>
  StageServer.open({ domain, shows: unproven.get(domain)!, trusts: [root], ...wish });
const keys = (): DialbackKeys => new DialbackKeys(randomBytes(32));
const words = Buffer.from(`<message from='ada@${BERLIN}/pc' to='bob@${TOKYO}'><body>hello</body></message>`);
const mechanisms = ({ log }: StageServer): unknown[] =>
  log.events.filter(({ name }) => name === 's2s.authenticated').map(({ fields }) => fields['mechanism']);

/** Berlin calls Tokyo; what Tokyo asks goes to a server of Berlin that may have other keys. */
async function meet(changes: { berlin?: Partial<ServerWish>; tokyo?: Partial<ServerWish>; other?: DialbackKeys } = {}) {
  const own = keys();
  const berlin = await server(BERLIN, { dialback: { keys: own, allowed: [TOKYO] }, ...changes.berlin });
  const answering = changes.other
    ? await server(BERLIN, { dialback: { keys: changes.other, allowed: [TOKYO] } })
    : berlin;
  const place = await stage.listen(answering);
  const dialback = { keys: keys(), allowed: [BERLIN], asksAt: () => [place] };
  const tokyo = await server(TOKYO, { dialback, ...changes.tokyo });
  const { stream, attempts } = await berlin.call({ peer: TOKYO }, [await stage.listen(tokyo)]);
  return { berlin, tokyo, stream, told: attempts.map(({ stage: where, code }) => `${where} ${code}`) };
}

// XEP-0220
describe('dialback between two servers', () => {
  it('proves a domain whose certificate does not hold, where both allow it', async () => {
    const { berlin, tokyo, stream, told } = await meet();
    expect(told).toEqual(['ready ok']);
    stream!.send(words, 0, words.length);
    expect(await tokyo.has(1)).toEqual([`${BERLIN} ${words.toString()}`]);
    expect([mechanisms(berlin), mechanisms(tokyo)]).toEqual([['dialback'], ['dialback']]);
    stream!.end();
  });

  it('is left aside where certificates hold', async () => {
    const [shown, shownBack] = [proven.get(BERLIN)!, proven.get(TOKYO)!];
    const { berlin, tokyo, stream, told } = await meet({ berlin: { shows: shown }, tokyo: { shows: shownBack } });
    expect(told).toEqual(['ready ok']);
    expect([mechanisms(berlin), mechanisms(tokyo)]).toEqual([['EXTERNAL'], ['EXTERNAL']]);
    stream!.end();
  });

  // F-02
  it.each<[string, () => Parameters<typeof meet>[0], string]>([
    ['by who calls', () => ({ berlin: { dialback: undefined } }), 'certificate self-signed'],
    [
      'by who is called',
      () => ({ tokyo: { dialback: undefined, shows: proven.get(TOKYO)! } }),
      'features not-authorized',
    ],
  ])('is off unless it is allowed %s', async (_, changes, expected) => {
    const { tokyo, told } = await meet(changes());
    expect(told).toEqual([expected]);
    expect(tokyo.received).toEqual([]);
  });

  it('fails when the key is not the domain’s own', async () => {
    const { berlin, tokyo, told } = await meet({ other: keys() });
    expect(told).toEqual(['authentication dialback-invalid']);
    expect([mechanisms(berlin), mechanisms(tokyo), tokyo.received]).toEqual([[], [], []]);
  });

  it('fails when nobody can be asked', async () => {
    const nobody = { keys: keys(), allowed: [BERLIN], asksAt: () => [] };
    const { tokyo, told } = await meet({ tokyo: { dialback: nobody } });
    expect(told).toEqual(['authentication dialback-failed']);
    expect(mechanisms(tokyo)).toEqual([]);
  });
});

// F-01
describe('a server that is called', () => {
  const toTls = [header(TOKYO) + FEATURES(STARTTLS), PROCEED, 'tls', header(TOKYO) + FEATURES(OFFER)];

  it.each([
    ['for another domain', `<db:result ${DB} from='paris.example' to='${BERLIN}' type='valid'/>`],
    ['to another domain', `<db:result ${DB} from='${TOKYO}' to='paris.example' type='valid'/>`],
    ['to a question nobody asked', `<db:verify ${DB} from='${TOKYO}' to='${BERLIN}' id='x' type='valid'/>`],
    ['in another namespace', `<result xmlns='jabber:server' from='${TOKYO}' to='${BERLIN}' type='valid'/>`],
  ])('cannot let us in by an answer %s', async (_, answer) => {
    const peer = await scriptedServer(unproven.get(TOKYO)!, [...toTls, answer]);
    const berlin = await server(BERLIN, { dialback: { keys: keys(), allowed: [TOKYO] } });
    const { stream, attempts } = await berlin.call({ peer: TOKYO }, [{ port: peer.port, kind: 'tcp' }]);
    expect(stream).toBeUndefined();
    expect(attempts[0]!.code).toBe('unsupported-stanza-type');
    expect(mechanisms(berlin)).toEqual([]);
    peer.close();
  });

  it('gets a key and nothing else before it has let us in', async () => {
    const peer = await scriptedServer(unproven.get(TOKYO)!, [...toTls]);
    const berlin = await server(BERLIN, { dialback: { keys: keys(), allowed: [TOKYO] } });
    const outcome = berlin.call({ peer: TOKYO }, [{ port: peer.port, kind: 'tcp' }]);
    while (!peer.heard().includes('</db:result>')) await peer.hears();
    expect(peer.heard()).not.toContain('<auth');
    expect(peer.heard()).toMatch(new RegExp(`<db:result [^>]*from="${BERLIN}" to="${TOKYO}">[0-9a-f]{64}</db:result>`));
    peer.close();
    expect((await outcome).stream).toBeUndefined();
  });
});

describe('a server that calls', () => {
  /** Says these texts over TLS to Tokyo, which allows dialback to Berlin; all that it answers, until it ends. */
  const say = async (tokyo: StageServer, lines: readonly string[], until: RegExp): Promise<string> => {
    const { port } = await stage.listen(tokyo, { kind: 'tls' });
    const socket = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
    let heard = '';
    socket.on('error', () => undefined).on('data', (chunk: Buffer) => (heard += chunk.toString()));
    await once(socket, 'secureConnect');
    socket.write(header(BERLIN).replace('>', ` to='${TOKYO}'>`));
    while (!heard.includes('</stream:features>')) await once(socket, 'data');
    expect(heard).toContain('xmlns:db="jabber:server:dialback"');
    socket.write(lines.join(''));
    while (!until.test(heard)) await once(socket, 'data');
    socket.destroy();
    expect(tokyo.received).toEqual([]);
    return heard;
  };
  const own = keys();
  const tokyo = (): Promise<StageServer> =>
    server(TOKYO, { dialback: { keys: own, allowed: [BERLIN], asksAt: () => [] } });
  const result = (attributes: string, key = 'ab'): string => `<db:result ${DB} ${attributes}>${key}</db:result>`;
  const pair = `from='${BERLIN}' to='${TOKYO}'`;

  // F-01, F-02, F-06
  it.each([
    ['answers what nobody asked', [result(`${pair} type='valid'`)], 'policy-violation'],
    ['answers about a key nobody asked about', [`<db:verify ${DB} ${pair} id='x' type='valid'/>`], 'policy-violation'],
    ['shows a key for another domain', [result(`from='paris.example' to='${TOKYO}'`)], 'invalid-from'],
    ['shows a key for a domain below', [result(`from='sub.${BERLIN}' to='${TOKYO}'`)], 'invalid-from'],
    ['shows a key to another domain', [result(`from='${BERLIN}' to='paris.example'`)], 'host-unknown'],
    ['names one domain only', [result(`from='${BERLIN}'`)], 'improper-addressing'],
    ['shows no key', [result(pair, '')], 'bad-format'],
    ['shows a key without end', [result(pair, 'a'.repeat(257))], 'bad-format'],
    ['goes on while its key is looked into', [result(pair), words.toString()], 'policy-violation'],
    ['shows two keys at once', [result(pair), result(pair)], 'policy-violation'],
  ])('%s is sent away', async (_, lines, condition) => {
    expect(await say(await tokyo(), lines, /<\/stream:stream>/)).toContain(`<${condition} `);
  });

  it('is told whether we made a key, and of no other stream', async () => {
    const key = own.keyFor({ originating: TOKYO, receiving: BERLIN, streamId: 's1' });
    const ask = (id: string): string => `<db:verify ${DB} ${pair} id='${id}'>${key}</db:verify>`;
    const heard = await say(await tokyo(), [ask('s1'), ask('s2')], /s2.*\/>/);
    const answers = heard.match(/<db:verify [^>]*>/g)?.map((answer) => answer.replaceAll(/ xmlns:db="[^"]*"/g, ''));
    expect(answers).toEqual([
      `<db:verify from="${TOKYO}" to="${BERLIN}" id="s1" type="valid"/>`,
      `<db:verify from="${TOKYO}" to="${BERLIN}" id="s2" type="invalid"/>`,
    ]);
  });
});
