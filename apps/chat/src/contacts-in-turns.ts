/** More than a screen shows. */
const AT_ONCE = 40;
/** In each turn behind these. */
const IN_A_TURN = 10;
const TURN_MS = 40;

interface Drawn extends HTMLElement {
  readonly hasUpdated: boolean;
  scheduleUpdate(): void | Promise<unknown>;
}

/**
 * COMPAT(converse.js, 14.0.0): it draws every contact, with the menu of each, before somebody can click on the first. Here
 * those that are seen are drawn at once and the others behind them, a few at a time.
 */
export function drawContactsInTurns(): void {
  const waiting: (() => void)[] = [];
  let free = AT_ONCE;
  const takeTurn = (): void => {
    for (const draw of waiting.splice(0, IN_A_TURN)) draw();
    if (waiting.length > 0) setTimeout(takeTurn, TURN_MS);
    else free = AT_ONCE;
  };
  const turn = (): Promise<void> =>
    new Promise((resolve) => {
      if (waiting.push(resolve) === 1) setTimeout(takeTurn, TURN_MS);
    });
  void customElements.whenDefined('converse-roster-contact').then(() => {
    const prototype = customElements.get('converse-roster-contact')!.prototype as Drawn;
    const draw = prototype.scheduleUpdate;
    prototype.scheduleUpdate = function (this: Drawn) {
      // Drawn before: what has changed is shown at once.
      if (this.hasUpdated || free-- > 0) return draw.call(this);
      return turn().then(() => draw.call(this));
    };
  });
}
