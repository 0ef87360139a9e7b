import { randomBytes } from 'node:crypto';
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { WantedChange } from '@interoffice/archive';
import type { RetentionPreview } from '@interoffice/contract';
import { describeError, type Log } from '@interoffice/telemetry';
import { PORT } from '../ports.js';
import { ProblemError } from '../problem.js';
import type { Retention } from './retention.js';

/** Beyond this the oldest is forgotten; one that still counts is ended. */
const MOST_KEPT = 16;

interface Kept {
  readonly actor: string;
  readonly ended: AbortController;
  preview: RetentionPreview;
}

/** Previews count millions of messages: they are begun, and asked for until they are done, by whoever began them. */
@Injectable()
export class RunningPreviews implements OnModuleDestroy {
  readonly #retention: Retention;
  readonly #log: Log;
  readonly #all = new Map<string, Kept>();

  constructor(@Inject(PORT.retention) retention: Retention, @Inject(PORT.log) log: Log) {
    this.#retention = retention;
    this.#log = log;
  }

  begin(wanted: WantedChange | undefined, actor: string): RetentionPreview {
    const id = randomBytes(16).toString('hex');
    const preview: RetentionPreview = { id, state: 'counting', doneRows: 0, totalRows: 0 };
    const kept: Kept = { actor, ended: new AbortController(), preview };
    this.#all.set(id, kept);
    this.#forgetOldest();
    void this.#count(kept, wanted);
    return preview;
  }

  /** Throws NOT_FOUND, also for somebody else's. */
  find(id: string, actor: string): RetentionPreview {
    const kept = this.#all.get(id);
    if (kept?.actor !== actor) throw new ProblemError('NOT_FOUND');
    return kept.preview;
  }

  onModuleDestroy(): void {
    for (const { ended } of this.#all.values()) ended.abort();
  }

  async #count(kept: Kept, wanted: WantedChange | undefined): Promise<void> {
    const report = (doneRows: number, totalRows: number): void => {
      kept.preview = { ...kept.preview, doneRows, totalRows: Math.max(totalRows, doneRows) };
    };
    try {
      const { months, ...sums } = await this.#retention.previews.of(wanted, { report, signal: kept.ended.signal });
      kept.preview = { ...kept.preview, state: 'done', ...sums, months: [...months] };
    } catch (error) {
      const problem = 'The messages could not be counted; the database did not answer. Try again.';
      kept.preview = { ...kept.preview, state: 'failed', problem };
      if (!kept.ended.signal.aborted) this.#log.warn('api.preview.failed', { reason: describeError(error) });
    }
  }

  #forgetOldest(): void {
    if (this.#all.size <= MOST_KEPT) return;
    const [oldest, { ended }] = this.#all.entries().next().value!;
    ended.abort();
    this.#all.delete(oldest);
  }
}
