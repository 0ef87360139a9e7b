import type { ExportedMessage } from './message.js';
import { Parts, type PartsState } from './parts.js';
import type { Target, Writer } from './writer.js';
import { MOST_ENTRIES, ZipDirectory, zipEntry } from './zip.js';

/** Messages that make a file of their own: of one conversation and day, or of a part of it. */
export interface ExportDocument {
  readonly conversation: string;
  /** ISO 8601, in UTC. */
  readonly day: string;
  /** Which of the conversation's day, from 1 on. */
  readonly part: number;
  readonly messages: readonly ExportedMessage[];
  readonly domain: string;
}

/** A format of files. */
export interface DocumentFormat {
  readonly extension: string;
  readonly order: Writer['order'];
  /** A document with more is divided. */
  readonly mostMessages: number;
  render(document: ExportDocument): Buffer | Promise<Buffer>;
}

interface DocumentState {
  readonly parts: PartsState;
  /** Documents that are written. */
  readonly documents: number;
  /** What the latest was of. */
  readonly group: string;
  readonly nth: number;
}

/** A long day of long messages is divided before it is too much for memory. */
const MOST_CHARACTERS = 2_000_000;
const NOTHING = Buffer.alloc(0);

/** Writes documents into ZIP files, none larger than it may be unless one document alone is. */
export class DocumentWriter implements Writer {
  readonly #parts: Parts;
  readonly #directory = new ZipDirectory();
  #messages: ExportedMessage[] = [];
  #characters = 0;
  #documents: number;
  #group: string;
  #nth: number;

  constructor(
    private readonly format: DocumentFormat,
    private readonly target: Target,
  ) {
    const from = target.from as DocumentState | undefined;
    this.#documents = from?.documents ?? 0;
    this.#group = from?.group ?? '';
    this.#nth = from?.nth ?? 0;
    const frame = () => ({ head: NOTHING, tail: NOTHING });
    const begun = (file: string, size: number): void =>
      size === 0 ? this.#directory.clear() : this.#directory.readFrom(file, size);
    this.#parts = new Parts({ ...target, extension: `${format.extension}.zip`, frame, from: from?.parts, begun });
  }

  get order(): Writer['order'] {
    return this.format.order;
  }

  get waiting(): number {
    return this.#messages.length;
  }

  async write(message: ExportedMessage): Promise<void> {
    const [first] = this.#messages;
    if (first && groupOf(first) !== groupOf(message)) await this.#end();
    this.#messages.push(message);
    this.#characters += message.body?.length ?? 0;
    const isFull = this.#messages.length >= this.format.mostMessages || this.#characters > MOST_CHARACTERS;
    if (isFull) await this.#end();
  }

  safe(): DocumentState {
    return { parts: this.#parts.safe(), documents: this.#documents, group: this.#group, nth: this.#nth };
  }

  async close(): Promise<void> {
    if (this.#messages.length > 0) await this.#end();
    this.#endPart();
    this.#parts.close();
  }

  async #end(): Promise<void> {
    const messages = this.#messages;
    const first = messages[0]!;
    this.#messages = [];
    this.#characters = 0;
    const group = groupOf(first);
    this.#nth = group === this.#group ? this.#nth + 1 : 1;
    this.#group = group;
    this.#documents++;
    const [conversation, day] = [first.conversation, first.at.slice(0, 10)];
    const document = { conversation, day, part: this.#nth, messages, domain: this.target.domain };
    const content = await this.format.render(document);
    this.#add(`${nameOf(document, this.#documents)}.${this.format.extension}`, content);
  }

  #add(name: string, content: Buffer): void {
    const entry = zipEntry(name, content);
    const directory = this.#directory;
    const isFull = directory.count >= MOST_ENTRIES || this.#parts.isFullFor(entry.length + directory.bytesWith(name));
    if (isFull && directory.count > 0) {
      this.#endPart();
      this.#parts.next();
    }
    directory.add(entry, this.#parts.size);
    this.#parts.append(entry);
  }

  #endPart(): void {
    this.#parts.append(this.#directory.tail(this.#parts.size));
  }
}

function groupOf({ conversation, at }: ExportedMessage): string {
  return `${conversation}\n${at.slice(0, 10)}`;
}

/** Safe on every system, and the same document never twice (W-11). */
function nameOf({ conversation, day, part }: ExportDocument, nth: number): string {
  const readable = conversation
    .replaceAll(/[^A-Za-z0-9@._-]+/g, '_')
    .replaceAll(/\.{2,}/g, '.')
    .slice(0, 80);
  return `${String(nth).padStart(7, '0')}-${day}-${part}-${readable}`;
}
