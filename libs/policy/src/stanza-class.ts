// What a stanza is, as policy sees it. A stanza can be several things at once: a file sent to a room is both, and
// each of them has to be allowed, so that nothing slips past a rule in another's clothes.
import { FILE_NAMESPACES, NS } from '@interoffice/wire';

/** What rules distinguish. `iq` is every question that is none of the others. */
export const STANZA_CLASSES = ['chat', 'room', 'presence', 'file', 'call', 'pubsub', 'iq'] as const;
export type StanzaClass = (typeof STANZA_CLASSES)[number];

/** Which way a stanza crosses our border. */
export const DIRECTIONS = ['in', 'out'] as const;
export type Direction = (typeof DIRECTIONS)[number];

/** As much of a stanza as decides about its classes. */
export interface CrossingStanza {
  readonly kind: 'message' | 'presence' | 'iq';
  /** `groupchat`, `chat`, `get` …; absent as it may be on the wire. */
  readonly type: string | undefined;
  /** One side of it is a room: `room@service` or an occupant. */
  readonly isOfRoom: boolean;
  /** The namespaces of its children and, for Jingle, of the descriptions inside. */
  readonly namespaces: Iterable<string>;
}

const ROOM = [NS.muc, NS.mucUser, NS.mucAdmin, NS.mucOwner, NS.conference];
const PUBSUB = [NS.pubsub, NS.pubsubEvent, NS.pubsubOwner];
/** XEP-0166, 0167, 0353, 0482 */
const CALL = [NS.jingleMessage, 'urn:xmpp:jingle:apps:rtp:1', 'urn:xmpp:call-invites:0'];

const CLASS_OF = new Map<string, StanzaClass>([
  ...ROOM.map((ns): [string, StanzaClass] => [ns, 'room']),
  ...PUBSUB.map((ns): [string, StanzaClass] => [ns, 'pubsub']),
  ...FILE_NAMESPACES.map((ns): [string, StanzaClass] => [ns, 'file']),
  ...CALL.map((ns): [string, StanzaClass] => [ns, 'call']),
]);

/** True when a child of this namespace says nothing about the class of a stanza: receipts, marks, what words are about. */
export function isOfNoClass(namespace: string): boolean {
  return !CLASS_OF.has(namespace) && namespace !== NS.jingle;
}

/** The classes of a stanza, never none, in the order of `STANZA_CLASSES`. Each has to be allowed. */
export function classesOf(stanza: CrossingStanza): readonly StanzaClass[] {
  const found = new Set<StanzaClass>();
  let isJingle = false;
  for (const namespace of stanza.namespaces) {
    const named = CLASS_OF.get(namespace);
    if (named !== undefined) found.add(named);
    isJingle ||= namespace === NS.jingle;
  }
  if (stanza.isOfRoom || stanza.type === 'groupchat') found.add('room');
  if (stanza.kind === 'presence') found.add('presence');
  // Words to one person; to a room they are the room's.
  if (stanza.kind === 'message' && !found.has('room') && !found.has('pubsub')) found.add('chat');
  // A session whose contents are not named yet could become either.
  if (isJingle && !found.has('file') && !found.has('call')) found.add('file').add('call');
  if (found.size === 0) found.add('iq');
  return STANZA_CLASSES.filter((one) => found.has(one));
}
