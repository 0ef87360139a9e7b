import type { NewRoom, Room, RoomChange, RoomPerson, RoomSummary, RoomTemplate } from '@interoffice/contract';
import type { AdministeredRoom, KindOfRoom, ListedRoom, PersonOfRoom, RoomConfig } from './administered-rooms.js';

type Setting = Exclude<keyof RoomChange, 'password' | 'persistent'>;

/** The settings of a room: as people of HTTP call them, and as the room does. */
const SETTINGS = {
  title: 'name',
  description: 'description',
  language: 'language',
  public: 'isPublic',
  membersOnly: 'isMembersOnly',
  moderated: 'isModerated',
  nonAnonymous: 'isNonAnonymous',
  membersInvite: 'membersInvite',
  membersSeeMembers: 'membersSeeMembers',
  participantsSetSubject: 'participantsSetSubject',
  privateMessages: 'privateMessages',
  historyReadable: 'isLogged',
  historyLength: 'historyLength',
  slowModeSeconds: 'slowModeSeconds',
  maxUsers: 'maxUsers',
} as const satisfies Record<Setting, keyof RoomConfig>;

const ENTRIES = Object.entries(SETTINGS) as [Setting, Exclude<keyof RoomConfig, 'password'>][];

/** A room as it crosses HTTP: field by field, so that a new one never leaks. */
export function summaryOf(room: ListedRoom): RoomSummary {
  const { jid, name, description, office, template, members, occupants, createdBy, createdAtMs, ended } = room;
  return {
    jid,
    title: name,
    description,
    office,
    template,
    public: room.isPublic,
    membersOnly: room.isMembersOnly,
    persistent: room.isPersistent,
    members,
    occupants,
    createdBy,
    createdAt: new Date(createdAtMs).toISOString(),
    retired: ended && {
      at: new Date(ended.atMs).toISOString(),
      by: ended.by,
      reason: ended.reason,
      alternate: ended.alternate,
    },
  };
}

/** The same with its settings, the password left out. */
export function roomOf(room: AdministeredRoom): Room {
  const settings = ENTRIES.map(([setting, key]) => [setting, room.config[key]]);
  const given = Object.fromEntries(settings) as Pick<Room, Setting>;
  return { ...summaryOf(room), ...given, hasPassword: room.config.hasPassword };
}

/** What is asked for, in the room's own words; what is left out is left out. */
export function configOf(asked: Partial<NewRoom & RoomChange>): Partial<RoomConfig> {
  const given = ENTRIES.filter(([setting]) => asked[setting] !== undefined);
  const config: Partial<RoomConfig> = Object.fromEntries(given.map(([setting, key]) => [key, asked[setting]]));
  const { password, persistent } = asked;
  return {
    ...config,
    ...(password === undefined ? {} : { password: password ?? undefined }),
    ...(persistent === undefined ? {} : { isPersistent: persistent }),
  };
}

/** `name` is that of the account, if there is one. */
export function personOf({ jid, affiliation, nick, reason, role }: PersonOfRoom, name?: string): RoomPerson {
  return { jid, name, affiliation, nick, reason, role };
}

export function templateOf(kind: KindOfRoom): RoomTemplate {
  const { name, office, description, membersOnly, moderated, nonAnonymous, membersInvite, slowMode } = kind;
  const flags = { public: kind.public, membersOnly, moderated, nonAnonymous, membersInvite };
  return { name, office, description, ...flags, slowModeSeconds: Math.ceil(slowMode / 1000) };
}
