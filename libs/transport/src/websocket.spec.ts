import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { NS } from '@interoffice/wire';
import { WebSocket } from 'ws';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { OPEN, pairForLocalhost, Sinks, transportParts } from '../../../test/support/transport-peer.js';
import { overflow } from '../../../test/support/transport-stage.js';
import type { AcceptLimits } from './limits.js';
import { WebSockets } from './websocket.js';

let pair: Awaited<ReturnType<typeof pairForLocalhost>>;
const cleanUp: (() => Promise<void> | void)[] = [];

beforeAll(async () => {
  pair = await pairForLocalhost();
});
afterEach(async () => {
  for (const undo of cleanUp.splice(0).toReversed()) await undo();
});

const MAX_BYTES = 262_144;
const isAllowedOrigin = (origin: string): boolean => origin === 'https://chat.example';

async function open({ tls = true, limits }: { tls?: boolean; limits?: Partial<AcceptLimits> } = {}) {
  const sinks = new Sinks();
  const made = transportParts(pair, limits);
  const sockets = new WebSockets({ ...made, accept: sinks.accept, isAllowedOrigin, maxBytes: MAX_BYTES });
  const server = tls ? https.createServer({ key: pair.key, cert: pair.certificate }) : http.createServer();
  server.on('upgrade', (request, socket, head) => sockets.upgrade(request, socket, head));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanUp.push(() => {
    for (const connection of sockets.connections) connection.destroy();
    server.close();
  });
  return { ...made, sockets, sinks, port: (server.address() as net.AddressInfo).port };
}

function dial(
  port: number,
  options: { origin?: string; protocols?: string[]; scheme?: string; headers?: Record<string, string> } = {},
): WebSocket {
  const { origin, protocols = ['xmpp'], scheme = 'wss', headers } = options;
  const client = new WebSocket(`${scheme}://localhost:${port}/ws`, protocols, {
    ca: pair.ca,
    origin,
    headers,
    lookup: (_host, lookUp, done) =>
      lookUp.all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4),
  });
  client.on('error', () => undefined);
  cleanUp.push(() => client.terminate());
  return client;
}

async function connect(opened: Awaited<ReturnType<typeof open>>, options?: Parameters<typeof dial>[1]) {
  const next = opened.sinks.next();
  const client = dial(opened.port, options);
  const messages: string[] = [];
  client.on('message', (data: Buffer) => messages.push(data.toString()));
  const told = await next;
  if (client.readyState !== WebSocket.OPEN) await once(client, 'open');
  return { client, told, messages };
}

const closeCode = async (client: WebSocket): Promise<number> => ((await once(client, 'close')) as [number])[0];

/** The status of a refused upgrade. */
async function refusal(client: WebSocket): Promise<number | undefined> {
  const [, response] = (await once(client, 'unexpected-response')) as [unknown, http.IncomingMessage];
  return response.statusCode;
}

/** A masked frame as a client writes it. */
function frame(head: number, payload: Buffer): Buffer {
  const length =
    payload.length < 126
      ? Buffer.from([0x80 | payload.length])
      : Buffer.from([0xfe, payload.length >> 8, payload.length & 0xff]);
  return Buffer.concat([Buffer.from([head]), length, Buffer.alloc(4), payload]);
}

/** The socket below a client, to write what no library would. */
const socketOf = (client: WebSocket): net.Socket => (client as unknown as { _socket: net.Socket })._socket;

describe('XMPP over WebSocket', () => {
  it('carries one stanza per message, opens and closes', async () => {
    // no proxy is trusted, so nobody's word for where he is counts.
    const headers = { 'x-forwarded-for': '192.0.2.9', forwarded: 'for=192.0.2.9' };
    const { client, told, messages } = await connect(await open(), { origin: 'https://chat.example', headers });
    expect(client.protocol).toBe('xmpp');
    expect(client.extensions).toBe('');
    client.send(OPEN);
    client.send('<presence xmlns="jabber:client"/>');
    await told.heard('<presence xmlns="jabber:client"/>');
    expect(told.connection).toMatchObject({ kind: 'websocket', remoteAddress: '127.0.0.1' });
    expect(told.connection.secure?.protocol).toBe('TLSv1.3');
    expect(told.connection.secure?.exporter?.()).toHaveLength(32);
    const stanza = Buffer.from('..<message to="a"><body>Hi</body></message>..');
    told.connection.send(stanza, 2, stanza.length - 2);
    told.connection.sendText(`<a>${'x'.repeat(70_000)}</a>`);
    told.connection.sendText('<iq xmlns="jabber:client"/>');
    client.send(`<close xmlns="${NS.framing}"/>`);
    await told.heard('closed');
    told.connection.end(`<close xmlns="${NS.framing}"/>`);
    expect(await closeCode(client)).toBe(1000);
    await told.heard('gone');
    expect(messages).toEqual([
      '<message xmlns="jabber:client" to="a"><body>Hi</body></message>',
      `<a xmlns="jabber:client">${'x'.repeat(70_000)}</a>`,
      '<iq xmlns="jabber:client"/>',
      `<close xmlns="${NS.framing}"/>`,
    ]);
  });

  it('never compresses', async () => {
    // the client of this test offers permessage-deflate
    const { client } = await connect(await open());
    expect(client.extensions).toBe('');
  });

  it('is refused to pages of other origins, to other protocols, and to too many', async () => {
    //
    const opened = await open({ limits: { perAddress: 1 } });
    expect(await refusal(dial(opened.port, { origin: 'https://evil.example' }))).toBe(403);
    expect(await refusal(dial(opened.port, { protocols: [] }))).toBe(400);
    expect(await refusal(dial(opened.port, { protocols: ['chat'] }))).toBe(400);
    await connect(opened, { protocols: ['chat', 'xmpp'] });
    expect(await refusal(dial(opened.port))).toBe(429);
    expect(opened.log.count('connection.refused')).toBe(4);
  });

  it('works without TLS behind a proxy on the same machine', async () => {
    const { client, told } = await connect(await open({ tls: false }), { scheme: 'ws' });
    expect(told.connection.secure).toBeUndefined();
    client.send(OPEN);
    await told.heard('opened im.example');
    expect(() => told.connection.startTls()).toThrow('inside TLS');
  });

  it.each([
    ['a binary message', frame(0x82, Buffer.from(OPEN)), 1003],
    ['text that is not UTF-8', frame(0x81, Buffer.from([0xc3, 0x28])), 1007],
    ['more than the largest message', frame(0x81, Buffer.from('x')), 1009],
    ['more fragments than a message may have', frame(0x01, Buffer.from('<')), 1008],
    ['a flood of pings', Buffer.concat(Array.from({ length: 20 }, () => frame(0x89, Buffer.alloc(0)))), 1008],
  ])('is closed at %s', async (what, bytes, code) => {
    //
    const { client, told } = await connect(await open());
    const closed = closeCode(client);
    const socket = socketOf(client);
    if (code === 1009) {
      // A length of 64 bits, and nothing that keeps the promise.
      const head = Buffer.from([0x81, 0xff, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
      socket.write(head);
    } else socket.write(bytes);
    if (what.startsWith('more fragments')) {
      socket.write(Buffer.concat(Array.from({ length: 300 }, () => frame(0x00, Buffer.from('a')))));
    }
    expect(await closed).toBe(code);
    await told.heard('gone');
    expect(told.words).toEqual(['gone']);
  });

  it('is told the fault of a message that holds two elements, or comes before <open/>', async () => {
    //
    const opened = await open();
    for (const [before, message, condition] of [
      [OPEN, '<a/><b/>', 'not-well-formed'],
      [undefined, '<iq/>', 'invalid-namespace'],
    ] as const) {
      const { client, told } = await connect(opened);
      if (before !== undefined) client.send(before);
      client.send(message);
      await told.heard(`failed ${condition}`);
      await told.heard('gone');
    }
  });

  it('waits while it is suspended and goes on when resumed', async () => {
    const opened = await open();
    let times = 0;
    opened.sinks.react = (word, connection) => {
      if (word === '<a/>' && times++ === 0) connection.suspend({ again: true });
      if (word === '<b/>') connection.restart();
    };
    const { client, told } = await connect(opened);
    for (const message of [OPEN, '<a/>', '<b/>', OPEN]) client.send(message);
    await told.heard('<a/>');
    expect(told.words).toEqual(['opened im.example', '<a/>']);
    told.connection.resume();
    told.connection.resume();
    await told.heard('<b/>');
    client.send('<c/>');
    await told.heard('<c/>');
    expect(told.words).toEqual(['opened im.example', '<a/>', '<a/>', '<b/>', 'opened im.example', '<c/>']);
  });

  it('takes a message larger than one read', async () => {
    const { client, told } = await connect(await open());
    const stanza = `<a>${'x'.repeat(100_000)}</a>`;
    client.send(OPEN);
    client.send(stanza);
    await told.heard(stanza);
  });

  it('cuts off a peer that does not read, at the bound', async () => {
    const { client, told } = await connect(await open());
    socketOf(client).pause();
    const { most, stanza } = await overflow(told);
    expect(most).toBeLessThan(8_388_608 + 21 * (stanza.length + 64));
    expect(told.connection.isOpen).toBe(false);
    told.connection.sendText('<late/>');
  });

  it('lets a peer that is behind catch up, and reads it again then', async () => {
    const { client, told, messages } = await connect(await open());
    client.send(OPEN);
    await told.heard('opened im.example');
    socketOf(client).pause();
    const stanza = Buffer.from(`<a>${'x'.repeat(60_000)}</a>`);
    let sent = 0;
    while (told.connection.bufferedBytes < 1_000_000) {
      told.connection.send(stanza, 0, stanza.length);
      sent++;
      await new Promise((resolve) => setImmediate(resolve));
    }
    client.send('<iq/>');
    socketOf(client).resume();
    await told.heard('<iq/>');
    told.connection.end();
    await once(client, 'close');
    expect(messages).toHaveLength(sent);
  });

  it('is cut off when nobody logs in in time', async () => {
    //
    const opened = await open({ limits: { loginWithinMs: 50 } });
    const stays = await connect(opened);
    stays.told.connection.authenticated();
    const { told } = await connect(opened);
    await told.heard('gone');
    expect(stays.told.connection.isOpen).toBe(true);
    expect(opened.sockets.connections.size).toBe(1);
  });
});
