import { type Account, Doubtful, type Feature, REMEMBERED_MS, type Session } from '@interoffice/routing';
import { type Clock, describeError, type Log } from '@interoffice/telemetry';
import type { UncleanEnds } from './unclean-ends.js';

const FLUSH_MS = 2000;

export interface ResendsParts {
  readonly ends: Pick<UncleanEnds, keyof UncleanEnds>;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Remembers, for a day, whose client may send again what it has sent: after a stream that was cut, and for everybody after
 * a crash of the server. Routing looks for what such accounts send in the journal. architecture.md §5.6
 */
export class Resends {
  readonly feature: Feature;
  #known = new Map<number, number>();
  #unsaved = new Map<number, number>();
  #crashedAtMs: number | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly parts: ResendsParts) {
    const cut = (session: Session): void => this.#cut(session.account);
    this.feature = {
      name: 'resends',
      implements: [],
      loads: (accounts) => {
        for (const account of accounts) this.#restore(account);
        return Promise.resolve();
      },
      watches: { detached: cut, gone: (session, end) => (end === 'closed' ? undefined : cut(session)) },
    };
  }

  /** To be called before the first stream. Rejects with the database. */
  async start(): Promise<void> {
    const { ends, clock } = this.parts;
    const since = clock.now() - REMEMBERED_MS;
    this.#crashedAtMs = await ends.begin(clock.now(), since);
    this.#known = await ends.load(since);
    this.#timer = setInterval(() => void this.#flush(), FLUSH_MS).unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#flush();
    // What could not be written is in doubt: then the next start finds that this process was not stopped.
    if (this.#timer && this.#unsaved.size === 0) await this.parts.ends.end();
  }

  #cut({ id }: Account): void {
    const now = this.parts.clock.now();
    this.#known.set(id, now);
    this.#unsaved.set(id, now);
  }

  #restore(account: Account): void {
    const now = this.parts.clock.now();
    const until = Math.max(this.#known.get(account.id) ?? 0, this.#crashedAtMs ?? 0) + REMEMBERED_MS;
    if (until > now) account.doubtful = new Doubtful(until);
    else this.#known.delete(account.id);
  }

  async #flush(): Promise<void> {
    const unsaved = this.#unsaved;
    if (unsaved.size === 0) return;
    this.#unsaved = new Map();
    try {
      await this.parts.ends.save(unsaved);
    } catch (error) {
      this.#unsaved = new Map([...unsaved, ...this.#unsaved]);
      this.parts.log.warn('resends.save.failed', { reason: describeError(error) });
    }
  }
}
