import './events.js';
import {
  Addressed,
  type Asked,
  type Feature,
  get,
  type Passage,
  refuse,
  type Reply,
  type Session,
  set,
} from '@interoffice/routing';
import { itemNotFound, type Jid, NS, parseJid, resourceConstraint, serviceUnavailable } from '@interoffice/wire';
import { changeByList, readAdminList } from './admin.js';
import { readVcard, setVcard } from './avatar.js';
import { NotRecorded } from './change.js';
import { presenceToOccupant, presenceToRoom } from './come.js';
import { Door, endOf, NobodyAt } from './door.js';
import { roomInfo, ROOM_FEATURES, roomItems } from './info.js';
import { leave } from './leave.js';
import { moderate } from './moderate.js';
import { changeSettings, readSettings } from './owner.js';
import type { MucOptions, MucParts } from './parts.js';
import { placesOf } from './places.js';
import { readRegistration, register } from './register.js';
import { comeBack, recordStart, showAgain } from './return.js';
import type { Room } from './room.js';
import { queryRoom, roomMetadata } from './room-archive.js';
import { Rooms } from './rooms.js';
import { Bits } from './say.js';
import { searchOrForm, SEARCHES, SERVICE_FEATURES, serviceInfo, serviceItems } from './service-info.js';
import { Through } from './through.js';

/** Rooms for many, on a domain of their own. XEP-0045 and what belongs to it. */
export class Muc {
  readonly feature: Feature;
  readonly rooms: Rooms;
  readonly parts: MucParts;
  #self: Session | undefined;
  #bits: Bits | undefined;
  readonly #through: Through;

  constructor(options: MucOptions) {
    const { records, archive, secret, clock, log, domain, released } = options;
    const addressed = new Addressed();
    const rooms = new Rooms({
      domain,
      records,
      archive,
      secret,
      released,
      clock,
      log,
      doorOf: (room) => new Door(room, this.parts, (this.#bits ??= new Bits(options.vocabulary())), this.#through),
      nobodyAt: (jid: Jid) => new NobodyAt(jid),
    });
    this.rooms = rooms;
    const self = (): Session => (this.#self ??= options.voice());
    this.parts = {
      ...options,
      rooms,
      addressed,
      get self() {
        return self();
      },
    };
    this.#through = new Through(this.parts, options.askAccount);
    this.feature = this.#feature();
  }

  /** To be called before the first stream. Rejects with the database. */
  start(): Promise<void> {
    return recordStart(this.parts);
  }

  stop(): void {
    this.rooms.stop();
  }

  #feature(): Feature {
    const { parts, rooms } = this;
    return {
      name: 'muc',
      implements: SPECS,
      advertises: { server: [], rooms: SERVICE_FEATURES, room: ROOM_FEATURES },
      host: rooms,
      answers: [...this.#serviceAnswers(), ...this.#roomAnswers()],
      takes: [
        { type: ['available', 'unavailable', 'error'], to: 'occupant', take: (p) => presenceToOccupant(parts, p) },
        { type: ['available', 'unavailable', 'error'], to: 'room', take: (p: Passage) => presenceToRoom(parts, p) },
      ],
      watches: {
        gone: (session) => {
          this.#through.gone(session);
          this.#leaveAll(session);
        },
        // RFC 6121 §4.6.3: whoever was told directly that he is there is told that he is not.
        broadcast: (session) => {
          if (!session.presence) this.#leaveAll(session);
        },
        shutOut: (session) => this.#leaveAll(session),
        kept: (session) => comeBack(parts, session),
        restored: (session) => showAgain(parts, session),
      },
    };
  }

  /** Every room the device is in: it keeps a list of them. */
  #leaveAll(session: Session): void {
    for (const { room } of session.get(placesOf) ?? []) {
      const awake = this.rooms.peek(parseJid(room));
      if (awake) void leave(this.parts, awake, session);
    }
  }

  #serviceAnswers() {
    const { parts } = this;
    return [
      get('rooms', NS.discoInfo, 'query', serviceInfo),
      get('rooms', NS.discoItems, 'query', (asked) => serviceItems(parts, asked)),
      ...SEARCHES.map((namespace) => get('rooms', namespace, 'search', (asked) => searchOrForm(parts, asked))),
      get('rooms', NS.ping, 'ping', () => undefined),
    ];
  }

  #roomAnswers() {
    const { parts } = this;
    const { archive } = parts;
    const archived = archive
      ? [
          set(
            'room',
            NS.mam,
            'query',
            of((room, asked) => queryRoom(archive, room, asked)),
          ),
          get(
            'room',
            NS.mam,
            'metadata',
            of((room, asked) => roomMetadata(archive, room, asked)),
          ),
          set(
            'room',
            NS.moderate,
            'moderate',
            of((room, asked) => moderate(parts, room, asked)),
          ),
        ]
      : [];
    return [
      get(
        'room',
        NS.discoInfo,
        'query',
        of((room, asked) => roomInfo(room, asked, archive !== undefined)),
      ),
      get('room', NS.discoItems, 'query', of(roomItems)),
      get('room', NS.mucAdmin, 'query', of(readAdminList)),
      set(
        'room',
        NS.mucAdmin,
        'query',
        of((room, asked) => changeByList(parts, room, asked)),
      ),
      get('room', NS.mucOwner, 'query', of(readSettings)),
      set(
        'room',
        NS.mucOwner,
        'query',
        of((room, asked) => changeSettings(parts, room, asked)),
      ),
      get('room', NS.register, 'query', of(readRegistration)),
      set(
        'room',
        NS.register,
        'query',
        of((room, asked) => register(parts, room, asked)),
      ),
      get('room', NS.vcardTemp, 'vCard', of(readVcard)),
      set(
        'room',
        NS.vcardTemp,
        'vCard',
        of((room, asked) => setVcard(parts, room, asked)),
      ),
      get(
        'room',
        NS.ping,
        'ping',
        of(() => undefined),
      ),
      ...archived,
    ];
  }
}

type RoomAnswer = (room: Room, asked: Asked) => Reply | Promise<Reply>;

/** An answer of a room that is there. */
function of(answer: RoomAnswer): (asked: Asked) => Reply | Promise<Reply> {
  return (asked) => {
    const { hosted } = asked.to;
    if (!(hosted instanceof Door)) {
      return hosted
        ? refuse(itemNotFound('There is no such room.'), 'no such room')
        : refuse(serviceUnavailable(), 'no room');
    }
    const { room } = hosted;
    if (room.ended) return refuse(endOf(room), 'the room has been destroyed');
    const reply = answer(room, asked);
    return reply instanceof Promise ? reply.catch(refuseUnrecorded) : reply;
  };
}

/** What cannot be recorded does not happen: who asked may ask again. */
function refuseUnrecorded(error: unknown): Reply {
  if (!(error instanceof NotRecorded)) throw error;
  return refuse(resourceConstraint('Nothing can be recorded at the moment, so nothing was changed.'), 'not recorded');
}

const SPECS = [
  { xep: 45, version: '1.35.5' },
  { xep: 153, version: '1.1.1' },
  { xep: 249, version: '1.2' },
  { xep: 308, version: '1.2.2' },
  { xep: 317, version: '0.3.1' },
  { xep: 410, version: '1.1.0' },
  { xep: 421, version: '1.0.1' },
  { xep: 424, version: '0.4.2' },
  { xep: 425, version: '0.3.0' },
  { xep: 433, version: '0.1.0' },
  { xep: 486, version: '0.1.0' },
  { xep: 500, version: '0.1.1' },
] as const;
