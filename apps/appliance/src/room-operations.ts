import { type Acting, personOf, RoomChanges, roomOf, summaryOf, VisibleRooms } from '@interoffice/api';
import { NewRoom, Relate, Retire, RoomChange, RoomState } from '@interoffice/contract';
import { Failure } from '@interoffice/telemetry';
import { type Jid, parseJid, tryJid } from '@interoffice/wire';
import { checked } from './checked.js';
import type { Operations } from './control.js';
import { read } from './input.js';
import { type OperationParts, OPERATOR } from './operation-parts.js';

type Input = Readonly<Record<string, unknown>>;
type RoomParts = Pick<OperationParts, 'audit' | 'settings'> & { readonly xmpp: Pick<OperationParts['xmpp'], 'rooms'> };

/** What `interoffice room …` asks: as in the console, with the same rules and lines in the audit log, for every office. */
export function roomOperations(parts: RoomParts): Operations {
  const { rooms } = parts.xmpp;
  const visible = new VisibleRooms(rooms, parts.audit);
  const changes = new RoomChanges(rooms, visible, parts.audit);
  // What the owner of the machine does is done in the server's own name.
  const acting: Acting = { ...OPERATOR, jid: parseJid(parts.settings.domains[0]), scope: '*' };
  const roomIn = (input: Input): Jid => rooms.addressOf(read.text(input, 'room'));

  return {
    'room.list': async (input) => {
      const order = { sort: 'jid', descending: false, offset: 0, limit: read.whole(input, 'limit') } as const;
      const filters = { text: read.optionalText(input, 'text'), office: read.optionalText(input, 'office') };
      const found = await rooms.list({ ...filters, ...order, state: stateIn(input) });
      return { items: found.rooms.map(summaryOf), total: found.total };
    },
    'room.create': async (input) => roomOf(await changes.create(checked(NewRoom, read.object(input, 'room')), acting)),
    'room.show': async (input) => roomOf(await visible.find(roomIn(input), acting)),
    'room.set': async (input) => {
      const change = checked(RoomChange, read.object(input, 'change'));
      return roomOf(await changes.configure(roomIn(input), change, acting));
    },
    'room.members': async (input) => {
      const room = roomIn(input);
      for (const { jid, ...relation } of input['relate'] === undefined ? [] : read.list(input, 'relate')) {
        await changes.relate(room, { jid: personIn(jid), ...checked(Relate, relation) }, acting);
      }
      await visible.find(room, acting);
      return (await rooms.people(room)).map((person) => personOf(person));
    },
    'room.retire': async (input) => {
      const { room: _room, ...why } = input;
      return roomOf(await changes.retire(roomIn(input), checked(Retire, why), acting));
    },
  };
}

function stateIn(input: Input): 'open' | 'ended' | undefined {
  if (input['state'] === undefined) return undefined;
  return checked(RoomState, input['state']) === 'retired' ? 'ended' : 'open';
}

function personIn(text: unknown): Jid {
  const jid = typeof text === 'string' ? tryJid(text) : undefined;
  if (jid?.isBare === true) return jid;
  throw new Failure('NO_SUCH_ACCOUNT', `There is no account ${String(text)}.`);
}
