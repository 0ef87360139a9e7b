import { createHash } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Job, JobKind } from '@interoffice/jobs';
import type { Connection } from '@interoffice/storage';
import type { Notary } from '../seal/note.js';
import type { Checkpoint } from './checkpoint.js';
import type { ExportException } from './exceptions.js';
import { ExportFolder } from './folder.js';
import { writeFile } from './growing-file.js';
import { MANIFEST, signedText } from './manifest.js';
import type { ExportRequest } from './request.js';
import type { ExportOutcome, ExportTask } from './run.js';

export const EXPORT = 'export';

/** What is kept of an export that is done. */
export interface ExportResult extends ExportOutcome {
  readonly manifestSha256: string;
}

/** What an export does, for the audit log. */
export interface ExportDeed {
  readonly action: 'archive.export.finished' | 'archive.export.failed' | 'archive.export.cancelled';
  readonly job: string;
  readonly request: ExportRequest;
  readonly details: Readonly<Record<string, unknown>>;
}

export interface ExportKindOptions {
  /** As the owner: the process opens its own connections as `officer` and `app`. */
  readonly connection: Connection;
  /** Where exports lie, a folder each. */
  readonly folder: string;
  readonly version: string;
  readonly domain: string;
  /** Where the sealed log lies; undefined where nothing is sealed. */
  readonly seal: string | undefined;
  /** Signs manifests; undefined where there is no key. */
  readonly notary: Notary | undefined;
  /** Resolves when a checkpoint covers what has been recorded until now. */
  readonly settle: (() => Promise<void>) | undefined;
  /** The id up to which everything is committed. */
  readonly upTo: () => string;
  /** Rejects when it cannot be written down: the export is not done then. */
  readonly record: (deed: ExportDeed) => Promise<void>;
  /** The process's program; a test names the built one. */
  readonly worker?: URL;
}

const SETTLE_WITHIN_MS = 60_000;
const BEHIND: ExportException = {
  kind: 'seal-behind',
  reason: 'The seal did not catch up within a minute: what was recorded last is not in this export.',
};

/** Exports, as a kind of job. */
export function exportKind(options: ExportKindOptions): JobKind {
  const { record } = options;
  return {
    name: EXPORT,
    program: options.worker ?? new URL('../export-worker.js', import.meta.url),
    prepare: (job) => prepare(job, options),
    finish: (job, outcome) => finish(job, outcome as ExportOutcome, options),
    kept: ({ id }) => rmSync(new ExportFolder(path.join(options.folder, id)).work, { recursive: true, force: true }),
    ended: ({ id, input, state, problem }) =>
      record({
        action: state === 'failed' ? 'archive.export.failed' : 'archive.export.cancelled',
        job: id,
        request: input as ExportRequest,
        details: problem ? { code: problem.code } : {},
      }),
  };
}

async function prepare(job: Job, options: ExportKindOptions): Promise<object> {
  const { connection, folder, version, domain, upTo, settle, seal } = options;
  const checkpoint = job.checkpoint as Checkpoint | undefined;
  const isBehind = checkpoint === undefined && settle !== undefined && !(await inTime(settle(), SETTLE_WITHIN_MS));
  const task: ExportTask = {
    request: job.input as ExportRequest,
    producer: { version, domain, job: job.id, requestedAtMs: job.createdAtMs },
    folder: path.join(folder, job.id),
    checkpoint,
    upTo: upTo(),
    exceptions: isBehind ? [BEHIND] : [],
  };
  return { task, connection, seal };
}

/** Signs, and says in the audit log what is handed over by which hash. */
async function finish(job: Job, outcome: ExportOutcome, options: ExportKindOptions): Promise<ExportResult> {
  const { notary, record } = options;
  const folder = new ExportFolder(path.join(options.folder, job.id));
  const bytes = readFileSync(folder.file(MANIFEST));
  const manifestSha256 = createHash('sha256').update(bytes).digest('hex');
  if (notary) writeFile(folder.file('manifest.note'), await notary.sign(signedText(bytes)));
  const result = { ...outcome, manifestSha256 };
  await record({
    action: 'archive.export.finished',
    job: job.id,
    request: job.input as ExportRequest,
    details: { ...result },
  });
  return result;
}

/** False when it takes longer, or cannot be done. */
async function inTime(work: Promise<void>, withinMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => (timer = setTimeout(() => resolve(false), withinMs)));
  try {
    return await Promise.race([work.then(() => true as const), late]);
  } catch {
    // Why the seal does not go on is its own alarm; here it is an exception of the export.
    return false;
  } finally {
    clearTimeout(timer);
  }
}
