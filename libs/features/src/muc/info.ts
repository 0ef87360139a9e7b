import { type Asked, refuse, type Reply } from '@interoffice/routing';
import {
  type Element,
  featureNotImplemented,
  formElement,
  type FormField,
  itemNotFound,
  NS,
  serviceUnavailable,
  xml,
} from '@interoffice/wire';
import { isAtLeast } from './affiliation.js';
import type { Room } from './room.js';

const RESERVED_NICK = 'x-roomuser-item';
const TRAFFIC = 'http://jabber.org/protocol/muc#traffic';

/** What every room does. */
export const ROOM_FEATURES: readonly string[] = [
  NS.discoInfo,
  NS.discoItems,
  NS.muc,
  NS.stableId,
  NS.selfPing,
  NS.occupantId,
  NS.hats,
  NS.sid,
  NS.mam,
  NS.mamExtended,
  NS.moderate,
  NS.retract,
  `${NS.retract}#tombstone`,
  NS.register,
  NS.vcardTemp,
  NS.ping,
];

/** What a room is, for who may know that it is there. XEP-0045 §6.4, XEP-0128 */
export function roomInfo(room: Room, asked: Asked, isRecorded: boolean): Reply {
  const node = asked.child.attrs['node'] as string | undefined;
  if (!mayKnow(room, asked)) return refuse(itemNotFound('There is no such room.'), 'the room is hidden from them');
  if (node === RESERVED_NICK) return reservedNick(room, asked);
  // §18.1.1: everything may be sent, so there is no list of what may.
  if (node === TRAFFIC) return refuse(serviceUnavailable(), 'everything may pass');
  if (node !== undefined && node !== '') return refuse(featureNotImplemented('There is no such node.'), 'unknown node');
  const { config } = room;
  const features = ROOM_FEATURES.filter((name) => isRecorded || !name.startsWith(NS.mam));
  return xml(
    'query',
    { xmlns: NS.discoInfo },
    xml('identity', { category: 'conference', type: 'text', name: config.name || room.jid.local! }),
    ...[...features, ...kindOf(room)].map((name) => xml('feature', { var: name })),
    infoForm(room),
  );
}

/** XEP-0045 §15.3 */
function kindOf({ config }: Room): string[] {
  return [
    config.password === undefined ? 'muc_unsecured' : 'muc_passwordprotected',
    config.isPublic ? 'muc_public' : 'muc_hidden',
    config.isPersistent ? 'muc_persistent' : 'muc_temporary',
    config.isMembersOnly ? 'muc_membersonly' : 'muc_open',
    config.isModerated ? 'muc_moderated' : 'muc_unmoderated',
    config.isNonAnonymous ? 'muc_nonanonymous' : 'muc_semianonymous',
  ];
}

function infoForm({ config, subject, occupants, avatar, relations }: Room): Element {
  const present = [...occupants.values()].filter(({ isPresent }) => isPresent).length;
  const owners = [...relations].filter(([, { affiliation }]) => affiliation === 'owner').map(([jid]) => jid);
  const field = (name: string, value: string, label: string): FormField => ({
    name,
    type: 'text-single',
    label,
    values: [value],
  });
  return formElement({
    type: 'result',
    formType: NS.mucRoomInfo,
    fields: [
      field('muc#roominfo_description', config.description, 'Description'),
      field('muc#roominfo_lang', config.language, 'Language'),
      field('muc#roominfo_subject', subject?.text ?? '', 'Subject'),
      field('muc#roominfo_occupants', String(present), 'Occupants'),
      field(
        'muc#roomconfig_changesubject',
        config.participantsSetSubject ? '1' : '0',
        'Everybody may change the subject',
      ),
      field('muc#maxhistoryfetch', String(config.historyLength), 'Messages shown to who comes in'),
      field('muc#roominfo_slow_mode_duration', String(config.slowModeSeconds), 'Seconds between two messages'),
      {
        name: 'muc#roominfo_contactjid',
        type: 'jid-multi',
        label: 'Owners',
        values: config.isNonAnonymous ? owners : [],
      },
      {
        name: 'muc#roominfo_avatarhash',
        type: 'text-multi',
        label: 'Picture',
        values: avatar?.hash === undefined ? [] : [avatar.hash],
      },
    ],
  });
}

/** XEP-0045 §7.12 */
function reservedNick(room: Room, { session }: Asked): Element {
  const { nick } = room.relationOf(session.account.bare);
  const identity = nick === undefined ? [] : [xml('identity', { category: 'conference', type: 'text', name: nick })];
  return xml('query', { xmlns: NS.discoInfo, node: RESERVED_NICK }, ...identity);
}

/** Who is there, for those who are there too; others get the same empty list whoever is in. XEP-0045 §6.5 */
export function roomItems(room: Room, asked: Asked): Reply {
  if (!mayKnow(room, asked)) return refuse(itemNotFound('There is no such room.'), 'the room is hidden from them');
  const self = room.occupantOf(asked.session);
  const shown = self?.isPresent === true ? [...room.occupants.values()].filter(({ isShown }) => isShown) : [];
  return xml('query', { xmlns: NS.discoItems }, ...shown.map(({ jid }) => xml('item', { jid: jid.toString() })));
}

/** A hidden room for members only is nobody else's business: the answer is as for an address without a room. T-09 */
export function mayKnow(room: Room, { session }: Pick<Asked, 'session'>): boolean {
  const affiliation = room.affiliationOf(session.account.bare);
  if (room.isLocked) return affiliation === 'owner';
  const { isPublic, isMembersOnly } = room.config;
  return isPublic || !isMembersOnly || isAtLeast(affiliation, 'member');
}
