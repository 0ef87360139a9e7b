import { createHash } from 'node:crypto';
import { createReadStream, readdirSync, statSync } from 'node:fs';
import type { Checkpoint } from './checkpoint.js';
import type { ExportException } from './exceptions.js';
import type { ExportFolder } from './folder.js';
import { linesOf } from './lines.js';
import { positionsIn } from './collect.js';
import type { ExportRequest } from './request.js';

export const MANIFEST = 'manifest.json';
/** What is signed begins with this line. */
const SIGNED_HEAD = 'interoffice/export/v1';

/** Who made it. */
export interface Producer {
  readonly version: string;
  readonly domain: string;
  readonly job: string;
  readonly requestedAtMs: number;
}

/** `manifest.json`, as docs/compliance/bundle.md describes it. */
export interface Manifest {
  readonly format: 'interoffice/export/v1';
  readonly software: string;
  readonly domain: string;
  readonly job: string;
  readonly requestedBy: string;
  readonly role: string;
  readonly scope: string;
  readonly reason: string;
  readonly filter: object;
  readonly form: string;
  readonly requestedAt: string;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly counts: { readonly messages: number; readonly conversations: number };
  readonly firstId: string | null;
  readonly lastId: string | null;
  /** Rows recorded later are not in it. */
  readonly upTo: string;
  readonly seal: {
    readonly size: number;
    readonly checkpoint: string;
    readonly firstPosition: number | null;
    readonly lastPosition: number | null;
  } | null;
  readonly exceptions: { readonly count: number; readonly byKind: Readonly<Record<string, number>> };
  readonly files: readonly { readonly path: string; readonly size: number; readonly sha256: string }[];
}

/** Without its files: `filesOf` knows them once all are written. */
export function manifestOf(
  folder: ExportFolder,
  {
    request,
    producer,
    checkpoint,
    finishedAtMs,
  }: { request: ExportRequest; producer: Producer; checkpoint: Checkpoint; finishedAtMs: number },
): Manifest {
  const { cut } = checkpoint;
  const [firstId, lastId] = ends(linesOf(folder.ids));
  const [firstPosition, lastPosition] = ends(positionsIn(folder.positions));
  return {
    format: 'interoffice/export/v1',
    software: `Interoffice ${producer.version}`,
    domain: producer.domain,
    job: producer.job,
    requestedBy: request.requestedBy,
    role: request.role,
    scope: request.scope,
    reason: request.reason,
    filter: filterOf(request),
    form: request.format,
    requestedAt: new Date(producer.requestedAtMs).toISOString(),
    startedAt: new Date(checkpoint.startedAtMs).toISOString(),
    finishedAt: new Date(finishedAtMs).toISOString(),
    counts: { messages: checkpoint.written, conversations: checkpoint.conversations },
    firstId: firstId?.slice(0, 16) ?? null,
    lastId: lastId?.slice(0, 16) ?? null,
    upTo: checkpoint.upTo,
    seal: cut
      ? {
          size: cut.size,
          checkpoint: sha256(cut.note),
          firstPosition: firstPosition ?? null,
          lastPosition: lastPosition ?? null,
        }
      : null,
    exceptions: exceptionsIn(folder),
    files: [],
  };
}

/** What the server's key signs for the manifest. */
export function signedText(manifest: Buffer): string {
  return `${SIGNED_HEAD}\n${createHash('sha256').update(manifest).digest('base64')}\n`;
}

/** Times as people write them. */
function filterOf({ filter: { since, until, ...others } }: ExportRequest): object {
  return {
    ...others,
    ...(since !== undefined && { since: new Date(since).toISOString() }),
    ...(until !== undefined && { until: new Date(until).toISOString() }),
  };
}

function exceptionsIn(folder: ExportFolder): Manifest['exceptions'] {
  const byKind: Record<string, number> = {};
  let count = 0;
  for (const line of linesOf(folder.exceptions)) {
    const { kind } = JSON.parse(line) as ExportException;
    byKind[kind] = (byKind[kind] ?? 0) + 1;
    count++;
  }
  return { count, byKind };
}

/** All that lie in the folder, by name. */
export async function filesOf(folder: ExportFolder): Promise<Manifest['files']> {
  const files = [];
  for (const entry of readdirSync(folder.path, { withFileTypes: true }).toSorted((a, b) =>
    a.name < b.name ? -1 : 1,
  )) {
    if (!entry.isFile() || entry.name.startsWith('manifest.')) continue;
    const hash = createHash('sha256');
    for await (const chunk of createReadStream(folder.file(entry.name))) hash.update(chunk as Buffer);
    const { size } = statSync(folder.file(entry.name));
    files.push({ path: entry.name, size, sha256: hash.digest('hex') });
  }
  return files;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function ends<T>(values: Iterable<T>): [first: T | undefined, last: T | undefined] {
  let first: T | undefined;
  let last: T | undefined;
  for (const value of values) {
    first ??= value;
    last = value;
  }
  return [first, last];
}
