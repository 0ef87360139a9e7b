/** How many people of one peer's may write to somebody of ours for the first time, within an hour. */
const WITHIN_MS = 3_600_000;
/** Peers, and pairs of people of each, that are remembered; the longest unused go first. */
const MOST_PEERS = 1_000;
const MOST_PAIRS = 10_000;

/** First messages of people of other servers, counted by their server: who tries everybody is slowed down. */
export class NewContacts {
  readonly #byPeer = new Map<string, Map<string, number>>();

  constructor(
    private readonly clock: { now(): number },
    private readonly mostPerHour: () => number,
  ) {}

  /** False: too many of the peer's people have written to too many of ours already; it may be tried again later. */
  take(peer: string, from: string, to: string): boolean {
    const pairs = this.#of(peer);
    const nowMs = this.clock.now();
    for (const [pair, atMs] of pairs) {
      if (atMs + WITHIN_MS > nowMs) break;
      pairs.delete(pair);
    }
    const pair = `${from} ${to}`;
    if (pairs.has(pair)) return true;
    if (pairs.size >= Math.min(this.mostPerHour(), MOST_PAIRS)) return false;
    pairs.set(pair, nowMs);
    return true;
  }

  #of(peer: string): Map<string, number> {
    const known = this.#byPeer.get(peer) ?? new Map<string, number>();
    this.#byPeer.delete(peer);
    this.#byPeer.set(peer, known);
    if (this.#byPeer.size > MOST_PEERS) this.#byPeer.delete(this.#byPeer.keys().next().value!);
    return known;
  }
}
