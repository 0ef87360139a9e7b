/**
 * The outcome of `work`; when it is one to be hidden, only at a multiple of `stepMs` after this call: whoever waits for the
 * answer cannot tell what was done for it, as long as that takes less than a step. The timer runs from the beginning, so
 * that the moment it fires does not depend on the work. A rejection is passed on at once. A-05
 */
export async function evenly<T>(
  stepMs: number,
  work: Promise<T> | T,
  isHidden: (outcome: T) => boolean = () => true,
): Promise<T> {
  let release: (() => void) | undefined;
  const timer = setInterval(() => release?.(), stepMs);
  try {
    const outcome = await work;
    if (isHidden(outcome)) await new Promise<void>((resolve) => (release = resolve));
    return outcome;
  } finally {
    clearInterval(timer);
  }
}
