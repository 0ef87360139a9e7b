/** Streams answer within a second also while the database does not: a stanza waits for it no longer than this. */
const LONGEST_WAIT_MS = 700;

/**
 * How long a stanza waits for something that is not in memory. Once that took too long the next ones do not wait at all,
 * until the database answers again: otherwise each would take its share of a stream's second.
 */
export class Patience {
  #isOut = false;

  /** True: say no at once. */
  get isOut(): boolean {
    return this.#isOut;
  }

  /** Resolves with true when `work` is done in time; with false when it failed or took too long. */
  async wait(work: Promise<unknown>): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const tooLong = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => {
        this.#isOut = true;
        resolve(false);
      }, LONGEST_WAIT_MS);
    });
    const inTime = await Promise.race([this.watch(work), tooLong]);
    clearTimeout(timer);
    return inTime;
  }

  /** The end of `work` says whether waiting makes sense again. */
  async watch(work: Promise<unknown>): Promise<boolean> {
    try {
      await work;
      this.#isOut = false;
      return true;
    } catch {
      // What failed is reported where it failed; here it only was not done.
      return false;
    }
  }
}
