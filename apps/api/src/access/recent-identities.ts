import type { Clock } from '@interoffice/telemetry';
import { hashToken } from '../login/api-sessions.js';
import type { Identity } from './permission.js';

const KNOWN_FOR_MS = 600_000;
const MOST = 1000;

/** Who was let in during the last ten minutes, for the one page that must open while the database is away. */
export class RecentIdentities {
  readonly #all = new Map<string, { readonly identity: Identity; readonly untilMs: number }>();

  constructor(private readonly clock: Clock) {}

  remember(token: string, identity: Identity): void {
    const key = hashToken(token).toString('hex');
    this.#all.delete(key);
    this.#all.set(key, { identity, untilMs: Math.min(this.clock.now() + KNOWN_FOR_MS, identity.expiresAt) });
    if (this.#all.size > MOST) this.#all.delete(this.#all.keys().next().value!);
  }

  /** Whoever was refused since is not let in by what was known before. */
  forget(token: string): void {
    this.#all.delete(hashToken(token).toString('hex'));
  }

  find(token: string): Identity | undefined {
    const known = this.#all.get(hashToken(token).toString('hex'));
    return known && known.untilMs > this.clock.now() ? known.identity : undefined;
  }
}
