import { existsSync, readFileSync } from 'node:fs';
import { Failure } from '@interoffice/telemetry';
import type { DataDirectory } from './data-directory.js';

/** Why PostgreSQL did not start, read from the end of its own log and told in our words. */
export function readStartFailure(directory: DataDirectory): Failure {
  const last = existsSync(directory.log)
    ? readFileSync(directory.log, 'utf8').trimEnd().split('\n').slice(-15).join('\n')
    : '';
  const cause = new Error(last === '' ? 'PostgreSQL said nothing' : last);
  if (last.includes('No space left on device')) {
    return new Failure(
      'DISK_FULL',
      `The disk that holds ${directory.path} is full, so PostgreSQL cannot start. Free some space and start again; nothing is lost.`,
      { cause },
    );
  }
  return new Failure(
    'DATABASE_START_FAILED',
    `The embedded PostgreSQL in ${directory.path} did not start. What it said is in ${directory.log}.`,
    { cause },
  );
}
