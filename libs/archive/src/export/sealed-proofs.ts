import { FIRST_ID } from '../ids.js';
import { SealedLog } from '../seal/sealed-log.js';
import type { Proofs } from './proofs.js';

/** The sealed log of this folder, for an export; undefined while nothing is sealed. Whoever opens it closes it. */
export function openProofs(folder: string): (Proofs & { close(): void }) | undefined {
  const log = SealedLog.open(folder);
  if (!log) return undefined;
  return {
    cut: () => {
      const { note, size } = log.latest();
      return { note, size, lastId: log.lastId('journal', size) ?? FIRST_ID };
    },
    keys: () => log.keys(),
    cursor: (size) => log.cursor('journal', size),
    writeProof: (positions, size, write) => log.writeProof(positions, size, write),
    close: () => log.close(),
  };
}
