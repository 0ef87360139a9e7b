import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { type AcceptLimits, Direct, Listener, type ListenerParts } from '@interoffice/transport';
import { HEADER, pairForLocalhost, Sinks, type Told, transportParts } from './transport-peer.js';

interface Options {
  readonly kind?: 'tcp' | 'tls';
  readonly sharedBuffer?: boolean;
  /** False: as where the self-test has not passed. */
  readonly isDirect?: boolean;
  readonly limits?: Partial<AcceptLimits>;
  readonly isServedName?: ListenerParts['isServedName'];
}

/** Listeners and the peers that dial them, one stage for all tests of a file; what a test has opened ends with it. */
export class TransportStage {
  /** A certificate for `localhost`, its key, and the authority to trust. */
  pair!: Awaited<ReturnType<typeof pairForLocalhost>>;
  readonly #cleanUp: (() => Promise<void> | void)[] = [];

  constructor() {
    beforeAll(async () => {
      this.pair = await pairForLocalhost();
    });
    afterEach(async () => {
      for (const undo of this.#cleanUp.splice(0).toReversed()) await undo();
    });
    afterAll(() => expect(this.#cleanUp).toEqual([]));
  }

  /** A listener on a free port of loopback. */
  async open({ kind = 'tcp', sharedBuffer = true, isDirect = true, limits, isServedName }: Options = {}) {
    const sinks = new Sinks();
    const made = transportParts(this.pair, limits);
    const at = { host: '127.0.0.1', port: 0, kind, setting: 'INTEROFFICE_LISTEN__C2S' };
    const direct = isDirect ? await Direct.learn() : undefined;
    const listener = new Listener(at, { ...made, sharedBuffer, direct, isServedName }, sinks.accept);
    const port = await listener.listen();
    this.#cleanUp.push(async () => {
      for (const connection of listener.connections) connection.destroy();
      await listener.close();
    });
    return { ...made, listener, sinks, port };
  }

  dial(port: number): net.Socket {
    return this.#until(net.connect({ port, host: '127.0.0.1', allowHalfOpen: true }));
  }

  secure(port: number, options: tls.ConnectionOptions = {}): tls.TLSSocket {
    return this.#until(tls.connect({ port, host: '127.0.0.1', servername: 'localhost', ca: this.pair.ca, ...options }));
  }

  #until<T extends net.Socket>(socket: T): T {
    socket.on('error', () => undefined);
    this.#cleanUp.push(() => void socket.destroy());
    return socket;
  }
}

/** Resolves when the other side has let go of it. */
export function closed(socket: net.Socket): Promise<void> {
  socket.on('end', () => socket.destroy()).resume();
  return new Promise((resolve) => socket.once('close', () => resolve()));
}

/** All bytes until the other side ends. */
export async function everything(socket: net.Socket): Promise<string> {
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
  await once(socket, 'end');
  return text;
}

/** Sends more than the peer, which does not read, can be given: bytes. */
export async function fallBehind({ connection }: Told): Promise<number> {
  const stanza = Buffer.from(`<a>${'x'.repeat(60_000)}</a>`);
  let sent = 0;
  while (connection.bufferedBytes < 1_000_000) {
    connection.send(stanza, 0, stanza.length);
    sent += stanza.length;
    await new Promise((resolve) => setImmediate(resolve));
  }
  return sent;
}

/** Sends to a peer that does not read until it is cut off; the most that waited for it, and what was sent. */
export async function overflow(told: Told): Promise<{ most: number; stanza: Buffer }> {
  const stanza = Buffer.from(`<a>${'x'.repeat(60_000)}</a>`);
  let most = 0;
  for (let turns = 0; turns < 2000 && !told.words.includes('overflowed'); turns++) {
    for (let n = 0; n < 20; n++) told.connection.send(stanza, 0, stanza.length);
    most = Math.max(most, told.connection.bufferedBytes);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await told.heard('overflowed');
  await told.heard('gone');
  return { most, stanza };
}

/** A peer that does not read is not read either; once it does, it gets everything and is heard. */
export async function catchesUp(sinks: Sinks, client: net.Socket): Promise<void> {
  const next = sinks.next();
  client.pause();
  client.write(HEADER);
  const told = await next;
  await told.heard('opened im.example');
  const sent = await fallBehind(told);
  expect(told.connection.isChoked).toBe(true);
  client.write('<iq/>');
  let received = 0;
  client.on('data', (chunk: Buffer) => (received += chunk.length));
  client.resume();
  await told.heard('<iq/>');
  told.connection.end();
  await once(client, 'end');
  expect(received).toBe(sent);
}
