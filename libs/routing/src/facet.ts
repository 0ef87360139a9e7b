/** A typed slot on a session or an account; only who holds the key can read or write it. */
export interface Facet<T> {
  readonly name: string;
  readonly initial: T;
}

const surviving = new Map<string, Facet<boolean>>();

/** Declares a slot. `initial` is what a session or account has before its owner put anything; never mutate it. */
export function facet<T>(name: string, initial: T): Facet<T> {
  return { name, initial };
}

/** Declares a switch of a session that is kept when the session is resumed after a restart of the server. XEP-0198 §5 */
export function survivingFlag(name: string): Facet<boolean> {
  const key = facet(name, false);
  surviving.set(name, key);
  return key;
}

const kept = new Map<string, Facet<unknown>>();

/**
 * Declares a slot of a session whose value (JSON; undefined: nothing) is kept when the session is resumed after a restart
 * of the server.
 */
export function survivingFacet<T>(name: string): Facet<T | undefined> {
  const key = facet<T | undefined>(name, undefined);
  kept.set(name, key);
  return key;
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

  /** Names of the surviving flags that are set. */
  flags(): string[] {
    return [...surviving].filter(([, key]) => this.get(key)).map(([name]) => name);
  }

  /** Sets them again; names that no feature declares any more are left out. */
  setFlags(names: readonly string[]): void {
    for (const name of names) {
      const key = surviving.get(name);
      if (key) this.put(key, true);
    }
  }

  /** The surviving slots that hold something, by name. */
  kept(): Record<string, unknown> {
    const values: Record<string, unknown> = {};
    for (const [name, key] of kept) {
      const value = this.#slots?.get(key);
      if (value !== undefined) values[name] = value;
    }
    return values;
  }

  /** Fills them again; names that no feature declares any more are left out. */
  setKept(values: Readonly<Record<string, unknown>>): void {
    for (const [name, value] of Object.entries(values)) {
      const key = kept.get(name);
      if (key) this.put(key, value);
    }
  }
}
