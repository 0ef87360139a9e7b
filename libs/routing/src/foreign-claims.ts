import { type Element, type Jid, NS, tryJid } from '@interoffice/wire';

/**
 * Another server may put in what servers put in: the delay of a message that waited there, what its rooms and archives
 * say. What it may not is to speak as a server of ours, for somebody's own devices, or to pass off what a person wrote as
 * what a room or an archive says. Every such copy is removed before the archive and the receiver see it. T-03
 */
export interface ForeignOrigin {
  /** The domain that the stream was proven for. */
  readonly peer: string;
  /** To a room of ours, or somebody in it. */
  readonly isToOurRoom: boolean;
}

/** What makes it worth reading a stanza as a tree. */
export const FOREIGN_CLAIMS: readonly (readonly [namespace: string, name: string])[] = [
  [NS.mam, 'result'],
  [NS.delay, 'delay'],
  ['jabber:x:delay', 'x'],
  [NS.occupantId, 'occupant-id'],
  [NS.mucUser, 'x'],
];

/** Takes out what the stanza's sender cannot say. */
export function stripClaims(stanza: Element, origin: ForeignOrigin): void {
  const from = tryJid(String(stanza.attrs['from'] ?? ''));
  const claims = { from, stanza, ...origin };
  const occupantIds = stanza.getChildren('occupant-id', NS.occupantId).length;
  stanza.children = stanza.children.filter((child) => typeof child === 'string' || mayStay(child, claims, occupantIds));
}

interface Claims extends ForeignOrigin {
  readonly from: Jid | undefined;
  readonly stanza: Element;
}

function mayStay(child: Element, claims: Claims, occupantIds: number): boolean {
  switch (`${child.getNS() ?? ''} ${child.getName()}`) {
    case `${NS.delay} delay`:
    case 'jabber:x:delay x':
      return isTheirDelay(child, claims.peer);
    case `${NS.mam} result`:
      return isFromArchive(claims);
    case `${NS.occupantId} occupant-id`:
      // A room says it of one of its occupants, once. XEP-0421 §3
      return occupantIds === 1 && claims.from?.resource !== undefined && !claims.isToOurRoom;
    case `${NS.mucUser} x`:
      return isTheirRooms(child, claims);
    default:
      return true;
  }
}

/** XEP-0203 §4: who delayed it; nobody says so for another server, least of all for us. */
function isTheirDelay({ attrs }: Element, peer: string): boolean {
  return attrs['from'] === undefined || tryJid(String(attrs['from']))?.domain === peer;
}

/** Results come from the archive's own address, and to the device that has asked. XEP-0313 §4.2 */
function isFromArchive({ from, stanza }: Claims): boolean {
  const { type, to } = stanza.attrs as { type?: string; to?: string };
  if (from === undefined || from.resource !== undefined || (type ?? 'normal') !== 'normal') return false;
  return tryJid(to ?? '')?.resource !== undefined;
}

/**
 * In presence and in what is said in a room it is the room's. Of an occupant's own words nothing but the mark of a
 * private message is (XEP-0045 §7.5); in our rooms guests invite with it, and what they say there has none (§7.8.2).
 */
function isTheirRooms(child: Element, { from, stanza, isToOurRoom }: Claims): boolean {
  if (!stanza.is('message')) return true;
  const isSaid = stanza.attrs['type'] === 'groupchat';
  if (isToOurRoom) return !isSaid;
  return from?.resource === undefined || isSaid || child.getChildElements().length === 0;
}
