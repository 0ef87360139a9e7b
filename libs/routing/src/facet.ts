/** A typed slot on a session or an account; only who holds the key can read or write it. */
export interface Facet<T> {
  readonly name: string;
  readonly initial: T;
}

/** Declares a slot. `initial` is what a session or account has before its owner put anything; never mutate it. */
export function facet<T>(name: string, initial: T): Facet<T> {
  return { name, initial };
}

/** The slots of one session or account. */
export class Facets {
  #slots: Map<Facet<unknown>, unknown> | undefined;

  get<T>(key: Facet<T>): T {
    const slot = this.#slots?.get(key);
    // The map is typed by its key: what was put under Facet<T> is a T.
    return slot === undefined ? key.initial : (slot as T);
  }

  put<T>(key: Facet<T>, value: T): void {
    this.#slots ??= new Map();
    this.#slots.set(key, value);
  }
}
