import type { StanzaError } from '@interoffice/wire';

/**
 * What was decided about a passage; the recorder keeps it with the stanza. `record: false` means delivered in its
 * author's order but not kept: courtesies such as typing notices (XEP-0085), IQs and presence between devices.
 */
export interface Verdict {
  readonly verdict: 'passed' | 'refused' | 'dropped';
  readonly record: boolean;
  /** Names this decision to administrators (`interoffice explain decision ID`); absent for what passed. */
  readonly decisionId: string | undefined;
  readonly policyVersion: number;
  readonly retentionClass: number;
  /** The row it corrects, retracts or moderates, as 16 hexadecimal digits. */
  readonly about: string | undefined;
}

/** The passage goes back to its author with an error. */
export interface Refused {
  readonly verdict: 'refused';
  readonly error: StanzaError;
  /** For the administrator: which rule, in words. Never shown to the author. */
  readonly because: string;
  /** What names the decision, where whoever refuses has given it a name that the author reads; else the row's id does. */
  readonly decisionId?: string;
}

/** The passage ends here and nobody is told. */
export interface Dropped {
  readonly verdict: 'dropped';
  readonly because: string;
  /** What the journal names the decision; else the row's id does. */
  readonly decisionId?: string;
}

export function refuse(error: StanzaError, because: string): Refused {
  return { verdict: 'refused', error, because };
}

export function drop(because: string): Dropped {
  return { verdict: 'dropped', because };
}

/** Retention class of everything that no rule gave another one. */
export const DEFAULT_RETENTION = 0;

const plain = { decisionId: undefined, policyVersion: 0, retentionClass: DEFAULT_RETENTION, about: undefined };

/** One object each for the two common verdicts: nothing is allocated for a message that passes. */
export const PASSED: Verdict = { verdict: 'passed', record: true, ...plain };
export const COURTESY: Verdict = { verdict: 'passed', record: false, ...plain };

/** Passes, and changes what an earlier row says. */
export function passedAbout(about: string): Verdict {
  return { ...PASSED, about };
}

/** Sent before: acknowledged in its author's order, neither recorded nor delivered. */
export const SENT_BEFORE: Verdict = { verdict: 'dropped', record: false, ...plain };

/** The verdict to record for a refusal or a drop. */
export function against(decision: Refused | Dropped, decisionId: string): Verdict {
  return { ...plain, verdict: decision.verdict, record: true, decisionId };
}
