import type { GivenReceipt, Receipt, ReceiptStore } from '@interoffice/federation/queue';

/** The table of receipts, in memory. What `unreceipted` finds is what a test has put there. */
export class MemoryReceipts implements ReceiptStore {
  readonly given: GivenReceipt[] = [];
  readonly confirmed = new Set<number>();
  readonly got: Receipt[] = [];
  /** What the journal has behind the latest receipt. */
  found: Buffer[] = [];
  /** Called before each is kept; what it throws is what the database answers. */
  before: () => void = () => undefined;

  give(receipt: GivenReceipt): Promise<number> {
    try {
      this.before();
    } catch (error) {
      return Promise.reject(error);
    }
    return Promise.resolve(this.given.push(receipt));
  }

  confirm(number: number): Promise<void> {
    return Promise.resolve(void this.confirmed.add(number));
  }

  unconfirmed(): Promise<readonly { number: number; receipt: Receipt }[]> {
    const all = this.given.map((receipt, i) => ({ number: i + 1, receipt }));
    return Promise.resolve(all.filter(({ number }) => !this.confirmed.has(number)));
  }

  upTo(of: string): Promise<string | undefined> {
    return Promise.resolve(this.given.findLast((receipt) => receipt.of === of)?.upTo);
  }

  unreceipted(): Promise<readonly Buffer[]> {
    return Promise.resolve(this.found);
  }

  keep(receipt: Receipt): Promise<void> {
    return Promise.resolve(void this.got.push(receipt));
  }
}
