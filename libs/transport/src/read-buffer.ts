import net from 'node:net';

/** What one read can bring; the byte behind it is the scanner's sentinel. */
export const READ_BYTES = 65_536;

/** The one buffer all plaintext sockets of a process read into: what is in it is valid until the next read. */
export const sharedReads = Buffer.alloc(READ_BYTES + 1);
const forSockets = sharedReads.subarray(0, READ_BYTES);

export type OnRead = (length: number) => void;

interface Handled extends net.Socket {
  _handle?: unknown;
}

/**
 * An accepted socket that reads into the shared buffer: no allocation per read and no read buffer per connection. Node
 * offers this (`onread`) only to sockets it connects itself, so the handle of an accepted one is moved to a new socket,
 * through a field that is not documented. Undefined where that does not work; then `data` events do.
 */
export function adopt(accepted: net.Socket, onRead: OnRead): net.Socket | undefined {
  const handled = accepted as Handled;
  const handle = handled._handle;
  if (handle === undefined || handle === null) return undefined;
  handled._handle = null;
  // Without its handle this ends nothing but the server's count of it.
  accepted.destroy();
  const onread = { buffer: forSockets, callback: (length: number) => (onRead(length), true) };
  // `handle` is the undocumented option, beside the documented `onread`.
  return new net.Socket({ handle, onread, allowHalfOpen: true } as unknown as net.SocketConstructorOpts);
}

/** Tries the move once, over a real connection on loopback: true when every byte arrived through it. */
export async function adoptionWorks(): Promise<boolean> {
  const sent = Buffer.from('self-test of the shared read buffer');
  const server = net.createServer({ pauseOnConnect: true });
  try {
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as net.AddressInfo;
    return await new Promise<boolean>((resolve) => {
      const client = net.connect(port, '127.0.0.1', () => client.end(sent));
      const timer = setTimeout(() => resolve(false), 1000);
      let socket: net.Socket | undefined;
      const settle = (worked: boolean): void => {
        clearTimeout(timer);
        client.destroy();
        socket?.destroy();
        resolve(worked);
      };
      client.on('error', () => settle(false));
      server.once('connection', (accepted) => {
        socket = adopt(accepted, (length) => settle(sharedReads.subarray(0, length).equals(sent)));
        if (!socket) return settle(false);
        socket.on('error', () => settle(false));
        socket.resume();
      });
    });
  } catch {
    // Handled by the fallback: a machine without loopback has other worries.
    return false;
  } finally {
    server.close();
  }
}
