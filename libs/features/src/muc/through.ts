import { randomBytes } from 'node:crypto';
import type { Passage, Session } from '@interoffice/routing';
import {
  badRequest,
  copyOf,
  type Element,
  errorReply,
  itemNotFound,
  NS,
  notAcceptable,
  reply,
  serviceUnavailable,
  StanzaError,
  xml,
} from '@interoffice/wire';
import type { Occupant } from './occupant.js';
import type { MucParts } from './parts.js';
import { silenceBetween } from './private-message.js';
import type { Room } from './room.js';

/** Questions that wait for their answers; beyond this the oldest is given up. */
const MOST_OPEN = 10_000;
/** What is asked of a person, not of one of his devices: his server answers. XEP-0045 §17.4 */
const OF_THE_ACCOUNT: ReadonlySet<string> = new Set([NS.vcardTemp, NS.pubsub]);
/** What only a person's own server may send him: CVE-2016-9928. */
const FROM_SERVERS_ONLY: ReadonlySet<string> = new Set([NS.roster, NS.carbons, NS.blocking, NS.mam]);

interface Open {
  readonly asker: Session;
  readonly id: string;
  readonly room: Room;
  /** Who was asked: only he can answer. */
  readonly asked: Session;
  readonly nick: string;
}

/** Questions from one occupant to another, who need not know each other's addresses. XEP-0045 §17.4 */
export class Through {
  readonly #open = new Map<string, Open>();

  constructor(
    private readonly parts: MucParts,
    /** What the person's own account answers; the bare JID's view of a question. */
    private readonly askAccount: (session: Session, iq: Element, of: Occupant) => void,
  ) {}

  /** A question to `room@service/nick`, or the answer to one that was relayed. */
  relay(room: Room, p: Passage, iq: Element): void {
    const { session } = p;
    if (p.type === 'result' || p.type === 'error') return this.#answered(room, session, iq);
    const error = this.#ask(room, session, iq, p.target.jid.resource!);
    if (!error) return;
    // XEP-0410 §3: who answers for the occupant is the room.
    const answer = errorReply(iq, error, room.jid.bare);
    answer.attrs['to'] = session.jid.toString();
    session.send(answer);
  }

  #ask(room: Room, session: Session, iq: Element, nick: string): StanzaError | undefined {
    const child = iq.getChildElements()[0]!;
    const self = room.occupantOf(session);
    const isPing = child.is('ping', NS.ping);
    if (!self?.isPresent) {
      // §6.6: nobody outside reaches an occupant, nor learns whether there is one.
      return isPing || room.ended ? notThere() : outside(child);
    }
    const occupant = room.occupants.get(nick);
    if (!occupant?.isPresent) return itemNotFound('Nobody goes by that nick in this room.');
    // XEP-0410 §3.2: whether one is still there is for the room to say.
    const namespace = child.getNS() ?? '';
    if (FROM_SERVERS_ONLY.has(namespace)) return serviceUnavailable();
    const silence = silenceBetween(self, occupant);
    if (silence) return silence;
    if (isPing && occupant === self) session.send(reply(withFrom(iq, session)));
    else if (OF_THE_ACCOUNT.has(namespace)) this.askAccount(session, iq, occupant);
    else this.#pass(room, { session, self, iq, occupant });
    return undefined;
  }

  #pass(
    room: Room,
    { session, self, iq, occupant }: { session: Session; self: Occupant; iq: Element; occupant: Occupant },
  ): void {
    const asked = [...occupant.present()].at(-1)!;
    const id = randomBytes(16).toString('base64url');
    if (this.#open.size >= MOST_OPEN) this.#open.delete(this.#open.keys().next().value!);
    this.#open.set(id, { asker: session, id: String(iq.attrs['id']), room, asked, nick: occupant.nick });
    const relayed = copyOf(iq);
    Object.assign(relayed.attrs, { id, from: self.jid.toString(), to: asked.jid.toString(), xmlns: NS.client });
    asked.send(relayed);
  }

  #answered(room: Room, session: Session, iq: Element): void {
    const id = String(iq.attrs['id'] ?? '');
    const open = this.#open.get(id);
    if (open?.asked !== session || open.room !== room) return;
    this.#open.delete(id);
    const answer = copyOf(iq);
    const from = `${room.jid.bare}/${open.nick}`;
    Object.assign(answer.attrs, { id: open.id, from, to: open.asker.jid.toString(), xmlns: NS.client });
    open.asker.send(answer);
  }

  /** A device is gone: who waits for its answer is told, and what it has asked nobody waits for. */
  gone(session: Session): void {
    for (const [key, open] of this.#open) {
      if (open.asked !== session && open.asker !== session) continue;
      this.#open.delete(key);
      if (open.asked !== session) continue;
      const iq = xml('iq', {
        type: 'get',
        id: open.id,
        to: `${open.room.jid.bare}/${open.nick}`,
        from: open.asker.jid.toString(),
      });
      open.asker.send(errorReply(iq, serviceUnavailable('They have left before they answered.')));
    }
  }
}

function notThere(): StanzaError {
  return new StanzaError('not-acceptable', { type: 'cancel', text: 'You are not in this room.' });
}

function outside(child: Element): StanzaError {
  return child.getNS() === NS.discoInfo || child.getNS() === NS.discoItems
    ? badRequest('Only who is in the room can ask its occupants.')
    : notAcceptable('Only who is in the room can ask its occupants.');
}

function withFrom(iq: Element, session: Session): Element {
  const copy = copyOf(iq);
  copy.attrs['from'] = session.jid.toString();
  return copy;
}
