import type { Settings } from '@interoffice/config';
import {
  LdapSource,
  LocalSource,
  PeopleDirectory,
  PostgresGroups,
  PostgresLoginTokens,
  PostgresRecords,
  type SampleDirectory,
  startSampleDirectory,
} from '@interoffice/directory';
import type { Authority } from '@interoffice/pki';
import type { Database } from '@interoffice/storage';
import type { Clock, Log } from '@interoffice/telemetry';
import { jid } from '@interoffice/wire';
import { sampleSource, type SourceSettings, sourcesOf } from './source-settings.js';

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

/** A source and its settings. */
export interface FollowedSource {
  readonly source: SourceSettings;
  readonly ldap: LdapSource;
}

/** Who exists and who may log in, from everywhere the settings name. */
export interface People {
  readonly directory: PeopleDirectory;
  readonly records: PostgresRecords;
  readonly tokens: PostgresLoginTokens;
  readonly groups: PostgresGroups;
  readonly ldap: readonly LdapSource[];
  /** What is to be kept in step with, each with its settings. */
  readonly followed: readonly FollowedSource[];
  /** People of the demo to log in as; they have to be in the records. */
  demo(): Promise<DemoPerson[]>;
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
  const sources = sample ? [sampleSource(sample)] : await sourcesOf(settings);
  const ldap = sources.map(({ login }) => new LdapSource(login, { records, clock, log }));
  const local = new LocalSource({ records, secret, domains: settings.domains });
  const directory = new PeopleDirectory({ records, sources: [...ldap, local], tokens, clock, log });
  const demo = async () => (sample ? demoPeople(sample, records, settings.domains[0]) : []);
  const close = async (): Promise<void> => {
    for (const source of ldap) source.close();
    await sample?.close();
  };
  const groups = new PostgresGroups(database);
  const followed = sources.map((source, i) => ({ source, ldap: ldap[i]! }));
  return { directory, records, groups, tokens, ldap, followed, demo, close };
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
