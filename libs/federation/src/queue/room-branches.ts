import type { Handover, Passage, Session } from '@interoffice/routing';
import {
  decodeAttribute,
  type Element,
  type Jid,
  NS,
  type Scanner,
  serialize,
  tryJid,
  type Vocabulary,
} from '@interoffice/wire';
import type { Calling } from '../link/shapes.js';
import type { Courtesy } from './line.js';
import { rowOf } from './office-mark.js';
import { roomIdOf, stanzaOf } from './outgoing-bytes.js';
import { RoomBranch } from './room-branch.js';

export interface RoomBranchesParts {
  /** The domain is another office's of ours. */
  readonly isOffice: (domain: string) => boolean;
  readonly isUp: (domain: string, peer: string) => boolean;
  readonly deviceAt: (jid: Jid) => Session | undefined;
  readonly vocabulary: Vocabulary;
  readonly later: (ms: number, work: () => void) => () => void;
  readonly clock: { now(): number };
}

const LOOK_EVERY_MS = 1_000;
const MUC_USER = Buffer.from(NS.mucUser);

/** Rooms of other offices of ours, as far as people of ours are in them. Decision 0054 */
export class RoomBranches {
  readonly #branches = new Map<string, RoomBranch>();
  readonly #bit: number;
  #cancelLook: (() => void) | undefined;

  constructor(private readonly parts: RoomBranchesParts) {
    this.#bit = parts.vocabulary.bit(NS.office, 'office');
  }

  /** Presence of one of ours to somebody's place in a room, which policy has let out. Returns what to do if it is lost. */
  passes(p: Passage): () => void {
    const { session, target } = p;
    if (target.jid.resource === undefined || !this.parts.isOffice(target.jid.domain)) return nothing;
    const known = this.#branches.get(nameOf(session, target.jid));
    if (p.type === 'unavailable') known?.departs(session);
    if (p.type !== 'available') return nothing;
    const presence = p.tree();
    if (!known && presence.getChild('x', NS.muc) === undefined) return nothing;
    const branch = known ?? this.#make(session, target.jid);
    branch.arrives(session, target.jid.resource, presence);
    return () => branch.isWaitedFor(session);
  }

  /** What one of ours says in such a room is known by its mark when the room says it. */
  says(p: Passage): Handover['handOver'] | undefined {
    const { session, target } = p;
    if (p.type !== 'groupchat' || target.jid.resource !== undefined) return undefined;
    const branch = this.#branches.get(nameOf(session, target.jid));
    if (branch?.has(session) !== true) return undefined;
    return (m, author) => {
      if (!m.isRecorded) return;
      branch.says(m, author);
      this.#lookLater();
    };
  }

  /** A stanza from another office. True: who it is for has it already. */
  hears(from: Jid, bytes: Buffer, scan: Scanner): boolean {
    if (this.#branches.size === 0 || !this.parts.isOffice(from.domain)) return false;
    const to = scan.toStart < 0 ? undefined : tryJid(decodeAttribute(bytes.toString('utf8', scan.toStart, scan.toEnd)));
    const branch = to && this.#branches.get(`${to.domain} ${from.bare}`);
    const session = branch && this.parts.deviceAt(to);
    if (!branch || !session) return false;
    const stanza = bytes.subarray(scan.start, scan.end);
    if (stanza[1] === P) {
      if (stanza.includes(MUC_USER) || stanza.includes(ERROR))
        branch.tells(session, from.resource ?? '', stanzaOf(stanza));
      return false;
    }
    if (stanza[1] !== M) return false;
    const isError = scan.typeStart >= 0 && bytes.toString('latin1', scan.typeStart, scan.typeEnd) === 'error';
    if (isError) {
      branch.refuses(session, stanzaOf(stanza).attrs['id'] as string | undefined);
      return false;
    }
    const id = (scan.bits & this.#bit) === 0 ? undefined : rowOf(session.jid.domain, stanza);
    return branch.hears(session, { id, roomId: roomIdOf(stanza) });
  }

  /** What a new stream to a peer begins with: who of ours is in its rooms. */
  first(pair: Calling): Courtesy[] {
    return [...this.#at(pair)].flatMap((branch) => [...branch.again()].map((stanza) => courtesyOf(stanza, nothing)));
  }

  /** What is carried behind what waits for it: who of ours has gone meanwhile. */
  last(pair: Calling): Courtesy[] {
    return [...this.#at(pair)].flatMap((branch) =>
      [...branch.gone()].map(({ stanza, lost }) => courtesyOf(stanza, lost)),
    );
  }

  *#at({ domain, peer }: Calling): Iterable<RoomBranch> {
    for (const [name, branch] of this.#branches) {
      if (branch.room.domain === peer && name.startsWith(`${domain} `)) yield branch;
    }
  }

  close(): void {
    this.#cancelLook?.();
  }

  #make(session: Session, at: Jid): RoomBranch {
    const { parts } = this;
    const { domain } = session.jid;
    const made = new RoomBranch(at.toBare(), {
      now: () => parts.clock.now(),
      isUp: () => parts.isUp(domain, at.domain),
    });
    this.#branches.set(nameOf(session, at), made);
    this.#lookLater();
    return made;
  }

  /** As long as there are branches. */
  #lookLater(): void {
    this.#cancelLook ??= this.parts.later(LOOK_EVERY_MS, () => {
      this.#cancelLook = undefined;
      for (const [name, branch] of this.#branches) {
        branch.look();
        if (branch.isEmpty) this.#branches.delete(name);
      }
      if (this.#branches.size > 0) this.#lookLater();
    });
  }
}

function courtesyOf(stanza: Element, lost: () => void): Courtesy {
  delete stanza.attrs['xmlns'];
  return { bytes: Buffer.from(serialize(stanza)), lost };
}

const nothing = (): void => undefined;
const [M, P] = [109, 112];
const ERROR = Buffer.from('error');

/** Of each of our domains: its line is its own. */
function nameOf(session: Session, room: Jid): string {
  return `${session.jid.domain} ${room.bare}`;
}
