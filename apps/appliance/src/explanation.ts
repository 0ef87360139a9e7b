/** One line of an explanation. */
export interface Step {
  readonly step: string;
  readonly outcome: 'passes' | 'refused' | 'dropped' | 'fails' | 'fact';
  readonly because: string;
}

export interface Explanation {
  readonly verdict: string;
  readonly steps: readonly Step[];
}

export function fact(step: string, because: string): Step {
  return { step, outcome: 'fact', because };
}
