import type { PeerSink, PeerStreamEnd } from '@interoffice/stream';
import { NS, type Scanner, serializeInto, toTree } from '@interoffice/wire';
import type { NumberedBytes } from '../link/frames.js';
import type { Allowance } from './allowance.js';

export interface ArrivalParts {
  readonly peer: string;
  /** The number of the stream with a stanza behind it: so many bytes of the buffer. */
  readonly came: (bytes: Buffer, size: number) => void;
  readonly gone: (end: PeerStreamEnd) => void;
  /** The server takes less than it is sent. */
  readonly isChoked: () => boolean;
  readonly stanza: NumberedBytes;
  /** Looks at the id of an answer: true when it is to a question of the gateway's own, and nobody else's. */
  readonly answered: (id: string) => boolean;
  /** What the peer may send now, over all its streams. */
  readonly allowance: Allowance;
}

const [RESULT, ERROR] = [Buffer.from('result'), Buffer.from('error')];
const IQ = Buffer.from('iq');

/** The `id` and the `type` of an IQ that answers something. */
function isAnswer(bytes: Buffer, scan: Scanner): boolean {
  const { nameStart, nameEnd, typeStart, typeEnd } = scan;
  if (scan.idStart < 0 || typeStart < 0 || nameEnd - nameStart !== IQ.length) return false;
  if (bytes.compare(IQ, 0, IQ.length, nameStart, nameEnd) !== 0) return false;
  return [RESULT, ERROR].some((type) => bytes.compare(type, 0, type.length, typeStart, typeEnd) === 0);
}

/** Stanzas, and bytes of them, that may wait for a decision; then the stream is not read until there are fewer. */
const MOST_UNDECIDED = 2_048;
const MOST_UNDECIDED_BYTES = 4_194_304;

/** What one proven stream brings, on its way to the server, which says what is decided of it. */
export class Arrival implements PeerSink {
  #came = 0;
  #decided = 0;
  /** Of the decided, those that the server has decided about; and those of its own, by their place among all. */
  #byServer = 0;
  #ownDone = 0;
  readonly #own: number[] = [];
  #whenDecided: (() => void)[] = [];
  #whenFewer: (() => void)[] = [];
  /** Of those that are not decided, by their number in a ring. */
  readonly #sizes = new Int32Array(MOST_UNDECIDED);
  #undecidedBytes = 0;

  constructor(
    private readonly number: number,
    private readonly parts: ArrivalParts,
  ) {}

  get peer(): string {
    return this.parts.peer;
  }

  get decided(): number {
    return this.#decided;
  }

  stanza(bytes: Buffer, scan: Scanner): Promise<unknown> | undefined {
    if (this.#isFull) return new Promise<void>((resolve) => this.#whenFewer.push(resolve));
    const waitMs = this.parts.allowance.take();
    if (waitMs > 0) return new Promise<void>((resolve) => void setTimeout(resolve, waitMs).unref());
    this.#count(scan.end - scan.start);
    if (this.#isOwn(bytes, scan)) return this.#takeOwn();
    const isPlain = scan.canonical && scan.xmlnsStart < 0;
    if (isPlain) this.#send(bytes, scan.start, scan.end);
    else this.#sendTree(bytes, scan);
    return undefined;
  }

  undecided(): Promise<void> | undefined {
    if (this.#decided === this.#came) return undefined;
    return new Promise<void>((resolve) => this.#whenDecided.push(resolve));
  }

  gone(end: PeerStreamEnd): void {
    this.parts.gone(end);
  }

  /** The server has decided so many of those that it was sent, modulo 2³². */
  decidedUpTo(count: number): void {
    this.#byServer += (count - (this.#byServer % 2 ** 32) + 2 ** 32) % 2 ** 32;
    this.#settle();
  }

  /** The server takes again what it is sent. */
  relieved(): void {
    if (!this.#isFull) for (const resolve of this.#whenFewer.splice(0)) resolve();
  }

  get #isFull(): boolean {
    const isMuch = this.#came - this.#decided >= MOST_UNDECIDED || this.#undecidedBytes >= MOST_UNDECIDED_BYTES;
    return isMuch || this.parts.isChoked();
  }

  #count(size: number): void {
    this.#sizes[this.#came++ % MOST_UNDECIDED] = size;
    this.#undecidedBytes += size;
  }

  #isOwn(bytes: Buffer, scan: Scanner): boolean {
    return isAnswer(bytes, scan) && this.parts.answered(bytes.toString('latin1', scan.idStart, scan.idEnd));
  }

  /** It goes no further, and is decided when everything before it is. */
  #takeOwn(): undefined {
    this.#own.push(this.#came);
    this.#settle();
  }

  #settle(): void {
    while (this.#own.length > 0 && this.#own[0]! - 1 - this.#ownDone <= this.#byServer) {
      this.#own.shift();
      this.#ownDone++;
    }
    const decided = this.#byServer + this.#ownDone;
    while (this.#decided < decided) this.#undecidedBytes -= this.#sizes[this.#decided++ % MOST_UNDECIDED]!;
    if (this.#decided === this.#came) for (const resolve of this.#whenDecided.splice(0)) resolve();
    this.relieved();
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
