import type { Reconciliation } from '@interoffice/archive';
import type { Seal } from '@interoffice/contract';
import type { Holds } from '@interoffice/archive';
import type { Exports } from '@interoffice/archive';
import type { AccountRecords, Directory, LoginTokens } from '@interoffice/directory';
import type { Clock, Log } from '@interoffice/telemetry';
import type { Renames } from './accounts/renames.js';
import type { ApiSessions } from './login/api-sessions.js';
import type { AuditLog } from './audit/audit-log.js';
import type { AdministeredCertificates } from './certificates/administered-certificates.js';
import type { Departures } from './departures/departures.js';
import type { AdministeredDirectories } from './directories/administered-directories.js';
import type { AdministeredPeers } from './peers/peer-lines.js';
import type { ReportQueue } from './reports/report-queue.js';
import type { Retention } from './retention/retention.js';
import type { SavedSearches } from './archive/saved-searches.js';
import type { AdministeredRooms } from './rooms/administered-rooms.js';
import type { Part } from './status/status-board.js';

/** A device that is connected to the XMPP server, or is kept to be resumed. */
export interface LiveSession {
  /** Stable while it lives; not guessable from outside is not needed. */
  readonly id: string;
  readonly bare: string;
  readonly device: string;
  readonly sinceMs: number;
  readonly address: string | undefined;
  /** `none`: its connection was cut, and it may come back. */
  readonly over: 'tcp' | 'tls' | 'websocket' | 'bosh' | 'none';
  readonly encrypted: boolean;
}

/** What the API needs of the XMPP server's sessions. */
export interface LiveSessions {
  list(): readonly LiveSession[] | Promise<readonly LiveSession[]>;
  /** Ends the stream with an error that says why. False when there is no such session any more. */
  disconnect(id: string): Promise<boolean>;
}

/** What officers search. `scope` is the office they may see, `*` for all. */
export interface ArchiveSearch {
  search(query: ArchiveSearchQuery): Promise<ArchiveHits>;
  /** What the newest hits are made of; undefined when nothing can be found. */
  facets(query: ArchiveSearchFilter & { readonly scope: string }): Promise<FoundFacets | undefined>;
  find(id: string, scope: string): Promise<RecordedMessage | undefined>;
  /** The same conversation before and after the message, oldest first, the message among them; empty when there is none. */
  around(id: string, count: number, scope: string): Promise<readonly RecordedMessage[]>;
  /** The same as it stood at a moment; empty when the message had not been said by then. */
  asOf(id: string, count: number, of: { scope: string; atMs: number }): Promise<readonly RecordedThen[]>;
  /** The original and everything that was made of it, oldest first, from any of them; empty when there is none. */
  versionsOf(id: string, scope: string): Promise<readonly RecordedMessage[]>;
  /** Who was in the room at the moment, device by device. */
  presentAt(room: string, atMs: number, scope: string): Promise<readonly RecordedPresence[]>;
}

/** Times in milliseconds. */
export interface ArchiveSearchFilter {
  readonly text?: string;
  readonly participant?: string;
  readonly from?: string;
  readonly to?: string;
  readonly group?: string;
  readonly office?: string;
  readonly room?: string;
  readonly peer?: string;
  readonly direction?: 'internal' | 'in' | 'out' | 'relayed';
  readonly kind?: string;
  readonly verdict?: 'passed' | 'refused' | 'dropped';
  readonly hasFile?: boolean;
  readonly label?: string;
  readonly isEdited?: boolean;
  readonly since?: number;
  readonly until?: number;
}

/** Ids as 16 hexadecimal digits. */
export interface ArchiveSearchQuery extends ArchiveSearchFilter {
  readonly afterId?: string;
  readonly limit: number;
  readonly scope: string;
}

type FacetCounts = readonly { readonly value: string; readonly count: number }[];

/** How many of the newest hits have which value, the most frequent first. */
export interface FoundFacets {
  readonly looked: number;
  readonly isWhole: boolean;
  readonly people: FacetCounts;
  readonly rooms: FacetCounts;
  readonly offices: FacetCounts;
  readonly peers: FacetCounts;
  readonly months: FacetCounts;
  readonly kinds: FacetCounts;
  readonly verdicts: FacetCounts;
}

export interface ArchiveHits {
  readonly hits: readonly RecordedMessage[];
  readonly next: string | undefined;
  readonly indexedUntil: number | undefined;
}

/** A row of the journal as officers see it. */
export interface RecordedMessage {
  readonly id: string;
  readonly atMs: number;
  readonly from: string;
  readonly device: string | undefined;
  readonly to: string;
  readonly room: string | undefined;
  readonly kind: string;
  readonly verdict: 'passed' | 'refused' | 'dropped';
  readonly body: string | undefined;
  readonly stanza: string | undefined;
  /** The row it corrects, retracts or moderates. */
  readonly about: string | undefined;
  readonly isChanged: boolean;
  readonly isRelayed?: boolean;
  /** Its author has end-to-end encrypted it: what it says cannot be read here. */
  readonly isEncrypted?: boolean;
  /** Where the words looked for stand in the body: start and end, in UTF-16 code units. */
  readonly matches?: readonly (readonly [start: number, end: number])[];
}

/** A message as it stood at a moment, with what had been made of it by then. */
export interface RecordedThen {
  readonly message: RecordedMessage;
  readonly changes: readonly RecordedMessage[];
  readonly name: string | undefined;
}

/** A device that was in a room, with the row that says under which nick. */
export interface RecordedPresence {
  readonly from: string;
  readonly device: string | undefined;
  readonly sinceMs: number;
  readonly id: string;
  readonly stanza: string | undefined;
}

/** How far the archive is sealed. */
export interface ShownSeal {
  show(): Seal;
}

/** Whether everything that was accepted is archived. */
export type Reconciled = Pick<Reconciliation, 'history' | 'acknowledge' | 'openGaps' | 'agreedAtMs' | 'problem'>;

/** Where the built pages are; undefined for one that is not served. */
export interface StaticApps {
  readonly console: string | undefined;
  readonly chat: string | undefined;
}

/** Everything the API is made of: each is given, none is looked up. */
export interface ApiPorts {
  readonly directory: Directory;
  readonly accounts: AccountRecords;
  readonly tokens: LoginTokens;
  readonly apiSessions: ApiSessions;
  readonly audit: AuditLog;
  readonly archive: ArchiveSearch;
  readonly seal: ShownSeal;
  /** Undefined where nothing is recorded. */
  readonly reconciliation: Reconciled | undefined;
  readonly holds: Holds;
  readonly retention: Retention;
  /** What officers look for again and again. */
  readonly savedSearches: SavedSearches;
  readonly exports: Exports;
  readonly sessions: LiveSessions;
  /** Shuts people out, wholly. */
  readonly departures: Departures;
  readonly renames: Renames;
  readonly directories: AdministeredDirectories;
  readonly rooms: AdministeredRooms;
  /** Undefined: nobody here talks to other servers. */
  readonly peers?: AdministeredPeers | undefined;
  readonly certificates: AdministeredCertificates;
  /** What people report of those they block. */
  readonly reports: ReportQueue;
  /** What the status page probes. */
  readonly parts: readonly Part[];
  /** The domains served; the first is assumed where somebody logs in by the part before the @. */
  readonly domains: readonly string[];
  readonly version: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** Injection tokens, one per port. */
export const PORT = {
  directory: 'interoffice.directory',
  accounts: 'interoffice.accounts',
  tokens: 'interoffice.tokens',
  apiSessions: 'interoffice.apiSessions',
  audit: 'interoffice.audit',
  archive: 'interoffice.archive',
  seal: 'interoffice.seal',
  reconciliation: 'interoffice.reconciliation',
  holds: 'interoffice.holds',
  retention: 'interoffice.retention',
  savedSearches: 'interoffice.savedSearches',
  exports: 'interoffice.exports',
  sessions: 'interoffice.sessions',
  departures: 'interoffice.departures',
  renames: 'interoffice.renames',
  directories: 'interoffice.directories',
  rooms: 'interoffice.rooms',
  peers: 'interoffice.peers',
  certificates: 'interoffice.certificates',
  reports: 'interoffice.reports',
  parts: 'interoffice.parts',
  domains: 'interoffice.domains',
  version: 'interoffice.version',
  clock: 'interoffice.clock',
  log: 'interoffice.log',
} as const satisfies Record<keyof ApiPorts, string>;
