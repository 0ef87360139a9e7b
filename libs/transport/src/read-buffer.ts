import net from 'node:net';

/** What one read can bring; the byte behind it is the scanner's sentinel. */
export const READ_BYTES = 65_536;

/** The one buffer all plaintext sockets of a process read into: what is in it is valid until the next read. */
export const sharedReads = Buffer.alloc(READ_BYTES + 1);
/** What sockets may write into. */
export const forSockets = sharedReads.subarray(0, READ_BYTES);

export type OnRead = (length: number) => void;

/** A connection that the system has accepted and of which Node has made no socket. Not documented: self-test below. */
export class Handle {
  #address: string | undefined;

  constructor(private readonly handle: { getpeername?: (into: { address?: string }) => number; close: () => void }) {}

  /** Asked of the system once. */
  get remoteAddress(): string {
    if (this.#address !== undefined) return this.#address;
    const found: { address?: string } = {};
    this.handle.getpeername?.(found);
    return (this.#address = found.address ?? '');
  }

  close(): void {
    this.handle.close();
  }

  /**
   * A socket that reads into the shared buffer: no allocation per read and no read buffer per connection. Node offers
   * this (`onread`) only to sockets it connects itself; `handle` is the undocumented option beside it.
   */
  adopt(onRead: OnRead): net.Socket {
    const onread = { buffer: forSockets, callback: (length: number) => (onRead(length), true) };
    const options = { handle: this.handle, onread, allowHalfOpen: true };
    return new net.Socket(options as unknown as net.SocketConstructorOpts);
  }
}

type OnConnection = (this: unknown, error: number, handle: ConstructorParameters<typeof Handle>[0] | undefined) => void;

/**
 * From now on a server that listens hands over what it accepts before Node makes a socket of it, which would only be
 * thrown away for another. False where that cannot be; then its `connection` event goes on.
 */
export function takeHandles(server: net.Server, accepted: (handle: Handle) => void): boolean {
  const listening = (server as { _handle?: { onconnection?: OnConnection } })._handle;
  const usual = listening?.onconnection;
  if (!listening || typeof usual !== 'function') return false;
  listening.onconnection = function (this: unknown, error, handle) {
    if (error || !handle) usual.call(this, error, handle);
    else accepted(new Handle(handle));
  };
  return true;
}

/** Tries it once, over a real connection on loopback: true when every byte arrived in the shared buffer. */
export async function adoptionWorks(): Promise<boolean> {
  const sent = Buffer.from('self-test of the shared read buffer');
  const server = net.createServer();
  try {
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as net.AddressInfo;
    return await new Promise<boolean>((resolve) => {
      let client: net.Socket | undefined;
      let socket: net.Socket | undefined;
      const timer = setTimeout(() => settle(false), 1000);
      const settle = (worked: boolean): void => {
        clearTimeout(timer);
        client?.destroy();
        socket?.destroy();
        resolve(worked);
      };
      const taken = takeHandles(server, (handle) => {
        const isKnown = handle.remoteAddress === '127.0.0.1';
        socket = handle.adopt((length) => settle(isKnown && sharedReads.subarray(0, length).equals(sent)));
        socket.on('error', () => settle(false));
      });
      if (!taken) return settle(false);
      client = net.connect(port, '127.0.0.1', () => client!.end(sent));
      client.on('error', () => settle(false));
    });
  } catch {
    // Handled by the fallback: a machine without loopback has other worries.
    return false;
  } finally {
    server.close();
  }
}
