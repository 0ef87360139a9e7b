export { Account, AccountList, AccountListQuery, AccountState, NewAccount } from './accounts.js';
export {
  ArchivedMessage,
  ArchivePage,
  ArchiveQuery,
  AroundQuery,
  Conversation,
  MessageId,
  ViewQuery,
} from './archive.js';
export { AuditEntry, AuditList, AuditListQuery } from './audit.js';
export { listOf, listQuery, MOST_ROWS, readRange, readSort } from './lists.js';
export { ChatToken, LoggedIn, Login, Me } from './login.js';
export { Problem, PROBLEMS, type ProblemCode } from './problem.js';
export { GrantableRole, Permission, permissionsOf, Role } from './roles.js';
export { Session, SessionList, SessionListQuery } from './sessions.js';
export { PartStatus, Status } from './status.js';
