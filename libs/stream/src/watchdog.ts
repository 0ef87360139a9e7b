/** Who can be found silent. */
export interface Watched {
  /** Something came in since the last round. Set by the owner, cleared here. */
  heard: boolean;
  /** Rounds of silence so far. */
  silentRounds: number;
  /** We stopped reading ourselves: silence says nothing. */
  readonly isPaused: boolean;
  /** Called every round, before its silence is judged. */
  tick(): void;
  ping(): void;
  silent(): void;
}

/** One round every three seconds: a ping after 30 s of silence, the end after 42 s, always within 45. */
export const ROUND_MS = 3000;
const ROUNDS_UNTIL_PING = 10;
const ROUNDS_UNTIL_END = 14;

/** Finds dead peers with one timer for all streams, however many there are. */
export class Watchdog {
  readonly #watched = new Set<Watched>();
  #timer: NodeJS.Timeout | undefined;

  start(): void {
    this.#timer ??= setInterval(() => this.round(), ROUND_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  add(peer: Watched): void {
    this.#watched.add(peer);
  }

  remove(peer: Watched): void {
    this.#watched.delete(peer);
  }

  /** One look at everybody; the timer calls it, and so do tests. */
  round(): void {
    for (const peer of this.#watched) {
      peer.tick();
      if (peer.heard || peer.isPaused) {
        peer.heard = false;
        peer.silentRounds = 0;
        continue;
      }
      peer.silentRounds++;
      if (peer.silentRounds === ROUNDS_UNTIL_PING) peer.ping();
      else if (peer.silentRounds >= ROUNDS_UNTIL_END) peer.silent();
    }
  }
}
