import type { Session } from '@interoffice/routing';

/** Whose events a device wants: the nodes it has named with `+notify` among its capabilities. XEP-0060 §9.2 */
export interface Interests {
  /**
   * Calls `then` with the nodes as soon as they are known: at once, after the device has been asked, or never when it has
   * no capabilities or does not say. Calls for one device come in the order in which they were made.
   */
  whenKnown(session: Session, then: (nodes: ReadonlySet<string>) => void): void;
}
