import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import { beforeAll, describe, expect, it } from 'vitest';
import { type TestCertificate, testRoot } from '../../../../test/support/certificates.js';
import { S2sStage, type ServerWish, StageServer } from '../../../../test/support/s2s-stage.js';
import {
  FEATURES,
  header as headerOf,
  mechanism,
  PROCEED,
  SASL,
  scriptedServer,
  STARTTLS,
} from '../../../../test/support/scripted-server.js';
import type { Attempt } from './attempt.js';

const BERLIN = 'berlin.example';
const TOKYO = 'tokyo.example';
const stage = new S2sStage();

let root: TestCertificate;
let authority: TestCertificate;
const leaves = new Map<string, TestCertificate>();
beforeAll(async () => {
  root = await testRoot();
  authority = await root.authority();
  for (const domain of [BERLIN, TOKYO]) leaves.set(domain, await authority.issue({ names: { dns: [domain] } }));
});

const server = (domain: string, wish: Partial<ServerWish> = {}): Promise<StageServer> =>
  StageServer.open({ domain, shows: leaves.get(domain)!, trusts: [root], ...wish });

const told = ({ stage: where, code }: Attempt): string => `${where} ${code}`;
const stanza = (from: string, to: string, body: string): Buffer =>
  Buffer.from(`<message from='${from}' to='${to}' type='chat'><body>${body}</body></message>`);

describe.each(['tcp', 'tls'] as const)('two servers over %s', (kind) => {
  it('prove their domains to each other, and stanzas go through in order', async () => {
    const [berlin, tokyo] = await Promise.all([server(BERLIN), server(TOKYO)]);
    const { stream, attempts } = await berlin.call({ peer: TOKYO }, [await stage.listen(tokyo, { kind })]);
    expect(attempts.map(told)).toEqual(['ready ok']);
    expect(attempts[0]!.chain.map(({ names }) => names.dns)).toEqual([[TOKYO], [], []]);
    const stanzas = ['one', 'two', 'three'].map((body) => stanza(`ada@${BERLIN}/pc`, `bob@${TOKYO}`, body));
    for (const bytes of stanzas) stream!.send(bytes, 0, bytes.length);
    expect(await tokyo.has(3)).toEqual(stanzas.map((bytes) => `${BERLIN} ${bytes.toString()}`));
    stream!.end();
    expect(await berlin.hasEnded()).toEqual(['closed']);
    expect(stream!.isReady).toBe(false);
  });

  it('need no intermediate beside a pinned key', async () => {
    const leaf = leaves.get(TOKYO)!;
    const bare = await server(TOKYO, { sends: [leaf] });
    const port = await stage.listen(bare, { kind });
    const { attempts } = await (await server(BERLIN)).call({ peer: TOKYO }, [port]);
    expect(attempts.map(told)).toEqual(['certificate missing-issuer']);
    const pins = [attempts[0]!.chain[0]!.keyHash];
    const outcome = await (await server(BERLIN, { pins })).call({ peer: TOKYO }, [port]);
    expect(outcome.attempts.map(told)).toEqual(['ready ok']);
    outcome.stream?.end();
    const other = await (await server(BERLIN, { pins: ['AAAA'] })).call({ peer: TOKYO }, [port]);
    expect(other.attempts.map(told)).toEqual(['certificate pin-mismatch']);
  });

  it('let nobody in whom policy denies, and say so', async () => {
    const tokyo = await server(TOKYO, { denies: [BERLIN] });
    const { attempts } = await (await server(BERLIN)).call({ peer: TOKYO }, [await stage.listen(tokyo, { kind })]);
    expect(attempts.map(told)).toEqual(['features not-authorized']);
    expect(attempts[0]!.text).toContain(`${BERLIN} may not talk to ${TOKYO}`);
  });

  it('take the next address when one does not answer as it has to', async () => {
    const [berlin, tokyo, paris] = await Promise.all([
      server(BERLIN),
      server(TOKYO),
      server('paris.example', { shows: await authority.issue({ names: { dns: ['paris.example'] } }) }),
    ]);
    const nobody = net.createServer().listen(0, '127.0.0.1');
    await once(nobody, 'listening');
    const { port } = nobody.address() as net.AddressInfo;
    nobody.close();
    const targets = [{ port, kind }, await stage.listen(paris, { kind }), await stage.listen(tokyo, { kind })];
    const { stream, attempts } = await berlin.call({ peer: TOKYO }, targets);
    expect(attempts.map(told)).toEqual([
      'connect refused',
      kind === 'tcp' ? 'stream host-unknown' : 'certificate wrong-name',
      'ready ok',
    ]);
    stream!.end();
  });

  //
  it('take stanzas of 512 KiB and nothing larger', async () => {
    const [berlin, tokyo] = await Promise.all([server(BERLIN), server(TOKYO)]);
    const { stream } = await berlin.call({ peer: TOKYO }, [await stage.listen(tokyo, { kind })]);
    const frame = stanza(`ada@${BERLIN}/pc`, `bob@${TOKYO}`, '').length;
    const most = stanza(`ada@${BERLIN}/pc`, `bob@${TOKYO}`, 'x'.repeat(524_288 - frame));
    stream!.send(most, 0, most.length);
    expect(Buffer.from((await tokyo.has(1))[0]!).length).toBe(BERLIN.length + 1 + 524_288);
    const larger = stanza(`ada@${BERLIN}/pc`, `bob@${TOKYO}`, 'x'.repeat(524_289 - frame));
    stream!.send(larger, 0, larger.length);
    expect(await berlin.hasEnded()).toEqual(['policy-violation']);
    expect(tokyo.received).toHaveLength(1);
  });

  // F-06
  it.each([
    ['another domain', `ada@paris.example/pc`, `bob@${TOKYO}`, 'invalid-from'],
    ['a domain below', `ada@sub.${BERLIN}/pc`, `bob@${TOKYO}`, 'invalid-from'],
    ['a domain of ours', `eve@${TOKYO}/pc`, `bob@${TOKYO}`, 'invalid-from'],
    ['nobody', ``, `bob@${TOKYO}`, 'improper-addressing'],
    ['its own domain to another of ours', `ada@${BERLIN}/pc`, `bob@rooms.${TOKYO}`, 'host-unknown'],
    ['its own domain to somebody else', `ada@${BERLIN}/pc`, `bob@paris.example`, 'host-unknown'],
  ])('end a stream that speaks for %s', async (_, from, to, condition) => {
    const [berlin, tokyo] = await Promise.all([server(BERLIN), server(TOKYO)]);
    const { stream } = await berlin.call({ peer: TOKYO }, [await stage.listen(tokyo, { kind })]);
    const bytes = stanza(from, to, 'forged');
    stream!.send(bytes, 0, bytes.length);
    expect(await berlin.hasEnded()).toEqual([condition]);
    expect(tokyo.received).toEqual([]);
  });
});

const header = (from = TOKYO, version?: string): string => headerOf(from, version);

describe('a server that is called', () => {
  const scripts: [string, readonly string[], string][] = [
    //
    ['offers no TLS', [header() + FEATURES(mechanism('EXTERNAL'))], 'tls starttls-not-offered'],
    [
      'refuses TLS',
      [header() + FEATURES(STARTTLS), `<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>`],
      'tls starttls-refused',
    ],
    //
    [
      'says more behind its consent to TLS',
      [header() + FEATURES(STARTTLS), PROCEED + header() + FEATURES('')],
      'tls policy-violation',
    ],
    ['is another', [header('paris.example')], 'stream wrong-domain'],
    ['is older than XMPP 1.0', [header(TOKYO, '')], 'stream unsupported-version'],
    ['is none of XMPP', ['HTTP/1.1 400 Bad Request\r\n\r\n'], 'stream not-well-formed'],
    [
      'says that it does not serve the domain',
      [
        `${header()}<stream:error><host-unknown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>`,
      ],
      'stream host-unknown',
    ],
    [
      'allows no log-in by certificate',
      [header() + FEATURES(STARTTLS), PROCEED, 'tls', header() + FEATURES(mechanism('PLAIN'))],
      'authentication external-not-offered',
    ],
    [
      'refuses our certificate',
      [
        header() + FEATURES(STARTTLS),
        PROCEED,
        'tls',
        header() + FEATURES(mechanism('EXTERNAL')),
        `<failure xmlns='${SASL}'><not-authorized/><text>who?</text></failure>`,
      ],
      'authentication not-authorized',
    ],
    ['does not go on', [header()], 'stream timeout'],
  ];
  it.each(scripts)('%s', async (_, lines, expected) => {
    const peer = await scriptedServer(leaves.get(TOKYO)!, lines);
    try {
      const { stream, attempts } = await (
        await server(BERLIN)
      ).call({ peer: TOKYO }, [{ port: peer.port, kind: 'tcp' }]);
      expect(stream).toBeUndefined();
      expect(attempts.map(told)).toEqual([expected]);
      expect(attempts[0]!.text).toMatch(/^[A-Z].{20,}/);
      // Never in the clear.
      if (!lines.includes('tls')) expect(peer.heard()).not.toContain('<auth');
    } finally {
      peer.close();
    }
  });
});

describe('a server that calls', () => {
  const talk = async (lines: readonly string[], until: RegExp): Promise<string> => {
    const tokyo = await server(TOKYO);
    const { port } = await stage.listen(tokyo);
    const socket = net.connect(port, '127.0.0.1').on('error', () => undefined);
    let heard = '';
    socket.on('data', (chunk: Buffer) => (heard += chunk.toString()));
    await once(socket, 'connect');
    socket.write(lines.join(''));
    while (!until.test(heard)) await once(socket, 'data');
    socket.destroy();
    expect(tokyo.received).toEqual([]);
    return heard;
  };
  const to = (domain: string): string => header(BERLIN).replace('>', ` to='${domain}'>`);

  it('is offered TLS and nothing else before it', async () => {
    const heard = await talk([to(TOKYO)], /<\/stream:features>/);
    expect(heard).toContain(`from="${TOKYO}" to="${BERLIN}"`);
    expect(heard).toContain('<required/>');
    expect(heard).not.toContain('mechanism');
  });

  // F-01
  it.each([
    ['logs in before TLS', [to(TOKYO), `<auth xmlns='${SASL}' mechanism='EXTERNAL'>=</auth>`], 'policy-violation'],
    [
      'sends a stanza before TLS',
      [to(TOKYO), stanza(`a@${BERLIN}`, `b@${TOKYO}`, 'early').toString()],
      'policy-violation',
    ],
    [
      'says more behind its request for TLS',
      [to(TOKYO), `<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>`, to(TOKYO)],
      'policy-violation',
    ],
    ['wants a domain that is not served', [to('paris.example')], 'host-unknown'],
    ['names no domain', [header(BERLIN)], 'host-unknown'],
    ['says that it is us', [header(TOKYO).replace('>', ` to='${TOKYO}'>`)], 'invalid-from'],
    ['names an account as its sender', [header(`a@${BERLIN}`).replace('>', ` to='${TOKYO}'>`)], 'invalid-from'],
    ['is older than XMPP 1.0', [to(TOKYO).replace(" version='1.0'", '')], 'unsupported-version'],
    ['speaks as a client', [to(TOKYO).replace('jabber:server', 'jabber:client')], 'invalid-namespace'],
    [
      'asserts a dialback nobody asked for',
      [to(TOKYO), `<db:result xmlns:db='jabber:server:dialback' type='valid'/>`],
      'policy-violation',
    ],
    [
      'sends more than is allowed',
      [to(TOKYO), `<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'>${'x'.repeat(8_200)}</starttls>`],
      'policy-violation',
    ],
  ])('%s', async (_, lines, condition) => {
    expect(await talk(lines, /<\/stream:stream>/)).toContain(`<${condition} `);
  });
});

describe('a server that logs in', () => {
  /** Each text is sent when the answer to the one before has come: features, or an end. */
  const logIn = async (lines: readonly string[]): Promise<string> => {
    const tokyo = await server(TOKYO);
    const { port } = await stage.listen(tokyo, { kind: 'tls' });
    const berlin = leaves.get(BERLIN)!;
    const [key, cert] = [await berlin.keyPem(), berlin.chainPem];
    const socket = tls.connect({ port, host: '127.0.0.1', key, cert, rejectUnauthorized: false });
    socket.on('error', () => undefined);
    let heard = '';
    socket.on('data', (chunk: Buffer) => (heard += chunk.toString()));
    await once(socket, 'secureConnect');
    for (const line of lines) {
      const before = heard.length;
      socket.write(line);
      while (!/<\/stream:(features|stream)>|<(success|enabled|failed|a) [^>]*>/.test(heard.slice(before)))
        await once(socket, 'data');
      if (heard.endsWith('</stream:stream>')) break;
    }
    socket.destroy();
    return heard;
  };
  const from = (domain: string): string => header(domain).replace('>', ` to='${TOKYO}'>`);
  const anonymous = from(BERLIN).replace(` from='${BERLIN}'`, '');
  const auth = (identity: string, name = 'EXTERNAL'): string =>
    `<auth xmlns='${SASL}' mechanism='${name}'>${identity}</auth>`;
  const base64 = (text: string): string => Buffer.from(text).toString('base64');

  it.each([
    ['under the domain of its header', [from(BERLIN), auth('=')]],
    ['without an authorization identity', [from(BERLIN), auth('')]],
    ['under the same domain twice', [from(BERLIN), auth(base64(BERLIN))]],
    ['under a domain that its header does not name', [anonymous, auth(base64(BERLIN))]],
  ])('%s is let in', async (_, lines) => {
    const heard = await logIn([...lines, from(BERLIN)]);
    expect(heard).toContain('<success ');
    expect(heard).not.toContain('<stream:error>');
    expect(heard.endsWith('</stream:features>')).toBe(true);
    expect(heard.match(/<mechanism>/g)).toHaveLength(1);
  });

  // XEP-0198 §3, §5
  it('is counted from when it asks for it, once, and resumes nothing', async () => {
    const sm = (name: string): string => `<${name} xmlns='urn:xmpp:sm:3'/>`;
    const lines = [from(BERLIN), auth('='), from(BERLIN), sm('enable'), sm('r'), sm('enable'), sm('resume')];
    const heard = await logIn(lines);
    const answers = heard.match(/<(enabled|failed|a) .*?>(<(unexpected-request|item-not-found))?/g);
    expect(answers?.map((answer) => answer.replaceAll(/ xmlns="[^"]*"/g, ''))).toEqual([
      '<enabled/>',
      '<a h="0"/>',
      '<failed><unexpected-request',
      '<failed><item-not-found',
    ]);
  });

  //
  it.each([
    ['as another domain', [from(BERLIN), auth(base64('paris.example'))], 'invalid-authzid'],
    ['as an account', [from(BERLIN), auth(base64(`ada@${BERLIN}`))], 'invalid-authzid'],
    ['as a device', [from(BERLIN), auth(base64(`${BERLIN}/pc`))], 'invalid-authzid'],
    ['as several', [from(BERLIN), auth(base64(`${BERLIN}\0paris.example`))], 'invalid-authzid'],
    ['as nobody', [anonymous, auth('=')], 'invalid-authzid'],
    ['as a domain that its certificate does not name', [anonymous, auth(base64('paris.example'))], 'not-authorized'],
    ['in no base64', [from(BERLIN), auth('***')], 'invalid-authzid'],
    ['by another mechanism', [from(BERLIN), auth('=', 'PLAIN')], 'invalid-mechanism'],
    ['with an answer to no question', [from(BERLIN), `<response xmlns='${SASL}'>=</response>`], 'malformed-request'],
    ['twice', [from(BERLIN), auth('='), from(BERLIN), auth('=')], 'policy-violation'],
    ['and then is another', [from(BERLIN), auth('='), from('paris.example')], 'invalid-from'],
    [
      'and then wants another',
      [from(BERLIN), auth('='), from(BERLIN).replace(`to='${TOKYO}'`, `to='paris.example'`)],
      'host-unknown',
    ],
    [
      'and asks for a count that was not begun',
      [from(BERLIN), auth('='), from(BERLIN), `<r xmlns='urn:xmpp:sm:3'/>`],
      'policy-violation',
    ],
    ['and begins again', [from(BERLIN), auth('='), from(BERLIN) + from(BERLIN)], 'bad-format'],
  ])('%s is sent away', async (_, lines, condition) => {
    const heard = await logIn(lines);
    expect(heard).toContain(`<${condition}`);
    expect(heard.endsWith('</stream:stream>')).toBe(true);
  });
});
