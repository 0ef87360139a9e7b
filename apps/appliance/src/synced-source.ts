import type { SyncedSource } from '@interoffice/api';
import type { Directory, DirectoryChange, DirectoryPreview, DirectoryServer, Finding } from '@interoffice/contract';
import type {
  DirectorySync,
  Hold,
  LdapSource,
  Preview,
  PreviewLine,
  RoleRule,
  ServerHealth,
  SyncRun,
  SyncSchedule,
} from '@interoffice/directory';
import { Failure } from '@interoffice/telemetry';

export interface SourceParts {
  readonly domains: readonly string[];
  readonly roles: readonly RoleRule[];
  readonly ldap: Pick<LdapSource, 'health' | 'examine'>;
  readonly sync: DirectorySync;
  readonly schedule: SyncSchedule;
}

/** Runs of one kind that are shown. */
const MOST_RUNS = 10;
const WHY = {
  empty: 'Nobody at all was found below the bases of this directory.',
  'too-many': 'More people would have been shut out at once than the settings let pass.',
} as const;

/** One source as the console and the API show it. */
export function syncedSource(name: string, { domains, roles, ldap, sync, schedule }: SourceParts): SyncedSource {
  return {
    name,
    domains,
    roles,
    servers: () => ldap.health().map(serverOf),
    state: async () => {
      const { runs, last, progress, held, next } = await schedule.status();
      const due = next.full;
      return {
        syncs: latest([...last, ...runs]).map(syncOf),
        ...(due === undefined ? {} : { nextFullAt: iso(due) }),
        ...(progress ? { progress: { done: progress.read, expected: progress.expected } } : {}),
        ...(held ? { held: heldOf(held) } : {}),
      };
    },
    // Its outcome stands among the runs: a sync never rejects.
    sync: (kind) => void (kind === 'full' ? schedule.now() : sync.changes()),
    preview: async () => previewOf(await sync.preview()),
    decide: async (held, { what, by }) => {
      const decided = await sync.decide(Number(held), what, by);
      if (!decided) throw new Failure('NO_SUCH_SYNC', 'Nothing of this number waits for a decision any more.');
    },
    examine: async (login) => {
      const found: Finding[] = [];
      for await (const finding of ldap.examine(login)) found.push({ ...finding });
      return found;
    },
  };
}

/** The newest first, each run once. */
function latest(runs: readonly SyncRun[]): SyncRun[] {
  const known = new Map(runs.map((run) => [`${run.kind} ${run.startedAt}`, run]));
  return [...known.values()].sort((a, b) => b.startedAt - a.startedAt).slice(0, MOST_RUNS);
}

function syncOf({ kind, startedAt, endedAt, outcome, counts, error }: SyncRun): Directory['syncs'][number] {
  return {
    kind,
    startedAt: iso(startedAt),
    endedAt: iso(endedAt),
    outcome,
    counts: { ...counts },
    ...(error === undefined ? {} : { detail: error }),
  };
}

function heldOf({ id, heldAt, reason, ids, preview }: Hold): NonNullable<Directory['held']> {
  const { seen } = preview.counts;
  const refused = { count: ids.length, first: preview.refused.map(changeOf) };
  return { id: String(id), at: iso(heldAt), why: WHY[reason], refused, of: Math.max(seen, ids.length) };
}

function previewOf({ counts, added, changed, refused, readmitted }: Preview): DirectoryPreview {
  const some = (count: number, lines: readonly PreviewLine[]) => ({ count, first: lines.map(changeOf) });
  return {
    added: some(counts.added, added),
    changed: some(counts.changed, changed),
    refused: some(counts.refused, refused),
    readmitted: some(counts.readmitted, readmitted),
  };
}

function changeOf({ jid, name, what }: PreviewLine): DirectoryChange {
  return { jid, ...(name === undefined ? {} : { name }), ...(what === undefined ? {} : { why: what }) };
}

function serverOf({ url, working, latencyMs, lastError, sinceMs, pausedUntilMs }: ServerHealth): DirectoryServer {
  return {
    url,
    working,
    since: iso(sinceMs),
    ...(latencyMs === undefined ? {} : { latencyMs }),
    ...(lastError === undefined ? {} : { lastError: `${iso(lastError.atMs)}: ${lastError.text}` }),
    ...(pausedUntilMs === undefined ? {} : { pausedUntil: iso(pausedUntilMs) }),
  };
}

function iso(atMs: number): string {
  return new Date(atMs).toISOString();
}
