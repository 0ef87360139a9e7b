import { once } from 'node:events';
import net from 'node:net';

/** What stands behind the DNS records of domains that nobody may call: a plain port that counts who does. */
export class UncalledServer {
  #connections = 0;

  private constructor(private readonly server: net.Server) {
    server.on('connection', (socket) => {
      this.#connections += 1;
      socket.destroy();
    });
  }

  static async open(): Promise<UncalledServer> {
    const server = net.createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new UncalledServer(server);
  }

  get port(): number {
    return (this.server.address() as net.AddressInfo).port;
  }

  get connections(): number {
    return this.#connections;
  }

  async close(): Promise<void> {
    this.server.close();
    await once(this.server, 'close');
  }
}
