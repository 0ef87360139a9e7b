import {
  type Accepted,
  type Delivering,
  type Dropped,
  type Handover,
  idText,
  momentOf,
  type Passage,
  refuse,
  type Refused,
  type Session,
} from '@interoffice/routing';
import {
  delayElement,
  escapeAttribute,
  lasting,
  NS,
  notAcceptable,
  plainNamespaces,
  serialize,
  StanzaError,
  toTree,
  type Vocabulary,
} from '@interoffice/wire';
import { denied } from './errors.js';
import type { Occupant } from './occupant.js';
import type { Originals } from './originals.js';
import type { MucParts } from './parts.js';
import type { Room } from './room.js';

const CLIENT = plainNamespaces(NS.client);
const STAMP_END = Buffer.from("'/>");
const ROW_ID = /^[0-9a-f]{16}$/;
/** What comes from another office later than this says when it was said. */
const LATE_MS = 2_000;
/** Nothing waits longer for a line. */
const OLDEST_MS = 366 * 86_400_000;

/** The children that make a message to a room more than something said: one bit each. */
export class Bits {
  readonly subject: number;
  readonly body: number;
  readonly retract: number;
  /** Said in another office, and marked there: decision 0054. */
  readonly office: number;
  /** Corrects or retracts: says something of an earlier message. */
  readonly changes: number;

  constructor(vocabulary: Vocabulary) {
    this.subject = vocabulary.bit(NS.client, 'subject');
    this.body = vocabulary.bit(NS.client, 'body');
    this.retract = vocabulary.bit(NS.retract, 'retract');
    this.office = vocabulary.bit(NS.office, 'office');
    this.changes = this.retract | vocabulary.bit(NS.correct, 'replace');
  }
}

/** What is said to all in a room. XEP-0045 §7.4 */
export class Speaking {
  readonly #accepted: { -readonly [K in keyof Accepted]: Accepted[K] };
  readonly #stamp: Buffer;
  readonly #said = new Spoken(this, 'said');
  readonly #mute = new Spoken(this, 'mute');
  readonly #subject = new Spoken(this, 'subject');
  readonly #retraction = new Spoken(this, 'retraction');

  constructor(
    private readonly room: Room,
    private readonly parts: MucParts,
    private readonly bits: Bits,
    private readonly originals: Originals,
  ) {
    this.#accepted = { verdict: 'accepted', to: this.#said, about: undefined };
    this.#stamp = lasting(`<stanza-id xmlns='${NS.sid}' by='${escapeAttribute(room.jid.bare)}' id='`);
  }

  /** May he say it? Then it is stamped with who he is here, and with the one id. Nothing is made for a plain message. */
  receive(p: Passage): Refused | Dropped | Accepted {
    const { room, bits } = this;
    const occupant = room.occupantOf(p.session);
    if (!occupant) return refuse(notAcceptable('Only who is in the room can say something there.'), 'not an occupant');
    const isSubject = p.has(bits.subject) && !p.has(bits.body);
    // What waited for a broken line was said when it was recorded there.
    const saidAtMs = p.has(bits.office) ? saidElsewhereAt(p) : p.atMs;
    const denial = isSubject ? subjectDenial(room, occupant) : this.#denial(p, occupant, saidAtMs);
    if (denial) return refuse(denial, `${denial.condition} in ${room.jid.bare}`);
    const about = p.has(bits.changes) ? this.originals.about(p) : undefined;
    if (typeof about === 'object') return about;
    if (p.has(bits.body)) occupant.spokeAtMs = saidAtMs;
    this.#stampWith(occupant, p);
    if (p.atMs - saidAtMs > LATE_MS)
      p.additions.child(Buffer.from(serialize(delayElement({ from: room.jid.bare, atMs: saidAtMs }))));
    const accepted = this.#accepted;
    accepted.about = about;
    accepted.to = isSubject
      ? this.#subject
      : p.has(bits.retract)
        ? this.#retraction
        : p.has(bits.body)
          ? this.#said
          : this.#mute;
    return accepted;
  }

  #stampWith(occupant: Occupant, p: Passage): void {
    p.appearAs(occupant.fromAttribute);
    p.room = this.room.name;
    p.receiver = this.room.party;
    p.additions.child(this.#stamp);
    p.additions.id(p.idHigh, p.idLow);
    p.additions.child(STAMP_END);
    p.additions.child(occupant.stamp);
  }

  #denial(p: Passage, occupant: Occupant, saidAtMs: number): StanzaError | undefined {
    const { slowModeSeconds } = this.room.config;
    if (occupant.role === 'visitor') return denied('forbidden', 'In this room you may listen, but not speak.');
    if (slowModeSeconds === 0 || occupant.role === 'moderator' || !p.has(this.bits.body)) return undefined;
    const waitMs = occupant.spokeAtMs + slowModeSeconds * 1000 - saidAtMs;
    if (waitMs <= 0) return undefined;
    // XEP-0500 §3
    return new StanzaError('policy-violation', {
      type: 'wait',
      text: `In this room you may say something every ${slowModeSeconds} seconds; wait ${Math.ceil(waitMs / 1000)} more.`,
    });
  }

  /** In the journal by now: everybody who is there gets it, its author too. */
  deliver(m: Delivering): void {
    this.room.usedAtMs = this.parts.clock.now();
    deliverTo(this.parts, this.room.audience, m);
  }

  /** With the time of its row, or that at which it was said: the archive tells the same. */
  remember(m: Delivering): void {
    this.room.history?.add(idText(m.idHigh, m.idLow), momentOf(m), m.bytes.subarray(m.start, m.end));
  }

  subjectSet(m: Delivering): void {
    const message = toTree(m.bytes, m.start, m.end, CLIENT);
    const nick = String(message.attrs['from']).slice(this.room.jid.bare.length + 1);
    const text = message.getChildText('subject') ?? '';
    this.parts.rooms.subjectSet(this.room, { text, nick, atMs: momentOf(m) });
  }

  retracted(m: Delivering): void {
    const message = toTree(m.bytes, m.start, m.end, CLIENT);
    this.room.history?.remove(String(message.getChild('retract', NS.retract)?.attrs['id']));
    // For clients that do not know of retractions it may say so in words.
    if (message.getChildText('body') !== null) this.remember(m);
  }
}

type Kind = 'said' | 'mute' | 'subject' | 'retraction';

/** What a message is to its room once it is durable. One object for each kind and room, and no closures: rooms are many. */
class Spoken implements Handover {
  constructor(
    private readonly speaking: Speaking,
    private readonly kind: Kind,
  ) {}

  handOver(m: Delivering): void {
    const { speaking, kind } = this;
    speaking.deliver(m);
    if (kind === 'said') {
      if (m.isRecorded) speaking.remember(m);
    } else if (kind === 'subject') speaking.subjectSet(m);
    else if (kind === 'retraction') speaking.retracted(m);
  }
}

/** By the id that the other office has given it, which is trusted as far as it is possible. */
function saidElsewhereAt(p: Passage): number {
  const id = String(p.tree().getChild('office', NS.office)?.attrs['row']);
  if (!ROW_ID.test(id)) return p.atMs;
  const atMs = momentOf({ idHigh: Number.parseInt(id.slice(0, 8), 16), idLow: Number.parseInt(id.slice(8), 16) });
  return p.atMs - atMs > OLDEST_MS ? p.atMs : Math.min(atMs, p.atMs);
}

/** One copy for all; each finds its own address in it. */
export function deliverTo({ addressed }: MucParts, audience: readonly Session[], m: Delivering): void {
  addressed.load(m.bytes, m.start, m.end);
  addressed.at(m.idHigh, m.idLow);
  for (let i = 0; i < audience.length; i++) {
    const session = audience[i]!;
    addressed.to(session);
    if (m.isRecorded) session.deliverRecorded(addressed);
    else session.deliverFleeting(addressed.bytes, addressed.start, addressed.end);
  }
}

/** Who may set the subject: moderators, and where the room is set up so everybody with voice. XEP-0045 §8.1 */
function subjectDenial({ config }: Room, { role }: Occupant): StanzaError | undefined {
  if (role === 'moderator' || (role === 'participant' && config.participantsSetSubject)) return undefined;
  return denied('forbidden', 'You may not change the subject of this room.');
}
