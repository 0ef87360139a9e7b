import { createHash, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import { Failure } from '@interoffice/telemetry';
import { StreamError } from '@interoffice/wire';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { HEADER, pairForLocalhost, Sinks, transportParts } from '../../../test/support/transport-peer.js';
import { type AcceptLimits } from './limits.js';
import { Listener, type ListenerParts } from './listener.js';
import { adoptionWorks } from './read-buffer.js';
import { TlsContext } from './tls-context.js';

let pair: Awaited<ReturnType<typeof pairForLocalhost>>;
const cleanUp: (() => Promise<void> | void)[] = [];

beforeAll(async () => {
  pair = await pairForLocalhost();
});
afterEach(async () => {
  for (const undo of cleanUp.splice(0).toReversed()) await undo();
});
afterAll(() => expect(cleanUp).toEqual([]));

interface Options {
  readonly kind?: 'tcp' | 'tls';
  readonly sharedBuffer?: boolean;
  readonly limits?: Partial<AcceptLimits>;
  readonly isServedName?: ListenerParts['isServedName'];
}

async function open({ kind = 'tcp', sharedBuffer = true, limits, isServedName }: Options = {}) {
  const sinks = new Sinks();
  const made = transportParts(pair, limits);
  const at = { host: '127.0.0.1', port: 0, kind, setting: 'INTEROFFICE_LISTEN__C2S' };
  const listener = new Listener(at, { ...made, sharedBuffer, isServedName }, sinks.accept);
  const port = await listener.listen();
  cleanUp.push(async () => {
    for (const connection of listener.connections) connection.destroy();
    await listener.close();
  });
  return { ...made, listener, sinks, port };
}

function dial(port: number): net.Socket {
  const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  socket.on('error', () => undefined);
  cleanUp.push(() => void socket.destroy());
  return socket;
}

function secure(port: number, options: tls.ConnectionOptions = {}): tls.TLSSocket {
  const socket = tls.connect({ port, host: '127.0.0.1', servername: 'localhost', ca: pair.ca, ...options });
  socket.on('error', () => undefined);
  cleanUp.push(() => void socket.destroy());
  return socket;
}

/** Resolves when the other side has let go of it. */
function closed(socket: net.Socket): Promise<void> {
  socket.on('end', () => socket.destroy()).resume();
  return new Promise((resolve) => socket.once('close', () => resolve()));
}

/** All bytes until the other side ends. */
async function everything(socket: net.Socket): Promise<string> {
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
  await once(socket, 'end');
  return text;
}

async function until(socket: net.Socket, text: string): Promise<string> {
  let all = '';
  for await (const [chunk] of onData(socket)) {
    all += chunk.toString();
    if (all.includes(text)) break;
  }
  return all;
}

async function* onData(socket: net.Socket): AsyncGenerator<[Buffer]> {
  for (;;) yield (await once(socket, 'data')) as [Buffer];
}

describe('the shared read buffer', () => {
  it('passes its self-test on the Node this product ships with', async () => {
    expect(await adoptionWorks()).toBe(true);
  });
});

describe.each([
  ['the shared read buffer', true],
  ['data events', false],
])('a TCP connection reading by %s', (_how, sharedBuffer) => {
  it('presents header, stanzas and end, however they are cut', async () => {
    const { sinks, port } = await open({ sharedBuffer });
    const next = sinks.next();
    const client = dial(port);
    client.write(`${HEADER}<message><body>H`);
    const told = await next;
    await told.heard('opened im.example');
    client.write('i</body></message><presence/>');
    await told.heard('<presence/>');
    client.write('</stream:stream>');
    await told.heard('closed');
    expect(told.words).toEqual(['opened im.example', '<message><body>Hi</body></message>', '<presence/>', 'closed']);
    const { kind, remoteAddress, isOpen, secure } = told.connection;
    expect({ kind, remoteAddress, isOpen, secure }).toEqual({
      kind: 'tcp',
      remoteAddress: '127.0.0.1',
      isOpen: true,
      secure: undefined,
    });
    told.connection.end('</stream:stream>');
    expect(await everything(client)).toBe('</stream:stream>');
    client.end();
    await told.heard('gone');
    expect(told.words.filter((word) => word === 'gone')).toHaveLength(1);
    expect(told.connection.isOpen).toBe(false);
  });

  it('sends what was queued during a turn in one piece and in order', async () => {
    const { sinks, port } = await open({ sharedBuffer });
    const next = sinks.next();
    const client = dial(port);
    const { connection } = await next;
    const batch = Buffer.from('..<a/><b/>..');
    connection.send(batch, 2, 6);
    batch.fill(0);
    connection.sendText('<\u{E9}/>');
    connection.sendText(`<c>${'\u{E9}'.repeat(20_000)}</c>`);
    const big = Buffer.from(`<d>${'x'.repeat(40_000)}</d>`);
    connection.send(big, 0, big.length);
    connection.end();
    connection.sendText('<never/>');
    expect(await everything(client)).toBe(`<a/><\u{E9}/><c>${'\u{E9}'.repeat(20_000)}</c>${big.toString()}`);
  });

  it.each(['', '\n'])(
    'starts TLS with the byte after <proceed/>, whatever white space was behind the request: %j',
    async (space) => {
      const { sinks, port } = await open({ sharedBuffer });
      sinks.react = (word, connection) => {
        if (word !== '<starttls/>') return;
        connection.sendText('<proceed/>');
        connection.startTls();
        connection.restart();
      };
      const next = sinks.next();
      const client = dial(port);
      client.write(`${HEADER}<starttls/>${space}`);
      const told = await next;
      expect(await until(client, '<proceed/>')).toBe('<proceed/>');
      client.removeAllListeners('data');
      const secured = tls.connect({ socket: client, servername: 'localhost', ca: pair.ca });
      await once(secured, 'secureConnect');
      secured.write(`<?xml version='1.0'?>${HEADER}<auth/>`);
      await told.heard('<auth/>');
      const facts = told.connection.secure;
      expect(facts).toMatchObject({ protocol: 'TLSv1.3', servername: 'localhost' });
      expect(facts?.exporter?.()).toEqual(
        secured.exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', Buffer.alloc(0)),
      );
      told.connection.sendText('<success/>');
      expect(await until(secured, '<success/>')).toBe('<success/>');
      secured.end();
      await told.heard('gone');
      expect(told.words.filter((word) => word === 'gone')).toHaveLength(1);
    },
  );

  it('refuses TLS when anything came behind the request for it', async () => {
    //
    const { sinks, port } = await open({ sharedBuffer });
    let refusal: unknown;
    sinks.react = (word, connection) => {
      if (word !== '<starttls/>') return;
      try {
        connection.startTls();
      } catch (error) {
        refusal = error;
        connection.end('</stream:stream>');
      }
    };
    const next = sinks.next();
    const client = dial(port);
    client.write(`${HEADER}<starttls/>${HEADER}<auth/>`);
    const told = await next;
    expect(await everything(client)).toBe('</stream:stream>');
    expect(refusal).toBeInstanceOf(StreamError);
    expect(told.words).toEqual(['opened im.example', '<starttls/>']);
  });

  it('is closed as not well-formed when HTTP or TLS comes to it', async () => {
    //
    const { sinks, port } = await open({ sharedBuffer });
    for (const hello of ['GET / HTTP/1.1\r\nHost: x\r\n\r\n', '\u{16}\u{3}\u{1}\0']) {
      const next = sinks.next();
      const client = dial(port);
      client.write(hello);
      const told = await next;
      await told.heard('failed not-well-formed');
      expect(await everything(client)).toBe('');
    }
  });

  it('ends a connection whose sink failed, and no other', async () => {
    const { sinks, port } = await open({ sharedBuffer });
    sinks.react = (word) => {
      if (word === '<bug/>') throw new Error('a bug');
    };
    const [first, second] = [sinks.next(), undefined];
    const broken = dial(port);
    broken.write(`${HEADER}<bug/><after/>`);
    const told = await first;
    expect(second).toBeUndefined();
    await everything(broken);
    expect(told.words).toEqual(['opened im.example', '<bug/>', 'failed a bug']);
    const next = sinks.next();
    dial(port).write(`${HEADER}<fine/>`);
    await (await next).heard('<fine/>');
  });

  it('waits while it is suspended and goes on when resumed', async () => {
    const { sinks, port } = await open({ sharedBuffer });
    let times = 0;
    sinks.react = (word, connection) => {
      if (word === '<a/>' && times++ === 0) connection.suspend({ again: true });
    };
    const next = sinks.next();
    const client = dial(port);
    client.write(`${HEADER}<a/><b/>`);
    const told = await next;
    await told.heard('<a/>');
    expect(told.words).toEqual(['opened im.example', '<a/>']);
    client.write('<c/>');
    told.connection.resume();
    told.connection.resume();
    await told.heard('<c/>');
    expect(told.words).toEqual(['opened im.example', '<a/>', '<a/>', '<b/>', '<c/>']);
  });

  it('tells a fault that shows only after resuming', async () => {
    const { sinks, port } = await open({ sharedBuffer });
    sinks.react = (word, connection) => {
      if (word === '<a/>') connection.suspend();
    };
    const next = sinks.next();
    const client = dial(port);
    client.write(`${HEADER}<a/></wrong>`);
    const told = await next;
    await told.heard('<a/>');
    told.connection.resume();
    await told.heard('failed not-well-formed');
    await closed(client);
    await told.heard('gone');
  });

  it('reads no more from a peer that does not read, and cuts it off at the bound', async () => {
    // Back-pressure: 8 MB are the bound, whatever is sent
    const { sinks, port } = await open({ sharedBuffer });
    const next = sinks.next();
    const client = dial(port);
    client.pause();
    client.write(HEADER);
    const told = await next;
    await told.heard('opened im.example');
    const stanza = Buffer.from(`<a>${'x'.repeat(60_000)}</a>`);
    let most = 0;
    for (let turns = 0; turns < 2000 && !told.words.includes('overflowed'); turns++) {
      for (let n = 0; n < 20; n++) told.connection.send(stanza, 0, stanza.length);
      most = Math.max(most, told.connection.bufferedBytes);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await told.heard('overflowed');
    await told.heard('gone');
    expect(most).toBeLessThan(8_388_608 + 21 * stanza.length);
    expect(told.words.filter((word) => word === 'overflowed')).toHaveLength(1);
  });

  it('lets a peer that is behind catch up, and reads it again then', async () => {
    const { sinks, port } = await open({ sharedBuffer });
    const next = sinks.next();
    const client = dial(port);
    client.pause();
    client.write(HEADER);
    const told = await next;
    await told.heard('opened im.example');
    const stanza = Buffer.from(`<a>${'x'.repeat(60_000)}</a>`);
    let sent = 0;
    while (told.connection.bufferedBytes < 1_000_000) {
      told.connection.send(stanza, 0, stanza.length);
      sent += stanza.length;
      await new Promise((resolve) => setImmediate(resolve));
    }
    client.write('<iq/>');
    let received = 0;
    client.on('data', (chunk: Buffer) => (received += chunk.length));
    client.resume();
    await told.heard('<iq/>');
    told.connection.end();
    await once(client, 'end');
    expect(received).toBe(sent);
  });

  it('still says its last to a peer that has closed its own side', async () => {
    const { sinks, port } = await open({ sharedBuffer });
    sinks.react = (word, connection) => {
      if (word === 'abandoned') connection.end('</stream:stream>');
    };
    const client = dial(port);
    client.end(HEADER);
    expect(await everything(client)).toBe('</stream:stream>');
  });

  it('is gone when the peer resets it', async () => {
    const { sinks, port } = await open({ sharedBuffer });
    const next = sinks.next();
    const client = dial(port);
    client.write(HEADER);
    const told = await next;
    await told.heard('opened im.example');
    client.resetAndDestroy();
    await told.heard('gone');
    told.connection.sendText('<late/>');
    told.connection.end();
    expect(told.words).toEqual(['opened im.example', 'gone']);
  });
});

describe('direct TLS', () => {
  it('carries a stream, with or without ALPN', async () => {
    const { sinks, port } = await open({ kind: 'tls' });
    for (const options of [{}, { ALPNProtocols: ['xmpp-client'] }, { ALPNProtocols: ['h2', 'xmpp-client'] }]) {
      const next = sinks.next();
      const client = secure(port, options);
      client.write(`${HEADER}<presence/>`);
      const told = await next;
      await told.heard('<presence/>');
      expect(told.connection.kind).toBe('tls');
      expect(told.connection.secure?.cipher).toMatch(/^TLS_/);
      expect(client.alpnProtocol).toBe('ALPNProtocols' in options ? 'xmpp-client' : false);
    }
  });

  it('refuses a client that speaks another protocol by ALPN', async () => {
    //
    const { sinks, port } = await open({ kind: 'tls' });
    await closed(secure(port, { ALPNProtocols: ['h2', 'http/1.1'] }));
    expect(sinks.all).toEqual([]);
  });

  it('refuses TLS below 1.2, weak suites and unknown names', async () => {
    // X-14, H-05
    const { sinks, port } = await open({ kind: 'tls', isServedName: (name) => name === 'localhost' });
    const unwanted: tls.ConnectionOptions[] = [
      { maxVersion: 'TLSv1.1', minVersion: 'TLSv1.1', ciphers: 'DEFAULT:@SECLEVEL=0' },
      { maxVersion: 'TLSv1.2', ciphers: 'AES128-SHA:ECDHE-ECDSA-AES128-SHA' },
      { servername: 'elsewhere.example', checkServerIdentity: () => undefined },
    ];
    for (const options of unwanted) await closed(secure(port, options));
    expect(sinks.all).toEqual([]);
    const next = sinks.next();
    secure(port).write(HEADER);
    await (await next).heard('opened im.example');
  });

  it('refuses renegotiation and has no exporter binding inside TLS 1.2', async () => {
    //
    const { sinks, port } = await open({ kind: 'tls' });
    const next = sinks.next();
    const client = secure(port, { maxVersion: 'TLSv1.2' });
    await once(client, 'secureConnect');
    const told = await next;
    expect(told.connection.secure?.protocol).toBe('TLSv1.2');
    expect(told.connection.secure?.exporter).toBeUndefined();
    let isRenegotiated = false;
    client.renegotiate({}, (error) => (isRenegotiated = error === null));
    client.write(HEADER);
    await Promise.race([told.heard('opened im.example'), closed(client)]);
    expect(isRenegotiated).toBe(false);
  });

  it('binds a log-in to our certificate', async () => {
    const { sinks, port } = await open({ kind: 'tls' });
    const next = sinks.next();
    const client = secure(port);
    await once(client, 'secureConnect');
    const told = await next;
    const { raw } = client.getPeerCertificate();
    expect(told.connection.secure?.serverEndPoint()).toEqual(createHash('sha256').update(raw).digest());
  });

  it('uses a replaced certificate for the next handshake and keeps the old one when the new does not work', async () => {
    const { sinks, tls: context, port } = await open({ kind: 'tls' });
    const fresh = await pairForLocalhost();
    const next = sinks.next();
    const client = secure(port);
    await once(client, 'secureConnect');
    const told = await next;
    expect(() => context.replace({ key: fresh.key, certificate: pair.certificate })).toThrow(Failure);
    expect(() => context.replace({ key: 'x', certificate: 'y' })).toThrow('cannot be used');
    expect(context.pair.certificate).toBe(pair.certificate);
    context.replace(fresh);
    const renewed = secure(port, { ca: fresh.ca });
    await once(renewed, 'secureConnect');
    expect(renewed.getPeerX509Certificate()?.raw).toEqual(new X509Certificate(fresh.certificate).raw);
    client.write(HEADER);
    await told.heard('opened im.example');
    expect(() => new TlsContext({ key: '', certificate: '' })).toThrow(Failure);
  });

  it('survives a peer that breaks the handshake off', async () => {
    const { listener, sinks, port } = await open({ kind: 'tls' });
    const client = dial(port);
    client.end('GET / HTTP/1.1\r\n\r\n');
    await everything(client);
    expect(sinks.all).toEqual([]);
    expect(listener.connections.size).toBe(0);
  });
});

describe('a listener', () => {
  it('says which port is taken and which setting moves it', async () => {
    const { port, scanner, tls: context, guard, log, sinks } = await open();
    const parts = { scanner, tls: context, guard, log, sharedBuffer: false };
    const at = { host: '127.0.0.1', port, kind: 'tcp', setting: 'INTEROFFICE_LISTEN__C2S' } as const;
    await expect(new Listener(at, parts, sinks.accept).listen()).rejects.toMatchObject({
      code: 'PORT_BUSY',
      message: `Cannot listen on 127.0.0.1:${port}: another program listens there. Stop it, or choose another port with INTEROFFICE_LISTEN__C2S.`,
    });
    const elsewhere = new Listener({ ...at, host: '192.0.2.1' }, parts, sinks.accept);
    await expect(elsewhere.listen()).rejects.toThrow('Choose another port');
  });

  it('takes no new connections once it is closed, and waits for the old ones', async () => {
    const { listener, sinks, port } = await open();
    const next = sinks.next();
    const client = dial(port);
    client.write(HEADER);
    const told = await next;
    await told.heard('opened im.example');
    let isDone = false;
    const empty = listener.close().then(() => (isDone = true));
    await closed(dial(port));
    expect(isDone).toBe(false);
    client.write('<a/>');
    await told.heard('<a/>');
    told.connection.end();
    client.end();
    await empty;
  });

  it('takes so many connections from one address and no more', async () => {
    //
    const { sinks, port, metrics, log } = await open({ limits: { perAddress: 2 } });
    const next = sinks.next();
    const first = dial(port);
    const told = await next;
    const second = sinks.next();
    dial(port);
    await second;
    await closed(dial(port));
    expect(await metrics.value('interoffice_transport_refused_total')).toBe(1);
    expect(log.count('connection.refused')).toBe(1);
    first.destroy();
    await told.heard('gone');
    const again = sinks.next();
    dial(port);
    await again;
  });

  it('takes fewer that have not logged in, handshakes counted', async () => {
    //
    const { sinks, port } = await open({ kind: 'tls', limits: { perAddress: 10, strangersPerAddress: 1 } });
    const next = sinks.next();
    const first = secure(port);
    const told = await next;
    await closed(dial(port));
    told.connection.authenticated();
    const idle = dial(port);
    await once(idle, 'connect');
    await closed(dial(port));
    idle.destroy();
    expect(first.destroyed).toBe(false);
  });

  it('cuts off who has not logged in in time, and nobody else', async () => {
    //
    const { sinks, port, metrics } = await open({ limits: { loginWithinMs: 50 } });
    const next = sinks.next();
    dial(port);
    const stays = await next;
    stays.connection.authenticated();
    const slow = dial(port);
    slow.write(HEADER.slice(0, 10));
    await everything(slow).catch(() => undefined);
    expect(await metrics.value('interoffice_transport_late_total')).toBe(1);
    expect(stays.connection.isOpen).toBe(true);
  });
});
