import { resolve } from 'node:path';
import { isIP } from 'node:net';
import {
  type CertificateFiles,
  certificateFiles,
  type CertificateSettings,
  composeCertificate,
} from './certificate.js';
import type { interofficeSchema } from './interoffice.js';
import type { LdapSourceSettings } from './ldap-source.js';
import type { CheckedGroup } from './schema.js';
import type { SocketAddress } from './units.js';

type Read = CheckedGroup<typeof interofficeSchema>;

/** The listeners by name; false is switched off. */
export type Listeners = Read['listen'];

/** A unit of administration (architecture: an office has domains or shares one). */
export interface OfficeSettings {
  readonly name: string;
  readonly domains: readonly string[];
  /** At least one, each `local` or `host:port`; they share the work. */
  readonly gateways: readonly string[];
  /** Undefined: that of the company. */
  readonly encryption?: EncryptionSetting | undefined;
}

/** What is done with messages that the archive cannot read. */
export type EncryptionSetting = 'allow' | 'require-readable' | 'forbid';

/** Who on our side a rule is about. */
export type WhoSetting =
  | 'everybody'
  | { readonly account: string }
  | { readonly group: string }
  | { readonly office: string };

type ReadRule = NonNullable<Read['federation']['rules']>[number];
type ReadOffice = NonNullable<Read['offices']>[number];
type ReadPeer = NonNullable<Read['federation']['peers']>[number];

/** Other servers. */
export interface FederationSettings {
  /** Empty: nothing passes, and nobody is listened to. */
  readonly rules: readonly (Omit<ReadRule, 'who' | 'name' | 'expires'> & {
    readonly id: string;
    readonly who: readonly WhoSetting[];
    readonly expiresAt: number | undefined;
  })[];
  /** Paths of `ca` are absolute. */
  readonly peers: readonly ReadPeer[];
  /** Empty: this server passes nothing on. */
  readonly relay: NonNullable<Read['federation']['relay']>;
  /** One stream for both directions, where no peer says otherwise. XEP-0288 */
  readonly bidi: boolean;
  readonly strangers: Read['federation']['strangers'];
  readonly newContactsPerHour: number;
  readonly giveUpAfterMs: number;
  readonly answerWithinMs: number;
  readonly from: string | undefined;
  readonly callable: readonly string[];
  readonly proxy: Read['federation']['proxy'];
  readonly public: Read['federation']['public'];
}

/** How what is recorded is sealed. */
export interface SealSettings {
  /** `publicKey`: an absolute path. */
  readonly signer:
    | { readonly command: readonly string[]; readonly publicKey: string; readonly withinMs: number }
    | undefined;
  readonly witnesses: readonly { readonly name: string; readonly url: string; readonly key: string }[];
  readonly witnessFor: readonly string[];
}

/** The checked settings of one program: nothing here has to be checked again. */
export interface Settings {
  /** At least one; the first is the main one. */
  readonly domains: readonly [string, ...string[]];
  /** Absolute. */
  readonly dataDir: string;
  readonly database: Read['database'];
  readonly listen: Listeners;
  readonly c2s: Omit<Read['c2s'], 'resumeWithin'> & { readonly resumeWithinMs: number };
  readonly services: { readonly rooms: string; readonly upload: string; readonly pubsub: string };
  readonly rooms: Read['rooms'];
  readonly registration: boolean;
  readonly anonymous: string | false;
  readonly directory: 'local' | 'demo' | readonly LdapSourceSettings[];
  readonly archive: {
    readonly enabled: boolean;
    readonly whenUnavailable: 'hold';
    readonly holdForMs: number;
    /** The rule of offices that have none of their own. */
    readonly encryption: EncryptionSetting;
    readonly notice: string | undefined;
    readonly noticeUrl: string | undefined;
    readonly seal: SealSettings;
  };
  readonly offices: readonly OfficeSettings[];
  readonly federation: FederationSettings;
  /** Of a gateway in a process of its own. */
  readonly gateway: Read['gateway'];
  readonly dnsServers: readonly SocketAddress[] | undefined;
  /** Absolute paths of PEM files. */
  readonly trustedAuthorities: readonly string[];
  /** Absolute paths of revocation lists. */
  readonly revocationLists: readonly string[];
  /** Where the own pair lies; one file for both when it may be swapped while we run. */
  readonly certificate: CertificateFiles | undefined;
  readonly ownCertificate: CertificateSettings;
  readonly cluster: Read['cluster'];
}

/** Says what is wrong at a setting, by its path from the top; items of lists are numbered from 0. */
export type Objection = (path: readonly (string | number)[], sentence: string) => void;

/** Joins what was read into settings and checks what no single setting can see. */
export function composeSettings(read: Read, directory: string, object: Objection): Settings {
  const domains = servedDomains(read, object);
  const main = domains[0];
  const { certificate, trust } = read;
  const offices = read.offices?.map((office) => officeOf(office, object)) ?? [{ name: main, domains, gateways: LOCAL }];
  checkOffices(offices, domains, object);
  checkLoopbackOnly(read, object);
  checkSources(read.directory, object);
  return {
    domains,
    dataDir: resolve(directory, read.dataDir),
    database: read.database,
    listen: read.listen,
    c2s: { tls: read.c2s.tls, channelBinding: read.c2s.channelBinding, resumeWithinMs: read.c2s.resumeWithin },
    services: {
      rooms: read.services.rooms ?? `conference.${main}`,
      upload: read.services.upload ?? `upload.${main}`,
      pubsub: read.services.pubsub ?? `pubsub.${main}`,
    },
    rooms: read.rooms,
    registration: read.registration,
    anonymous: read.anonymous,
    directory: read.directory,
    archive: {
      enabled: read.archive.enabled === 'true',
      whenUnavailable: read.archive.whenUnavailable,
      holdForMs: read.archive.holdFor,
      encryption: read.archive.encryption,
      notice: read.archive.notice,
      noticeUrl: read.archive.noticeUrl,
      seal: composeSeal(read.archive.seal, directory),
    },
    offices,
    federation: composeFederation(read.federation, directory, object),
    gateway: read.gateway,
    dnsServers: read.dns.servers,
    trustedAuthorities: (trust.ca ?? []).map((path) => resolve(directory, path)),
    revocationLists: (trust.crl ?? []).map((path) => resolve(directory, path)),
    certificate: certificateFiles(certificate, directory, object),
    ownCertificate: composeCertificate(certificate, directory, object),
    cluster: read.cluster,
  };
}

function composeSeal({ signer, witnesses, witnessFor }: Read['archive']['seal'], directory: string): SealSettings {
  return {
    signer: signer && {
      command: signer.command,
      publicKey: resolve(directory, signer.publicKey),
      withinMs: signer.within,
    },
    witnesses: witnesses ?? [],
    witnessFor: witnessFor ?? [],
  };
}

const LOCAL = ['local'];

function officeOf({ name, domains, gateway, gateways, encryption }: ReadOffice, object: Objection): OfficeSettings {
  if (gateway !== undefined && gateways !== undefined)
    object(['offices'], `${name}: give gateway or gateways, not both`);
  if (new Set(gateways).size !== (gateways?.length ?? 0)) object(['offices'], `${name}: a gateway stands here twice`);
  return { name, domains, gateways: gateways ?? (gateway === undefined ? LOCAL : [gateway]), encryption };
}

function composeFederation(read: Read['federation'], directory: string, object: Objection): FederationSettings {
  const {
    rules = [],
    peers = [],
    relay = [],
    bidi,
    strangers,
    newContacts,
    giveUpAfter,
    answerWithin,
    from,
    callable = [],
    proxy,
    public: shown,
  } = read;
  if (new Set(peers.map((peer) => peer.domain)).size !== peers.length) {
    object(['federation', 'peers'], 'a peer stands here twice');
  }
  const names = rules.map(({ name }) => name);
  for (const [at, name] of names.entries()) {
    if (names.indexOf(name) < at) object(['federation', 'rules', at, 'name'], `another rule is called ${name} as well`);
  }
  checkHub(peers, relay, object);
  return {
    rules: rules.map(({ name: id, who, expires: expiresAt, ...rule }, at) => ({
      ...rule,
      id,
      who: who?.map((one, index) => onlyOne(one, [at, 'who', index], object)) ?? ['everybody'],
      expiresAt,
    })),
    peers: peers.map((peer) => ({ ...peer, ca: peer.ca?.map((file) => resolve(directory, file)) })),
    relay,
    bidi,
    strangers,
    newContactsPerHour: newContacts,
    giveUpAfterMs: giveUpAfter,
    answerWithinMs: answerWithin,
    from,
    callable,
    proxy,
    public: shown,
  };
}

/** Only offices tell each other where a message has been: nobody else may be in between, or behind. */
function checkHub(peers: readonly ReadPeer[], relay: FederationSettings['relay'], object: Objection): void {
  const isOffice = (domain: string): boolean => peers.some((peer) => peer.domain === domain && peer.office);
  for (const { domain, via } of peers) {
    if (via === undefined) continue;
    if (via === domain) object(['federation', 'peers'], `${domain} cannot be reached through itself`);
    // A server that is believed about others has to prove itself. F-06
    if (peers.some((peer) => peer.domain === via && peer.authentication === 'dialback')) {
      object(['federation', 'peers'], `via of ${domain}: ${via} has to prove itself by its certificate`);
    }
    if (!isOffice(via)) object(['federation', 'peers'], `via of ${domain}: ${via} is no peer with office: true`);
  }
  const strange = relay.flatMap(({ from, to }) => [...from, ...to]).find((domain) => !isOffice(domain));
  if (strange !== undefined) object(['federation', 'relay'], `${strange} is no peer with office: true`);
}

function onlyOne(
  who: NonNullable<ReadRule['who']>[number],
  at: readonly (string | number)[],
  object: Objection,
): WhoSetting {
  const { account, group, office } = who;
  if ([account, group, office].filter((one) => one !== undefined).length !== 1) {
    object(['federation', 'rules', ...at], 'give one of account, group and office in each entry');
  }
  if (account !== undefined) return { account };
  return group === undefined ? { office: office ?? '' } : { group };
}

/** True for an address that only this machine can reach. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

function servedDomains(read: Read, object: Objection): readonly [string, ...string[]] {
  if (read.domain !== undefined && read.domains !== undefined) object(['domain'], 'give domain or domains, not both');
  const [first, ...rest] = read.domains ?? (read.domain === undefined ? [] : [read.domain]);
  if (first === undefined) object([], 'domain is missing; give the domain to serve, such as domain: corp.example');
  if (new Set(read.domains).size !== (read.domains?.length ?? 0)) object(['domains'], 'a domain stands here twice');
  return [first ?? '', ...rest];
}

function checkOffices(offices: readonly OfficeSettings[], domains: readonly string[], object: Objection): void {
  const strange = offices.flatMap((office) => office.domains).find((domain) => !domains.includes(domain));
  if (strange !== undefined) object(['offices'], `${strange} is not among the domains served: ${domains.join(', ')}`);
  if (new Set(offices.map((office) => office.name)).size !== offices.length) {
    object(['offices'], 'two offices have the same name');
  }
}

function checkLoopbackOnly(read: Read, object: Objection): void {
  const { metrics: _inside, ...public_ } = read.listen;
  const open = Object.entries(public_).find(([, at]) => at !== false && !isLoopback(at.host));
  if (read.archive.enabled === 'off-for-benchmarks' && open) {
    object(['archive', 'enabled'], `off-for-benchmarks needs every listener on a loopback address; ${open[0]} is not`);
  }
  if (read.c2s.tls === 'optional' && read.listen.c2s !== false && !isLoopback(read.listen.c2s.host)) {
    object(['c2s', 'tls'], 'optional is accepted only while listen.c2s is a loopback address');
  }
}

function checkSources(directory: Read['directory'], object: Objection): void {
  if (typeof directory === 'string') return;
  for (const source of directory) {
    if (!source.startTls && source.url.some((url) => url.startsWith('ldap:'))) {
      object(['directory'], `${source.name}: ldap:// sends passwords in the clear; use ldaps:// or start-tls: true`);
    }
    if (source.startTls && source.url.some((url) => url.startsWith('ldaps:'))) {
      object(['directory'], `${source.name}: ldaps:// is encrypted from the first byte; remove start-tls`);
    }
  }
  if (new Set(directory.map((source) => source.name)).size !== directory.length) {
    object(['directory'], 'two sources have the same name');
  }
}
