import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';

const FLAGS = ['--experimental-transform-types', '--no-warnings', '--conditions=@interoffice/source'];

/** Another Node process that runs a TypeScript source of ours: for tests that kill a whole process. */
export function startNode(file: string, args: readonly string[]): ChildProcess {
  const hooks = path.join(import.meta.dirname, 'sources.mjs');
  return spawn(process.execPath, [...FLAGS, '--import', hooks, file, ...args], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    env: { PATH: process.env['PATH'] },
  });
}

/** The next message the process sends; rejects when it ends first. */
export function nextMessage<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    child.once('message', (message) => resolve(message as T));
    child.once('exit', (code) => reject(new Error(`the process ended with ${code}`)));
  });
}
