import './events.js';
export type {
  AccountPage,
  AccountQuery,
  AccountRecords,
  FormerNames,
  FoundPerson,
  KnownAccount,
  NewAccount,
  Person,
} from './account-records.js';
export { LOGIN_SENTENCES } from './directory.js';
export type {
  AccountRecord,
  AccountState,
  Directory,
  Explanation,
  LoginObstacle,
  LoginOutcome,
  LoginRefusal,
  Photo,
  Role,
  ScramMechanism,
  ScramVerifier,
  Standing,
} from './directory.js';
export { FailedNames, MOST_FAILED_NAMES } from './failed-names.js';
export type { LdapAttributes } from './ldap/entry.js';
export type { Finding } from './ldap/doctor/finding.js';
export { LdapSource, type LdapSourceOptions } from './ldap/ldap-source.js';
export type { ServerHealth } from './ldap/watched-server.js';
export { LocalSource } from './local/local-source.js';
export { DEFAULT_ITERATIONS, deriveVerifiers, SCRAM_MECHANISMS } from './local/scram.js';
export { isLoginToken, LOGIN_TOKEN_TTL_MS, type IssuedToken, type LoginTokens } from './login-tokens.js';
export type { LoginSource } from './login-source.js';
export { MemoryLoginTokens } from './memory/memory-login-tokens.js';
export { MemoryRecords } from './memory/memory-records.js';
export { usablePassword } from './password.js';
export { ENDS_SESSIONS, type PeopleSource, type Refusal, type SeenGroup, type SeenPerson } from './people-source.js';
export { PeopleDirectory, type DirectoryParts } from './people-directory.js';
export { samplePassword, samplePeople, type SamplePerson } from './sample/people.js';
export { startSampleDirectory, type SampleDirectory, type SampleDirectoryOptions } from './sample/sample-directory.js';
export { PostgresLoginTokens } from './records/postgres-login-tokens.js';
export { PostgresRecords } from './records/postgres-records.js';
export { normalDn } from './ldap/distinguished-name.js';
export { MemoryGroups } from './memory/memory-groups.js';
export type { Group, GroupRecords, Membership } from './records/group-records.js';
export { PostgresGroups } from './records/postgres-groups.js';
export type { RoleRule } from './sync/roles.js';
export { LdapPeople } from './ldap/reading/ldap-people.js';
export type { LdapPeopleOptions } from './ldap/reading/scope.js';
export { DirectorySync, type SyncParts } from './sync/directory-sync.js';
export type { GuardLimits } from './sync/guard.js';
export type { OnChanged } from './sync/news.js';
export { PostgresSyncRecords } from './sync/postgres-sync-records.js';
export type { Hold, Preview, PreviewLine, SyncRun } from './sync/sync-records.js';
export { SyncSchedule } from './sync/sync-schedule.js';
