import type { Element, Jid } from '@interoffice/wire';
import type { Party } from './accounts.js';
import type { Target } from './address.js';
import type { Delivering } from './delivery.js';
import type { Passage } from './passage.js';
import type { Destination } from './recorder.js';
import type { Session } from './session.js';
import type { Dropped, Refused } from './verdict.js';

/** A domain of ours whose addresses a feature answers for, say `conference.<domain>`. */
export interface Host {
  readonly domain: string;
  /** Rises whenever one of its addresses may mean something else than before: what was remembered of it is void. */
  readonly epoch: number;
  /** What stands behind the address, from memory; undefined: wait for `load` and ask again. */
  find(jid: Jid): Hosted | undefined;
  /** Rejects when the database cannot be asked. */
  load(jid: Jid): Promise<unknown>;
}

/** What stands behind an address of a host: a room, say, be it one that does not exist (yet). */
export interface Hosted {
  /** As the journal names it. */
  readonly party: Party;
  /** A promise: the journal has to be asked first; show the stanza once more when it settles. */
  prepare(p: Passage): Promise<unknown> | undefined;
  /**
   * The receiver's wishes about a message that admit and screen have let pass, and what is to be delivered of it: the one
   * place where it may be stamped with another sender. Synchronous; a fault refuses.
   */
  receive(p: Passage): Refused | Dropped | Accepted | Taken;
  /** A question to, or an answer for, somebody behind the address (`room@service/nick`): answered exactly once. */
  relay(p: Passage, iq: Element): void;
  /** Presence to somebody who is not ours. Absent where features take it (`Feature.takes`). */
  show?(p: Passage): void;
}

/** The message is recorded as it was stamped, and then handed over. */
export interface Accepted {
  readonly verdict: 'accepted';
  readonly to: Destination;
  /** The row it corrects or retracts, as 16 hexadecimal digits. */
  readonly about: string | undefined;
}

/** The host makes something else of the message, in its author's order; it leaves no row itself. */
export interface Taken {
  readonly verdict: 'taken';
  readonly carryOut: (p: Passage) => void;
}

/** Somebody who takes what has become durable and gives it to whom it concerns. */
export interface Handover {
  /** Called in the order of the journal, synchronously; `m` is valid during the call. */
  readonly handOver: (m: Delivering, author: Session) => void;
  /** Set where the author's other devices get their copies of it, as of a message to an account. */
  readonly target?: Target;
}

/** All domains that are not ours. */
export interface Abroad {
  /** Rises whenever an address may mean something else than before. */
  readonly epoch: number;
  /** What stands behind an address that is not ours; undefined where nothing leads there. */
  find(jid: Jid): Hosted | undefined;
}

export function take(carryOut: (p: Passage) => void): Taken {
  return { verdict: 'taken', carryOut };
}
