import { randomBytes } from 'node:crypto';
import net from 'node:net';
import tls from 'node:tls';
import { DirectWriter, type StreamHandle, type WriteRequest } from './direct-writer.js';
import { forSockets, sharedReads } from './read-buffer.js';
import type { Writer } from './writer.js';

interface Internals {
  readonly Request: new () => WriteRequest;
  /** Keys under which a socket that was made with `onread` keeps its buffer and whom it calls. */
  readonly bufferKey: symbol;
  readonly callbackKey: symbol;
}

type Opened = Record<symbol, unknown> & { readonly _handle: StreamHandle | null };

const LEARN_WITHIN_MS = 2000;
const MORE_THAN_LEAVES_AT_ONCE = 4_194_304;
const REQUEST = Buffer.from('self-test of direct writing');

/**
 * Reads and writes past Node's streams: a write is one call of the system without the machinery for writes that cannot be
 * done at once, and TLS is read into the shared buffer as plaintext is. Both are worth a tenth of what a message costs.
 */
export class Direct {
  static #learned: Promise<Direct | undefined> | undefined;

  private constructor(private readonly internals: Internals) {}

  /**
   * Tried once in a process. Undefined where this Node is made differently than it was known to be: then sockets are used
   * as documented.
   */
  static learn(): Promise<Direct | undefined> {
    return (this.#learned ??= this.#learn());
  }

  static async #learn(): Promise<Direct | undefined> {
    try {
      const internals = learnFrom(await plainPair());
      if (!internals) return undefined;
      const direct = new Direct(internals);
      const areSound = [
        direct.#works(await plainPair(), MORE_THAN_LEAVES_AT_ONCE),
        direct.#works(await tlsPair(), 65_536),
      ];
      return (await Promise.all(areSound)).every(Boolean) ? direct : undefined;
    } catch {
      // Handled by the fallback.
      return undefined;
    }
  }

  writer(socket: net.Socket, drained: () => void): Writer {
    const handle = (socket as unknown as Opened)._handle;
    return new DirectWriter(socket, handle, { Request: this.internals.Request, drained });
  }

  /** From now on what comes is in the shared buffer when `onRead` is called. What came before is what `socket.read()` gives. */
  readShared(socket: net.Socket, onRead: (length: number) => void): void {
    const opened = socket as unknown as Opened;
    // Without one it is closed already, and nothing comes.
    opened._handle?.useUserBuffer(forSockets);
    opened[this.internals.callbackKey] = (length: number) => (onRead(length), true);
    opened[this.internals.bufferKey] = forSockets;
  }

  /** Both ways over a pair, which is closed then. */
  async #works({ ours, theirs, close }: Pair, bytes: number): Promise<boolean> {
    const big = Buffer.alloc(bytes, 'x');
    let received = 0;
    try {
      return await within(async () => {
        const read = new Promise<boolean>((resolve) => {
          this.readShared(ours, (length) => resolve(sharedReads.subarray(0, length).equals(REQUEST)));
          ours.resume();
        });
        theirs.write(REQUEST);
        if (!(await read)) return false;
        const all = new Promise<void>((resolve) => {
          theirs.on('data', (chunk: Buffer) => (received += chunk.length) === big.length + 1 && resolve());
        });
        const writer = this.writer(ours, () => undefined);
        await Promise.all([big, Buffer.from('y')].map((part) => written(writer, part)));
        await all;
        return writer.pendingBytes === 0;
      });
    } finally {
      close();
    }
  }
}

interface Pair {
  readonly ours: net.Socket;
  readonly theirs: net.Socket;
  close(): void;
}

function plainPair(): Promise<Pair> {
  return pairOver(net.createServer(), 'connection', (port) => net.connect(port, '127.0.0.1'));
}

/** With a key that both know already, so that no certificate is needed. RFC 4279 */
function tlsPair(): Promise<Pair> {
  const psk = randomBytes(32);
  const common = { ciphers: 'PSK', maxVersion: 'TLSv1.2' } as const;
  const server = tls.createServer({ ...common, pskCallback: () => psk });
  const pskCallback = () => ({ psk, identity: 'self-test' });
  const options = { ...common, pskCallback, checkServerIdentity: () => undefined };
  return pairOver(server, 'secureConnection', (port) => tls.connect(port, '127.0.0.1', options));
}

async function pairOver(
  server: net.Server,
  accepted: 'connection' | 'secureConnection',
  dial: (port: number) => net.Socket,
): Promise<Pair> {
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const theirs = dial((server.address() as net.AddressInfo).port);
  const close = (): void => {
    theirs.destroy();
    server.close();
  };
  return within(async () => {
    const ours = await new Promise<net.Socket>((resolve, reject) => {
      server.once(accepted, resolve).once('tlsClientError', reject);
      theirs.once('error', reject);
    });
    for (const socket of [ours, theirs]) socket.on('error', () => undefined);
    return { ours, theirs, close: () => (ours.destroy(), close()) };
  }).catch((error: unknown) => {
    close();
    throw error;
  });
}

/** What Node itself does for one write, and where it keeps what `onread` gave it. */
function learnFrom({ ours, close }: Pair): Internals | undefined {
  const handle = (ours as unknown as Opened)._handle;
  const isKnown = typeof handle?.useUserBuffer === 'function' && typeof handle.writeQueueSize === 'number';
  if (!isKnown || typeof handle.writeBuffer !== 'function') return undefined;
  const own = handle.writeBuffer;
  let Request: Internals['Request'] | undefined;
  handle.writeBuffer = function (request, bytes) {
    Request = request.constructor as Internals['Request'];
    return own.call(handle, request, bytes);
  };
  ours.write(REQUEST);
  close();
  const keys = Object.getOwnPropertySymbols(ours);
  const bufferKey = keys.find(({ description }) => description === 'kBuffer');
  const callbackKey = keys.find(({ description }) => description === 'kBufferCb');
  return Request && bufferKey && callbackKey ? { Request, bufferKey, callbackKey } : undefined;
}

function written(writer: Writer, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => writer.write(bytes, (error) => (error ? reject(error) : resolve())));
}

async function within<T>(work: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('The self-test took too long.')), LEARN_WITHIN_MS);
  });
  try {
    return await Promise.race([work(), late]);
  } finally {
    clearTimeout(timer);
  }
}
