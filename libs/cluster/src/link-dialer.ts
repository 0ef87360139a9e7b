import type { Clock } from '@interoffice/telemetry';
import type { LinkEnd } from './link.js';
import { Attempt, type AttemptParts, type DialAt } from './link-attempt.js';

/** What a dialer is at, for the status page. */
export interface DialerState {
  readonly state: 'stopped' | 'dialling' | 'up' | 'waiting';
  /** Milliseconds since 1970. */
  readonly sinceMs: number;
  /** Why the latest link is over, or did not come about. */
  readonly lastEnd: LinkEnd | undefined;
  /** Tries since a link was up. */
  readonly failures: number;
}

export interface LinkDialerParts extends AttemptParts {
  /** The state has changed. */
  readonly changed?: (state: DialerState) => void;
  readonly clock: Clock;
  /** From 0 to below 1: spreads the tries of many. */
  readonly random: () => number;
  readonly backOff?: BackOff;
}

/** How long is waited after a try that failed: doubled each time, up to an end. */
export interface BackOff {
  readonly firstMs: number;
  readonly mostMs: number;
}
const BACK_OFF: BackOff = { firstMs: 500, mostMs: 30_000 };

/**
 * How long is waited after so many failures before this one: between half of the doubled time and all of it, by `random`
 * from 0 to 1, since gateways of many offices come back at once.
 */
export function waitMsAfter(failures: number, { firstMs, mostMs }: BackOff, random: number): number {
  return Math.min(mostMs, firstMs * 2 ** Math.min(failures, 30)) * (0.5 + random / 2);
}

/** Keeps one link to a gateway up: dials, and dials again when it is over, for ever, until it is stopped. */
export class LinkDialer {
  #state: DialerState;
  /** The latest try; what an earlier one still says is not heard. */
  #attempt: Attempt | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** `servername`: what the gateway's certificate is chosen by; who it is decides `prove`. */
  constructor(
    private readonly at: DialAt,
    private readonly parts: LinkDialerParts,
  ) {
    this.#state = { state: 'stopped', sinceMs: parts.clock.now(), lastEnd: undefined, failures: 0 };
  }

  get state(): DialerState {
    return this.#state;
  }

  start(): void {
    if (this.#state.state === 'stopped') this.#dial();
  }

  /** Tries at once when it waits for the next try; else does nothing. */
  retryNow(): void {
    if (this.#state.state === 'waiting') this.#dial();
  }

  /** Ends the link in an orderly way and makes no other. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#change({ state: 'stopped' });
    this.#attempt?.end();
  }

  #dial(): void {
    clearTimeout(this.#timer);
    this.#change({ state: 'dialling' });
    const attempt = new Attempt(this.at, this.parts, {
      up: () => {
        if (this.#attempt === attempt) this.#change({ state: 'up', failures: 0 });
      },
      over: (end) => {
        if (this.#attempt === attempt) this.#over(end);
      },
    });
    this.#attempt = attempt;
    attempt.begin();
  }

  #over(lastEnd: LinkEnd): void {
    if (this.#state.state === 'stopped') return this.#change({ lastEnd });
    const { backOff = BACK_OFF, random } = this.parts;
    const { failures } = this.#state;
    this.#change({ state: 'waiting', lastEnd, failures: failures + 1 });
    this.#timer = setTimeout(() => this.#dial(), waitMsAfter(failures, backOff, random()));
  }

  #change(changes: Partial<DialerState>): void {
    const isOther = changes.state !== undefined && changes.state !== this.#state.state;
    const sinceMs = isOther ? this.parts.clock.now() : this.#state.sinceMs;
    this.#state = { ...this.#state, ...changes, sinceMs };
    this.parts.changed?.(this.#state);
  }
}
