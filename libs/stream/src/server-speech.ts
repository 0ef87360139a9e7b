import type { Count, Log } from '@interoffice/telemetry';
import type { Connection } from '@interoffice/transport';
import { type Element, NS, serialize, StreamError, XmlError } from '@interoffice/wire';
import { SERVERS } from './framing.js';

export interface ServerSpeechParts {
  readonly log: Log;
  readonly counts: { readonly errors: Count; readonly faults: Count };
  readonly direction: 'in' | 'out';
}

/** Our half of a stream between servers, whoever called: what we say, until we have said the last. */
export class ServerSpeech {
  #isOver = false;
  #hasBegun = false;

  constructor(
    private readonly connection: Connection,
    private readonly parts: ServerSpeechParts,
    /** What a header of ours says now. */
    private readonly attributes: () => Parameters<typeof SERVERS.header>[0],
  ) {}

  get isOver(): boolean {
    return this.#isOver;
  }

  header(): void {
    this.#hasBegun = true;
    this.text(SERVERS.header(this.attributes()));
  }

  text(text: string): void {
    if (!this.#isOver) this.connection.sendText(text);
  }

  element(element: Element): void {
    this.text(serialize(element, NS.client));
  }

  /** Ends the stream with what went wrong, once. RFC 6120 §4.9.1.1 */
  fail(error: unknown): void {
    if (this.#isOver) return;
    const told = streamErrorOf(error);
    this.parts.counts.errors.inc();
    const { direction } = this.parts;
    const about = { direction, peer: this.attributes().to, remote: this.connection.remoteAddress };
    if (told) this.parts.log.info('s2s.stream.closed', { ...about, condition: told.condition, text: told.text });
    else {
      this.parts.counts.faults.inc();
      this.parts.log.error('s2s.stream.failed', { ...about, error: error as Error });
    }
    // RFC 6120 §4.9.1.2: an error about the header itself comes behind a header of ours.
    if (!this.#hasBegun) this.header();
    this.text(SERVERS.error(told ?? new StreamError('internal-server-error')));
    this.end();
  }

  end(): void {
    if (this.#isOver) return;
    this.connection.end(SERVERS.footer);
    this.#isOver = true;
  }

  /** The connection is no more. */
  gone(): void {
    this.#isOver = true;
  }

  /** Does it unless the stream is over; what it throws ends the stream. */
  guard(work: () => void): void {
    if (this.#isOver) return;
    try {
      work();
    } catch (error) {
      this.fail(error);
    }
  }
}

function streamErrorOf(error: unknown): StreamError | undefined {
  if (error instanceof StreamError) return error;
  return error instanceof XmlError ? new StreamError(error.condition, error.message) : undefined;
}
