import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Job, Jobs } from '@interoffice/jobs';
import { EXPORT, type ExportResult } from './export-kind.js';
import type { ExportRequest } from './request.js';

/** An export as those see it who may. */
export interface ExportJob {
  readonly id: string;
  readonly state: Job['state'];
  readonly request: ExportRequest;
  readonly phase: string | undefined;
  readonly done: number;
  readonly total: number | undefined;
  readonly remainingMs: number | undefined;
  readonly result: ExportResult | undefined;
  readonly problem: Job['problem'];
  readonly createdAtMs: number;
  readonly finishedAtMs: number | undefined;
}

export interface ExportFile {
  readonly name: string;
  readonly bytes: number;
}

/** Exports of the archive. `scope`: the offices of who asks; what was made for others is not there for them. */
export class Exports {
  constructor(
    private readonly jobs: Jobs,
    /** Where exports lie, a folder each. */
    private readonly folder: string,
  ) {}

  async start(request: ExportRequest): Promise<ExportJob> {
    const { requestedBy, scope } = request;
    return this.#seen(await this.jobs.add({ kind: EXPORT, requestedBy, scope, input: request }));
  }

  /** Newest first. */
  async list(scope: string, page: { below?: string; limit: number }): Promise<readonly ExportJob[]> {
    return (await this.jobs.list(EXPORT, scope, page)).map((job) => this.#seen(job));
  }

  async find(id: string, scope: string): Promise<ExportJob | undefined> {
    const job = await this.jobs.find(id);
    if (job?.kind !== EXPORT || (scope !== '*' && job.scope !== scope)) return undefined;
    return this.#seen(job);
  }

  /** False when it was over. */
  cancel(id: string): Promise<boolean> {
    return this.jobs.cancel(id);
  }

  /** What failed or was cancelled goes on; false for anything else. */
  resume(id: string): Promise<boolean> {
    return this.jobs.resume(id);
  }

  /** Of one that is done; none when somebody has removed them. */
  files({ id }: Pick<ExportJob, 'id'>): readonly ExportFile[] {
    if (!existsSync(this.pathOf(id))) return [];
    const entries = readdirSync(this.pathOf(id), { withFileTypes: true });
    const names = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
    return names.toSorted().map((name) => ({ name, bytes: statSync(path.join(this.pathOf(id), name)).size }));
  }

  pathOf(id: string): string {
    return path.join(this.folder, id);
  }

  #seen(job: Job): ExportJob {
    const { id, state, phase, done, total, problem, createdAtMs, finishedAtMs } = job;
    return {
      id,
      state,
      request: job.input as ExportRequest,
      phase,
      done,
      total,
      remainingMs: this.jobs.remainingMs(id),
      result: job.result as ExportResult | undefined,
      problem,
      createdAtMs,
      finishedAtMs,
    };
  }
}
