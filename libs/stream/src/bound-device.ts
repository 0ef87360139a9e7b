import type { Jid, Scanner } from '@interoffice/wire';

/**
 * How a stream came to its end: `closed` by its peer's own word, `cut` when the connection was lost or has to be made
 * again, `failed` with an error after which nothing can be resumed.
 */
export type StreamEnd = 'closed' | 'cut' | 'failed';

/** What routing gives for a bound resource. */
export interface BoundDevice {
  readonly jid: Jid;
  /** One stanza. A promise means: nothing was done yet, show it again when this settles. Throws StreamError. */
  element(bytes: Buffer, scan: Scanner): Promise<unknown> | undefined;
  /** The stream has ended. Called exactly once. */
  gone(end: StreamEnd): void;
  /** Stanzas decided since stream management was enabled; undefined without it. XEP-0198 §4 */
  readonly handled: number | undefined;
  /** Undefined when everything the device has sent is decided; else a promise of that moment. */
  undecided(): Promise<void> | undefined;
  /** The client has handled so many stanzas, modulo 2³². Throws StreamError when it was sent fewer. XEP-0198 §6 */
  acknowledged(h: number): void;
  /** True when the client should be asked what it has handled: called every few seconds. */
  shouldAsk(): boolean;
}
