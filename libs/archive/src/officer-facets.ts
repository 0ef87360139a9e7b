import type { Database } from '@interoffice/storage';
import type { Clock } from '@interoffice/telemetry';
import { type Asked, filterOf } from './officer-query.js';
import { asOfficer } from './officer-session.js';
import { facetRows, KINDS } from './officer-statements.js';
import { bigintOf } from './range.js';
import { VERDICTS } from './recordable.js';
import { proposals } from './search-proposals.js';

/** A value and how many of the hits looked at have it. */
export interface FacetValue {
  readonly value: string;
  readonly count: number;
}

const FACETS = ['people', 'rooms', 'offices', 'peers', 'months', 'kinds', 'verdicts'] as const;
type Facet = (typeof FACETS)[number];

/** What the newest hits are made of, most frequent first. */
export interface OfficerFacets extends Readonly<Record<Facet, readonly FacetValue[]>> {
  /** So many hits were looked at. */
  readonly looked: number;
  /** There are no others. */
  readonly isWhole: boolean;
}

interface FacetRow {
  readonly at: Date;
  readonly author: string;
  readonly receiver: string;
  readonly room: string | null;
  readonly author_office: string;
  readonly receiver_office: string;
  readonly peer: string | null;
  readonly kind: number;
  readonly verdict: number;
}

/** Enough for shares to a percent or two. */
const MOST_HITS = 2_000;
const MOST_VALUES = 10;
const ENOUGH_MS = 1_000;

export interface FacetSource {
  readonly database: Database;
  readonly clock: Clock;
  readonly scope: string;
  readonly range: { readonly above: string; readonly below: string };
}

/** Counts in the newest hits alone: to count all of them would take as long as the journal is large. */
export async function facetsOf(source: FacetSource, { sought, conditions }: Asked): Promise<OfficerFacets> {
  const { database, clock, scope, range } = source;
  const { sql, values } = filterOf(conditions, 3);
  const counts = new Map(FACETS.map((facet) => [facet, new Map<string, number>()]));
  const enoughAtMs = clock.now() + ENOUGH_MS;
  let looked = 0;
  let isWhole = true;
  // Of what the index has compared alone: the rows that are counted have no text.
  const compared = { ...sought, people: undefined };
  for await (const { ids, below } of proposals(database, compared, range)) {
    const given = [ids.map(bigintOf), MOST_HITS - looked, ...values];
    const rows =
      ids.length === 0
        ? []
        : await asOfficer(database, scope, (officer) => officer.query<FacetRow>(facetRows(sql), given));
    for (const row of rows) count(row, counts);
    looked += rows.length;
    isWhole = below === undefined && looked < MOST_HITS;
    if (looked >= MOST_HITS || clock.now() >= enoughAtMs) break;
  }
  const most = Object.fromEntries(FACETS.map((facet) => [facet, mostOf(counts.get(facet)!)]));
  return { ...(most as Record<Facet, FacetValue[]>), looked, isWhole };
}

function count(row: FacetRow, counts: ReadonlyMap<Facet, Map<string, number>>): void {
  for (const [facet, values] of Object.entries(valuesOf(row)) as [Facet, readonly string[]][]) {
    const counted = counts.get(facet)!;
    for (const value of new Set(values)) if (value !== '') counted.set(value, (counted.get(value) ?? 0) + 1);
  }
}

function valuesOf(row: FacetRow): Record<Facet, readonly string[]> {
  return {
    people: row.room === null ? [row.author, row.receiver] : [row.author],
    rooms: [row.room ?? ''],
    offices: [row.author_office, row.receiver_office],
    peers: [row.peer ?? ''],
    months: [row.at.toISOString().slice(0, 7)],
    kinds: [KINDS[row.kind] ?? ''],
    verdicts: [VERDICTS[row.verdict] ?? ''],
  };
}

function mostOf(counted: ReadonlyMap<string, number>): FacetValue[] {
  const values = [...counted].map(([value, count]) => ({ value, count }));
  return values.toSorted((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1)).slice(0, MOST_VALUES);
}
