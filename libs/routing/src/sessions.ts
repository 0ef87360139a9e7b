import type { Session } from './session.js';

/** Who is bound where. Order of iteration is the order of binding. */
export class Sessions {
  readonly #all = new Set<Session>();

  get size(): number {
    return this.#all.size;
  }

  all(): Iterable<Session> {
    return this.#all;
  }

  /** Adds a device; nobody holds its resource any more. */
  add(session: Session): void {
    session.account.sessions.set(session.resource, session);
    this.#all.add(session);
  }

  /** False when the device had been removed before. */
  remove(session: Session): boolean {
    session.isOpen = false;
    const { account, resource } = session;
    if (account.sessions.get(resource) === session) account.sessions.delete(resource);
    return this.#all.delete(session);
  }
}
