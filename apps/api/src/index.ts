import './events.js';

export { serveWitness } from './web/witness-route.js';
export type { DeclaredRoute } from './access/declared-permissions.js';
export { Renames } from './accounts/renames.js';
export { ApiModule } from './api.module.js';
export type { AuditLog, Deed, DeedQuery, RecordedDeed } from './audit/audit-log.js';
export { MemoryAuditLog } from './audit/memory-audit-log.js';
export { PostgresAuditLog } from './audit/postgres-audit-log.js';
export type {
  AdministeredCertificates,
  CertificateRequestRow,
  CertificateRow,
  CertificateCare,
  CertificateStanding,
} from './certificates/administered-certificates.js';
export { type Cause, type Closure, type DepartureParts, Departures } from './departures/departures.js';
export { SyncedDirectories, type SyncedSource } from './directories/synced-directories.js';
export type { Belongings } from './directories/what-follows.js';
export type { AdministeredDirectories } from './directories/administered-directories.js';
export type { ApiSession, ApiSessions, NewApiSession } from './login/api-sessions.js';
export { MemoryApiSessions } from './login/memory-api-sessions.js';
export { PostgresApiSessions } from './login/postgres-api-sessions.js';
export type {
  ApiPorts,
  ArchiveHits,
  ArchiveSearch,
  ArchiveSearchQuery,
  LiveSession,
  LiveSessions,
  ShownSeal,
  RecordedMessage,
  RecordedPresence,
  StaticApps,
} from './ports.js';
export type { AdministeredPeers, PeerLines } from './peers/peer-lines.js';
export { PostgresSavedSearches } from './archive/postgres-saved-searches.js';
export { PostgresReportQueue } from './reports/postgres-report-queue.js';
export { HoldChanges } from './holds/hold-changes.js';
export { holdOf } from './holds/hold-of.js';
export { ProblemError } from './problem.js';
export type { Retention } from './retention/retention.js';
export { RetentionChanges } from './retention/retention-changes.js';
export { changeOf, ruleOf } from './retention/retention-of.js';
export type { AdministeredRoom, AdministeredRooms, ListedRoom, PersonOfRoom } from './rooms/administered-rooms.js';
export type { Acting } from './rooms/acting.js';
export { RoomChanges } from './rooms/room-changes.js';
export { personOf, roomOf, summaryOf } from './rooms/room-of.js';
export { VisibleRooms } from './rooms/visible-rooms.js';
export { startApi, type ApiOptions, type RunningApi, type ServingPair } from './start-api.js';
export type { Part } from './status/status-board.js';
export type { WebConnections } from './web/host-meta.js';
export { inTime } from './in-time.js';
