import type { Log } from '@interoffice/telemetry';
import type { KnownAccount } from '../account-records.js';
import type { Refusal } from '../people-source.js';

/** What has become of an account. */
export interface ChangeNews {
  /** As it is now. */
  readonly refusal: Refusal | undefined;
  /** When the directory's answer that says so had come, in milliseconds. */
  readonly detectedAtMs: number;
  readonly turn: 'added' | 'changed' | 'refused' | 'readmitted';
}

/** Told once the change is durable; told again with the next sync when it rejects. */
export type OnChanged = (account: KnownAccount, news: ChangeNews) => Promise<void> | void;

/** Told at once; more would only wait for each other. */
const AT_ONCE = 20;

/** Tells changes onward, refusals first. Whoever could not be told stays here until it works: one entry per account. */
export class News {
  readonly #untold = new Map<number, readonly [KnownAccount, ChangeNews]>();

  constructor(
    private readonly tell: OnChanged,
    private readonly log: Log,
  ) {}

  async add(changes: readonly (readonly [KnownAccount, ChangeNews])[]): Promise<void> {
    for (const change of changes) this.#untold.set(change[0].id, change);
    await this.flush();
  }

  /** Also what could not be told before. */
  async flush(): Promise<void> {
    const waiting = [...this.#untold.values()].sort(([, a], [, b]) => urgency(b) - urgency(a));
    // Nobody is told twice of what two syncs at once would tell.
    this.#untold.clear();
    for (let i = 0; i < waiting.length; i += AT_ONCE) {
      await Promise.all(waiting.slice(i, i + AT_ONCE).map((change) => this.#tellOne(change)));
    }
  }

  async #tellOne([account, news]: readonly [KnownAccount, ChangeNews]): Promise<void> {
    try {
      await this.tell(account, news);
    } catch (error) {
      const cause = error instanceof Error ? error : undefined;
      if (!this.#untold.has(account.id)) this.#untold.set(account.id, [account, news]);
      this.log.error('directory.change.untold', { account: account.jid.bare, error: cause });
    }
  }
}

function urgency({ turn }: ChangeNews): number {
  return turn === 'refused' ? 1 : 0;
}
