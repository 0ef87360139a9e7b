import { type Asked, refuse, type Reply } from '@interoffice/routing';
import {
  badRequest,
  type Element,
  formElement,
  itemNotFound,
  NS,
  readForm,
  readPaging,
  resultSet,
  xml,
} from '@interoffice/wire';
import type { MucParts } from './parts.js';
import type { FoundRoom } from './directory.js';

const PAGE = 100;
const SHORTEST_WORD = 1;

/** What the service itself does. */
export const SERVICE_FEATURES: readonly string[] = [
  NS.discoInfo,
  NS.discoItems,
  NS.muc,
  NS.stableId,
  NS.rsm,
  NS.occupantId,
  NS.channelSearch,
  NS.muclumbus,
  NS.ping,
];

/** XEP-0045 §6.2 */
export function serviceInfo({ child }: Asked): Reply {
  if (child.attrs['node']) return refuse(itemNotFound('There is no such node.'), 'unknown node');
  return xml(
    'query',
    { xmlns: NS.discoInfo },
    xml('identity', { category: 'conference', type: 'text', name: 'Rooms' }),
    ...SERVICE_FEATURES.map((name) => xml('feature', { var: name })),
  );
}

/** The rooms that may be found, by address, a page at a time. XEP-0045 §6.3 */
export async function serviceItems({ directory }: MucParts, { child, session }: Asked): Promise<Reply> {
  if (child.attrs['node']) return refuse(itemNotFound('There is no such node.'), 'unknown node');
  const { after, max = PAGE } = readPaging(child);
  const limit = Math.min(max, PAGE);
  const found = await directory.visible({ to: session.account.bare, after, limit: limit + 1 });
  const page = found.slice(0, limit);
  const isPartial = found.length > limit || after !== undefined;
  const set = resultSet({ first: page[0]?.jid, last: page.at(-1)?.jid });
  return xml('query', { xmlns: NS.discoItems }, ...page.map(itemOf), ...(isPartial ? [set] : []));
}

function itemOf({ jid, name }: FoundRoom): Element {
  return xml('item', { jid, ...(name === '' ? {} : { name }) });
}

/** The search for rooms, and what it was called before it became a XEP: Converse 14 and Gajim know that alone. */
const PARAMS: Readonly<Record<string, string>> = {
  [NS.channelSearch]: NS.channelSearchParams,
  [NS.muclumbus]: `${NS.muclumbus}#params`,
};
export const SEARCHES: readonly string[] = Object.keys(PARAMS);

/** A search, or without a form the question what rooms can be searched by. XEP-0433 §3 */
export function searchOrForm(parts: MucParts, asked: Asked): Reply | Promise<Reply> {
  const { child } = asked;
  return child.getChild('x', NS.dataForms) ? search(parts, asked) : searchForm(child.getNS()!);
}

function searchForm(namespace: string): Element {
  const option = (value: string, label: string) => ({ value, label });
  const form = formElement({
    type: 'form',
    formType: PARAMS[namespace]!,
    fields: [
      { name: 'q', type: 'text-single', label: 'Search for' },
      { name: 'all', type: 'boolean', label: 'All rooms', values: ['false'] },
      { name: 'sinname', type: 'boolean', label: 'In names', values: ['true'] },
      { name: 'sindescription', type: 'boolean', label: 'In descriptions', values: ['true'] },
      { name: 'sinaddr', type: 'boolean', label: 'In addresses', values: ['true'] },
      {
        name: 'key',
        type: 'list-single',
        label: 'In the order of',
        values: [`{${NS.channelOrder}}address`],
        options: [
          option(`{${NS.channelOrder}}address`, 'Address'),
          option(`{${NS.channelOrder}}nusers`, 'People there'),
        ],
      },
    ],
  });
  return xml('search', { xmlns: namespace }, form);
}

/** Finds rooms by words. XEP-0433 §4 */
async function search({ directory, rooms }: MucParts, { child, session }: Asked): Promise<Reply> {
  const form = readForm(child.getChild('x', NS.dataForms)!);
  const all = form.flag('all') === true;
  const text = form.text('q') ?? '';
  if (!all && text.length < SHORTEST_WORD)
    return refuse(badRequest('Say what to search for, or ask for all.'), 'no words');
  const { after, max = PAGE } = readPaging(child);
  const limit = Math.min(max, PAGE);
  const fields = {
    name: form.flag('sinname') !== false,
    description: form.flag('sindescription') !== false,
    address: form.flag('sinaddr') !== false,
  };
  const found = await directory.visible({ to: session.account.bare, after, limit, ...(all ? {} : { text, fields }) });
  const nusers = ({ jid }: FoundRoom): number => rooms.present(jid);
  const byUsers = form.text('key') === `{${NS.channelOrder}}nusers`;
  const ordered = byUsers ? found.toSorted((a, b) => nusers(b) - nusers(a)) : found;
  return xml(
    'result',
    { xmlns: child.getNS()! },
    ...ordered.map((room) => resultOf(room, nusers(room))),
    resultSet({ first: ordered[0]?.jid, last: ordered.at(-1)?.jid }),
  );
}

function resultOf({ jid, name, description, language, isOpen, isNonAnonymous }: FoundRoom, nusers: number): Element {
  const text = (tag: string, value: string): Element[] => (value === '' ? [] : [xml(tag, {}, value)]);
  return xml(
    'item',
    { address: jid },
    ...text('name', name),
    ...text('description', description),
    ...text('language', language),
    xml('nusers', {}, String(nusers)),
    xml('service-type', {}, 'xep-0045'),
    ...(isOpen ? [xml('is-open')] : []),
    xml('anonymity-mode', {}, isNonAnonymous ? 'none' : 'semi'),
  );
}
