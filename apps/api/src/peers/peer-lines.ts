import type { TrafficCounts } from '@interoffice/contract';
import type { GroupRecords } from '@interoffice/directory';
import type { Policy, Rule, RuleChanges } from '@interoffice/policy';
import type { Deed } from '../audit/audit-log.js';

/** Why something is down. */
export interface LineEnd {
  readonly code: string;
  readonly text: string;
}

/** One try to reach a peer. */
export interface LineAttempt {
  readonly atMs: number;
  readonly tookMs: number;
  readonly address: string | undefined;
  readonly port: number | undefined;
  readonly stage: string;
  readonly code: string;
  readonly text: string;
  /** As a gateway has told it, which may be another release. */
  readonly chain: readonly object[];
  readonly gateway?: string | undefined;
}

/** One of our domains to one peer. */
export interface LineState {
  readonly domain: string;
  readonly peer: string;
  readonly state: 'up' | 'calling' | 'idle';
  readonly sinceMs: number;
  /** By name. */
  readonly gateway: string | undefined;
  readonly address: string | undefined;
  readonly direction: 'out' | 'both';
  readonly openedBy: 'us' | 'peer';
  readonly isCounted: boolean;
  readonly unacknowledged: number;
  readonly lastEnd: LineEnd | undefined;
  readonly nextTryAtMs: number | undefined;
  /** The latest last. */
  readonly attempts: readonly LineAttempt[];
}

/** A gateway of ours. */
export interface GatewayState {
  readonly name: string;
  readonly domains: readonly string[];
  readonly state: 'up' | 'away' | 'new';
  readonly sinceMs: number;
  readonly lines: number;
  readonly lastEnd: LineEnd | undefined;
}

/** What became of a call through one gateway. */
export interface GatewayTest {
  readonly gateway: string;
  readonly attempts: readonly LineAttempt[];
  /** Why it was not called from there at all. */
  readonly fault: LineEnd | undefined;
}

/** Where a peer stands among our offices, by the settings. */
export interface PeerPlace {
  readonly isOffice: boolean;
  readonly via: string | undefined;
  /** Reached through it. */
  readonly carries: readonly string[];
  /** Where what it sends goes on to from here, and whose goes on to it. */
  readonly passedTo: readonly string[];
  readonly passedFrom: readonly string[];
}

/** A server that came and was not let in. */
export interface TurnedAwayServer {
  readonly peer: string;
  readonly domain: string | undefined;
  /** Empty where it is not known. */
  readonly remote: string;
  readonly code: string;
  readonly text: string;
  readonly atMs: number;
}

/** What went over the border within one step. */
export interface TrafficStep {
  readonly atMs: number;
  readonly in: TrafficCounts;
  readonly out: TrafficCounts;
}

/** What the API needs of the server's lines to others; `Federation` is that. */
export interface PeerLines {
  /** There are rules, or have been since the start: until then nobody talks to other servers. */
  readonly isOn: boolean;
  facts(): readonly LineState[];
  /** The latest last. */
  readonly turnedAway: readonly TurnedAwayServer[];
  readonly gateways: readonly GatewayState[];
  /** Undefined: a gateway is there, or none has been yet. */
  readonly gatewayLost: { readonly end: LineEnd; readonly atMs: number } | undefined;
  /** `retry`: tries now. False: there is no such line, or no gateway. */
  readonly lines: { retry(peer: string): boolean };
  readonly policy: Pick<Policy, 'explain' | 'version'>;
  /** Those that `policy` goes by; another list when they change. */
  readonly rules: readonly Rule[];
  /** What went to and from a peer, the oldest first. */
  readonly traffic: {
    of(peer: string, wish: { readonly minutes: number; readonly step: number }): readonly TrafficStep[];
  };
  /** Asks the peer's server whom to write to about it, by what for. Rejects with a Failure when it does not say. */
  contacts(peer: string): Promise<Readonly<Record<string, readonly string[]>>>;
  /** Calls the peer from each gateway and hangs up. Rejects with a Failure when nobody can be called now. */
  test(peer: string): Promise<readonly GatewayTest[]>;
  placeOf(peer: string): PeerPlace;
}

/** The rules before those that hold, and how others come to hold. */
export interface AdministeredPolicies {
  /** Every version, the latest first. Rejects with the database. */
  list(limit: number): Promise<readonly KeptPolicy[]>;
  /** Reads the settings file again. Rejects with a Failure when it is not understood; those of before hold then. */
  reload(who: Pick<Deed, 'actor' | 'role' | 'address'>): Promise<{
    readonly changes: RuleChanges;
    /** Other settings, by name: those that hold now, and those of the next start. */
    readonly settings: { readonly followed: readonly string[]; readonly waiting: readonly string[] };
  }>;
  /** Why the file is not followed. */
  readonly problem: { readonly text: string; readonly sinceMs: number } | undefined;
}

/** The rules that held from then on. */
export interface KeptPolicy {
  readonly version: number;
  readonly atMs: number;
  readonly actor: string;
  readonly rules: readonly Rule[];
}

/** Other servers, for who administers them. */
export interface AdministeredPeers {
  readonly federation: PeerLines;
  readonly policies: AdministeredPolicies;
  readonly groups: Pick<GroupRecords, 'groupsOf'>;
  /** The domain of ours that peers are tested for. */
  readonly main: string;
}
