import { type ChainJudge, faultOfReceipt, faultOfSignature, leafOf, type Receipt } from './receipt.js';

type Leaf = ReturnType<typeof leafOf>;

/** A chain that has proved an office, when, and by whom it was judged. */
interface Proven {
  readonly chain: readonly Buffer[];
  readonly leaf: Leaf;
  readonly judge: ChainJudge;
  readonly atMs: number;
}

const GOOD_FOR_MS = 60_000;

/**
 * Whether receipts hold, for a stream of them: an office signs with one certificate for weeks, and to go through its chain
 * takes longer than all else about a receipt. One that has proved an office does so for what is signed within a minute of it,
 * unless it is judged by others meanwhile: authorities, lists of revoked ones.
 */
export class ReceiptProofs {
  readonly #proven = new Map<string, Proven>();

  /** Undefined: it holds. Otherwise why it does not. `by` of it is one of the offices. */
  faultOf(receipt: Receipt, judge: ChainJudge): string | undefined {
    const known = this.#proven.get(receipt.by);
    if (known && known.judge === judge && isAbout(known, receipt)) return faultOfSignature(receipt, known.leaf);
    const fault = faultOfReceipt(receipt, judge);
    const { by, chain, atMs } = receipt;
    if (fault === undefined) this.#proven.set(by, { chain, leaf: leafOf(chain), judge, atMs });
    return fault;
  }
}

function isAbout({ chain, atMs }: Proven, receipt: Receipt): boolean {
  return (
    Math.abs(receipt.atMs - atMs) <= GOOD_FOR_MS &&
    receipt.chain.length === chain.length &&
    receipt.chain.every((der, i) => der.equals(chain[i]!))
  );
}
