import type { ArchiveFilter } from '@interoffice/contract';
import type { ArchiveSearchFilter } from '../ports.js';
import { bareAddress } from './look.js';

/** What a caller asks for as the archive takes it: addresses prepared; what has no @ may be a name, which it knows. */
export function filterOf({ since, until, file, edited, ...same }: ArchiveFilter): ArchiveSearchFilter {
  const party = (field: 'participant' | 'from' | 'to'): string | undefined => {
    const text = same[field];
    return text?.includes('@') === true ? bareAddress(field, text) : text;
  };
  return {
    ...same,
    participant: party('participant'),
    from: party('from'),
    to: party('to'),
    room: same.room === undefined ? undefined : bareAddress('room', same.room),
    peer: same.peer?.toLowerCase(),
    since: since === undefined ? undefined : Date.parse(since),
    until: until === undefined ? undefined : Date.parse(until),
    hasFile: file === 'true',
    isEdited: edited === 'true',
  };
}
