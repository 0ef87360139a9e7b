import type { StreamEnd, StreamFeature } from '@interoffice/stream';
import type { Element, Jid } from '@interoffice/wire';
import type { Account } from './accounts.js';
import type { AddressClass, Target } from './address.js';
import type { Host } from './host.js';
import type { Passage } from './passage.js';
import type { Phase, Phases } from './phases.js';
import type { Session } from './session.js';
import type { Kind, StanzaType } from './stanza-type.js';
import type { Refused } from './verdict.js';

/** What a feature implements: docs/xeps.md and the DOAP file are made from it. */
export type Spec =
  | { readonly xep: number; readonly version: string; readonly isPartial?: true }
  | { readonly rfc: number; readonly section?: string };

/** Whom a namespace or an answer belongs to; `rooms` is the service whose rooms each are a `room`. */
export type Place = 'server' | 'account' | 'rooms' | 'room';

/** When a hook wants to see a stanza; what is left out means any. */
export interface Interest {
  readonly kind: Kind;
  readonly type?: readonly StanzaType[];
  readonly to?: readonly AddressClass[];
  /** Namespaces, or `[namespace, name]`: at least one of them is that of a direct child. */
  readonly has?: readonly (string | readonly [namespace: string, name: string])[];
}

export type Hook = { [P in Phase]: { readonly phase: P; readonly interest: Interest; readonly run: Phases[P] } }[Phase];

export type Awaitable<T> = T | Promise<T>;

/** An IQ that reached its answer. */
export interface Asked {
  /** The whole stanza; `child` is its payload. */
  readonly iq: Element;
  readonly child: Element;
  readonly from: Jid;
  readonly to: Target;
  /** The account asked; for `server` answers the asker's own. */
  readonly account: Account;
  /** The device that asks. */
  readonly session: Session;
}

/** The result's payload, `undefined` for an empty result, or the error. */
export type Reply = Element | Refused | undefined;

/**
 * An answer to one question: IQ type × place × payload. `others` says whether people may ask it of an account that is
 * not theirs, and people of other servers of this one; without it they get `<service-unavailable/>`, which tells them nothing (RFC 6121 §8.5.1).
 */
export interface Answer {
  readonly type: 'get' | 'set';
  readonly place: Place;
  readonly namespace: string;
  readonly name: string;
  readonly others: boolean;
  /** Given also for addresses that belong to nobody, so that it tells no one which addresses exist. */
  readonly nobody: boolean;
  /** Answered before questions of the same device that came earlier and still wait: a ping asks whether anybody is there. */
  readonly atOnce: boolean;
  readonly answer: (asked: Asked) => Awaitable<Reply>;
}

/** Presence that a feature itself receives instead of a device: broadcast, subscription, probe. At most one per slot. */
export interface Take {
  readonly type: readonly StanzaType[];
  /** `broadcast`: no `to`. `nobody`: an address of ours that belongs to no one, which must not show. */
  readonly to: 'broadcast' | 'account' | 'device' | 'nobody' | 'room' | 'occupant' | 'elsewhere';
  readonly take: (p: Passage) => Awaitable<void>;
}

/** What a feature wants to know of a device's life. Called synchronously; a fault is logged and costs nobody else. */
export interface Watch {
  /** Before the client is told its full JID. */
  readonly bound?: (session: Session) => void;
  /** After a device became available: with its first presence, and again after it was unavailable. */
  readonly available?: (session: Session) => void;
  /** It has said how it is available: with its first presence, and each time again. `session.presence` is what it said. */
  readonly broadcast?: (session: Session) => void;
  /** From now on the device takes messages sent to its account: its priority was below zero, or it was not available. */
  readonly willing?: (session: Session) => void;
  /** Its stream was cut: it stays among its account's sessions, without a stream, to be resumed. XEP-0198 §5 */
  readonly detached?: (session: Session) => void;
  /** It takes less than it is sent: from `session.behind` on it is to be served from the journal. */
  readonly fellBehind?: (session: Session) => void;
  /** Its client waits for an acknowledgement that needs its counters to be written. */
  readonly unwritten?: (session: Session) => void;
  /** It has acknowledged stanzas; `session.unacknowledged` says how far. XEP-0198 §4 */
  readonly acknowledged?: (session: Session) => void;
  /** It is among its account's sessions again after a restart of the server, detached, as it was before. */
  readonly kept?: (session: Session) => void;
  /** It is back after a restart of the server: what others know of it, and it of others, may be old. */
  readonly restored?: (session: Session) => void;
  /** The device is gone; it is no longer among its account's sessions. */
  readonly gone?: (session: Session, end: StreamEnd) => void;
  /** Somebody at another server whom policy lets neither hear nor speak in rooms any more. */
  readonly shutOut?: (session: Session) => void;
}

/**
 * What a feature keeps about an account in the database. All features' parts are read in one statement, for many
 * accounts at a time, when accounts come into memory.
 */
export interface Kept {
  /** A scalar subquery of SQL that yields JSON for the account `a.id`, or null when nothing is kept. */
  readonly sql: string;
  /** Fills the feature's facets. Called before anybody meets the account, and not when nothing is kept. */
  readonly fill: (account: Account, kept: unknown) => void;
}

/** What a place is. XEP-0030 §3.1 */
export interface Identity {
  readonly category: string;
  readonly type: string;
}

/**
 * Nodes of accounts, for service discovery (XEP-0030 §4); what is returned stands in `<query/>`. Whose nodes: `to.account`.
 * Who may see which of them is decided here; undefined: there is no such node for the asker.
 */
export interface AccountNodes {
  readonly nodes: (asked: Asked) => Promise<readonly Element[]>;
  readonly info: (asked: Asked, node: string) => Promise<readonly Element[] | undefined>;
  readonly items: (asked: Asked, node: string) => Promise<readonly Element[] | undefined>;
}

/**
 * A feature is a value: what it advertises, answers and hooks. Nothing runs until `compile()` has seen the whole list.
 * `keeps` and, for what is not in the database, `loads` fill the facets of accounts that come into memory, so that no
 * phase ever waits.
 */
export interface Feature {
  readonly name: string;
  readonly implements: readonly Spec[];
  readonly advertises?: Partial<Record<Place, readonly string[]>>;
  /** What a place is because of this feature, beside what it is anyway. */
  readonly identities?: Partial<Record<Place, readonly Identity[]>>;
  readonly nodes?: AccountNodes;
  readonly negotiates?: readonly StreamFeature[];
  readonly answers?: readonly Answer[];
  readonly hooks?: readonly Hook[];
  readonly takes?: readonly Take[];
  readonly watches?: Watch;
  readonly keeps?: Kept;
  /** A domain it answers for. */
  readonly host?: Host;
  readonly loads?: (accounts: readonly Account[]) => Promise<void>;
}

/** A hook on one phase. */
export function on<P extends Phase>(phase: P, interest: Interest, run: Phases[P]): Hook {
  // One member of the union per phase: the compiler cannot see that P picks the same one on both sides.
  return { phase, interest, run } as unknown as Hook;
}

type Answering = (asked: Asked) => Awaitable<Reply>;

/** `get(place, namespace, name, answer)`: a question about the server, or about one's own account. */
export function get(place: Place, namespace: string, name: string, answer: Answering): Answer {
  return { type: 'get', place, namespace, name, answer, others: false, nobody: false, atOnce: false };
}

/** A request to change something of the server's, or of one's own account. */
export function set(place: Place, namespace: string, name: string, answer: Answering): Answer {
  return { type: 'set', place, namespace, name, answer, others: false, nobody: false, atOnce: false };
}

/** The same answer, which does not wait for earlier ones: it must be given without waiting for anything. */
export function atOnce(answer: Answer): Answer {
  return { ...answer, atOnce: true };
}

/** The same answer, open to people who ask about somebody else's account. */
export function forOthers(answer: Answer): Answer {
  return { ...answer, others: true };
}

/** The same answer, open to people and given for addresses that belong to nobody too: `asked.to.account` is undefined then. */
export function forNobodyToo(answer: Answer): Answer {
  return { ...answer, others: true, nobody: true };
}
