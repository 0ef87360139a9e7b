import { deviceOf } from './address.js';
import type { Passage } from './passage.js';
import { type Destination, isFull, type Recorder } from './recorder.js';
import type { Session } from './session.js';
import { COURTESY } from './verdict.js';

/**
 * Passes on what is never recorded (IQs between devices, presence) without letting it overtake a message of the same
 * author that still waits for its commit: then it takes its place in the open batch, as a delivery without a row.
 */
export class Courtesies {
  #scratch = Buffer.allocUnsafeSlow(16_384);

  constructor(private readonly recorder: Recorder) {}

  /** To the device the passage is addressed to. Otherwise nothing was done: it is not there, or too much waits already. */
  deliver(p: Passage): 'delivered' | 'absent' | 'full' {
    const device = deviceOf(p.target);
    if (!device) return 'absent';
    if (this.#mustWait(p.session)) return this.#append(p, p.target);
    if (this.#scratch.length < p.maxBytes) this.#scratch = Buffer.allocUnsafeSlow(p.maxBytes * 2);
    device.deliver(this.#scratch, 0, p.writeTo(this.#scratch, 0));
    return 'delivered';
  }

  /** Has a feature carry out what the passage says, in its place. */
  carryOut(p: Passage, work: (p: Passage) => void): 'delivered' | 'full' {
    if (this.#mustWait(p.session)) return this.#append(p, { target: p.target, carryOut: work });
    work(p);
    return 'delivered';
  }

  #mustWait({ lastBatch }: Session): boolean {
    return lastBatch > this.recorder.releasedBatch;
  }

  #append(p: Passage, to: Destination): 'delivered' | 'full' {
    const { session } = p;
    if (isFull(this.recorder, session)) return 'full';
    session.appended(this.recorder.append(p, COURTESY, session, session.received, to));
    return 'delivered';
  }
}
