import { type Asked, type Feature, get, refuse, type Reply, set } from '@interoffice/routing';
import {
  delayElement,
  type Element,
  itemNotFound,
  NS,
  resultSet,
  StanzaError,
  formatTimestamp,
  toTree,
  xml,
} from '@interoffice/wire';
import type { ArchivedStanza, ArchiveReader } from '@interoffice/archive';
import { readsArchive } from '../archive-devices.js';
import { pageFor } from '../catch-up.js';
import { ownCopy } from '../own-copy.js';
import { type MamQuery, readQuery } from '../mam-query.js';

/** Message Archive Management: an account's own view on the journal. XEP-0313, XEP-0059, XEP-0441 */
export function mam(archive: ArchiveReader): Feature {
  return {
    name: 'mam',
    implements: [
      { xep: 313, version: '1.1.3' },
      { xep: 59, version: '1.0' },
      { xep: 441, version: '0.2.0' },
    ],
    advertises: { server: [], account: [NS.mam, NS.mamExtended] },
    answers: [
      set('account', NS.mam, 'query', (asked) => query(asked, archive)),
      get('account', NS.mam, 'query', () => form()),
      get('account', NS.mam, 'metadata', ({ account }) => metadata(account.id, archive)),
      get('account', NS.mam, 'prefs', () => preferences()),
      set('account', NS.mam, 'prefs', () => preferences()),
    ],
  };
}

async function query({ session, account, child }: Asked, archive: ArchiveReader): Promise<Reply> {
  session.put(readsArchive, true);
  const wanted = readQuery(child);
  if (wanted instanceof StanzaError) return refuse(wanted, 'malformed archive query');
  const page = await pageFor(session, archive, { ...wanted.query, accountId: account.id });
  if (!page) return refuse(itemNotFound('The archive has no message with that id.'), 'unknown id');
  const rows = wanted.flipPage ? page.rows.toReversed() : page.rows;
  for (const row of rows) session.send(result(row, wanted, { account: account.bare, to: session.jid.toString() }));
  const [first] = page.rows;
  const last = page.rows.at(-1);
  return xml(
    'fin',
    { xmlns: NS.mam, ...(page.complete ? { complete: 'true' } : {}) },
    resultSet({ first: first?.id, last: last?.id, firstIndex: page.firstIndex, count: page.count }),
  );
}

/** XEP-0313 §4.2 */
function result(row: ArchivedStanza, { queryId }: MamQuery, people: { account: string; to: string }): Element {
  const message = ownCopy(toTree(row.stanza, 0, row.stanza.length, NS.client), people.account);
  const forwarded = xml('forwarded', { xmlns: NS.forward }, delayElement({ atMs: row.atMs }), message);
  const attributes = { xmlns: NS.mam, id: row.id, ...(queryId === undefined ? {} : { queryid: queryId }) };
  return xml(
    'message',
    { xmlns: NS.client, from: people.account, to: people.to },
    xml('result', attributes, forwarded),
  );
}

/** XEP-0313 §5.3: what can be filtered by. */
function form(): Element {
  const field = (name: string, type: string): Element => xml('field', { var: name, type });
  return xml(
    'query',
    { xmlns: NS.mam },
    xml(
      'x',
      { xmlns: NS.dataForms, type: 'form' },
      xml('field', { var: 'FORM_TYPE', type: 'hidden' }, xml('value', {}, NS.mam)),
      field('with', 'jid-single'),
      field('start', 'text-single'),
      field('end', 'text-single'),
      field('before-id', 'text-single'),
      field('after-id', 'text-single'),
      field('ids', 'list-multi'),
    ),
  );
}

/** XEP-0313 §5.4 */
async function metadata(accountId: number, archive: ArchiveReader): Promise<Reply> {
  const { first, last } = await archive.metadata(accountId);
  const mark = (name: string, row: { id: string; atMs: number } | undefined): Element[] =>
    row ? [xml(name, { id: row.id, timestamp: formatTimestamp(row.atMs) })] : [];
  return xml('metadata', { xmlns: NS.mam }, ...mark('start', first), ...mark('end', last));
}

/**
 * XEP-0441: what a user may choose. The company's record is not his to choose, and his own view of it shows everything, so
 * whatever is asked for, this is what holds; the protocol lets a server say so (§3).
 */
function preferences(): Element {
  return xml('prefs', { xmlns: NS.mam, default: 'always' }, xml('always'), xml('never'));
}
