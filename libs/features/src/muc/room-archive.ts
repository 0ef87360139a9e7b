import type { ArchivedStanza, ArchiveReader } from '@interoffice/archive';
import { type Asked, refuse, type Reply } from '@interoffice/routing';
import {
  delayElement,
  type Element,
  featureNotImplemented,
  formatTimestamp,
  itemNotFound,
  NS,
  resultSet,
  StanzaError,
  toTree,
  xml,
} from '@interoffice/wire';
import { pageFor } from '../catch-up.js';
import { type MamQuery, readQuery } from '../mam-query.js';
import { isAtLeast } from './affiliation.js';
import { denied } from './errors.js';
import { saidAt } from './said-at.js';
import type { Room } from './room.js';
import { retracted, type Retraction } from './versions.js';

/** What was said in a room, for who may read it. XEP-0313 §8.2, XEP-0424 §6, XEP-0425 §5 */
export async function queryRoom(archive: ArchiveReader, room: Room, { session, child }: Asked): Promise<Reply> {
  if (!mayRead(room, session))
    return refuse(denied('forbidden', 'You may not read what was said in this room.'), 'may not read');
  const wanted = readQuery(child);
  if (wanted instanceof StanzaError) return refuse(wanted, 'malformed archive query');
  if (wanted.query.with !== undefined) {
    return refuse(featureNotImplemented('The archive of a room cannot be filtered by person.'), 'filtered by person');
  }
  const page = await pageFor(session, archive, { ...wanted.query, accountId: room.party.accountId });
  if (!page) return refuse(itemNotFound('The archive has no message with that id.'), 'unknown id');
  const gone = await retracted(
    archive,
    page.rows.map(({ id }) => id),
  );
  const inTime = inOrderOfTime(room, page.rows);
  const rows = wanted.flipPage ? inTime.toReversed() : inTime;
  for (const row of rows)
    session.send(result(room, row, { wanted, to: session.jid.toString(), gone: gone.get(row.id) }));
  const [first] = page.rows;
  return xml(
    'fin',
    { xmlns: NS.mam, ...(page.complete ? { complete: 'true' } : {}) },
    resultSet({ first: first?.id, last: page.rows.at(-1)?.id, firstIndex: page.firstIndex, count: page.count }),
  );
}

/**
 * A page goes from row to row; what is in it is told in the order in which it was said, for what waited in another office
 * came later than it was said. Decision 0054
 */
function inOrderOfTime(room: Room, rows: readonly ArchivedStanza[]): readonly ArchivedStanza[] {
  const told = rows.map((row) => ({ ...row, atMs: saidAt(row.stanza, room.jid.bare) ?? row.atMs }));
  return told.toSorted((a, b) => a.atMs - b.atMs);
}

/** Members, and of an open room everybody; a room can be set up so that nobody looks back. XEP-0313 §6.1.2 */
export function mayRead(room: Room, session: Asked['session']): boolean {
  const { affiliation, role } = room.standingOf(session);
  if (affiliation === 'outcast' || room.isLocked) return false;
  if (isAtLeast(affiliation, 'admin')) return true;
  if (!room.config.isLogged) return false;
  if (isAtLeast(affiliation, 'member')) return true;
  if (room.config.isMembersOnly) return false;
  // Whoever may come in may read; where a password is needed, who has come in.
  return role !== 'none' || room.config.password === undefined;
}

interface Shown {
  readonly wanted: MamQuery;
  readonly to: string;
  readonly gone: Retraction | undefined;
}

function result(room: Room, row: ArchivedStanza, { wanted, to, gone }: Shown): Element {
  const message = toTree(row.stanza, 0, row.stanza.length, NS.client);
  // Its moment stands outside.
  const isOwnDelay = (child: Element | string): boolean =>
    typeof child !== 'string' && child.is('delay', NS.delay) && child.attrs['from'] === room.jid.bare;
  message.children = message.children.filter((child) => !isOwnDelay(child));
  const shown = gone ? tombstone(message, gone) : message;
  const { config } = room;
  if (config.isNonAnonymous && row.author !== undefined && row.atMs >= config.nonAnonymousSinceMs) {
    const affiliation = room.affiliationOf(row.author.split('/', 1)[0]!);
    shown.cnode(xml('x', { xmlns: NS.mucUser }, xml('item', { affiliation, jid: row.author })));
  }
  const forwarded = xml('forwarded', { xmlns: NS.forward }, delayElement({ atMs: row.atMs }), shown);
  const { queryId } = wanted;
  const attributes = { xmlns: NS.mam, id: row.id, ...(queryId === undefined ? {} : { queryid: queryId }) };
  return xml('message', { xmlns: NS.client, from: room.jid.bare, to }, xml('result', attributes, forwarded));
}

/** That something was said, by whom and when, and that it is gone. XEP-0424 §6 */
function tombstone(message: Element, { id, atMs, moderated, reason }: Retraction): Element {
  const kept = message
    .getChildElements()
    .filter((child) => child.getNS() === NS.occupantId || child.getNS() === NS.sid);
  const retracted = xml(
    'retracted',
    { xmlns: NS.retract, stamp: formatTimestamp(atMs), id },
    ...(moderated ? [moderated] : []),
    ...(reason === undefined ? [] : [xml('reason', {}, reason)]),
  );
  return xml('message', message.attrs, retracted, ...kept);
}

/** From when to when it reaches. XEP-0313 §5.4 */
export async function roomMetadata(archive: ArchiveReader, room: Room, { session }: Asked): Promise<Reply> {
  if (!mayRead(room, session))
    return refuse(denied('forbidden', 'You may not read what was said in this room.'), 'may not read');
  const { first, last } = await archive.metadata(room.party.accountId);
  const mark = (name: string, row: { id: string; atMs: number } | undefined): Element[] =>
    row ? [xml(name, { id: row.id, timestamp: formatTimestamp(row.atMs) })] : [];
  return xml('metadata', { xmlns: NS.mam }, ...mark('start', first), ...mark('end', last));
}
