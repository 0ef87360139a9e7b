import type { Jid, Scanner } from '@interoffice/wire';

/** What routing gives for a bound resource. */
export interface BoundDevice {
  readonly jid: Jid;
  /** One stanza. A promise means: nothing was done yet, show it again when this settles. Throws StreamError. */
  element(bytes: Buffer, scan: Scanner): Promise<unknown> | undefined;
  /** The stream has ended. Called exactly once. */
  gone(): void;
}
