import { Failure } from '@interoffice/telemetry';
import { isSignedBy, type NoteVerifier, type OpenedNote, parseVerifierKey } from './note.js';
import type { TrustedKey } from './trust.js';

/** Whose signatures an auditor asks for: kept outside of what is verified. docs/compliance/verify */
export interface VerifyPolicy {
  readonly keys: readonly TrustedKey[];
  readonly witnesses: readonly NoteVerifier[];
  /** So many of the witnesses must have signed. */
  readonly quorum: number;
}

/**
 * Reads a policy: lines `log KEY`, `log KEY until SIZE` for one that is not believed beyond it, `witness KEY`, `quorum N`;
 * `#` begins a remark. Throws POLICY_MALFORMED with the line.
 */
export function parsePolicy(text: string): VerifyPolicy {
  const keys: TrustedKey[] = [];
  const witnesses: NoteVerifier[] = [];
  let quorum = 0;
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.replace(/#.*/, '').trim();
    const words = line.split(/\s+/);
    const [word = '', key = '', until, size] = words;
    if (line === '') continue;
    if (word === 'log' && (words.length === 2 || (until === 'until' && /^\d+$/.test(size ?? ''))))
      keys.push({ verifier: parseVerifierKey(key), from: 0, ...untilOf(size) });
    else if (word === 'witness' && words.length === 2) witnesses.push(parseVerifierKey(key));
    else if (word === 'quorum' && /^\d+$/.test(key)) quorum = Number(key);
    else
      throw new Failure(
        'POLICY_MALFORMED',
        `Line ${index + 1} of the policy is none: "${line}". Write: log KEY [until SIZE], witness KEY, quorum N.`,
      );
  }
  if (keys.length === 0)
    throw new Failure('POLICY_MALFORMED', 'The policy names no key of a log: write a line "log KEY".');
  if (quorum > witnesses.length)
    throw new Failure('POLICY_MALFORMED', `The policy asks for ${quorum} witnesses and names ${witnesses.length}.`);
  return { keys, witnesses, quorum };
}

function untilOf(size: string | undefined): Pick<TrustedKey, 'until' | 'isEnded'> {
  return size === undefined ? { until: Infinity } : { until: Number(size), isEnded: true };
}

/** How many of the witnesses have signed. */
export function countWitnesses(note: OpenedNote, { witnesses }: Pick<VerifyPolicy, 'witnesses'>): number {
  return witnesses.filter((witness) => isSignedBy(note, witness)).length;
}
