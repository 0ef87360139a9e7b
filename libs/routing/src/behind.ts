import { Position } from './position.js';
import { WaitingStanzas } from './waiting-stanzas.js';

/** A device that is served from the journal: up to where it has been, and what waits besides. */
export class Behind {
  /** Everything up to here was sent, or is none of the device's business. */
  readonly position: Position;
  /** What came in the meantime and is not in the journal. */
  readonly waiting = new WaitingStanzas();
  /** What was sent before the cut is being sent again: until that is done nothing else may be counted. */
  isResending = false;
  /** Places the device has yet to take again, such as rooms after a restart: until then it cannot be level. */
  awaited = 0;
  /** The latest entry of the journal that was not sent because the device is behind. */
  readonly #skipped = new Position();

  #whenLevel: PromiseWithResolvers<void> | undefined;

  /** `isInOrder`: stanzas outside the journal keep their place among the messages, so they wait as well. */
  constructor(
    at: Position,
    public isInOrder: boolean,
  ) {
    this.position = new Position(at.text);
  }

  /** The entry with this id was not sent: it will be read from the journal. */
  skipped(high: number, low: number): void {
    this.#skipped.moveTo(high, low);
  }

  /** True when everything that was skipped lies behind the position. */
  get isCaughtUp(): boolean {
    return this.awaited === 0 && !this.position.isBefore(this.#skipped.high, this.#skipped.low);
  }

  /** Resolves when it has been sent everything that is its own: never, if it stays away. */
  whenLevel(): Promise<void> {
    return (this.#whenLevel ??= Promise.withResolvers()).promise;
  }

  /** Messages come to the device directly again. */
  level(): void {
    this.#whenLevel?.resolve();
  }

  /** To the place just before this entry. */
  goBefore(high: number, low: number): void {
    const id = (BigInt(high) << 32n) + BigInt(low) - 1n;
    this.position.goTo(id.toString(16).padStart(16, '0'));
  }
}
