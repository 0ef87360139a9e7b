import { EarlierMessages } from './earlier-messages.js';
import type { MessageKey } from './message-key.js';

/** How far back a message is looked for while its account's streams end properly; architecture.md §5.6. */
const USUAL = 64;
/** Messages of one account that are remembered: more than a client can have sent without being told what arrived. */
export const MOST_REMEMBERED = 1024;

/**
 * The latest messages of an account. Those that every message is compared with lie close together; earlier ones, which
 * are looked at after an unclean end alone, lie apart.
 */
export class RecentMessages {
  readonly #ids = new Int32Array(USUAL);
  readonly #contents = new Int32Array(USUAL);
  readonly #moreContents = new Int32Array(USUAL);
  #count = 0;
  #earlier: EarlierMessages | undefined;

  /**
   * `same`: this very message was here. `reused`: another one with its id was. `deep`: all that is remembered is looked
   * at, not the latest alone.
   */
  find(key: MessageKey, deep = false): 'same' | 'reused' | undefined {
    let found: 'reused' | undefined;
    const kept = this.#count < USUAL ? this.#count : USUAL;
    for (let at = 0; at < kept; at++) {
      if (this.#ids[at] !== (key.id | 0)) continue;
      if (this.#contents[at] === key.content && this.#moreContents[at] === key.moreContent) return 'same';
      found = 'reused';
    }
    return deep ? (this.#earlier?.find(key) ?? found) : found;
  }

  add(key: MessageKey): void {
    const at = this.#count++ % USUAL;
    if (this.#count > USUAL) {
      this.#earlier ??= new EarlierMessages(MOST_REMEMBERED - USUAL);
      this.#earlier.add(this.#ids[at]!, this.#contents[at]!, this.#moreContents[at]!);
    }
    this.#ids[at] = key.id;
    this.#contents[at] = key.content;
    this.#moreContents[at] = key.moreContent;
  }
}
