/** How long a page that wakes up waits for a sign of the server. */
const ANSWER_WITHIN_MS = 5000;

/** Calls `check` whenever the line is in doubt: the page was hidden or frozen, or the network came or went. */
export function checkOnWaking(check: (limitMs: number) => void): void {
  const ask = (): void => check(ANSWER_WITHIN_MS);
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) ask();
  });
  document.addEventListener('resume', ask);
  for (const event of ['online', 'offline', 'pageshow']) addEventListener(event, ask);
}

interface Leaving {
  readonly waiting: () => number;
  readonly leave: () => void;
}

/**
 * Ends the session when the page goes, so that nobody is shown as there who is not. Before that the browser asks whether
 * the page may go while messages wait: a reload keeps them, but somebody who closes the page should know.
 */
export function endWithPage({ waiting, leave }: Leaving): void {
  addEventListener('beforeunload', (event) => {
    if (waiting() > 0) event.preventDefault();
  });
  addEventListener('pagehide', ({ persisted }) => {
    if (!persisted) leave();
  });
}
