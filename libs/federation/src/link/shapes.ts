// What the frames of a link between server and gateway hold.
import type { Rule } from '@interoffice/policy';

/** What a gateway has to know of one peer. What is absent is as for all. */
export interface PeerSettings {
  /** As it stands in JIDs. */
  readonly domain: string;
  /** A fixed way to it, instead of what DNS says. */
  readonly route?: {
    readonly host: string;
    readonly port: number;
    readonly kind: 'tcp' | 'tls';
    /** What is asked for by SNI, and whom its certificate has to name, in place of the peer's domain. */
    readonly servername?: string | undefined;
    readonly identity?: readonly string[] | undefined;
  };
  /** `host-meta`: its own web server says where it is (XEP-0487), before DNS does. */
  readonly discover?: 'dns' | 'host-meta' | undefined;
  /** The only keys that are the peer's: SHA-256 of the public key, base64. */
  readonly pins?: readonly string[];
  /** An office of ours that everything to it and from it goes through. */
  readonly via?: string | undefined;
  /** Another office of ours: what it says of rooms and of what it has taken is believed. */
  readonly isOffice?: boolean;
  /** Its certificate need not hold: dialback is enough. */
  readonly mayDialBack?: boolean;
  /** One stream for both directions (XEP-0288): also where the way to it is fixed, or never. Absent: as for all. */
  readonly bidi?: boolean | undefined;
  /** PEM of the authorities that vouch for it alone. */
  readonly authorities?: readonly string[];
}

/** What a gateway goes by. Sent whole, whenever something of it changes. */
export interface GatewaySetUp {
  readonly domains: readonly string[];
  /** The rules of policy: who is no peer by them is neither called nor let in. */
  readonly rules: readonly Rule[];
  readonly peers: readonly PeerSettings[];
  /** Whom this server passes on to whom. */
  readonly relay: readonly RelayWish[];
  /** One stream for both directions where the peer wants that as well. XEP-0288 */
  readonly bidi?: boolean;
}

/** What peers may send each other through this server, one way. */
export interface RelayWish {
  readonly from: readonly string[];
  readonly to: readonly string[];
}

/** A stream that is wanted. */
export interface Calling {
  /** The number of the pair from here on. */
  readonly pair: number;
  /** Ours, or whose stanzas we pass on. */
  readonly domain: string;
  readonly peer: string;
  /** Ours, which the stream speaks for where it passes on what others say. */
  readonly as?: string | undefined;
  /** Who is called in the peer's place. */
  readonly via?: string | undefined;
}

export interface LineUp {
  readonly pair: number;
  /** The peer counts what it takes (XEP-0198). Where it does not, it has taken what was written. */
  readonly isCounted: boolean;
  readonly address: string;
  /** `both`: the peer sends on it as well. XEP-0288 */
  readonly direction: 'out' | 'both';
  readonly openedBy: 'us' | 'peer';
}

export interface LineDown {
  readonly pair: number;
  /** The peer ended the stream: `closed`, or `refused` with an error. `cut`: it did not. */
  readonly how: 'closed' | 'cut' | 'refused';
  readonly code: string;
  readonly text: string;
}

/** One try to reach a peer, for its page. */
export interface AttemptFacts {
  readonly atMs: number;
  readonly tookMs: number;
  readonly address: string | undefined;
  readonly port: number | undefined;
  readonly stage: string;
  readonly code: string;
  readonly text: string;
  readonly chain: readonly object[];
}

export interface Tried {
  readonly pair: number;
  readonly attempts: readonly AttemptFacts[];
  /** When the next try is due; undefined after a success. */
  readonly nextAtMs: number | undefined;
}

/** A call for its own sake: nothing is sent. */
export interface Testing {
  readonly test: number;
  readonly domain: string;
  readonly peer: string;
}

export interface Tested {
  readonly test: number;
  readonly attempts: readonly AttemptFacts[];
}

/** A certificate as far as it is shown and its end is watched. Times in milliseconds since 1970. */
export interface ToldCertificate {
  readonly subject: string;
  readonly issuer: string;
  readonly names: { readonly dns: readonly string[]; readonly ip: readonly string[] };
  readonly notBefore: number;
  readonly notAfter: number;
  /** SHA-256 over the DER, upper-case hex with colons. */
  readonly fingerprint: string;
}

export interface StreamOpened {
  readonly stream: number;
  readonly domain: string;
  readonly peer: string;
  readonly remote: string;
  /** The peer's own, which it has shown; absent where it cannot be read. */
  readonly certificate?: ToldCertificate | undefined;
}

/** What is for the peer may go over a stream that it has opened. */
export interface StreamBothWays {
  readonly stream: number;
  readonly domain: string;
  readonly peer: string;
}

export interface StreamGone {
  readonly stream: number;
  /** `ended`: by us. What the peer does not know to be decided it may send again. */
  readonly how: 'closed' | 'cut' | 'failed' | 'ended';
}

export interface TurnedAway {
  /** What it said it is. */
  readonly peer: string;
  readonly domain: string | undefined;
  readonly remote: string;
  readonly code: string;
  readonly text: string;
  readonly atMs: number;
}

/** What a gateway says of itself, for who administers the server. Times in milliseconds since 1970. */
export interface GatewayReport {
  /** The one that it shows; `facts` is absent where it cannot be read, and `fault` says why then. */
  readonly certificate: {
    readonly facts?: ToldCertificate | undefined;
    readonly fault?: string | undefined;
    readonly missing: readonly string[];
    readonly isProvisional: boolean;
  };
  /** Absent: people renew it. */
  readonly renewal?: {
    readonly by: 'acme' | 'company';
    readonly nextAt: number;
    readonly renewedAt?: number | undefined;
    readonly failed?:
      | { readonly count: number; readonly lastAt: number; readonly code: string; readonly text: string }
      | undefined;
  };
  /** What it saw when it called our own domains; absent: it does not. */
  readonly probe?: readonly {
    readonly domain: string;
    readonly state: 'ours' | 'impostor' | 'unseen';
    readonly at: number;
    readonly text: string;
  }[];
}
