import type { Connection } from '@interoffice/transport';
import { type Element, NS } from '@interoffice/wire';
import { readH } from './negotiable/stream-management.js';
import type { SentCount } from './sent-count.js';
import type { ServerSpeech } from './server-speech.js';

export interface OutgoingParts {
  readonly connection: Pick<Connection, 'send'>;
  readonly speech: ServerSpeech;
  /** The peer has taken responsibility for so many more of the stanzas that were sent, the oldest first. XEP-0198 §4 */
  readonly acknowledged: (stanzas: number) => void;
}

const ASK_FOR_ACK = `<r xmlns="${NS.streamManagement}"/>`;

/** What we send to a proven peer over a stream, whoever opened it, and what the peer says it has taken of it. */
export class OutgoingStanzas {
  /** `count`: undefined when the peer does not count. XEP-0198 §3 */
  constructor(
    private readonly parts: OutgoingParts,
    private readonly count: SentCount | undefined,
  ) {}

  /** True when the peer acknowledges what it takes: else it is known only that stanzas were written. */
  get isManaged(): boolean {
    return this.count !== undefined;
  }

  /** Stanzas that were sent and not acknowledged; 0 where nothing is. */
  get unacknowledged(): number {
    return this.count?.unacknowledged ?? 0;
  }

  /** Complete stanzas; dropped when the stream is over. */
  send(bytes: Buffer, start: number, end: number): void {
    if (this.parts.speech.isOver) return;
    if (this.count) this.count.sent++;
    this.parts.connection.send(bytes, start, end);
  }

  /** Asks the peer what it has taken; `acknowledged` says so. */
  askForAck(): void {
    if (this.count) this.parts.speech.text(ASK_FOR_ACK);
  }

  /** The peer's answer. Throws StreamError when it is none, or of more than was sent. XEP-0198 §6 */
  takeAck(element: Element): void {
    if (!this.count) return;
    const more = this.count.acknowledge(readH(element));
    if (more > 0) this.parts.acknowledged(more);
  }
}

/** Why a stream is over that could carry stanzas. */
export interface StreamReason {
  /** Stable: the condition of the stream error where there was one. */
  readonly code: string;
  readonly text: string;
  /** The peer said so: in an error of its own, or by the end of its stream. */
  readonly isTheirs: boolean;
}
