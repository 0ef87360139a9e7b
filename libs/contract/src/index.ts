export { Account, AccountList, AccountListQuery, AccountState, NewAccount, RenamedAccount } from './accounts.js';
export {
  ArchivedMessage,
  ArchivePage,
  ArchiveQuery,
  AroundQuery,
  Conversation,
  MessageChange,
  MessageId,
  MessageVersion,
  MessageVersions,
  PresentPeople,
  PresentPerson,
  PresentQuery,
  RoomAddress,
  ViewQuery,
} from './archive.js';
export { AuditEntry, AuditList, AuditListQuery } from './audit.js';
export {
  Certificate,
  CertificateAnswer,
  CertificateList,
  CertificateListQuery,
  CertificateRequest,
  CertificateRequestDetail,
  CertificateRequestList,
  CertificateRequestListQuery,
  CertificateStanding,
  CertificateState,
  NewCertificateRequest,
  SentCertificateRequest,
} from './certificates.js';
export {
  AccountExplanation,
  Departure,
  DepartureList,
  Directory,
  DirectoryChange,
  DirectoryList,
  DirectoryPreview,
  DirectoryServer,
  DirectorySync,
  Examination,
  Finding,
  Findings,
  HeldDecision,
  HeldSync,
  SyncNow,
} from './directories.js';
export { Hold, HoldId, HoldPage, HoldQuery, HoldRelease, HoldState, NewHold } from './holds.js';
export { listOf, listQuery, MOST_ROWS, readRange, readSort } from './lists.js';
export { ChatToken, LoggedIn, Login, Me } from './login.js';
export {
  ConsideredRule,
  PolicyClass,
  PolicyExplainQuery,
  PolicyExplanation,
  PolicyReload,
  PolicyRule,
  PolicyRuleList,
  PolicyRuleListQuery,
  PolicyState,
  PolicyVersion,
  PolicyVersionList,
  PolicyWho,
} from './peer-policy.js';
export {
  Gateway,
  GatewayList,
  Peer,
  PEER_STAGES,
  PeerAttempt,
  PeerCertificate,
  PeerContacts,
  PeerDetail,
  PeerDirection,
  PeerEnd,
  PeerLine,
  PeerList,
  PeerListQuery,
  PeerState,
  PeerTraffic,
  PeerTrafficQuery,
  type TrafficCounts,
  TurnedAway,
  TurnedAwayList,
  TurnedAwayListQuery,
  PeerTest,
} from './peers.js';
export { FoundPeople, PeopleQuery } from './people.js';
export { Problem, PROBLEMS, type ProblemCode } from './problem.js';
export { Report, ReportChange, ReportList, ReportListQuery } from './reports.js';
export { GrantableRole, Permission, permissionsOf, Role } from './roles.js';
export {
  Affiliation,
  NewRoom,
  Relate,
  Retire,
  Room,
  RoomChange,
  RoomEnd,
  RoomList,
  RoomListQuery,
  RoomPeople,
  RoomPerson,
  RoomState,
  RoomSummary,
  RoomTemplate,
  RoomTemplates,
} from './rooms.js';
export { Session, SessionList, SessionListQuery } from './sessions.js';
export { Seal, SealKey, SealWitness } from './seal.js';
export { PartStatus, Status } from './status.js';
export {
  ArchiveGap,
  GapAcknowledgement,
  ReconciledStretch,
  ReconciliationHistory,
  ReconciliationNumber,
  ReconciliationQuery,
} from './reconciliation.js';
export {
  Disposal,
  DisposalCertificate,
  DisposalPage,
  DisposalQuery,
  NewRetentionChange,
  NewRetentionPreview,
  RetentionChange,
  RetentionChangeList,
  RetentionDecision,
  RetentionExplanation,
  RetentionGroup,
  RetentionGroupList,
  RetentionGroupQuery,
  RetentionKind,
  RetentionMonth,
  RetentionPreview,
  RetentionRule,
  RetentionRuleId,
  RetentionRuleList,
  WantedRetention,
} from './retention.js';
