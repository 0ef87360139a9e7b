import { NS, StreamError, xml } from '@interoffice/wire';

/** XEP-0198 §4: what is told of a count is its lowest 32 bits. */
export const H_WRAPS_AT = 2 ** 32;

/** Stanzas sent to a peer that counts, and how many of them it has taken responsibility for. XEP-0198 §4 */
export class SentCount {
  #acknowledged = 0;

  /** `sent`: where a count begins; more than none in tests only. */
  constructor(public sent = 0) {
    this.#acknowledged = sent;
  }

  get unacknowledged(): number {
    return this.sent - this.#acknowledged;
  }

  /**
   * The peer has handled `h` stanzas, cut to 32 bits: returns how many that are more than before. Throws the stream error
   * of XEP-0198 §6 when it was sent fewer.
   */
  acknowledge(h: number): number {
    const more = (h - (this.#acknowledged % H_WRAPS_AT) + H_WRAPS_AT) % H_WRAPS_AT;
    if (more > this.unacknowledged) {
      const sent = this.sent % H_WRAPS_AT;
      throw new StreamError('undefined-condition', `The peer acknowledges ${h} stanzas, but was sent ${sent}.`, {
        application: xml('handled-count-too-high', {
          xmlns: NS.streamManagement,
          h: String(h),
          'send-count': String(sent),
        }),
      });
    }
    this.#acknowledged += more;
    return more;
  }
}
