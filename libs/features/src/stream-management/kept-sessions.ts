import { createHash } from 'node:crypto';
import { facet, type Session } from '@interoffice/routing';

/** What is known of a session that can be resumed. */
export interface Kept {
  readonly key: string;
  readonly idHash: Buffer;
  readonly maxMs: number;
  /** When it ends unless it is resumed; undefined while it has a stream. */
  deadline: number | undefined;
  /** The counters as they stand in the table. */
  saved: string;
  /** After a crash the counters may be older than what the client knows. */
  isExact: boolean;
}

const keptOf = facet<Kept | undefined>('stream-management', undefined);
const MOST_ENDED = 10_000;

/** The sessions that can be resumed, by the hash of their SM-ID, and the counters of the latest that have ended. */
export class KeptSessions {
  readonly #sessions = new Map<string, Session>();
  readonly #ended = new Map<string, { accountId: number; handled: number }>();

  /** `id`: an SM-ID, or its hash. */
  add(session: Session, id: string | Buffer, maxMs: number): Kept {
    const idHash = typeof id === 'string' ? hashOf(id) : id;
    const key = idHash.toString('hex');
    const kept = { key, idHash, maxMs, deadline: undefined, saved: '', isExact: true };
    session.put(keptOf, kept);
    this.#sessions.set(key, session);
    return kept;
  }

  of(session: Session): Kept | undefined {
    return session.get(keptOf);
  }

  find(id: string | Buffer): Session | undefined {
    return this.#sessions.get((typeof id === 'string' ? hashOf(id) : id).toString('hex'));
  }

  /** Stanzas handled of a stream of this account that has ended not long ago. */
  lastHandled(id: string, accountId: number): number | undefined {
    const ended = this.#ended.get(hashOf(id).toString('hex'));
    return ended?.accountId === accountId ? ended.handled : undefined;
  }

  /** It has ended; returns what was known of it. */
  remove(session: Session): Kept | undefined {
    const kept = session.get(keptOf);
    if (!kept || !this.#sessions.delete(kept.key)) return undefined;
    if (kept.isExact) this.#ended.set(kept.key, { accountId: session.account.id, handled: session.settled });
    if (this.#ended.size > MOST_ENDED) this.#ended.delete(this.#ended.keys().next().value!);
    return kept;
  }

  all(): Iterable<Session> {
    return this.#sessions.values();
  }

  /** Sessions whose time is up. */
  overdue(now: number): Session[] {
    return [...this.#sessions.values()].filter((session) => (session.get(keptOf)!.deadline ?? Infinity) <= now);
  }
}

function hashOf(id: string): Buffer {
  return createHash('sha256').update(id).digest();
}
