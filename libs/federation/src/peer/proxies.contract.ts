// Proxies of tests, as small as they can be and real: whatever they are asked for they connect to.
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { afterEach } from 'vitest';

export interface ProxyWish {
  /** Who may pass; everybody unless given. */
  readonly user?: string;
  readonly password?: string;
  /** It lets nobody through, with this answer: a status, or a reply of SOCKS. */
  readonly refuses?: number;
  /** The port of loopback that a name leads to; of an address: where it leads. */
  readonly names?: Readonly<Record<string, number>>;
}

/** A proxy on a free port of loopback. */
export interface TestProxy {
  readonly kind: 'http' | 'socks5';
  readonly host: string;
  readonly port: number;
  /** Where it was asked to lead, `host port`. */
  readonly asked: string[];
  /** Who has called. */
  readonly callers: string[];
}

/** Listeners of proxies, closed after each test with everything on them. */
export class ProxyStage {
  readonly #sockets = new Set<net.Socket>();
  readonly #servers: net.Server[] = [];

  constructor() {
    afterEach(() => {
      for (const socket of this.#sockets) socket.destroy();
      this.#sockets.clear();
      for (const server of this.#servers.splice(0)) server.close();
    });
  }

  async open(kind: TestProxy['kind'], wish: ProxyWish = {}): Promise<TestProxy> {
    const asked: string[] = [];
    const leads = (host: string, port: number): net.Socket => {
      asked.push(`${host} ${port}`);
      const named = wish.names?.[host];
      return this.#keep(named === undefined ? net.connect(port, host) : net.connect(named, '127.0.0.1'));
    };
    const server = kind === 'http' ? httpProxy(wish, leads) : net.createServer((near) => socksProxy(near, wish, leads));
    return { kind, asked, ...(await this.#listen(server)) };
  }

  /** Answers whatever it hears with these, one after another; `end` closes the connection. */
  async answering(kind: TestProxy['kind'], answers: readonly (Buffer | string)[]): Promise<TestProxy> {
    const server = net.createServer((near) => {
      const left = [...answers];
      near.on('data', () => {
        const next = left.shift();
        if (next === 'end') near.end();
        else if (next !== undefined) near.write(next);
      });
    });
    return { kind, asked: [], ...(await this.#listen(server)) };
  }

  /** One that was there and is not any more: its port refuses. */
  async gone(kind: TestProxy['kind']): Promise<TestProxy> {
    const proxy = await this.answering(kind, []);
    const server = this.#servers.pop()!;
    server.close();
    await once(server, 'close');
    return proxy;
  }

  /** A mere line from ::1 to a port of 127.0.0.1, for servers that listen there only. */
  async fromIpv6(to: number): Promise<TestProxy> {
    const server = net.createServer((near) => join(near, this.#keep(net.connect(to, '127.0.0.1'))));
    return { kind: 'http', asked: [], ...(await this.#listen(server, '::1')) };
  }

  async #listen(server: net.Server, host = '127.0.0.1'): Promise<Pick<TestProxy, 'host' | 'port' | 'callers'>> {
    const callers: string[] = [];
    server.on('connection', (socket) => {
      this.#keep(socket);
      callers.push(socket.remoteAddress ?? '');
    });
    this.#servers.push(server.listen(0, host));
    await once(server, 'listening');
    return { host, port: (server.address() as net.AddressInfo).port, callers };
  }

  #keep(socket: net.Socket): net.Socket {
    this.#sockets.add(socket);
    return socket.on('error', () => socket.destroy());
  }
}

type Leads = (host: string, port: number) => net.Socket;

/** Carries both ways; the end of one side ends the other. */
function join(near: net.Socket, far: net.Socket): void {
  near.pipe(far);
  far.pipe(near);
  near.on('close', () => far.destroy());
  far.on('close', () => near.destroy());
}

function httpProxy({ user, password, refuses }: ProxyWish, leads: Leads): net.Server {
  const wanted = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  return http.createServer().on('connect', (request, near: net.Socket) => {
    const answer = (status: string, ...fields: string[]): void =>
      void near.write([`HTTP/1.1 ${status}`, 'Via: test', ...fields, '', ''].join('\r\n'));
    if (user !== undefined && request.headers['proxy-authorization'] !== wanted) {
      // As some proxies do, for whoever looks into it.
      const echo = `X-Seen: ${request.headers['proxy-authorization'] ?? 'nothing'}`;
      return answer('407 Who are you?', 'Proxy-Authenticate: Negotiate, Basic realm="here"', echo);
    }
    if (refuses !== undefined) return answer(`${refuses} No`, 'Content-Length: 2', '', 'no');
    const { hostname, port } = new URL(`http://${request.url}`);
    const far = leads(hostname.replace(/^\[|\]$/g, ''), Number(port));
    far.once('error', () => answer('502 Nobody there'));
    far.once('connect', () => {
      answer('200 Connection established');
      join(near, far);
    });
  });
}

/** RFC 1928, as far as a caller needs it who says each thing in one piece. */
function socksProxy(near: net.Socket, { user, password, refuses }: ProxyWish, leads: Leads): void {
  const reply = (code: number): void => void near.write(Buffer.from([5, code, 0, 1, 0, 0, 0, 0, 0, 0]));
  const next = (take: (bytes: Buffer) => void): void => void near.once('data', take);
  const connect = (bytes: Buffer): void => {
    if (refuses !== undefined) return reply(refuses);
    const far = leads(hostIn(bytes), bytes.readUInt16BE(bytes.length - 2));
    far.once('error', () => reply(5));
    far.once('connect', () => {
      reply(0);
      join(near, far);
    });
  };
  next((greeting) => {
    const method = user === undefined ? 0 : 2;
    if (!greeting.subarray(2).includes(method)) return void near.write(Buffer.from([5, 0xff]));
    near.write(Buffer.from([5, method]));
    if (method === 0) return next(connect);
    next((bytes) => {
      const [named, rest] = [bytes.toString('utf8', 2, 2 + bytes[1]!), bytes.subarray(3 + bytes[1]!).toString()];
      const isKnown = named === user && rest === password;
      near.write(Buffer.from([1, isKnown ? 0 : 1]));
      if (isKnown) next(connect);
    });
  });
}

function hostIn(bytes: Buffer): string {
  const address = bytes.subarray(4, bytes.length - 2);
  if (bytes[3] === 1) return address.join('.');
  if (bytes[3] === 3) return address.subarray(1).toString();
  const groups = Array.from({ length: 8 }, (_, group) => address.readUInt16BE(group * 2).toString(16));
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}
