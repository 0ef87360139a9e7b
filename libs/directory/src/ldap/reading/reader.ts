import type { Control, Entry, Filter, SearchOptions } from 'ldapts';
import { isAnswer } from '../pool.js';
import { ADMIN_LIMIT, isHidden, readFailure } from './refused.js';

/** What reading asks of a connection. */
export interface ReadConnection {
  readonly url: string;
  search(base: string, options: SearchOptions, controls?: Control[]): Promise<readonly Entry[]>;
  pages(base: string, options: SearchOptions, controls?: Control[]): AsyncIterable<readonly Entry[]>;
}

/** One search. */
export interface Query {
  readonly base: string;
  readonly filter: Filter;
  readonly attributes: readonly string[];
  readonly controls?: readonly Control[];
}

/** Entries in a page; less where the server demands it. */
const FIRST_PAGE_SIZE = 500;
const SMALLEST_PAGE_SIZE = 10;
/** Less is not asked for only because a connection was lost, which may have had nothing to do with the page. */
const SMALLEST_AFTER_LOSS = 100;

/** How large a page may be: found out once, and kept for all later reading of the same directory. */
export class PageSize {
  #entries = FIRST_PAGE_SIZE;

  get entries(): number {
    return this.#entries;
  }

  /** The server has refused it. False when it cannot be smaller: then it was something else that the server refused. */
  refused(): boolean {
    if (this.#shrink(SMALLEST_PAGE_SIZE)) return true;
    this.#entries = FIRST_PAGE_SIZE;
    return false;
  }

  /** The connection was lost over a page: with large photos it may have been more than a connection takes. */
  lost(): void {
    this.#shrink(SMALLEST_AFTER_LOSS);
  }

  #shrink(least: number): boolean {
    if (this.#entries <= least) return false;
    this.#entries = Math.max(least, Math.floor(this.#entries / 2));
    return true;
  }
}

/**
 * Reads over one connection, that is from one server. Searches are always paged and never carry a size limit, so a
 * result that ends without an error is whole; one that was cut rejects with DIRECTORY_RESULT_CUT. Everything else that
 * goes wrong rejects as `readFailure` says.
 */
export class Reader {
  readonly #connection: ReadConnection;
  readonly #pageSize: PageSize;
  readonly #binary: readonly string[];

  /** `binary`: attributes whose values are bytes. */
  constructor(connection: ReadConnection, pageSize: PageSize, binary: readonly string[]) {
    this.#connection = connection;
    this.#pageSize = pageSize;
    // Servers name attributes as their schema does, and ldapts compares the names exactly. COMPAT(ldapts, 9.2)
    this.#binary = binary.flatMap((name) => [name, name.toLowerCase()]);
  }

  /** The server that is read. */
  get url(): string {
    return this.#connection.url;
  }

  async *pages(query: Query): AsyncGenerator<readonly Entry[]> {
    for (let hasBegun = false, isOver = false; !isOver;) {
      try {
        for await (const page of this.#connection.pages(query.base, this.#paged(query), controlsOf(query))) {
          yield (page.length > 0 || hasBegun ? page : await this.#unpaged(query)).map(withoutAbsent);
          hasBegun = true;
        }
        isOver = true;
      } catch (error) {
        if (!isAnswer(error)) this.#pageSize.lost();
        if (hasBegun || !isPageTooLarge(error) || !this.#pageSize.refused()) throw readFailure(error, query.base);
      }
    }
  }

  all(query: Query): Promise<readonly Entry[]> {
    return collected(this.pages(query));
  }

  /** All entries of the same search below each of the bases. */
  async below(bases: readonly string[], query: Omit<Query, 'base'>): Promise<readonly Entry[]> {
    const found: (readonly Entry[])[] = [];
    for (const base of bases) found.push(await this.all({ ...query, base }));
    return found.flat();
  }

  /** Undefined when the directory does not show it. */
  async entry(dn: string, attributes: readonly string[]): Promise<Entry | undefined> {
    try {
      const [entry] = await this.#connection.search(dn, { ...this.#options(attributes), scope: 'base' });
      return entry && withoutAbsent(entry);
    } catch (error) {
      const failure = readFailure(error, dn);
      if (isHidden(failure)) return undefined;
      throw failure;
    }
  }

  /**
   * ldapts takes an empty page for the last, though a server that is slow to find the first entry may send one and go on
   * (RFC 2696 §3). Without pages the answer is whole, or an error. COMPAT(ldapts, 9.2)
   */
  #unpaged(query: Query): Promise<readonly Entry[]> {
    const { paged: _, ...options } = this.#paged(query);
    return this.#connection.search(query.base, options, controlsOf(query));
  }

  #paged({ attributes, filter }: Query) {
    const paged = { pageSize: this.#pageSize.entries };
    return { ...this.#options(attributes), scope: 'sub' as const, filter, paged };
  }

  #options(attributes: readonly string[]) {
    return { attributes: [...new Set(attributes)], explicitBufferAttributes: [...this.#binary] };
  }
}

/**
 * ldapts puts an empty list for each attribute that was asked for and is not there; of a person that is most of what is
 * asked for, and every look for an attribute would go through all of them. COMPAT(ldapts, 9.2)
 */
function withoutAbsent(entry: Entry): Entry {
  const there: Entry = { dn: entry.dn };
  for (const [name, value] of Object.entries(entry)) if (value.length > 0) there[name] = value;
  return there;
}

function controlsOf({ controls }: Query): Control[] | undefined {
  return controls && [...controls];
}

function isPageTooLarge(error: unknown): boolean {
  return isAnswer(error) && error.code === ADMIN_LIMIT;
}

/** All pages as one. */
export async function collected<T>(pages: AsyncIterable<readonly T[]>): Promise<readonly T[]> {
  const all: (readonly T[])[] = [];
  for await (const page of pages) all.push(page);
  return all.flat();
}
