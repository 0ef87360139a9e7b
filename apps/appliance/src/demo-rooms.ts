import { type Acting, RoomChanges, VisibleRooms } from '@interoffice/api';
import { NewRoom } from '@interoffice/contract';
import { parseJid } from '@interoffice/wire';
import type { OperationParts } from './operation-parts.js';
import type { DemoPerson } from './people.js';

type DemoParts = Pick<OperationParts, 'xmpp' | 'people' | 'audit'> & { readonly demo: readonly DemoPerson[] };

/** More than the sample directory has people. */
const MOST_PEOPLE = 1000;

/** The rooms of the demo, made at its first start: one for everybody, one to ask in, one for a few. */
export async function makeDemoRooms({ xmpp, people, demo, audit }: DemoParts): Promise<void> {
  const { rooms } = xmpp;
  const administrator = demo.find(({ role }) => role === 'admin');
  if (!administrator) return;
  const owners = [administrator.jid];
  const acting: Acting = {
    actor: 'demo',
    role: 'operator',
    address: 'first start',
    jid: parseJid(administrator.jid),
    scope: '*',
  };
  const changes = new RoomChanges(rooms, new VisibleRooms(rooms, audit), audit);
  const team = demo.map(({ jid }) => jid);
  const everybody = async (): Promise<string[]> => {
    const page = { sort: 'jid', descending: false, offset: 0, limit: MOST_PEOPLE, state: 'active' } as const;
    return (await people.records.list(page)).records.map(({ jid }) => jid.bare);
  };
  for (const room of ROOMS) {
    // Also one that somebody has retired since.
    if (await rooms.find(rooms.addressOf(room.jid))) continue;
    const members = room.jid === 'all-hands' ? await everybody() : team;
    await changes.create(NewRoom.parse({ ...room, owners, members }), acting);
  }
}

const ROOMS = [
  {
    jid: 'all-hands',
    title: 'All hands',
    description: 'News for everybody in Berlin, Tokyo and São Paulo',
    nonAnonymous: true,
  },
  {
    jid: 'it-help',
    title: 'IT help',
    description: 'Ask here when something does not work',
    nonAnonymous: true,
  },
  {
    jid: 'board',
    title: 'Board',
    description: 'Decisions of the management; for its members only',
    membersOnly: true,
    public: false,
    nonAnonymous: true,
    membersInvite: false,
  },
] as const;
