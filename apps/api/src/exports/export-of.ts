import type { ExportFilter as AskedFilter, ExportJob } from '@interoffice/archive';
import type { Export, ExportFilter } from '@interoffice/contract';
import { bareAddress } from '../archive/look.js';

/** An export as the API tells it. */
export function exportOf(job: ExportJob): Export {
  const { id, state, request, phase, done, total, remainingMs, result, problem, createdAtMs, finishedAtMs } = job;
  const { files: _, ...made } = result ?? { files: 0 };
  return {
    id,
    state,
    format: request.format,
    filter: writtenFilter(request.filter),
    reason: request.reason,
    requestedBy: request.requestedBy,
    createdAt: new Date(createdAtMs).toISOString(),
    ...(finishedAtMs !== undefined && { finishedAt: new Date(finishedAtMs).toISOString() }),
    ...(phase !== undefined && { phase }),
    done,
    ...(total !== undefined && { total }),
    ...(remainingMs !== undefined && { remainingSeconds: Math.ceil(remainingMs / 1_000) }),
    ...made,
    ...(problem && { problem }),
  };
}

/** What is asked, as the archive knows it: bare addresses, times in milliseconds. Throws BAD_REQUEST. */
export function askedFilter({ since, until, room, ...filter }: ExportFilter): AskedFilter {
  const party = (field: 'participant' | 'from' | 'to'): string | undefined =>
    filter[field]?.includes('@') === true ? bareAddress(field, filter[field]) : filter[field];
  return {
    ...filter,
    participant: party('participant'),
    from: party('from'),
    to: party('to'),
    room: room === undefined ? undefined : bareAddress('room', room),
    since: since === undefined ? undefined : Date.parse(since),
    until: until === undefined ? undefined : Date.parse(until),
  };
}

function writtenFilter({ since, until, ...filter }: AskedFilter): ExportFilter {
  return {
    ...filter,
    ...(since !== undefined && { since: new Date(since).toISOString() }),
    ...(until !== undefined && { until: new Date(until).toISOString() }),
  };
}
