/** Counters run to 2³² and begin again. XEP-0198 §4 */
const MODULUS = 2 ** 32;

/** The server acknowledged what was never sent: nothing can be concluded about this stream any more. XEP-0198 §4 */
export class AcknowledgedTooMuch extends Error {}

/**
 * Both counters of one stream (XEP-0198 §4) and what the server has not yet acknowledged, oldest first.
 * Lives from `<enable/>` to the end of the stream, through every resumption.
 */
export class Acknowledgement<T> {
  #received = 0;
  #acknowledged = 0;
  #waiting: T[] = [];

  /** `h` for the peer: how many stanzas of it have been handled here. */
  get received(): number {
    return this.#received;
  }

  /** What has been sent and is not acknowledged, oldest first. */
  get waiting(): readonly T[] {
    return this.#waiting;
  }

  receive(): void {
    this.#received = (this.#received + 1) % MODULUS;
  }

  send(stanza: T): void {
    this.#waiting.push(stanza);
  }

  /** Takes the peer's `h` and gives what it acknowledges. One that is older than the last changes nothing. */
  acknowledge(h: number): T[] {
    const news = (h - this.#acknowledged + MODULUS) % MODULUS;
    if (news >= MODULUS / 2) return [];
    if (news > this.#waiting.length) throw new AcknowledgedTooMuch(`${news} of ${this.#waiting.length} acknowledged`);
    this.#acknowledged = h;
    return this.#waiting.splice(0, news);
  }

  /**
   * The `h` of `<resumed/>`. A server that was killed may remember less than it had acknowledged; what it had
   * acknowledged is recorded all the same, and both sides count on from what it remembers.
   */
  resume(h: number): T[] {
    const gone = this.acknowledge(h);
    this.#acknowledged = h;
    return gone;
  }
}
