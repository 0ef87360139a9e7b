import { isSignedBy, type NoteVerifier, openNote, type OpenedNote, parseVerifierKey } from './note.js';
import { handoverText, type SealKey } from './seal-keys.js';

/** A key that is believed, for checkpoints larger than `from` up to `until`. */
export interface TrustedKey {
  readonly verifier: NoteVerifier;
  readonly from: number;
  readonly until: number;
  /** Whoever has it may be somebody else: it hands over to no other key. */
  readonly isEnded?: boolean;
}

/**
 * Whose word counts. Begins with keys from outside; later keys of the history are believed when a key that is believed has
 * handed over to them, at a size for which it was valid. A key that was declared stolen hands over to none: the one after it
 * has to be given.
 */
export class Trust {
  private constructor(private readonly keys: readonly TrustedKey[]) {}

  /** From the keys that the verifier was given, and the history that came along. */
  static of(given: readonly TrustedKey[], history: readonly SealKey[]): Trust {
    const keys = [...given];
    for (const one of history) {
      const verifier = parseVerifierKey(one.key);
      const known = keys.findIndex((key) => isSame(key.verifier, verifier));
      const until = one.until ?? Infinity;
      const ended = one.stolen === true && { isEnded: true };
      if (known >= 0) keys[known] = { ...keys[known]!, until: Math.min(keys[known]!.until, until), ...ended };
      else if (isHandedOver(one, keys)) keys.push({ verifier, from: one.from, until, ...ended });
    }
    return new Trust(keys);
  }

  /** Whether the note is signed by a key that was valid for a log of this size. */
  accepts(note: OpenedNote, size: number): boolean {
    return this.keys.some(({ verifier, from, until }) => size > from && size <= until && isSignedBy(note, verifier));
  }
}

/** Everything in the history as it stands: for who has the files themselves. */
export function wholeHistory(history: readonly SealKey[]): readonly TrustedKey[] {
  return history.map(({ key, from, until = Infinity }) => ({ verifier: parseVerifierKey(key), from, until }));
}

function isHandedOver({ key, from, handover }: SealKey, keys: readonly TrustedKey[]): boolean {
  const note = handover === undefined ? undefined : openNote(handover);
  const { name } = parseVerifierKey(key);
  if (note?.text !== handoverText(name, key, from)) return false;
  if (!isSignedBy(note, parseVerifierKey(key))) return false;
  return keys.some(
    (old) => old.isEnded !== true && from >= old.from && from <= old.until && isSignedBy(note, old.verifier),
  );
}

function isSame(a: NoteVerifier, b: NoteVerifier): boolean {
  return a.name === b.name && a.hash === b.hash && a.publicKey.equals(b.publicKey);
}
