import { readFile } from 'node:fs/promises';
import type { LdapSourceSettings, Settings } from '@interoffice/config';
import {
  LdapSource,
  type LdapSourceOptions,
  LocalSource,
  type LoginSource,
  PeopleDirectory,
  PostgresLoginTokens,
  PostgresRecords,
  type SampleDirectory,
  startSampleDirectory,
} from '@interoffice/directory';
import type { Authority } from '@interoffice/pki';
import type { Database } from '@interoffice/storage';
import { type Clock, describeError, type Log } from '@interoffice/telemetry';
import { jid } from '@interoffice/wire';

export interface PeopleParts {
  readonly settings: Settings;
  readonly database: Database;
  readonly authority: Authority;
  readonly secret: Buffer;
  readonly clock: Clock;
  readonly log: Log;
}

/** Somebody of the demo to log in as. */
export interface DemoPerson {
  readonly jid: string;
  readonly password: string;
  readonly role: string;
}

/** Who exists and who may log in, from everywhere the settings name. */
export interface People {
  readonly directory: PeopleDirectory;
  readonly records: PostgresRecords;
  readonly tokens: PostgresLoginTokens;
  readonly ldap: readonly LdapSource[];
  readonly demo: readonly DemoPerson[];
  close(): Promise<void>;
}

/** The people of the demo that are printed at its start, one per role that matters first. */
const SHOWN_ROLES = ['employee', 'admin', 'officer'];
const SAMPLE_DAYS = 397;

/** Puts the directories together. An LDAP server that does not answer is an event and a failing part, not an end. */
export async function openPeople(parts: PeopleParts): Promise<People> {
  const { settings, database, clock, log, secret } = parts;
  const records = new PostgresRecords(database);
  const tokens = new PostgresLoginTokens(database, clock);
  const sample = settings.directory === 'demo' ? await startSample(parts) : undefined;
  const options = sample ? [sample.source] : await ldapOptions(settings);
  const ldap = options.map((source) => new LdapSource(source, { records, clock, log }));
  const local = new LocalSource({ records, secret, domains: settings.domains });
  const sources: LoginSource[] = [...ldap, local];
  const directory = new PeopleDirectory({ records, sources: ldap.length > 0 ? sources : [local], tokens, clock, log });
  await Promise.all(ldap.map((source) => importFrom(source, log)));
  const demo = sample ? await demoPeople(sample, records, settings.domains[0]) : [];
  const close = async (): Promise<void> => {
    for (const source of ldap) source.close();
    await sample?.close();
  };
  return { directory, records, tokens, ldap, demo, close };
}

async function startSample({ settings, authority, secret, clock }: PeopleParts): Promise<SampleDirectory> {
  const { key, certificate } = await authority.issue({ names: ['localhost'], nowMs: clock.now(), days: SAMPLE_DAYS });
  return startSampleDirectory({
    key,
    certificate,
    authority: authority.certificate,
    secret,
    domain: settings.domains[0],
  });
}

async function demoPeople(sample: SampleDirectory, records: PostgresRecords, domain: string): Promise<DemoPerson[]> {
  const shown: DemoPerson[] = [];
  for (const { uid, role } of sample.people) {
    const bare = jid(uid, domain).bare;
    if (role !== 'employee') await records.setRole(bare, role, '*');
    const isWanted = SHOWN_ROLES.includes(role) && !shown.some((person) => person.role === role);
    if (isWanted) shown.push({ jid: bare, password: sample.passwordOf(uid), role });
  }
  return shown.sort((a, b) => SHOWN_ROLES.indexOf(a.role) - SHOWN_ROLES.indexOf(b.role));
}

async function importFrom(source: LdapSource, log: Log): Promise<void> {
  try {
    await source.importPeople();
  } catch (error) {
    // The directory's own events say why; people known from before can still be written to.
    log.warn('appliance.directory.unreachable', { directory: source.name, reason: describeError(error) });
  }
}

async function ldapOptions(settings: Settings): Promise<LdapSourceOptions[]> {
  if (typeof settings.directory === 'string') return [];
  const authorities = await Promise.all(settings.trustedAuthorities.map((file) => readFile(file, 'utf8')));
  return settings.directory.map((source) => ldapOption(source, settings, authorities));
}

function ldapOption(
  source: LdapSourceSettings,
  { domains }: Settings,
  authorities: readonly string[],
): LdapSourceOptions {
  const [first = domains[0], ...rest] = source.domains ?? domains;
  return {
    name: source.name,
    domains: [first, ...rest],
    urls: source.url,
    startTls: source.startTls,
    bindDn: source.bindDn,
    password: source.password,
    base: source.base,
    filter: source.filter,
    attributes: source.attributes,
    connectTimeoutMs: source.connectTimeout,
    answerTimeoutMs: source.answerTimeout,
    connections: source.connections,
    authorities: authorities.length > 0 ? authorities : undefined,
  };
}
