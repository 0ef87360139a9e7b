import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { silentLog } from '@interoffice/telemetry';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDatabase, type TestDatabase } from '../../../test/support/database.js';
import type { Job } from './job.js';
import type { JobSql } from './job-rows.js';
import { Jobs } from './jobs.js';

const SERVER = fileURLToPath(new URL('../dist/testing/counting-server.js', import.meta.url));
const COUNTING = new URL('../dist/testing/counting-worker.js', import.meta.url);
const QUIET = { requestedBy: 'olga@im.example', scope: '*', kind: 'count' };
let database: TestDatabase;
let sql: JobSql;
let nowMs = Date.UTC(2026, 10, 30);
const opened: Jobs[] = [];

/** `starts`: where each run began. */
async function open(starts: number[] = []): Promise<Jobs> {
  const prepare = async ({ input, checkpoint }: Job): Promise<object> => {
    const from = (checkpoint as { next: number } | undefined)?.next ?? 0;
    starts.push(from);
    return { ...(input as object), from, ...(gate && { gate }) };
  };
  const finish = async (_job: Job, outcome: unknown): Promise<object> => ({ ...(outcome as object), isFinished: true });
  const kinds = [{ name: 'count', program: COUNTING, prepare, finish }];
  const jobs = new Jobs({ sql, kinds, clock: { now: () => nowMs }, log: silentLog });
  opened.push(jobs);
  await jobs.start();
  return jobs;
}

let gate: { at: number; file: string } | undefined;
let folder: string;

function release({ file }: { file: string }): void {
  writeFileSync(file, '');
}

/** Processes that this one has begun and that run. */
function children(): number[] {
  return readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
}

function isRunning(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.[0] !== 'Z';
  } catch {
    return false;
  }
}

async function reached(jobs: Jobs, id: string, done: number): Promise<void> {
  for (;;) {
    const job = await jobs.find(id);
    if (job!.done >= done) return;
  }
}

beforeEach(async () => {
  gate = undefined;
  folder = mkdtempSync(path.join(os.tmpdir(), 'interoffice-jobs-'));
  database = await openDatabase();
  sql = { query: (name, text, values) => database.prepared('app', { name, text }, values) };
});
afterEach(async () => {
  for (const jobs of opened.splice(0)) await jobs.stop();
  await database.drop();
  rmSync(folder, { recursive: true });
});

describe('jobs', () => {
  it('do their work in a process, one after the other, and keep what came of it', async () => {
    const jobs = await open();
    const first = await jobs.add({ ...QUIET, input: { to: 3 } });
    const second = await jobs.add({ ...QUIET, input: { to: 2 } });
    await jobs.settled();
    const expected = { state: 'done', phase: 'counting', result: { counted: 3, isFinished: true }, done: 3, total: 3 };
    expect(await jobs.find(first.id)).toMatchObject(expected);
    expect(await jobs.find(second.id)).toMatchObject({ state: 'done', checkpoint: { next: 2 } });
    const page = await jobs.list('count', '*', { limit: 1 });
    expect(page.map(({ id }) => id)).toEqual([second.id]);
    const rest = await jobs.list('count', '*', { below: second.id, limit: 5 });
    expect(rest.map(({ id }) => id)).toEqual([first.id]);
    expect(await jobs.list('count', 'Berlin', { limit: 5 })).toEqual([]);
  });

  it('go on from the latest checkpoint after the process was stopped', async () => {
    gate = { at: 2, file: path.join(folder, 'open') };
    const starts: number[] = [];
    const jobs = await open(starts);
    const { id } = await jobs.add({ ...QUIET, input: { to: 4 } });
    await reached(jobs, id, 2);
    const stopped = jobs.stop();
    release(gate);
    await stopped;
    expect(await jobs.find(id)).toMatchObject({ state: 'running' });
    gate = undefined;
    const again = await open(starts);
    await again.settled();
    expect(await again.find(id)).toMatchObject({ state: 'done', done: 4 });
    // The word to stop is heard before the third step or after it.
    expect(starts).toEqual([0, expect.toSatisfy((from) => from === 2 || from === 3)]);
  });

  it('are cancelled while they run, and go on when somebody says so', async () => {
    gate = { at: 1, file: path.join(folder, 'open') };
    const jobs = await open();
    const { id } = await jobs.add({ ...QUIET, input: { to: 3 } });
    await reached(jobs, id, 1);
    const cancelled = jobs.cancel(id);
    // Its process hears of it between two steps: not before the word is written.
    while ((await jobs.find(id))?.state !== 'cancelled');
    release(gate);
    expect(await cancelled).toBe(true);
    expect(await jobs.cancel(id)).toBe(false);
    await jobs.settled();
    expect(await jobs.find(id)).toMatchObject({ state: 'cancelled' });
    gate = undefined;
    expect(await jobs.resume(id)).toBe(true);
    expect(await jobs.resume(id)).toBe(false);
    await jobs.settled();
    expect(await jobs.find(id)).toMatchObject({ state: 'done', done: 3 });
  });

  it('say why they failed', async () => {
    const jobs = await open();
    const { id } = await jobs.add({ ...QUIET, input: { to: 3, failsAt: 1 } });
    await jobs.settled();
    expect(await jobs.find(id)).toMatchObject({
      state: 'failed',
      problem: { code: 'COUNT_FAILED', text: 'No further.' },
    });
  });

  it('fail when their process is killed, and go on from the latest checkpoint when somebody says so', async () => {
    gate = { at: 2, file: path.join(folder, 'open') };
    const jobs = await open();
    const { id } = await jobs.add({ ...QUIET, input: { to: 3 } });
    await reached(jobs, id, 2);
    expect(children()).toHaveLength(1);
    process.kill(children()[0]!, 'SIGKILL');
    await jobs.settled();
    const problem = { code: 'JOB_FAILED', text: 'Its process was ended by SIGKILL.' };
    expect(await jobs.find(id)).toMatchObject({ state: 'failed', problem, checkpoint: { next: 2 } });
    release(gate);
    await jobs.resume(id);
    await jobs.settled();
    expect(await jobs.find(id)).toMatchObject({ state: 'done', done: 3 });
  });

  it('come behind everybody else, with all their threads', async () => {
    gate = { at: 1, file: path.join(folder, 'open') };
    const jobs = await open();
    const { id } = await jobs.add({ ...QUIET, input: { to: 2 } });
    await reached(jobs, id, 1);
    const [pid] = children();
    const threads = readdirSync(`/proc/${pid}/task`).map(Number);
    expect(threads.map((thread) => os.getPriority(thread))).toEqual(threads.map(() => 19));
    release(gate);
    await jobs.settled();
  });

  it('end with the server, whatever way it ends, and are not ended by a key press', async () => {
    gate = { at: 1, file: path.join(folder, 'open') };
    const server = fork(SERVER, [JSON.stringify({ program: COUNTING.href, given: { to: 2, from: 0, gate } })], {
      stdio: 'inherit',
    });
    const [{ pid }] = (await once(server, 'message')) as [{ pid: number }];
    process.kill(pid, 'SIGINT');
    await delay(50);
    expect(isRunning(pid)).toBe(true);
    server.kill('SIGKILL');
    for (let i = 0; i < 500 && isRunning(pid); i++) await delay(10);
    expect(isRunning(pid)).toBe(false);
  });

  it('fail when they have got no further for five minutes', async () => {
    const jobs = await open();
    const { id } = await jobs.add({ ...QUIET, input: { to: 3, hangsAt: 1 } });
    await reached(jobs, id, 1);
    nowMs += 299_000;
    await jobs.watch();
    expect(await jobs.find(id)).toMatchObject({ state: 'running' });
    nowMs += 2_000;
    await jobs.watch();
    await jobs.settled();
    expect(await jobs.find(id)).toMatchObject({ state: 'failed', problem: { code: 'JOB_STALLED' } });
  });
});
