export type { AcmeSettings, CertificateFiles, CertificateSettings, RenewalSettings } from './certificate.js';
export { describeSettings } from './describe.js';
export { variableOf } from './environment.js';
export { interofficeSchema } from './interoffice.js';
export {
  address,
  choice,
  domain,
  domainOrFalse,
  duration,
  flag,
  listener,
  secret,
  size,
  text,
  url,
  whole,
} from './kinds.js';
export type { LdapSourceSettings } from './ldap-source.js';
export { demoPresets, loadPart, loadSettings, type SettingsSource } from './load.js';
export type { Plain } from './located.js';
export {
  either,
  group,
  list,
  optional,
  settings,
  type About,
  type CheckedGroup,
  type Members,
  type Schema,
} from './schema.js';
export { isLoopback, type Listeners, type OfficeSettings, type Settings } from './settings.js';
export type { SocketAddress } from './units.js';
