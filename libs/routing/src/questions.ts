import { randomBytes } from 'node:crypto';
import { type Element, xml } from '@interoffice/wire';
import type { Session } from './session.js';

/** Questions the server may have open with one device; beyond this the oldest counts as unanswered. */
const MOST_OPEN = 64;

/**
 * IQs that the server itself sends to a device. An answer counts only from the device that was asked, under an id of
 * 128 random bits that nobody else can know.
 */
export class Questions {
  readonly #open = new Map<string, { session: Session; answered: (iq: Element) => void }>();

  /**
   * Asks; `answered` is called with the result or error, or never. `from`: which of our domains asks; a device of ours is
   * asked by its own server without saying so.
   */
  ask(
    session: Session,
    { type, payload, from }: { readonly type: 'get' | 'set'; readonly payload: Element; readonly from?: string },
    answered: (iq: Element) => void,
  ): void {
    const id = randomBytes(16).toString('base64url');
    this.#open.set(id, { session, answered });
    if (this.#open.size > MOST_OPEN * 1024) this.#open.delete(this.#open.keys().next().value!);
    const to = session.jid.toString();
    session.send(xml('iq', { type, id, to, ...(from === undefined ? {} : { from }) }, payload));
  }

  /** An answer has come in. False: nobody waits for it, or another device was asked. */
  answered(id: string, session: Session, iq: Element): boolean {
    const question = this.#open.get(id);
    if (question?.session !== session) return false;
    this.#open.delete(id);
    question.answered(iq);
    return true;
  }

  /** Forgets what was asked of a device that is gone. */
  gone(session: Session): void {
    for (const [id, question] of this.#open) if (question.session === session) this.#open.delete(id);
  }
}
