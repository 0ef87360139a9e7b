/** How long a page that wakes up waits for a sign of the server. */
const ANSWER_WITHIN_MS = 5000;

/** How often the page looks at the clock, and which gap it has slept through. */
const BEAT_MS = 1000;
const ASLEEP_MS = 4000;

/**
 * Calls `check` whenever the line is in doubt: the page was hidden or frozen, the network came or went, or the whole
 * machine was asleep, of which only the clock tells.
 */
export function checkOnWaking(check: (limitMs: number) => void): void {
  const ask = (): void => check(ANSWER_WITHIN_MS);
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) ask();
  });
  document.addEventListener('resume', ask);
  for (const event of ['online', 'offline', 'pageshow']) addEventListener(event, ask);
  let beatAt = Date.now();
  setInterval(() => {
    const gapMs = Date.now() - beatAt;
    beatAt += gapMs;
    if (gapMs > ASLEEP_MS) ask();
  }, BEAT_MS);
}

interface Leaving {
  readonly isWaiting: () => boolean;
  readonly leave: () => void;
}

/**
 * Ends the session when the page goes, so that nobody is shown as there who is not. Before that the browser asks whether
 * the page may go while messages wait: a reload keeps them, but somebody who closes the page should know.
 */
export function endWithPage({ isWaiting, leave }: Leaving): void {
  addEventListener('beforeunload', (event) => {
    if (isWaiting()) event.preventDefault();
  });
  addEventListener('pagehide', ({ persisted }) => {
    if (!persisted) leave();
  });
}
