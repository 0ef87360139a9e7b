import type { Clock } from '../stream/clock.js';
import { childOf, isStanza, NS, type Parse, type XmlElement } from '../stream/frame.js';
import type { Connect } from '../stream/line.js';

const LATENCY_MS = 5;

interface Peer {
  readonly say: (text: string) => void;
}

/** XEP-0198 as the server has it. */
interface Bound {
  readonly id: string;
  received: number;
  acknowledged: number;
  readonly unacknowledged: string[];
  isEnabled: boolean;
  peer: Peer | undefined;
  /** The device is in the room. */
  isInRoom: boolean;
}

/** How the network behaves for whoever connects. */
type Weather = 'fine' | 'refusing' | 'silent';

/** One account's server, as RFC 7395, RFC 6120 and XEP-0198 describe it, in memory, with a network that can fail. */
export class PretendServer {
  weather: Weather = 'fine';
  /** Whether XEP-0198 is offered. */
  offersResumption = true;
  /** While the archive stalls, messages are taken and not counted. */
  isHolding = false;
  /** Ids of recorded messages, each once. */
  readonly recorded: string[] = [];
  /** Everything that came in, and from when. */
  readonly heard: { readonly at: number; readonly text: string }[] = [];
  connections = 0;
  #bound: Bound | undefined;
  #ids = 0;
  #held: (() => void)[] = [];
  /** Only the newest line carries anything. */
  #line = 0;
  #end = (): void => undefined;

  constructor(
    private readonly clock: Clock,
    private readonly parse: Parse,
  ) {}

  readonly connect: Connect = (events) => {
    this.connections++;
    const line = ++this.#line;
    const { weather } = this;
    const soon = (call: () => void): void => {
      this.clock.after(LATENCY_MS, () => {
        if (line === this.#line) call();
      });
    };
    const peer: Peer = { say: (text) => soon(() => events.received(text)) };
    const talk = this.#conversation(peer);
    this.#end = events.closed;
    if (weather === 'refusing') soon(events.closed);
    if (weather === 'fine') soon(events.opened);
    return { send: (text) => soon(() => talk(text)), close: () => this.#gone(peer) };
  };

  /** The line breaks, and the client is told. What is on its way is lost. */
  cut(): void {
    this.blackHole();
    this.#end();
  }

  /** The line carries nothing any more, and nobody is told. */
  blackHole(): void {
    this.#line++;
    this.#gone(this.#bound?.peer);
  }

  /** The server ends, and the one that is there next knows nobody. */
  forget(): void {
    this.#bound = undefined;
    this.cut();
  }

  /** As after a kill: what was received last is recorded, but the counter is older. */
  rewind(by: number): void {
    if (this.#bound) this.#bound.received = Math.max(0, this.#bound.received - by);
  }

  /** The archive works again. */
  release(): void {
    this.isHolding = false;
    this.#held.splice(0).forEach((record) => record());
  }

  deliver(body: string): void {
    this.#give(`<message xmlns='jabber:client' from='ada@im.example/desk'><body>${body}</body></message>`);
  }

  #give(text: string): void {
    if (!this.#bound?.isEnabled) return;
    this.#bound.unacknowledged.push(text);
    this.#bound.peer?.say(text);
  }

  say(text: string): void {
    this.#bound?.peer?.say(text);
  }

  #gone(peer: Peer | undefined): void {
    if (peer !== undefined && this.#bound?.peer === peer) this.#bound.peer = undefined;
  }

  #conversation(peer: Peer): (text: string) => void {
    let isAuthenticated = false;
    return (text) => {
      this.heard.push({ at: this.clock.now(), text });
      const element = this.parse(text);
      if (element.localName === 'open') this.#greet(peer, isAuthenticated);
      else if (element.localName === 'auth') isAuthenticated = true;
      else if (element.localName === 'close') this.#bound = undefined;
      else this.#take(element, peer);
      if (element.localName === 'auth') peer.say(`<success xmlns='${NS.sasl}'/>`);
    };
  }

  #greet(peer: Peer, isAuthenticated: boolean): void {
    const offered = isAuthenticated ? "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>" : '';
    const resumption = isAuthenticated && this.offersResumption ? `<sm xmlns='${NS.sm}'/>` : '';
    peer.say(`<open xmlns='${NS.framing}' version='1.0'/>`);
    peer.say(
      `<stream:features xmlns:stream='http://etherx.jabber.org/streams'>${offered}${resumption}</stream:features>`,
    );
  }

  #take(element: XmlElement, peer: Peer): void {
    if (element.namespaceURI === NS.sm) return this.#takeNonza(element, peer);
    if (!isStanza(element)) return;
    const bind = childOf(element, 'bind', 'urn:ietf:params:xml:ns:xmpp-bind');
    if (bind) {
      this.#bound = {
        id: `s${++this.#ids}`,
        received: 0,
        acknowledged: 0,
        unacknowledged: [],
        isEnabled: false,
        peer,
        isInRoom: false,
      };
      return peer.say("<iq type='result' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>");
    }
    if (element.localName === 'presence') this.#enter();
    this.#record(element);
  }

  /** A room lets the device in, and tells it so. */
  #enter(): void {
    if (!this.#bound) return;
    this.#bound.isInRoom = true;
    this.#give(
      `<presence xmlns='jabber:client' from='board@rooms.example/Anna'><x xmlns='${NS.mucUser}'><status code='110'/></x></presence>`,
    );
  }

  #record(element: XmlElement): void {
    const bound = this.#bound;
    const record = (): void => {
      const id = element.getAttribute('id') ?? '';
      const isTaken = element.getAttribute('type') !== 'groupchat' || bound?.isInRoom === true;
      if (element.localName === 'message' && isTaken && !this.recorded.includes(id)) this.recorded.push(id);
      if (bound?.isEnabled) bound.received++;
    };
    if (this.isHolding) this.#held.push(record);
    else record();
  }

  #takeNonza(element: XmlElement, peer: Peer): void {
    const bound = this.#bound;
    const h = Number(element.getAttribute('h'));
    switch (element.localName) {
      case 'enable':
        if (bound) bound.isEnabled = true;
        return peer.say(`<enabled xmlns='${NS.sm}' id='${bound?.id}' resume='true'/>`);
      case 'r':
        return peer.say(`<a xmlns='${NS.sm}' h='${bound?.received ?? 0}'/>`);
      case 'a':
        return this.#acknowledged(h);
      case 'resume':
        return this.#resume(element, peer);
      default:
    }
  }

  #acknowledged(h: number): void {
    const bound = this.#bound;
    if (!bound) return;
    bound.unacknowledged.splice(0, h - bound.acknowledged);
    bound.acknowledged = h;
  }

  #resume(element: XmlElement, peer: Peer): void {
    const bound = this.#bound;
    if (bound === undefined || element.getAttribute('previd') !== bound.id) {
      return peer.say(
        `<failed xmlns='${NS.sm}'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>`,
      );
    }
    this.#acknowledged(Number(element.getAttribute('h')));
    bound.peer = peer;
    peer.say(`<resumed xmlns='${NS.sm}' previd='${bound.id}' h='${bound.received}'/>`);
    bound.unacknowledged.forEach((text) => peer.say(text));
  }
}
