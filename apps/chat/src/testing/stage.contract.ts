import { type Element, parseXml } from '@interoffice/wire';
import type { Clock } from '../stream/clock.js';
import { Unreadable, type Parse, type XmlElement } from '../stream/frame.js';
import { LastingStream } from '../stream/lasting-stream.js';
import { Outbox, type Shelf } from '../stream/outbox.js';
import type { ConnectionState } from '../stream/state.js';
import { PretendServer } from './pretend-server.contract.js';

/** A clock that stands still until it is moved; everything that is due then happens in order. */
export class PretendClock implements Clock {
  #now = 1_700_000_000_000;
  #due: { at: number; call: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  after(ms: number, call: () => void): () => void {
    const timer = { at: this.#now + ms, call };
    this.#due.push(timer);
    return () => (this.#due = this.#due.filter((other) => other !== timer));
  }

  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (;;) {
      await settled();
      const next = this.#due.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.#due = this.#due.filter((other) => other !== next);
      this.#now = next.at;
      next.call();
    }
    this.#now = end;
  }

  /** As when the page was frozen: the time has passed, and what was due happens only now. */
  async freeze(ms: number): Promise<void> {
    this.#now += ms;
    await this.advance(0);
  }
}

/** Every promise that can go on has gone on. */
async function settled(): Promise<void> {
  for (let n = 0; n < 20; n++) await Promise.resolve();
}

export const parse: Parse = (text) => {
  try {
    return seen(parseXml(text));
  } catch (error) {
    throw new Unreadable(text, { cause: error });
  }
};

function seen(element: Element): XmlElement {
  return {
    localName: element.name.split(':').at(-1)!,
    namespaceURI: element.getNS() ?? null,
    get children() {
      return element.getChildElements().map(seen);
    },
    textContent: element.text(),
    getAttribute: (name) => (element.attrs[name] as string | undefined) ?? null,
  };
}

export class PretendShelf implements Shelf {
  readonly items = new Map<string, string>();

  getItem(key: string): string | null {
    return this.items.get(key) ?? null;
  }

  setItem(key: string, value: string): void {
    this.items.set(key, value);
  }

  removeItem(key: string): void {
    this.items.delete(key);
  }
}

/** A stream, a client that binds on it and writes messages, and a server. */
export class Stage {
  readonly clock = new PretendClock();
  readonly shelf = new PretendShelf();
  readonly server = new PretendServer(this.clock, parse);
  readonly states: ConnectionState[] = [];
  /** Bodies of messages, as the client got them. */
  received: string[] = [];
  /** How often a session began. */
  sessions = 0;
  outbox!: Outbox;
  stream!: LastingStream;
  #page = 0;

  constructor() {
    this.reload();
  }

  /** As when the page is loaded again after a crash: of the one before nothing happens any more. */
  reload(): void {
    const page = ++this.#page;
    const ofThisPage = (call: () => void) => () => {
      if (page === this.#page) call();
    };
    this.server.blackHole();
    this.outbox = new Outbox('anna@im.example', this.shelf, () => undefined);
    this.stream = new LastingStream({
      clock: { now: () => this.clock.now(), after: (ms, call) => this.clock.after(ms, ofThisPage(call)) },
      random: () => 0.5,
      parse,
      connect: this.server.connect,
      credentials: () => Promise.resolve({ jid: 'anna@im.example', token: 'once' }),
      outbox: this.outbox,
      changed: (state) => this.states.push(state),
    });
    this.begin();
  }

  begin(): void {
    const stream = this.stream;
    stream.begin({
      ready: () => stream.send("<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>"),
      frame: (text) => this.#take(text),
      lost: () => queueMicrotask(() => this.begin()),
    });
  }

  write(body: string): void {
    this.stream.send(
      `<message xmlns='jabber:client' to='ada@im.example' id='${body}'><body>${body}</body><origin-id xmlns='urn:xmpp:sid:0' id='${body}'/></message>`,
    );
  }

  /** Says something in the one room there is. */
  say(body: string): void {
    this.stream.send(
      `<message xmlns='jabber:client' type='groupchat' to='board@rooms.example' id='${body}'><body>${body}</body><origin-id xmlns='urn:xmpp:sid:0' id='${body}'/></message>`,
    );
  }

  enterRoom(): void {
    this.stream.send("<presence xmlns='jabber:client' to='board@rooms.example/Anna'/>");
  }

  get state(): ConnectionState {
    return this.states.at(-1)!;
  }

  #take(text: string): void {
    const element = parse(text);
    if (element.localName === 'iq') this.sessions++;
    for (const child of element.children) if (child.localName === 'body') this.received.push(child.textContent ?? '');
  }
}
