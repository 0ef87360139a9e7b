import {
  type Accepted,
  type Dropped,
  type Hosted,
  type Party,
  type Passage,
  refuse,
  type Refused,
  take,
  type Taken,
} from '@interoffice/routing';
import {
  badRequest,
  type Element,
  errorReply,
  gone,
  itemNotFound,
  type Jid,
  lasting,
  readStanzaError,
  type StanzaError,
} from '@interoffice/wire';
import { receiveInvitation } from './invite.js';
import { leave } from './leave.js';
import { Originals } from './originals.js';
import type { MucParts } from './parts.js';
import { receivePrivate } from './private-message.js';
import type { Room } from './room.js';
import { type Bits, Speaking } from './say.js';
import { STATUS } from './show.js';
import type { Through } from './through.js';
import { receiveVoiceRequest } from './voice.js';

/** A room as routing meets it: whatever is sent to it comes in here. */
export class Door implements Hosted {
  readonly party: Party;
  readonly #speaking: Speaking;
  readonly #originals: Originals;

  constructor(
    readonly room: Room,
    private readonly parts: MucParts,
    private readonly bits: Bits,
    private readonly through: Through,
  ) {
    this.party = room.party;
    this.#originals = new Originals(room, parts.archive);
    this.#speaking = new Speaking(room, parts, bits, this.#originals);
  }

  prepare(p: Passage): Promise<unknown> | undefined {
    const isClaim = p.type === 'groupchat' && p.has(this.bits.changes);
    return isClaim && this.room.occupantOf(p.session) ? this.#originals.prepare(p) : undefined;
  }

  receive(p: Passage): Refused | Dropped | Accepted | Taken {
    const { room, parts } = this;
    if (room.ended) return refuse(endOf(room), 'the room has been destroyed');
    if (p.type === 'error') return this.#ghost(p);
    if (p.target.class === 'occupant') return receivePrivate(parts, room, p);
    if (p.type === 'groupchat') return this.#speaking.receive(p);
    return (
      receiveInvitation(parts, room, p) ??
      receiveVoiceRequest(parts, room, p) ??
      refuse(badRequest('What is said in a room is of type groupchat.'), 'neither groupchat nor a request')
    );
  }

  relay(p: Passage, iq: Element): void {
    this.through.relay(this.room, p, iq);
  }

  /** Whose device cannot be reached is not there, whatever it looks like. XEP-0045 §18.1.2 */
  #ghost(p: Passage): Dropped | Taken {
    const isLost = UNREACHABLE.has(readStanzaError(p.tree())?.condition ?? '');
    if (!isLost || !this.room.occupantOf(p.session)) return { verdict: 'dropped', because: 'an error for a room' };
    const { session } = p;
    return take(() => void leave(this.parts, this.room, session, { statuses: [STATUS.error] }));
  }
}

const UNREACHABLE: ReadonlySet<string> = new Set([
  'gone',
  'item-not-found',
  'recipient-unavailable',
  'redirect',
  'remote-server-not-found',
  'remote-server-timeout',
]);

/** Where a room was. XEP-0045 §10.9 */
export function endOf({ ended }: Room): StanzaError {
  const because = ended?.reason === undefined ? '' : ` ${ended.reason}`;
  const options = ended?.alternate === undefined ? {} : { alternative: `xmpp:${ended.alternate}?join` };
  return gone(`This room is no more.${because}`, options);
}

/** An address of the service where there is no room. */
export class NobodyAt implements Hosted {
  readonly party: Party;

  constructor(readonly jid: Jid) {
    this.party = { accountId: 0, bare: lasting(jid.bare), device: lasting(''), office: lasting('') };
  }

  prepare(): undefined {
    return undefined;
  }

  receive(): Refused {
    return refuse(itemNotFound('There is no such room.'), 'no such room');
  }

  relay(p: Passage, iq: Element): void {
    if (p.type === 'get' || p.type === 'set') p.session.send(errorReply(iq, itemNotFound('There is no such room.')));
  }
}
