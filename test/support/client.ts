import { randomBytes } from 'node:crypto';
import net from 'node:net';
import tls from 'node:tls';
import { type ClientOptions, WebSocket } from 'ws';
import {
  copyOf,
  type Element,
  NS,
  Scanner,
  serialize,
  StreamFramer,
  type StreamHeader,
  toTree,
  Vocabulary,
  xml,
} from '@interoffice/wire';
import { ScramClient } from './scram-client.js';

/** How a client reaches the server. `memory` is a server in this process without sockets: see stage.ts. */
export interface Line {
  write(text: string): void;
  /** Starts TLS on a TCP line. */
  secure?(): Promise<void>;
  close(): void;
  readonly isFramed: boolean;
  readonly exporter?: () => Buffer | undefined;
}

export interface LineSink {
  bytes(chunk: Buffer): void;
  closed(): void;
}

export type OpenLine = (sink: LineSink) => Promise<Line>;

export interface Target {
  readonly port: number;
  readonly host?: string;
  readonly ca?: string;
  readonly domain: string;
  readonly rejectUnauthorized?: boolean;
}

export const overTcp =
  ({ port, host = '127.0.0.1', ca, domain, rejectUnauthorized = true }: Target): OpenLine =>
  async (sink) => {
    let socket: net.Socket = net.connect(port, host);
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    const listen = (): void => {
      socket.on('data', (chunk: Buffer) => sink.bytes(chunk));
      socket.on('close', () => sink.closed()).on('error', () => sink.closed());
    };
    listen();
    return {
      isFramed: false,
      write: (text) => void socket.write(text),
      close: () => socket.destroy(),
      secure: async () => {
        socket.removeAllListeners('data').removeAllListeners('close');
        const secured = tls.connect({ socket, ca, servername: domain, rejectUnauthorized });
        await new Promise((resolve, reject) => secured.once('secureConnect', resolve).once('error', reject));
        socket = secured;
        listen();
      },
      exporter: () => exporterOf(socket),
    };
  };

export const overTls =
  ({ port, host = '127.0.0.1', ca, domain, rejectUnauthorized = true }: Target): OpenLine =>
  async (sink) => {
    const socket = tls.connect({
      port,
      host,
      ca,
      servername: domain,
      ALPNProtocols: ['xmpp-client'],
      rejectUnauthorized,
    });
    await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
    socket.on('data', (chunk: Buffer) => sink.bytes(chunk));
    socket.on('close', () => sink.closed()).on('error', () => sink.closed());
    return {
      isFramed: false,
      write: (text) => void socket.write(text),
      close: () => socket.destroy(),
      exporter: () => exporterOf(socket),
    };
  };

export const overWebSocket =
  ({ port, host = '127.0.0.1', ca, domain, rejectUnauthorized = true }: Target): OpenLine =>
  async (sink) => {
    const origin = `https://${host}:${port}`;
    // What ws passes on to tls.connect is not in its types.
    const options: ClientOptions & { servername: string } = { ca, servername: domain, origin, rejectUnauthorized };
    const socket = new WebSocket(`wss://${host}:${port}/ws`, 'xmpp', options);
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    socket.on('message', (data: Buffer) => sink.bytes(data));
    socket.on('close', () => sink.closed()).on('error', () => sink.closed());
    return { isFramed: true, write: (text) => socket.send(text), close: () => socket.terminate() };
  };

function exporterOf(socket: net.Socket): Buffer | undefined {
  return socket instanceof tls.TLSSocket
    ? socket.exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', Buffer.alloc(0))
    : undefined;
}

/** What a test waits for did not come. */
export class Unexpected extends Error {}

const WAIT_MS = 8000;
type Mechanism = 'PLAIN' | 'SCRAM-SHA-1' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512' | 'SCRAM-SHA-256-PLUS';

/**
 * An XMPP client for tests: what it sends is what the test says, byte by byte if it likes; what it receives is kept in
 * order until a test takes it. Knows just enough to log in. Foreign clients are the judges in test/interop.
 */
export class TestClient {
  /** Stanzas not taken yet. */
  received: Element[] = [];
  /** All bytes received since the last header. */
  raw = '';
  header: StreamHeader | undefined;
  features: Element | undefined;
  isClosed = false;
  jid = '';
  #line!: Line;
  #framer: StreamFramer | undefined;
  readonly #scanner = new Scanner(new Vocabulary());
  #waiting: (() => void)[] = [];

  private constructor(readonly domain: string) {}

  static async open(domain: string, openLine: OpenLine): Promise<TestClient> {
    const client = new TestClient(domain);
    client.#line = await openLine({ bytes: (chunk) => client.#take(chunk), closed: () => client.#gone() });
    return client;
  }

  /** Header, TLS where it is offered, SASL, header, bind. */
  async login(
    user: string,
    password: string,
    options: { resource?: string; mechanism?: Mechanism; startTls?: boolean } = {},
  ): Promise<this> {
    await this.restart();
    if (options.startTls !== false && this.#line.secure && this.features!.getChild('starttls', NS.tls))
      await this.startTls();
    await this.authenticate(user, password, options.mechanism);
    await this.restart();
    const bind = xml('bind', { xmlns: NS.bind }, ...(options.resource ? [xml('resource', {}, options.resource)] : []));
    const bound = await this.ask(xml('iq', { type: 'set' }, bind));
    this.jid = bound.getChild('bind', NS.bind)!.getChildText('jid')!;
    return this;
  }

  async startTls(): Promise<void> {
    this.write(`<starttls xmlns='${NS.tls}'/>`);
    await this.next((element) => element.is('proceed', NS.tls));
    this.#framer = undefined;
    await this.#line.secure!();
    await this.restart();
  }

  /** Sends a stream header and waits for the features. */
  async restart(header = this.headerText()): Promise<void> {
    this.features = undefined;
    this.raw = '';
    if (!this.#line.isFramed) this.#framer = this.#newFramer();
    this.write(this.#line.isFramed ? `<open xmlns='${NS.framing}' to='${this.domain}' version='1.0'/>` : header);
    await this.until(() => this.features !== undefined, 'stream features');
  }

  headerText(): string {
    return `<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='${NS.stream}' to='${this.domain}' version='1.0'>`;
  }

  async authenticate(user: string, password: string, mechanism: Mechanism = 'PLAIN'): Promise<void> {
    if (mechanism === 'PLAIN') {
      this.write(
        `<auth xmlns='${NS.sasl}' mechanism='PLAIN'>${Buffer.from(`\0${user}\0${password}`).toString('base64')}</auth>`,
      );
    } else await this.#scram(user, password, mechanism);
    const outcome = await this.next((element) => element.getNS() === NS.sasl && element.getName() !== 'challenge');
    if (outcome.getName() !== 'success') throw new Unexpected(`log-in of ${user}: ${outcome.toString()}`);
  }

  write(text: string): void {
    this.#line.write(text);
  }

  send(element: Element): void {
    const copy = copyOf(element);
    if (this.#line.isFramed) copy.attrs['xmlns'] ??= NS.client;
    this.write(serialize(copy, this.#line.isFramed ? undefined : NS.client));
  }

  /** Sends an IQ and waits for its result or error. */
  async ask(iq: Element): Promise<Element> {
    const id = randomBytes(8).toString('hex');
    iq.attrs['id'] = id;
    this.send(iq);
    return this.next(
      (element) => element.is('iq') && element.attrs['id'] === id && /result|error/.test(String(element.attrs['type'])),
    );
  }

  /** Takes the first stanza that fits out of those received, waiting for it. */
  async next(fits: (element: Element) => boolean = () => true, waitMs = WAIT_MS): Promise<Element> {
    let found = -1;
    await this.until(() => (found = this.received.findIndex(fits)) >= 0, 'a stanza', waitMs);
    return this.received.splice(found, 1)[0]!;
  }

  /** Waits until it holds; checked whenever something comes in. */
  async until(holds: () => boolean, what: string, waitMs = WAIT_MS): Promise<void> {
    const deadline = performance.now() + waitMs;
    while (!holds()) {
      if (this.isClosed)
        throw new Unexpected(`The stream was closed while waiting for ${what}: ${this.raw.slice(-400)}`);
      if (!(await this.#somethingComes(deadline)))
        throw new Unexpected(
          `${this.jid || 'A client'} waited in vain for ${what}; it has: ${this.received.join(' ') || 'nothing'}`,
        );
    }
  }

  /** Waits until the server has closed the stream. */
  async closed(waitMs = WAIT_MS): Promise<string> {
    const deadline = performance.now() + waitMs;
    while (!this.isClosed) {
      if (!(await this.#somethingComes(deadline)))
        throw new Unexpected(`The stream of ${this.jid} stayed open: ${this.raw.slice(-400)}`);
    }
    return this.raw;
  }

  /**
   * Sends `to` a stanza that goes the same way as everything this client has sent, and waits until it is there: whatever
   * was on its way before has arrived.
   */
  async reach(to: TestClient): Promise<void> {
    const id = randomBytes(8).toString('hex');
    // The answer to a question that nobody asked: routed in order like a message, but neither kept nor answered.
    this.send(xml('iq', { type: 'result', to: to.jid, id }));
    await to.next((element) => element.is('iq') && element.attrs['id'] === id);
  }

  /** Ends the stream politely and waits until the server has done the same. */
  async leave(): Promise<void> {
    this.write(this.#line.isFramed ? `<close xmlns='${NS.framing}'/>` : '</stream:stream>');
    await this.closed();
  }

  exporter(): Buffer | undefined {
    return this.#line.exporter?.();
  }

  close(): void {
    this.#line.close();
    this.#gone();
  }

  async #scram(user: string, password: string, mechanism: Exclude<Mechanism, 'PLAIN'>): Promise<void> {
    const run = new ScramClient(user, password, { mechanism, exporter: () => this.exporter() });
    this.write(`<auth xmlns='${NS.sasl}' mechanism='${mechanism}'>${run.first}</auth>`);
    const challenge = await this.next((element) => element.getNS() === NS.sasl);
    if (challenge.getName() !== 'challenge') throw new Unexpected(`log-in of ${user}: ${challenge.toString()}`);
    this.write(`<response xmlns='${NS.sasl}'>${run.answer(challenge.getText())}</response>`);
  }

  /** False: the deadline has passed. */
  async #somethingComes(deadline: number): Promise<boolean> {
    const left = deadline - performance.now();
    if (left <= 0) return false;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, left);
      this.#waiting.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
    return true;
  }

  #newFramer(): StreamFramer {
    return new StreamFramer(
      this.#scanner,
      {
        opened: (header) => void (this.header = header),
        element: (buf, scan) => this.#arrived(toTree(buf, scan.start, scan.end, scan.namespaces)),
        closed: () => this.#gone(),
      },
      { limits: { maxBytes: 4_194_304 } },
    );
  }

  #take(chunk: Buffer): void {
    this.raw += chunk.toString('utf8');
    if (this.#line.isFramed) this.#frame(chunk);
    else if (this.#framer) {
      const copy = Buffer.allocUnsafe(chunk.length + 1);
      chunk.copy(copy);
      this.#framer.feed(copy, chunk.length);
    }
    this.#wake();
  }

  #frame(chunk: Buffer): void {
    const copy = Buffer.allocUnsafe(chunk.length + 1);
    chunk.copy(copy);
    this.#scanner.enter({
      limits: { maxBytes: 4_194_304 },
      namespaces: { content: '', prefixes: new Map() },
      content: Buffer.alloc(0),
      streamName: Buffer.alloc(0),
    });
    this.#scanner.next(copy, 0, chunk.length);
    this.#arrived(toTree(copy, this.#scanner.start, this.#scanner.end, ''));
  }

  #arrived(element: Element): void {
    if (element.is('features', NS.stream)) this.features = element;
    else if (!element.is('open', NS.framing)) this.received.push(element);
  }

  #gone(): void {
    this.isClosed = true;
    this.#wake();
  }

  #wake(): void {
    for (const resume of this.#waiting.splice(0)) resume();
  }
}
