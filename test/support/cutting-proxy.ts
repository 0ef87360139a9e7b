import { once } from 'node:events';
import net from 'node:net';

/** One connection through the proxy. */
interface Pair {
  readonly near: net.Socket;
  readonly far: net.Socket;
  /** Carries nothing any more, and tells nobody. */
  isDead: boolean;
}

/** A network between a client and a server on loopback that fails as a test wants it to. Knows nothing of what it carries. */
export class CuttingProxy {
  readonly #pairs = new Set<Pair>();
  /** Connections that were carried, ever. */
  carried = 0;
  #isRefusing = false;
  #isSilent = false;
  #delayMs = 0;

  private constructor(private readonly server: net.Server) {}

  /** Listens on a free port of 127.0.0.1, or on this one, before the given one. */
  static async before(port: number, at = 0): Promise<CuttingProxy> {
    const server = net.createServer();
    const proxy = new CuttingProxy(server);
    server.on('connection', (near) => proxy.#join(near, port));
    server.listen(at, '127.0.0.1');
    await once(server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.server.address() as net.AddressInfo).port;
  }

  /** Ends every connection, on both sides. New ones are carried. */
  cut(): void {
    for (const pair of this.#pairs) this.#end(pair);
  }

  /** Every connection goes dead without a word, and so does every new one, until `restore`. */
  blackHole(): void {
    this.#isSilent = true;
    for (const pair of this.#pairs) pair.isDead = true;
  }

  /** As `cut`, and new connections are ended at once, until `restore`. */
  refuse(): void {
    this.#isRefusing = true;
    this.cut();
  }

  /** Whatever is sent from now on arrives so much later. */
  delay(ms: number): void {
    this.#delayMs = ms;
  }

  /** New connections are carried again, without delay. What is dead stays dead. */
  restore(): void {
    this.#isRefusing = this.#isSilent = false;
    this.#delayMs = 0;
  }

  async close(): Promise<void> {
    this.server.close();
    this.cut();
    await once(this.server, 'close');
  }

  #join(near: net.Socket, port: number): void {
    if (this.#isRefusing) {
      near.destroy();
      return;
    }
    const far = net.connect(port, '127.0.0.1');
    this.carried++;
    const pair: Pair = { near, far, isDead: this.#isSilent };
    this.#pairs.add(pair);
    this.#carry(pair, near, far);
    this.#carry(pair, far, near);
  }

  #carry(pair: Pair, from: net.Socket, to: net.Socket): void {
    from.setNoDelay(true);
    from.on('data', (chunk) => {
      const write = (): void => {
        if (!pair.isDead && !to.destroyed) to.write(chunk);
      };
      if (this.#delayMs === 0) write();
      else setTimeout(write, this.#delayMs);
    });
    // Whatever ends one side ends the other, unless nobody is to be told.
    from.on('error', () => from.destroy());
    from.on('close', () => {
      if (!pair.isDead) this.#end(pair);
    });
  }

  #end(pair: Pair): void {
    this.#pairs.delete(pair);
    pair.near.destroy();
    pair.far.destroy();
  }
}
