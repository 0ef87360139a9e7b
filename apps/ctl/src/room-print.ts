import type { Room, RoomList, RoomPerson } from '@interoffice/contract';
import { oneLine, print, printFacts, printTable } from './terminal.js';

export function printRooms(rooms: RoomList['items']): void {
  if (rooms.length === 0) return print('No rooms.');
  printTable(
    ['ADDRESS', 'TITLE', 'OFFICE', 'MEMBERS', 'THERE NOW', ''],
    rooms.map((room) => [
      room.jid,
      oneLine(room.title),
      oneLine(room.office),
      String(room.members),
      String(room.occupants),
      marksOf(room).join(', '),
    ]),
  );
}

export function printRoom(room: Room): void {
  const { retired } = room;
  printFacts([
    ['Address', room.jid],
    ['Title', oneLine(room.title)],
    ['Description', oneLine(room.description)],
    ['Office', oneLine(room.office)],
    ['Template', oneLine(room.template ?? '')],
    ['Made', `${room.createdAt} by ${room.createdBy}`],
    ['People', `${room.members} belong to it, ${room.occupants} are there now`],
    ['Set up', marksOf(room).join(', ')],
    ['Addresses', `seen by ${room.nonAnonymous ? 'everybody' : 'moderators'}`],
    ['History', room.historyReadable ? `readable, ${room.historyLength} messages shown at first` : 'not readable'],
    ['Private', `messages by way of the room: ${room.privateMessages}`],
    ...(retired ? [['Retired', `${retired.at} by ${retired.by}: ${oneLine(retired.reason ?? '')}`] as const] : []),
    ...(retired?.alternate === undefined ? [] : [['Go to', retired.alternate] as const]),
  ]);
}

export function printPeople(people: readonly RoomPerson[]): void {
  if (people.length === 0) return print('Nobody.');
  printTable(
    ['ADDRESS', 'AFFILIATION', 'NICK', 'THERE NOW AS'],
    people.map(({ jid, affiliation, nick = '', role }) => [
      jid,
      affiliation,
      oneLine(nick),
      role === 'none' ? '' : role,
    ]),
  );
}

/** What tells one room from another at a glance. */
function marksOf(room: RoomList['items'][number] & Partial<Room>): string[] {
  return [
    room.membersOnly ? 'members only' : 'open',
    !room.public && 'hidden',
    room.moderated === true && 'moderated',
    room.hasPassword === true && 'password',
    (room.slowModeSeconds ?? 0) > 0 && `slow mode ${room.slowModeSeconds} s`,
    (room.maxUsers ?? 0) > 0 && `at most ${room.maxUsers}`,
    !room.persistent && 'temporary',
    room.retired && 'retired',
  ].filter((mark): mark is string => typeof mark === 'string');
}
