import { Acknowledgement } from './acknowledgement.js';
import { escaped, isStanza, NS, type Frame, type XmlElement } from './frame.js';
import type { Outbox, Outgoing } from './outbox.js';
import { passageOf } from './room.js';

/** What a frame that came in is. */
export type Taken = 'stanza' | 'answer' | 'question' | 'enabled' | 'other';

/**
 * One session: a resource that is bound, over as many lines as it lasts (XEP-0198). Knows nothing of lines; what it gives
 * back is to be sent.
 */
export class Session {
  readonly #acks = new Acknowledgement<Outgoing>();
  #id: string | undefined;
  #isCounting = false;
  #isTracked = true;
  /** Rooms that have let this session in: others would refuse what is said in them. */
  readonly #rooms = new Set<string>();

  constructor(private readonly outbox: Outbox) {}

  get isResumable(): boolean {
    return this.#id !== undefined;
  }

  /** Whether the server acknowledges what is sent. */
  get isTracked(): boolean {
    return this.#isTracked;
  }

  /** Nothing is waiting for its acknowledgement. */
  get isSettled(): boolean {
    return this.#acks.waiting.length === 0;
  }

  /** For a server without XEP-0198: what is sent counts as delivered, and a cut is the end. */
  doWithoutAcks(): void {
    this.#isTracked = false;
    this.outbox.remove(this.#acks.resume(this.#acks.waiting.length));
  }

  /** The first frame of the session, and what earlier ones have left. */
  enable(): string[] {
    const left = this.outbox.waiting.filter(({ room }) => room === undefined);
    left.forEach((stanza) => this.#acks.send(stanza));
    return [`<enable xmlns='${NS.sm}' resume='true'/>`, ...left.map(({ text }) => text)];
  }

  /** To be called for each stanza that is to be sent, or would be if there were a line. False: it waits for its room. */
  send(stanza: Outgoing): boolean {
    const isDue = stanza.room === undefined || this.#rooms.has(stanza.room);
    if (this.#isTracked || !isDue) this.outbox.add(stanza);
    if (this.#isTracked && isDue) this.#acks.send(stanza);
    return isDue;
  }

  /** What has waited for the room that has let the device in with this. */
  letIn(element: XmlElement): string[] {
    const passage = passageOf(element);
    if (passage === undefined) return [];
    const { room, isIn } = passage;
    if (!isIn) this.#rooms.delete(room);
    if (!isIn || this.#rooms.has(room)) return [];
    this.#rooms.add(room);
    const due = this.outbox.waiting.filter((stanza) => stanza.room === room && !this.#acks.waiting.includes(stanza));
    due.forEach((stanza) => this.#acks.send(stanza));
    if (!this.#isTracked) this.doWithoutAcks();
    return due.map(({ text }) => text);
  }

  /** XEP-0198 §5 */
  get resume(): string {
    return `<resume xmlns='${NS.sm}' h='${this.#acks.received}' previd='${escaped(this.#id ?? '')}'/>`;
  }

  /** The server's `<resumed/>`; gives what is to be sent again, in order. */
  resumed(element: XmlElement): string[] {
    this.outbox.remove(this.#acks.resume(countOf(element)));
    return this.#acks.waiting.map(({ text }) => text);
  }

  /** The server's `<failed/>`. What it says it has is off the list; the rest goes into the next session. */
  ended(element: XmlElement): undefined {
    if (element.getAttribute('h') !== null) this.outbox.remove(this.#acks.resume(countOf(element)));
  }

  /** The acknowledgement of what has come in. */
  get answer(): string {
    return `<a xmlns='${NS.sm}' h='${this.#acks.received}'/>`;
  }

  take({ element }: Frame): Taken {
    if (isStanza(element)) {
      if (this.#isCounting) this.#acks.receive();
      return 'stanza';
    }
    return element.namespaceURI === NS.sm ? this.#takeNonza(element) : 'other';
  }

  #takeNonza(element: XmlElement): Taken {
    switch (element.localName) {
      case 'r':
        return 'question';
      case 'a':
        this.outbox.remove(this.#acks.acknowledge(countOf(element)));
        return 'answer';
      case 'enabled':
        this.#isCounting = true;
        if (['true', '1'].includes(element.getAttribute('resume') ?? ''))
          this.#id = element.getAttribute('id') ?? undefined;
        return 'enabled';
      case 'failed':
        this.doWithoutAcks();
        return 'enabled';
      default:
        return 'other';
    }
  }
}

function countOf(element: XmlElement): number {
  return Number(element.getAttribute('h') ?? 0);
}
