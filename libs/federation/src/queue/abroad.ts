import {
  type Abroad as RoutingAbroad,
  type Accepted,
  type Handover,
  type Hosted,
  isWorthKeeping,
  type Passage,
  type Refused,
  type Routing,
} from '@interoffice/routing';
import { type Element, errorReply, type Jid, lasting, remoteServerTimeout } from '@interoffice/wire';
import type { Border } from './border.js';
import { toAttribute } from './correspondents.js';
import type { Lines } from './lines.js';
import { markFor } from './office-mark.js';
import { writeOutgoing } from './outgoing-bytes.js';
import type { RoomBranches } from './room-branches.js';

export interface AbroadParts {
  readonly border: Border;
  readonly lines: Lines;
  readonly branches: RoomBranches;
  /** The domain is another office's of ours. */
  readonly isOffice: (domain: string) => boolean;
  readonly routing: () => Routing;
}

/**
 * All domains that are not ours, as routing sees them: what policy lets out is recorded and handed to the line of the
 * peer; questions and presence are carried by it in their author's order.
 */
export class Abroad implements RoutingAbroad {
  #isOpen = false;

  constructor(private readonly parts: AbroadParts) {}

  /** Addresses that led nowhere are looked at again once there is a way. */
  get epoch(): number {
    return this.#isOpen ? 1 : 0;
  }

  /** There are rules, or have been: until then nothing leads to other servers. */
  open(): void {
    this.#isOpen = true;
  }

  find(jid: Jid): Hosted | undefined {
    return this.#isOpen ? new Foreigner(jid, this.parts) : undefined;
  }

  /**
   * Something that is not in the journal; `lost` is called, with what was to be sent, when it was not, or when nobody knows
   * whether it arrived.
   */
  carry(domain: string, to: Jid, stanza: Bytes, lost: (sent: Buffer) => void): void {
    const copy = Buffer.allocUnsafeSlow(stanza.end - stanza.start + MOST_TO);
    const bytes = copy.subarray(0, writeOutgoing(stanza, toAttribute(to), copy, 0));
    const isLost = (): void => lost(bytes);
    if (!this.parts.lines.carry({ domain, peer: to.domain }, { bytes, lost: isLost })) isLost();
  }
}

/** Longer than any address, escaped, with its attribute. */
const MOST_TO = 3_071 * 6 + 8;

interface Bytes {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
}

/** Somebody at another server. */
class Foreigner implements Hosted {
  readonly party;
  readonly #peer: Buffer;

  constructor(
    private readonly jid: Jid,
    private readonly parts: AbroadParts,
  ) {
    this.#peer = lasting(jid.domain);
    this.party = {
      accountId: 0,
      bare: lasting(jid.bare),
      device: lasting(jid.resource ?? ''),
      office: lasting(''),
    };
  }

  prepare(): undefined {
    return undefined;
  }

  receive(p: Passage): Refused | Accepted {
    const refusal = this.parts.border.out(p);
    p.peer = this.#peer;
    if (refusal) return refusal;
    // What is only passed on is another office's: it has its mark, and no room here has a part in it.
    const isOurs = p.session.border === undefined;
    if (isOurs && this.parts.isOffice(this.jid.domain) && isWorthKeeping(p)) markFor(p.session.jid.domain, p);
    const said = isOurs ? this.parts.branches.says(p) : undefined;
    return { verdict: 'accepted', to: said ? this.#handoverOf(p, said) : this.#handover(p), about: undefined };
  }

  relay(p: Passage, iq: Element): void {
    const refusal = this.parts.border.out(p);
    const isQuestion = p.type === 'get' || p.type === 'set';
    if (!refusal) return this.#carry(p, isQuestion ? () => answerLost(iq) : undefined);
    if (isQuestion) p.session.send(errorReply(iq, refusal.error));
  }

  show(p: Passage): void {
    const refusal = this.parts.border.out(p);
    // A feature has it: its place in its author's order has come.
    if (!refusal) return this.#carryNow(p, this.parts.branches.passes(p));
    if (p.type !== 'error' && p.type !== 'unavailable') p.session.send(errorReply(p.tree(), refusal.error));
  }

  /** One object serves all messages of one session to the same place: it is made with the target, which is remembered. */
  #handover(p: Passage): Handover {
    return (this.#known ??= this.#handoverOf(p, () => undefined));
  }

  #known: Handover | undefined;

  /** `said` is told of each that is handed over. */
  #handoverOf({ target, session }: Passage, said: Handover['handOver']): Handover {
    const { lines } = this.parts;
    const pair = { domain: session.jid.domain, peer: this.jid.domain };
    return {
      target,
      handOver: (m, author) => {
        said(m, author);
        const id = (BigInt(m.idHigh) << 32n) | BigInt(m.idLow);
        if (m.isRecorded) return lines.offer({ ...pair, id, author }, m);
        const bytes = Buffer.allocUnsafeSlow(m.end - m.start);
        m.bytes.copy(bytes, 0, m.start, m.end);
        lines.carry(pair, { bytes, lost: () => undefined });
      },
    };
  }

  /** In its author's order; `lost` says what the author is told when nobody knows whether it arrived. */
  #carry(p: Passage, lost: (() => Element) | undefined): void {
    const { session } = p;
    const { courtesies } = this.parts.routing();
    const tell = (): void => {
      if (lost && session.isOpen) session.send(lost());
    };
    const outcome = courtesies.carryOut(p, (moment) => this.#carryNow(moment, tell));
    if (outcome === 'full' && lost) session.send(lost());
  }

  #carryNow(p: Passage, lost: () => void): void {
    const pair = { domain: p.session.jid.domain, peer: this.jid.domain };
    if (!this.parts.lines.carry(pair, { bytes: p.retain(), lost })) lost();
  }
}

function answerLost(iq: Element): Element {
  const text = 'The line to that server is down; whether the question arrived is not known.';
  return errorReply(iq, remoteServerTimeout(text));
}
