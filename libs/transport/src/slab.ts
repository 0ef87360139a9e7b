/** What one connection collects in a turn before it is written; larger stanzas get a buffer of their own. */
export const SLAB_BYTES = 16_384;
/** Slabs that lie ready; beyond this the collector takes them. 64 MB at most. */
const MOST_SPARE = 4096;

const spare: Buffer[] = [];

/** A buffer of at least `bytes`. Not from the shared pool of Node: it may live as long as a slow socket takes. */
export function takeSlab(bytes: number): Buffer {
  if (bytes > SLAB_BYTES) return Buffer.allocUnsafeSlow(bytes);
  return spare.pop() ?? Buffer.allocUnsafeSlow(SLAB_BYTES);
}

/** Gives a slab back once the socket has taken its bytes. */
export function giveSlab(slab: Buffer): void {
  if (slab.length === SLAB_BYTES && spare.length < MOST_SPARE) spare.push(slab);
}
