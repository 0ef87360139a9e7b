import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** When a process began, in the kernel's own terms: tells a process from a later one with its number. */
export function startedAt(pid: number): string | undefined {
  return stat(pid)?.[19];
}

/** Whether the process lives; with `since`, whether it is still that one; with `name`, whether it is that program. */
export function isRunning(pid: number, since?: string, name?: string): boolean {
  if (!(pid > 0)) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it lives, but belongs to somebody else.
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false;
  }
  if (stat(pid)?.[0] === 'Z') return false;
  if (since !== undefined && startedAt(pid) !== since) return false;
  return name === undefined || programOf(pid) === name;
}

/** Waits until the process is gone, at most `withinMs`; whether it is. */
export async function hasEnded(pid: number, withinMs: number): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < withinMs; waitedMs += 10) {
    if (!isRunning(pid)) return true;
    await delay(10);
  }
  return !isRunning(pid);
}

/** The fields of /proc/PID/stat after the name, which may hold spaces itself; nothing where there is no /proc. */
function stat(pid: number): string[] | undefined {
  const file = `/proc/${pid}/stat`;
  if (!existsSync(file)) return undefined;
  try {
    const text = readFileSync(file, 'latin1');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined; // It ended between the two calls.
  }
}

function programOf(pid: number): string {
  const file = `/proc/${pid}/comm`;
  if (existsSync(file)) return readFileSync(file, 'utf8').trim();
  const { stdout } = spawnSync('ps', ['-o', 'comm=', '-p', String(pid)], { encoding: 'utf8' });
  return stdout.trim().split('/').pop() ?? '';
}
