import './events.js';
export type { AccountPage, AccountQuery, AccountRecords, FoundPerson, NewAccount, Person } from './account-records.js';
export type {
  AccountRecord,
  AccountState,
  Directory,
  Explanation,
  LoginOutcome,
  LoginRefusal,
  Photo,
  Role,
  ScramMechanism,
  ScramVerifier,
  Standing,
} from './directory.js';
export type { LdapAttributes } from './ldap/entry.js';
export { LdapSource, type LdapSourceOptions } from './ldap/ldap-source.js';
export { LocalSource } from './local/local-source.js';
export { DEFAULT_ITERATIONS, deriveVerifiers, SCRAM_MECHANISMS } from './local/scram.js';
export { isLoginToken, LOGIN_TOKEN_TTL_MS, type IssuedToken, type LoginTokens } from './login-tokens.js';
export type { LoginSource } from './login-source.js';
export { MemoryLoginTokens } from './memory/memory-login-tokens.js';
export { MemoryRecords } from './memory/memory-records.js';
export { usablePassword } from './password.js';
export { PeopleDirectory, type DirectoryParts } from './people-directory.js';
export { samplePassword, samplePeople, type SamplePerson } from './sample/people.js';
export { startSampleDirectory, type SampleDirectory, type SampleDirectoryOptions } from './sample/sample-directory.js';
export { PostgresLoginTokens } from './records/postgres-login-tokens.js';
export { PostgresRecords } from './records/postgres-records.js';
