import type { S2sInStream, StreamSender } from '@interoffice/stream';
import { type SendingStream, SharedStream } from './shared-stream.js';

/** Whom a stream speaks for here, and with whom: what lines are found by. */
export interface StreamPair {
  readonly domain: string;
  readonly peer: string;
}

/** All streams that peers have opened for both directions. */
export class SharedStreams {
  readonly #all = new Map<S2sInStream, SharedStream>();

  /** `holds`: what a peer's certificate is worth by now, as if we had called it. */
  constructor(private readonly holds: (stream: S2sInStream) => boolean) {}

  /** Stanzas may be sent over it. */
  add(stream: S2sInStream): SharedStream {
    const shared = new SharedStream(stream, () => void this.#all.delete(stream));
    this.#all.set(stream, shared);
    return shared;
  }

  /** The latest that is good for a pair, which is the likeliest to be alive; undefined: there is none. */
  join({ domain, peer }: StreamPair, line: StreamSender): SendingStream | undefined {
    const fitting = [...this.#all].filter(
      ([stream]) => stream.peer === peer && stream.domain === domain && stream.isOpen && this.holds(stream),
    );
    return fitting.at(-1)?.[1].join(line);
  }
}
