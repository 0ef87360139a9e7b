import type { Statements } from '@interoffice/storage';
import { bigintOf, rangeOf } from '../range.js';
import { matches, type PreparedFilter, prepareFilter } from './filter.js';
import { asPatientOfficer, type PatientSource } from './officer-session.js';
import type { ExportRequest } from './request.js';

/** What is asked for in one statement. */
const PAGE = 200;
/** A chain of changes that is longer has been made to be one. */
const MOST_STEPS = 64;

interface FoundRow {
  readonly id: string;
  readonly size: number;
  readonly about: string | null;
  readonly body?: string | null;
}

const ID = `lpad(to_hex(j.id), 16, '0') AS id, lpad(to_hex(j.about), 16, '0') AS about, j.size`;
const BY_ID = `SELECT ${ID} FROM officer_journal j WHERE j.id = ANY ($1::bigint[]) AND j.id <= $2::bigint`;
const BY_ABOUT = `SELECT ${ID} FROM officer_journal j
  WHERE j.about = ANY ($1::bigint[]) AND j.about IS NOT NULL AND j.id <= $2::bigint`;

/** A row that is exported, and how large its stanza is. */
export type Selected = Pick<FoundRow, 'id' | 'size'>;

/**
 * What is exported, page by page, by the id alone: many messages of one moment are no obstacle. Of what matches come
 * all versions, whoever made them and whenever up to `upTo`; pages may therefore repeat rows and are not in order.
 */
export async function* selected(
  source: PatientSource,
  { filter, scope }: Pick<ExportRequest, 'filter' | 'scope'>,
  upTo: string,
): AsyncGenerator<readonly Selected[]> {
  const prepared = await prepareFilter(source.database, filter, 4);
  const isAll = Object.values(filter).every((value) => value === undefined);
  const range = rangeOf({ startMs: filter.since, endMs: filter.until, untilId: upTo });
  let { above } = range;
  for (;;) {
    const values = [bigintOf(above), bigintOf(range.below), PAGE, ...prepared.values];
    const { rows, chosen } = await asPatientOfficer(source, scope, async (officer) => {
      const page = await officer.query<FoundRow>(paging(prepared), values);
      const found = page.filter(({ body = null }) => matches(prepared, body));
      const versions = isAll ? [] : await versionsOf(officer, found, upTo);
      return { rows: page, chosen: [...found, ...versions] };
    });
    if (chosen.length > 0) yield chosen;
    if (rows.length < PAGE) return;
    above = rows.at(-1)!.id;
  }
}

function paging({ sql, terms }: PreparedFilter): string {
  return `SELECT ${ID}${terms.length > 0 ? ', j.body' : ''} FROM officer_journal j
    WHERE j.id > $1::bigint AND j.id < $2::bigint ${sql} ORDER BY j.id LIMIT $3`;
}

/** What these rows change, down to the originals, and everything that changes any of them. */
async function versionsOf(officer: Statements, rows: readonly FoundRow[], upTo: string): Promise<FoundRow[]> {
  const known = new Set(rows.map(({ id }) => id));
  const all = [...rows];
  const add = (found: readonly FoundRow[]): FoundRow[] => {
    const fresh = found.filter(({ id }) => !known.has(id));
    for (const { id } of fresh) known.add(id);
    all.push(...fresh);
    return fresh;
  };
  const ask = (text: string, ids: readonly string[]): Promise<FoundRow[]> =>
    ids.length === 0 ? Promise.resolve([]) : officer.query<FoundRow>(text, [ids.map(bigintOf), bigintOf(upTo)]);
  for (let [step, latest] = [0, all.slice()]; latest.length > 0 && step < MOST_STEPS; step++) {
    const older = latest.flatMap(({ about }) => (about !== null && !known.has(about) ? [about] : []));
    latest = add(await ask(BY_ID, older));
  }
  for (let [step, latest] = [0, all.slice()]; latest.length > 0 && step < MOST_STEPS; step++) {
    latest = add(
      await ask(
        BY_ABOUT,
        latest.map(({ id }) => id),
      ),
    );
  }
  return all.slice(rows.length);
}
