/** The least time between two drawings of the contact list. */
const PAUSE_MS = 750;

interface Drawn extends HTMLElement {
  readonly hasUpdated: boolean;
  requestUpdate(...given: unknown[]): void;
  pause?: ReturnType<typeof setTimeout>;
}

/**
 * COMPAT(converse.js, 14.0.0): its contact list draws itself anew at every presence, which keeps a page with 500 contacts
 * busy for ten seconds; drawn at most every 750 ms it takes four.
 */
export function throttleRoster(): void {
  void customElements.whenDefined('converse-roster').then(() => {
    const prototype = customElements.get('converse-roster')!.prototype as Drawn;
    const draw = prototype.requestUpdate;
    prototype.requestUpdate = function (this: Drawn, ...given) {
      if (given.length > 0 || !this.hasUpdated) return draw.apply(this, given);
      this.pause ??= setTimeout(() => {
        this.pause = undefined;
        draw.call(this);
      }, PAUSE_MS);
    };
  });
}
