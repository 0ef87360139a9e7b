import { describe, expect, it } from 'vitest';
import { ROUND_MS, Watchdog, type Watched } from './watchdog.js';

/** A peer that notes in which round it was pinged and given up. */
function peer(): Watched & { pinged: number[]; given: number[]; round: number; isPaused: boolean; ticks: number } {
  return {
    heard: true,
    silentRounds: 0,
    isPaused: false,
    round: 0,
    ticks: 0,
    pinged: [],
    given: [],
    tick() {
      this.ticks++;
    },
    ping() {
      this.pinged.push(this.round);
    },
    silent() {
      this.given.push(this.round);
    },
  };
}

function run(watchdog: Watchdog, peers: { round: number }[], rounds: number): void {
  for (let i = 0; i < rounds; i++) {
    for (const each of peers) each.round++;
    watchdog.round();
  }
}

describe('the watchdog', () => {
  it('pings a peer that says nothing and gives it up within 45 seconds of its last word', () => {
    const [watchdog, silent] = [new Watchdog(), peer()];
    watchdog.add(silent);
    run(watchdog, [silent], 15);
    expect(silent.pinged).toHaveLength(1);
    expect(silent.given).toHaveLength(1);
    // Its last word may have come right behind a round: one round more than was counted.
    expect(silent.given[0]! * ROUND_MS).toBeLessThanOrEqual(45_000);
    expect((silent.given[0]! - silent.pinged[0]!) * ROUND_MS).toBeGreaterThanOrEqual(10_000);
  });

  it('leaves a peer alone that speaks, answers its ping or is not read', () => {
    const [watchdog, speaks, answers, paused] = [new Watchdog(), peer(), peer(), peer()];
    for (const each of [speaks, answers, paused]) watchdog.add(each);
    paused.isPaused = true;
    for (let i = 0; i < 100; i++) {
      speaks.heard = true;
      const pings = answers.pinged.length;
      run(watchdog, [speaks, answers, paused], 1);
      if (answers.pinged.length > pings) answers.heard = true;
    }
    expect([speaks, answers, paused].map(({ given }) => given)).toEqual([[], [], []]);
    expect(speaks.pinged).toEqual([]);
    expect(paused.pinged).toEqual([]);
    expect(answers.pinged.length).toBeGreaterThan(5);
  });

  it('forgets who is gone, and looks by itself once it is started', async () => {
    const [watchdog, gone, there] = [new Watchdog(), peer(), peer()];
    watchdog.add(gone);
    watchdog.add(there);
    watchdog.remove(gone);
    run(watchdog, [gone, there], 20);
    expect(gone.pinged).toEqual([]);
    expect(there.given.length).toBeGreaterThan(0);
    watchdog.start();
    watchdog.start();
    watchdog.stop();
  });
});
