import { setTimeout as pause } from 'node:timers/promises';

const WITHIN_MS = 30_000;
const EVERY_MS = 50;

/** Tries until it succeeds; rejects with the last reason after 30 s. Only for what another program does in its own time. */
export async function until(what: string, attempt: () => Promise<void>): Promise<void> {
  const deadline = performance.now() + WITHIN_MS;
  for (;;) {
    try {
      return await attempt();
    } catch (cause) {
      if (performance.now() > deadline) throw new Error(`not in time: ${what}`, { cause });
      await pause(EVERY_MS);
    }
  }
}
