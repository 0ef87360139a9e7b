import { type Affiliation, Room, RoomPeople, RoomPerson, RoomTemplates } from '@interoffice/contract';
import { ask } from '../http.js';
import { changeOf, type RoomForm } from './room-change.js';

const path = (jid: string): string => `/rooms/${encodeURIComponent(jid)}`;

/** Asks for the room itself: a row of a list knows less than the pages of one room show. */
export const WHOLE = { meta: { whole: true } };

/** Fields left empty are left to the template, or to the server. */
export function newRoom(form: object): Promise<Room> {
  const given = Object.entries(form).filter(([, value]) => value !== '' && value !== null && value !== undefined);
  return ask(Room, '/rooms', { method: 'POST', body: Object.fromEntries(given) });
}

/** Asks for what is another than before; when that is nothing, for the room as it is. */
export function configureRoom(form: RoomForm, before: RoomForm): Promise<Room> {
  const change = changeOf(form, before);
  const jid = String(before.jid);
  if (Object.keys(change).length === 0) return ask(Room, path(jid));
  return ask(Room, path(jid), { method: 'PATCH', body: change });
}

export function roomPeople(jid: string): Promise<RoomPeople> {
  return ask(RoomPeople, `${path(jid)}/people`);
}

export function roomTemplates(): Promise<RoomTemplates> {
  return ask(RoomTemplates, '/rooms/templates');
}

/** What somebody is to be in the room from now on. */
export interface Relation {
  readonly person: string;
  readonly affiliation: Affiliation;
  readonly reason?: string;
}

export function relate(jid: string, { person, affiliation, reason }: Relation): Promise<RoomPerson> {
  const body = { affiliation, ...((reason ?? '') === '' ? {} : { reason }) };
  return ask(RoomPerson, `${path(jid)}/people/${encodeURIComponent(person)}`, { method: 'PUT', body });
}

export function retireRoom(jid: string, why: { readonly reason: string; readonly alternate?: string }): Promise<Room> {
  const { reason, alternate } = why;
  const body = { reason, ...((alternate ?? '') === '' ? {} : { alternate }) };
  return ask(Room, `${path(jid)}/retire`, { method: 'POST', body });
}
