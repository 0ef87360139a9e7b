import { Failure } from '@interoffice/telemetry';
import type { Filter } from 'ldapts';
import type { Cursor } from '../../people-source.js';
import { bytesOf, textOf } from '../entry.js';
import { atLeast } from './filters.js';
import { contextsOf, type Reading } from './reading.js';

/**
 * Stamps have whole seconds, and a write becomes visible after the moment it is stamped with: this much of what was read
 * is read again.
 */
const OVERLAP_MS = 5000;
/** Nothing is stamped with a second that is longer ago, by any clock that is kept right. */
const STILL_AFTER_MS = 60_000;
/** How far back a first cursor looks for the newest stamp: more than any two clocks differ. */
const FIRST_LOOK_MS = 86_400_000;

/**
 * Where reading leaves off that begins now, to be asked for before the reading itself. Active Directory: the number of
 * the last change committed on this server, whose invocationId goes with it. Elsewhere: the newest stamp on any entry
 * around the bases; never our own clock, which may be ahead of the server's.
 */
export function cursorNow(reading: Reading, since?: Cursor): Promise<Cursor> {
  return reading.scope.kind === 'active-directory' ? usnNow(reading) : stampNow(reading, since);
}

/** What cursors call the server of the reading. */
export async function serverNow(reading: Reading): Promise<string> {
  return reading.scope.kind === 'active-directory' ? (await usnNow(reading)).server : reading.reader.url;
}

/** The entries changed after the cursor, and elsewhere than in Active Directory a few seconds before. */
export function changedAfter(reading: Reading, { at }: Cursor): Filter {
  return reading.scope.kind === 'active-directory'
    ? atLeast('uSNChanged', String(BigInt(at) + 1n))
    : atLeast('modifyTimestamp', generalizedTime(timeMs(at) - OVERLAP_MS));
}

async function usnNow({ reader }: Reading): Promise<Cursor> {
  const root = await reader.entry('', ['dsServiceName', 'highestCommittedUSN']);
  const settings = root && textOf(root, 'dsServiceName');
  const at = root && textOf(root, 'highestCommittedUSN');
  const service = settings === undefined ? undefined : await reader.entry(settings, ['invocationId']);
  const server = service && bytesOf(service, 'invocationId')?.toString('hex');
  if (at === undefined || server === undefined || server === '')
    throw new Failure(
      'DIRECTORY_CHANGES_HIDDEN',
      'the directory does not tell its invocationId and highestCommittedUSN: is it an Active Directory?',
    );
  return { server, at };
}

async function stampNow(reading: Reading, since?: Cursor): Promise<Cursor> {
  const { reader, nowMs } = reading;
  const from = since ?? { server: '', at: generalizedTime(nowMs - FIRST_LOOK_MS) };
  const stamped = await reader.below(await contextsOf(reading), {
    filter: changedAfter(reading, from),
    attributes: ['modifyTimestamp'],
  });
  const newest = stamped.reduce(
    (latest, entry) => Math.max(latest, timeMs(textOf(entry, 'modifyTimestamp') ?? '')),
    timeMs(from.at),
  );
  const isStill = stamped.length > 0 && newest === timeMs(from.at) && nowMs - newest > STILL_AFTER_MS;
  // What was read again and had not changed is left behind: a directory loaded at one go would be read whole every minute.
  return { server: reader.url, at: generalizedTime(isStill ? newest + OVERLAP_MS + 1000 : newest) };
}

/** `YYYYMMDDHHMMSSZ` (RFC 4517 §3.3.13), parts of a second left out; 0 for anything else. */
function timeMs(text: string): number {
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:[.,]\d+)?Z$/.exec(text)?.slice(1).map(Number);
  if (!parts) return 0;
  const [year, month, day, hour, minute, second] = parts;
  return Date.UTC(year!, month! - 1, day, hour, minute, second);
}

function generalizedTime(ms: number): string {
  return new Date(ms).toISOString().replaceAll(/[-T:]|\.\d+/g, '');
}
