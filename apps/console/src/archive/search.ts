import type { ArchiveFacets, ArchiveFilter } from '@interoffice/contract';

/** What an officer looks for, in the API's own words, and why. */
export interface Search extends ArchiveFilter {
  readonly reason: string;
  /** The saved search this is. */
  readonly saved?: string;
}

type Name = keyof ArchiveFilter;

/** What filters are called on the page; the words have a field of their own. */
export const LABELS: Readonly<Record<Exclude<Name, 'text'>, string>> = {
  participant: 'Person',
  from: 'Author',
  to: 'Receiver',
  group: 'Group',
  office: 'Office',
  room: 'Room',
  peer: 'Other server',
  direction: 'Direction',
  kind: 'Kind',
  verdict: 'Outcome',
  file: 'With a file',
  label: 'Security label',
  edited: 'Changed later',
  since: 'From',
  until: 'Until',
};

/** A filter that is on, as it reads. */
export interface ActiveFilter {
  readonly name: Exclude<Name, 'text'>;
  readonly text: string;
}

export function activeFilters(filter: ArchiveFilter): readonly ActiveFilter[] {
  const names = Object.keys(LABELS) as (keyof typeof LABELS)[];
  return names.flatMap((name) => {
    const value = filter[name];
    return value === undefined ? [] : [{ name, text: reading(name, value) }];
  });
}

function reading(name: keyof typeof LABELS, value: string): string {
  if (value === 'true') return LABELS[name];
  const shown = name === 'since' || name === 'until' ? new Date(value).toLocaleString() : value;
  return `${LABELS[name]}: ${shown}`;
}

/** The filter alone, as it is kept and asked for: without what is not given. */
export function filterOf({ reason: _why, saved: _which, ...filter }: Search): ArchiveFilter {
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
}

type Facet = Exclude<keyof ArchiveFacets, 'looked' | 'isWhole'>;

export const FACETS: readonly (readonly [facet: Facet, title: string])[] = [
  ['people', 'People'],
  ['rooms', 'Rooms'],
  ['offices', 'Offices'],
  ['peers', 'Other servers'],
  ['months', 'Months'],
  ['kinds', 'Kinds'],
  ['verdicts', 'Outcomes'],
];

const NARROWED: Readonly<Record<Facet, (value: string) => ArchiveFilter>> = {
  people: (participant) => ({ participant }),
  rooms: (room) => ({ room }),
  offices: (office) => ({ office }),
  peers: (peer) => ({ peer }),
  months: month,
  kinds: (kind) => ({ kind: kind as ArchiveFilter['kind'] }),
  verdicts: (verdict) => ({ verdict: verdict as ArchiveFilter['verdict'] }),
};

/** What a value of a facet narrows a search to. */
export function narrowedTo(facet: Facet, value: string): ArchiveFilter {
  return NARROWED[facet](value);
}

/** From its first to its last millisecond, in UTC as the facet is. */
function month(text: string): ArchiveFilter {
  const since = new Date(`${text}-01T00:00:00Z`);
  const until = new Date(Date.UTC(since.getUTCFullYear(), since.getUTCMonth() + 1, 1) - 1);
  return { since: since.toISOString(), until: until.toISOString() };
}
