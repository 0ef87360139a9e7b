/**
 * Runs `work` once the event loop has gone round `turns` times. A busy server gathers that long what belongs together;
 * an idle one goes round in microseconds, so that whoever is alone does not wait.
 */
export function afterTurns(turns: number, work: () => void): void {
  setImmediate(() => (turns > 1 ? afterTurns(turns - 1, work) : work()));
}
