import type { OfficerFilter, RecordedMessage } from '@interoffice/archive';
import { ArchiveFilter } from '@interoffice/contract';
import { Failure } from '@interoffice/telemetry';
import type { Operations } from '../control.js';
import { read } from '../input.js';
import type { OperationParts } from '../operation-parts.js';
import { officerOf } from './officer.js';

type Input = Readonly<Record<string, unknown>>;
type ArchiveParts = Pick<OperationParts, 'people' | 'officers' | 'audit'>;

/** Filters that are taken as they stand. */
const TEXTS = ['text', 'participant', 'from', 'to', 'group', 'office', 'room', 'peer', 'label'] as const;

/** What `interoffice archive …` asks for. */
export function archiveOperations(parts: ArchiveParts): Operations {
  return { 'archive.search': (input) => searchArchive(parts, input) };
}

/** As in the console: an officer, by password, for a reason, and on record before anything is shown (C-14). */
async function searchArchive({ people, officers, audit }: ArchiveParts, input: Input): Promise<unknown> {
  const { scope, ...officer } = await officerOf({ people }, input, 'archive:read');
  const filters = read.object(input, 'filters');
  const query = { ...filterIn(filters), limit: read.whole(filters, 'limit') };
  const deed = { ...officer, subject: 'archive' };
  await audit.record({ ...deed, action: 'archive.search', details: { ...query, over: 'ctl' } });
  const { hits, next } = await officers.search({ ...query, scope });
  const ids = hits.map(({ id }) => id);
  await audit.record({ ...deed, action: 'archive.seen', details: { by: 'archive.search', ids, over: 'ctl' } });
  return { more: next !== undefined, hits: hits.map(hitOf) };
}

function filterIn(filters: Input): OfficerFilter {
  const texts = Object.fromEntries(TEXTS.map((name) => [name, read.optionalText(filters, name)]));
  return {
    ...texts,
    direction: oneOf(filters, 'direction'),
    kind: oneOf(filters, 'kind'),
    verdict: oneOf(filters, 'verdict'),
    hasFile: filters['file'] === true,
    isEdited: filters['edited'] === true,
    since: read.optionalTime(filters, 'since'),
    until: read.optionalTime(filters, 'until'),
  };
}

function oneOf<K extends 'direction' | 'kind' | 'verdict'>(filters: Input, name: K): ArchiveFilter[K] {
  const value = ArchiveFilter.shape[name].safeParse(read.optionalText(filters, name));
  if (value.success) return value.data as ArchiveFilter[K];
  throw new Failure('MALFORMED_REQUEST', `"${name}" is none of those there are.`);
}

function hitOf({ id, atMs, from, to, body, verdict, isRelayed, matches }: RecordedMessage): object {
  return {
    id,
    at: new Date(atMs).toISOString(),
    from,
    to,
    body: body ?? null,
    verdict,
    ...(isRelayed && { isRelayed }),
    ...(matches && { matches }),
  };
}
