export { EVENTS as ARCHIVE_EVENTS } from './events.js';
export { exportKind, type ExportDeed, type ExportKindOptions } from './export/export-kind.js';
export { type ExportFile, type ExportJob, Exports } from './export/exports.js';
export {
  EXPORT_FORMATS,
  type ExportFilter,
  type ExportFormat,
  type ExportRequest,
  LEAST_SPLIT_BYTES,
  MOST_SPLIT_BYTES,
} from './export/request.js';
export { formatId, idAt, parseId } from './ids.js';
export { Journal, type JournalOptions, type PoisonedEntry } from './journal.js';
export { MemoryArchive } from './memory-archive.js';
export {
  OfficerArchive,
  type MessageThen,
  type OfficerHits,
  type OfficerQuery,
  type RecordedMessage,
  type RecordedPresence,
} from './officer-archive.js';
export type { FacetValue, OfficerFacets } from './officer-facets.js';
export type { OfficerFilter } from './officer-query.js';
export {
  type ForeignQuery,
  type HeldQuery,
  OutboundMessages,
  type OutboundMessage,
  type OutboundPair,
  type OutboundQuery,
} from './outbound.js';
export { PostgresReader } from './postgres-reader.js';
export { PostgresSink, type PostgresSinkOptions } from './postgres-sink.js';
export type {
  ArchiveBounds,
  ArchivedStanza,
  Change,
  PassedStanza,
  RoomStay,
  SaidQuery,
  SentQuery,
  ArchivePage,
  ArchiveQuery,
  ArchiveReader,
  WaitingQuery,
} from './reader.js';
export { Tally } from './reconcile/tally.js';
export { type EdgeCounts, type Gap, type ReconciledStretch, Reconciliation } from './reconcile/reconciliation.js';
export { type Decision, type Party, type Recordable, VERDICTS } from './recordable.js';
export type { ReleasedBatch } from './released-batch.js';
export { OffSink, type Sink } from './sink.js';
export { SearchThread, type FollowedIndex, type SearchThreadOptions } from './search-thread.js';
export { SearchIndex, type SearchIndexOptions } from './search-index.js';
export { type Notary, parseVerifierKey, signatureLine } from './seal/note.js';
export { Cosignatures } from './seal/cosignatures.js';
export { SealedLog } from './seal/sealed-log.js';
export { SealKeys, type SealKey } from './seal/seal-keys.js';
export { SealThread } from './seal/seal-thread.js';
export { Seal } from './seal/seal.js';
export { SealRecords } from './seal/seal-records.js';
export { endRefusal } from './seal/seal.js';
export { verifyLog } from './seal/verify-thread.js';
export type { Fault, Verification } from './seal/verify-log.js';
export { parsePolicy } from './seal/policy.js';
export { verifyBundle, type VerifiedBundle } from './seal/verify-bundle.js';
export { FiledWitnessedLogs, RecordedWitnessedLogs, Witness, WitnessKey, witnessRequest } from './seal/witness.js';
export type { AskedWitness, WitnessState } from './seal/witnesses.js';
export { type Hold, type HoldConditions, type HoldQuery, Holds, type NewHold } from './holds/holds.js';
export {
  type CertifiedRule,
  type CertifiedStretch,
  type DisposalStatement,
  readCertificate,
} from './retention/certificate.js';
export { type Disposal, DisposalCertificates } from './retention/certificates.js';
export { checkDisposals, type DisposalFault } from './retention/disposal-check.js';
export { type DisposedBy, disposedBy, type KnownDisposal } from './retention/disposed-by.js';
export {
  type DisposalOutcome,
  type DisposalProgress,
  Disposer,
  type DisposerOptions,
  type JournalMonth,
} from './retention/disposer.js';
export { type MonthPreview, type RetentionPreview, RetentionPreviews } from './retention/preview.js';
export {
  type RetentionActor,
  type RetentionChange,
  type RetentionExplanation,
  type RetentionKind,
  type RetentionRule,
  RetentionRules,
  type RuleScope,
  type WantedChange,
} from './retention/rules.js';
