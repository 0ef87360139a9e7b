/** Photos and names that are asked for at the same time. */
const AT_ONCE = 4;
/** Between an answer and the next question: what somebody clicks on comes first. */
const PAUSE_MS = 25;

/** The part of Converse's API that asks for what people look like (XEP-0054). */
export interface CardApi {
  readonly vcard: { update(...given: unknown[]): Promise<unknown> };
}

/**
 * COMPAT(converse.js, 14.0.0): it asks for the photo of every contact at once, 500 questions before the first contact is
 * drawn, and draws anew with each answer. Here a few are asked for at a time, with pauses.
 */
export function photosLater({ vcard }: CardApi): void {
  const update = vcard.update.bind(vcard);
  const waiting: (() => Promise<void>)[] = [];
  let underWay = 0;
  const next = (): void => {
    if (underWay >= AT_ONCE) return;
    const ask = waiting.shift();
    if (!ask) return;
    underWay++;
    setTimeout(() => {
      void ask().finally(() => {
        underWay--;
        next();
      });
    }, PAUSE_MS);
  };
  vcard.update = (...given) =>
    new Promise((resolve, reject) => {
      waiting.push(() => update(...given).then(resolve, reject));
      next();
    });
}
