import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Failure } from '@interoffice/telemetry';
import { writeFileAtomic } from './atomic-file.js';
import { readCertificates } from './chain.js';
import { checkPair, type CheckedPair, type PairRules } from './checked-pair.js';
import type { IssuedPair } from './issue.js';

/** Under which circumstances a pair is put in place. */
export interface SwapRules extends PairRules {
  /**
   * `known-root`: the chain has to end at one of the roots, for swaps that nobody looks at; CHAIN_INCOMPLETE otherwise.
   * `any-end`: somebody has read where it ends.
   */
  readonly chain: 'known-root' | 'any-end';
}

/**
 * Puts a key and its certificates in place of those in use, as one file with mode 0600: readers, also after a power cut,
 * find the old pair or the new one. Fails like `checkPair`, with CHAIN_INCOMPLETE, or as the file system does; the old
 * pair is then still there. Whoever serves with the file loads it again by `loadKeyPair` with the path for both.
 */
export async function swapLivePair(path: string, pair: IssuedPair, rules: SwapRules): Promise<CheckedPair> {
  const checked = checkPair(pair, rules);
  demandEnd(checked, rules.chain);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFileAtomic(path, checked.key + checked.certificate);
  return checked;
}

/** Throws CHAIN_INCOMPLETE where a chain has to end at a known root and does not. */
export function demandEnd({ chain }: CheckedPair, wanted: SwapRules['chain']): void {
  if (wanted === 'any-end' || chain.isComplete) return;
  throw new Failure('CHAIN_INCOMPLETE', `${chain.text} The certificate in use was kept.`);
}

/** The fingerprint of the certificate in use, as in its facts; undefined when there is none that can be read. */
export async function liveFingerprint(path: string): Promise<string | undefined> {
  try {
    return readCertificates(await readFile(path, 'utf8'), path)[0]!.fingerprint256;
  } catch {
    // A pair that cannot be read is nobody's: whatever replaces it is checked by itself.
    return undefined;
  }
}
