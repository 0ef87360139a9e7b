import { type Element, type Jid, NS, parseJid, Scanner, StreamFramer, toTree, Vocabulary } from '@interoffice/wire';
import type { MemoryConnection } from '../support/memory-line.js';
import { DOMAIN, type ServerProcess } from './process.js';

const SM = NS.streamManagement;
const COUNTER = 2 ** 32;
const COMPOSING = `<composing xmlns='${NS.chatStates}'/>`;
const scanner = new Scanner(new Vocabulary());

interface Message {
  readonly id: string;
  readonly xml: string;
  number: number | undefined;
}

/** What a person is told, and what the checker wants to know of it. */
export interface Told {
  readonly accepted: (id: string) => void;
  readonly received: (message: { id: string; stanzaId: string; how: 'live' | 'archive' }) => void;
  readonly broken: (sentence: string) => void;
}

/**
 * A client on a line that the scheduler moves: bytes lie on their way in both directions until it is their turn, and are
 * gone when the line is cut. It counts as XEP-0198 says, resumes, and reads the archive where that is refused.
 */
export class Person {
  readonly jid: Jid;
  queue: Message[] = [];
  isUp = false;
  lastId: string | undefined;
  state: 'away' | 'opening' | 'resuming' | 'binding' | 'enabling' | 'reading' | 'up' = 'away';
  #connection: MemoryConnection | undefined;
  #line = 0;
  #up: Buffer[] = [];
  #down: Buffer[] = [];
  #framer: StreamFramer | undefined;
  #session: string | undefined;
  #handled = 0;
  #sent = 0;
  #acknowledged = 0;
  #missed = new Map<string, Element>();
  #heldBack: Map<string, Element> | undefined;
  #page: string | undefined;
  #ended = false;

  constructor(
    name: string,
    readonly resource: string,
    private readonly told: Told,
  ) {
    this.jid = parseJid(`${name}@${DOMAIN}`);
  }

  get hasBytesUp(): boolean {
    return this.#connection !== undefined && this.#up.length > 0;
  }
  get hasBytesDown(): boolean {
    return this.#down.length > 0 || this.#ended;
  }

  say(id: string, xml: string): void {
    this.queue.push({ id, xml, number: undefined });
    if (this.state === 'up') this.#pass(this.queue.at(-1)!);
  }

  /** A chat state: counted, never recorded, and not sent again when it is lost. */
  type(to: string): void {
    if (this.state !== 'up') return;
    this.queue.push({
      id: '',
      xml: `<message to='${to}@${DOMAIN}' type='chat'>${COMPOSING}</message>`,
      number: undefined,
    });
    this.#pass(this.queue.at(-1)!);
  }

  connect(server: ServerProcess): void {
    const line = ++this.#line;
    this.#up = [];
    this.#down = [];
    this.#ended = false;
    this.state = 'opening';
    this.#connection = server.accept(this.jid, {
      bytes: (chunk) => {
        if (line === this.#line) this.#down.push(chunk);
      },
      closed: () => {
        if (line === this.#line) this.#ended = true;
      },
    });
    this.#framer = new StreamFramer(
      scanner,
      {
        opened: () => undefined,
        element: (bytes, scan) => this.#take(toTree(bytes, scan.start, scan.end, scan.namespaces)),
        closed: () => (this.#ended = true),
      },
      { limits: { maxBytes: 4_194_304 } },
    );
    this.#write(`<stream:stream xmlns='${NS.client}' xmlns:stream='${NS.stream}' to='${DOMAIN}' version='1.0'>`);
  }

  /** Whatever lies on the line is gone. `isSeen`: the server learns of it now, otherwise when somebody takes over. */
  cut(isSeen: boolean): void {
    const connection = this.#connection;
    this.#leave();
    if (isSeen) connection?.line.close();
  }

  /** Some bytes reach the server; `most` of the first piece. */
  moveUp(most: number): void {
    const [first, ...rest] = this.#up as [Buffer, ...Buffer[]];
    const part = first.subarray(0, most);
    this.#up = part.length < first.length ? [first.subarray(part.length), ...rest] : rest;
    this.#connection!.write(Buffer.from(part));
  }

  /** Some bytes reach the client. */
  moveDown(most: number): void {
    const first = this.#down.shift();
    if (!first) return this.#leave();
    const part = first.subarray(0, most);
    if (part.length < first.length) this.#down.unshift(first.subarray(part.length));
    const copy = Buffer.allocUnsafe(part.length + 1);
    part.copy(copy);
    this.#framer!.feed(copy, part.length);
  }

  ask(): void {
    if (this.state === 'up') this.#write(`<r xmlns='${SM}'/>`);
  }

  acknowledge(): void {
    if (this.state === 'up') this.#write(`<a xmlns='${SM}' h='${this.#handled % COUNTER}'/>`);
  }

  #leave(): void {
    this.#line++;
    this.#connection = undefined;
    this.#up = [];
    this.#down = [];
    this.#ended = false;
    this.#heldBack = undefined;
    this.state = 'away';
  }

  #write(text: string): void {
    this.#up.push(Buffer.from(text));
  }

  #take(element: Element): void {
    const name = element.getName();
    if (name === 'message' || name === 'presence' || name === 'iq') this.#handled++;
    if (name === 'features') return this.#begin();
    if (name === 'error') return;
    if (element.is('resumed', SM)) return this.#resumed(Number(element.attrs['h']));
    if (element.is('failed', SM)) return this.#failed(element);
    if (element.is('enabled', SM)) return this.#enabled(String(element.attrs['id']));
    if (element.is('r', SM)) return this.#write(`<a xmlns='${SM}' h='${this.#handled % COUNTER}'/>`);
    if (element.is('a', SM)) return this.#handledByServer(Number(element.attrs['h']));
    if (name === 'iq') return this.#answer(element);
    if (name === 'message') this.#message(element);
  }

  #begin(): void {
    if (this.#session !== undefined) {
      this.state = 'resuming';
      return this.#write(`<resume xmlns='${SM}' previd='${this.#session}' h='${this.#handled % COUNTER}'/>`);
    }
    this.#bind();
  }

  #bind(): void {
    this.state = 'binding';
    this.#write(`<iq type='set' id='bind'><bind xmlns='${NS.bind}'><resource>${this.resource}</resource></bind></iq>`);
  }

  #resumed(h: number): void {
    this.state = 'up';
    this.#handledByServer(h);
    for (const message of this.queue) this.#pass(message);
  }

  #failed(element: Element): void {
    if (element.attrs['h'] !== undefined) this.#handledByServer(Number(element.attrs['h']));
    this.#session = undefined;
    this.#bind();
  }

  #enabled(id: string): void {
    this.#page = id;
    this.#handled = this.#sent = this.#acknowledged = 0;
    for (const message of this.queue) message.number = undefined;
    this.state = 'reading';
    this.#heldBack = new Map();
    this.#missed = new Map();
    this.#query('none', 0);
  }

  /** First with nothing asked for, so that the server sends no offline messages; then page by page from the last known. */
  #query(after: string | undefined, max: number): void {
    const from = after === undefined || after === 'none' ? '' : `<after>${after}</after>`;
    this.#sent++;
    this.#write(
      `<iq type='set' id='page${max}'><query xmlns='${NS.mam}'><set xmlns='${NS.rsm}'><max>${max}</max>${from}</set></query></iq>`,
    );
  }

  #answer(iq: Element): void {
    const id = String(iq.attrs['id']);
    if (id === 'bind') {
      this.state = 'enabling';
      return this.#write(`<enable xmlns='${SM}' resume='true'/>`);
    }
    if (id === 'page0') {
      this.#sent++;
      this.#write('<presence/>');
      return this.#query(this.lastId, 20);
    }
    const fin = iq.getChild('fin', NS.mam);
    if (!fin) return this.told.broken(`the archive refused: ${String(iq)}`);
    if (fin.attrs['complete'] === 'true') return this.#caughtUp();
    this.#query(fin.getChild('set', NS.rsm)!.getChildText('last')!, 20);
  }

  #caughtUp(): void {
    const held = this.#heldBack!;
    this.#heldBack = undefined;
    for (const [id, message] of this.#missed) this.#got(id, message, 'archive');
    for (const [id, message] of held) if (!this.#missed.has(id)) this.#got(id, message, 'live');
    this.#session = this.#page;
    this.state = 'up';
    for (const message of this.queue) this.#pass(message);
  }

  #message(element: Element): void {
    const result = element.getChild('result', NS.mam);
    if (result) {
      const message = result.getChild('forwarded', NS.forward)!.getChild('message')!;
      this.#missed.set(String(result.attrs['id']), message);
      return;
    }
    const stanzaId = element.getChild('stanza-id', NS.sid);
    if (!stanzaId) return this.told.broken(`${this.jid.bare} was sent a place without its message`);
    const id = String(stanzaId.attrs['id']);
    if (!element.getChild('body')) return;
    if (this.#heldBack) this.#heldBack.set(id, element);
    else this.#got(id, element, 'live');
  }

  #got(stanzaId: string, message: Element, how: 'live' | 'archive'): void {
    this.lastId = stanzaId;
    this.told.received({ id: String(message.attrs['id']), stanzaId, how });
  }

  #pass(message: Message): void {
    message.number ??= ++this.#sent;
    this.#write(message.xml);
  }

  #handledByServer(h: number): void {
    const more = (((h - this.#acknowledged) % COUNTER) + COUNTER) % COUNTER;
    if (more > this.#sent - this.#acknowledged)
      return this.told.broken(
        `${this.jid.bare}: h is ${h}, sent were ${this.#sent}, acknowledged ${this.#acknowledged}`,
      );
    this.#acknowledged += more;
    while (this.queue[0]?.number !== undefined && this.queue[0].number <= this.#acknowledged) {
      const { id } = this.queue.shift()!;
      if (id !== '') this.told.accepted(id);
    }
  }
}
