import { deviceOf } from './address.js';
import type { Passage } from './passage.js';
import type { Recorder } from './recorder.js';
import { COURTESY } from './verdict.js';

/**
 * Delivers what is never recorded (IQs and presence between devices) without letting it overtake a message of the same
 * author that still waits for its commit: then it takes its place in the open batch, as a delivery without a row.
 */
export class Courtesies {
  #scratch = Buffer.allocUnsafeSlow(16_384);

  constructor(private readonly recorder: Recorder) {}

  /** To the device the passage is addressed to. False: it is not there, and nothing was done. */
  deliver(p: Passage): boolean {
    const device = deviceOf(p.target);
    if (!device) return false;
    const { session } = p;
    if (session.lastBatch > this.recorder.releasedBatch) {
      session.lastBatch = this.recorder.append(p, COURTESY, session, session.received, p.target);
      session.uncommitted++;
      return true;
    }
    const end = this.write(p);
    device.deliver(this.#scratch, 0, end);
    return true;
  }

  /** The passage as delivered, in a buffer that the next call overwrites. */
  write(p: Passage): number {
    if (this.#scratch.length < p.maxBytes) this.#scratch = Buffer.allocUnsafeSlow(p.maxBytes * 2);
    return p.writeTo(this.#scratch, 0);
  }
}
