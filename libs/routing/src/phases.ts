import type { Additions } from './additions.js';
import type { Account } from './accounts.js';
import type { Passage } from './passage.js';
import type { Dropped, Refused } from './verdict.js';

/**
 * The order in which features see a stanza. It exists nowhere else.
 *
 * All of them are synchronous: what a handler needs is in memory before the passage gets here (`Feature.loads`).
 * The type of a phase limits what its handlers can do, and the table below says what a fault in one of them costs.
 */
export interface Phases {
  /** Limits and shape. */
  admit: (p: Passage) => Refused | undefined;
  /** May add children, as bytes. */
  stamp: (p: Passage, out: Additions) => undefined;
  /** The company's policy; reads memory that something else refreshes. */
  screen: (p: Passage) => Refused | Dropped | undefined;
  /** The receiver's wishes. */
  welcome: (p: Passage, to: Account) => Refused | Dropped | undefined;
  /** After the commit: other devices, push. */
  copy: (p: Passage) => undefined;
}

export type Phase = keyof Phases;

/** Phases in the order in which they run. Between `welcome` and `copy` stands the recorder. */
export const PHASES: readonly Phase[] = ['admit', 'stamp', 'screen', 'welcome', 'copy'];

/** What a fault of a handler costs, per phase: policy fails closed, courtesies fail open. */
export const WHEN_A_HANDLER_THROWS: Readonly<Record<Phase, 'refuse' | 'go on'>> = {
  admit: 'refuse',
  stamp: 'refuse',
  screen: 'refuse',
  welcome: 'refuse',
  copy: 'go on',
};
