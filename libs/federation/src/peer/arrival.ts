import type { PeerSink, StreamEnd } from '@interoffice/stream';
import { NS, type Scanner, serializeInto, toTree } from '@interoffice/wire';
import type { NumberedBytes } from '../link/frames.js';

export interface ArrivalParts {
  /** The number of the stream with a stanza behind it: so many bytes of the buffer. */
  readonly came: (bytes: Buffer, size: number) => void;
  readonly gone: (end: StreamEnd) => void;
  /** The server takes less than it is sent. */
  readonly isChoked: () => boolean;
  readonly stanza: NumberedBytes;
}

/** Stanzas that may wait for a decision; then the stream is not read until there are fewer. */
const MOST_UNDECIDED = 2_048;

/** What one proven stream brings, on its way to the server, which says what is decided of it. */
export class Arrival implements PeerSink {
  #came = 0;
  #decided = 0;
  #whenDecided: (() => void)[] = [];
  #whenFewer: (() => void)[] = [];

  constructor(
    private readonly number: number,
    private readonly parts: ArrivalParts,
  ) {}

  get decided(): number {
    return this.#decided;
  }

  stanza(bytes: Buffer, scan: Scanner): Promise<unknown> | undefined {
    if (this.#isFull) return new Promise<void>((resolve) => this.#whenFewer.push(resolve));
    this.#came++;
    const isPlain = scan.canonical && scan.xmlnsStart < 0;
    if (isPlain) this.#send(bytes, scan.start, scan.end);
    else this.#sendTree(bytes, scan);
    return undefined;
  }

  undecided(): Promise<void> | undefined {
    if (this.#decided === this.#came) return undefined;
    return new Promise<void>((resolve) => this.#whenDecided.push(resolve));
  }

  gone(end: StreamEnd): void {
    this.parts.gone(end);
  }

  /** The server has decided so many, modulo 2³². */
  decidedUpTo(count: number): void {
    this.#decided += (count - (this.#decided % 2 ** 32) + 2 ** 32) % 2 ** 32;
    if (this.#decided === this.#came) for (const resolve of this.#whenDecided.splice(0)) resolve();
    this.relieved();
  }

  /** The server takes again what it is sent. */
  relieved(): void {
    if (!this.#isFull) for (const resolve of this.#whenFewer.splice(0)) resolve();
  }

  get #isFull(): boolean {
    return this.#came - this.#decided >= MOST_UNDECIDED || this.parts.isChoked();
  }

  #send(bytes: Buffer, start: number, end: number): void {
    const size = end - start;
    const frame = this.parts.stanza.make(this.number, size);
    bytes.copy(frame, 4, start, end);
    this.parts.came(frame, size + 4);
  }

  /** Written anew: in prefixes, in a namespace of its own, or with what the stream's header declares. */
  #sendTree(bytes: Buffer, scan: Scanner): void {
    const stanza = toTree(bytes, scan.start, scan.end, { ...scan.namespaces, content: NS.client });
    delete stanza.attrs['xmlns'];
    const made = Buffer.allocUnsafe((scan.end - scan.start) * 6 + 4_096);
    this.#send(made, 0, serializeInto(stanza, made, 0));
  }
}
