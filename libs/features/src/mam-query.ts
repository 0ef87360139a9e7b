import type { Element } from '@interoffice/wire';
import {
  badRequest,
  featureNotImplemented,
  itemNotFound,
  NS,
  parseTimestamp,
  readPaging,
  type StanzaError,
  tryJid,
} from '@interoffice/wire';
import type { ArchiveQuery } from '@interoffice/archive';

export const DEFAULT_PAGE = 50;
export const LARGEST_PAGE = 250;

const FIELDS = ['with', 'start', 'end', 'before-id', 'after-id', 'ids'] as const;
type Field = (typeof FIELDS)[number];
const ID = /^[0-9a-f]{16}$/;

export interface MamQuery {
  readonly queryId: string | undefined;
  readonly query: Omit<ArchiveQuery, 'accountId'>;
  /** Results in reverse order within the page. XEP-0313 §5.1.4 */
  readonly flipPage: boolean;
}

/** Reads `<query xmlns="urn:xmpp:mam:2"/>`: the form's filters (XEP-0313 §5) and the page asked for (XEP-0059). */
export function readQuery(query: Element): MamQuery | StanzaError {
  const filters = readFilters(query);
  if (!(filters instanceof Map)) return filters;
  const paging = readPaging(query);
  const start = time(filters.get('start'));
  const end = time(filters.get('end'));
  const other = filters.has('with') ? tryJid(filters.get('with')![0] ?? '') : undefined;
  const unfit = Number.isNaN(start ?? 0) || Number.isNaN(end ?? 0) || (filters.has('with') && !other);
  if (unfit) return badRequest('A filter of the query has no valid value.');
  const ids = filters.get('ids');
  const named = [
    paging.after,
    paging.before || undefined,
    filters.get('after-id')?.[0],
    filters.get('before-id')?.[0],
    ...(ids ?? []),
  ];
  // XEP-0313 §5.1.3 and XEP-0059 §2.5: an id that was never given out is not found.
  if (named.some((id) => id !== undefined && !ID.test(id)))
    return itemNotFound('The archive has no message with that id.');
  return {
    queryId: query.attrs['queryid'] === undefined ? undefined : String(query.attrs['queryid']),
    flipPage: query.getChild('flip-page', NS.mam) !== undefined,
    query: {
      with: other?.toString(),
      startMs: start,
      endMs: end,
      ids,
      afterId: later(paging.after, filters.get('after-id')?.[0]),
      beforeId: earlier(paging.before || undefined, filters.get('before-id')?.[0]),
      // XEP-0059 §2.5 and §2.6: `<before/>` pages backwards from the end.
      backwards: paging.before !== undefined,
      max: Math.min(paging.max ?? DEFAULT_PAGE, LARGEST_PAGE),
    },
  };
}

function readFilters(query: Element): Map<Field, string[]> | StanzaError {
  const filters = new Map<Field, string[]>();
  const form = query.getChild('x', NS.dataForms);
  if (!form) return filters;
  for (const field of form.getChildren('field')) {
    const name = String(field.attrs['var'] ?? '');
    const values = field.getChildren('value').map((value) => value.getText());
    if (name === 'FORM_TYPE') {
      if (values[0] !== NS.mam) return badRequest('The form is not one of message archive management.');
    } else if (!isField(name)) return featureNotImplemented(`The archive cannot be filtered by ${name.slice(0, 80)}.`);
    else filters.set(name, values);
  }
  return filters;
}

const isField = (name: string): name is Field => (FIELDS as readonly string[]).includes(name);

function time(values: string[] | undefined): number | undefined {
  return values === undefined ? undefined : (parseTimestamp(values[0] ?? '') ?? Number.NaN);
}

const later = (a: string | undefined, b: string | undefined): string | undefined =>
  a === undefined ? b : b === undefined || a > b ? a : b;
const earlier = (a: string | undefined, b: string | undefined): string | undefined =>
  a === undefined ? b : b === undefined || a < b ? a : b;
