import { once } from 'node:events';
import type { AddressInfo, Server as NetServer } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { timingSafeEqual, createHash } from 'node:crypto';
import ldap from 'ldapjs';
import type { LdapAttributes } from '../ldap/entry.js';
import type { LdapSourceOptions } from '../ldap/ldap-source.js';
import { entriesOf, normal, SUFFIX, uidOf, type SampleEntry } from './entries.js';
import { matchesFilter, type ParsedFilter } from './matches-filter.js';
import { samplePassword, samplePeople, type SamplePerson } from './people.js';

const READER = `cn=reader,${SUFFIX}`;
/** The type package has not heard of it. COMPAT(@types/ldapjs, 3.0) */
const { PagedResultsControl } = ldap as unknown as { PagedResultsControl: new (options: object) => object };
const PAGED_RESULTS = '1.2.840.113556.1.4.319';

const ROOT_DSE = { vendorName: 'Sample directory', namingContexts: [SUFFIX], supportedControl: [PAGED_RESULTS] };

/** The attribute names of the sample directory: those of inetOrgPerson. */
export const SAMPLE_ATTRIBUTES: LdapAttributes = {
  id: 'entryUUID',
  login: 'uid',
  name: 'displayName',
  mail: 'mail',
  title: 'title',
  department: 'departmentNumber',
  phone: 'telephoneNumber',
  office: 'l',
  photo: 'jpegPhoto',
};

/** What the sample directory needs to start. */
export interface SampleDirectoryOptions {
  /** PEM, for `localhost`. */
  readonly key: string;
  readonly certificate: string;
  /** PEM of the authority its clients shall trust. */
  readonly authority: string;
  /** From it come all passwords. */
  readonly secret: Buffer;
  readonly domain: string;
}

/** A running sample directory. */
export interface SampleDirectory {
  /** How to use it as a source of people. */
  readonly source: LdapSourceOptions;
  readonly people: readonly SamplePerson[];
  passwordOf(uid: string): string;
  close(): Promise<void>;
}

/** Serves the invented people over LDAPS on a free port of 127.0.0.1, as a company's directory would. */
export async function startSampleDirectory(options: SampleDirectoryOptions): Promise<SampleDirectory> {
  const people = samplePeople();
  const passwordOf = (uid: string): string => samplePassword(options.secret, uid);
  const server = ldap.createServer({ certificate: options.certificate, key: options.key });
  serve(server, { entries: entriesOf(people, options.domain), passwordOf });
  const listener = (server as unknown as { server: NetServer }).server;
  // Nagle's algorithm makes each search wait 40 ms. COMPAT(ldapjs, 3.0)
  listener.on('secureConnection', (socket: TLSSocket) => socket.setNoDelay(true));
  // What is no LDAP ends its own connection, which ldapjs does by itself; without a listener it would end the process.
  server.on('error', () => undefined);
  server.listen(0, '127.0.0.1', () => undefined);
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  return {
    source: sourceOf(options, { port, password: passwordOf('reader') }),
    people,
    passwordOf,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function sourceOf(options: SampleDirectoryOptions, at: { port: number; password: string }): LdapSourceOptions {
  return {
    name: 'demo',
    domains: [options.domain],
    urls: [`ldaps://localhost:${at.port}`],
    startTls: false,
    bindDn: READER,
    password: at.password,
    base: `ou=people,${SUFFIX}`,
    groupBase: `ou=groups,${SUFFIX}`,
    filter: '(objectClass=inetOrgPerson)',
    attributes: SAMPLE_ATTRIBUTES,
    connectTimeoutMs: 2000,
    answerTimeoutMs: 5000,
    connections: 4,
    authorities: [options.authority],
  };
}

interface Served {
  readonly entries: readonly SampleEntry[];
  readonly passwordOf: (uid: string) => string;
}

function serve(server: ldap.Server, { entries, passwordOf }: Served): void {
  const bySought = new Map(entries.map((entry) => [entry.key, entry]));
  const bind = (request: BindRequest, response: Answer, next: Next): void => {
    const uid =
      normal(request.dn.toString()) === READER ? 'reader' : uidOf(bySought.get(normal(request.dn.toString())));
    const isRight = uid !== undefined && isSame(request.credentials, passwordOf(uid));
    if (!isRight) return next(new ldap.InvalidCredentialsError());
    response.end();
    return next();
  };
  const search = (request: SearchRequest, response: Answer, next: Next): void => {
    if (normal(request.connection.ldap.bindDN.toString()) !== READER)
      return next(new ldap.InsufficientAccessRightsError());
    const base = normal(request.dn.toString());
    const found = entries.filter(
      ({ key, attributes }) => isWithin(key, base, request.scope) && matchesFilter(request.filter, attributes),
    );
    sendPage(found, request, response);
    return next();
  };
  // RFC 4512 §5.1: what a directory says of itself, to everybody.
  server.search('', (_request: SearchRequest, response: Answer, next: Next): void => {
    response.attributes = response.attributes.map((name) => name.toLowerCase());
    response.send({ dn: '', attributes: ROOT_DSE });
    response.end();
    return next();
  });
  server.bind(SUFFIX, bind);
  server.search(SUFFIX, search);
}

/** RFC 2696. The cookie is the number of entries already sent. */
function sendPage(found: readonly SampleEntry[], request: SearchRequest, response: Answer): void {
  const control = request.controls.find(({ type }) => type === PAGED_RESULTS);
  const from = control ? Number(control.value.cookie.toString() || 0) : 0;
  const until = from + Math.min(control?.value.size || found.length, request.sizeLimit || found.length);
  // Which attributes were asked for is compared with their names in lower case. COMPAT(ldapjs, 3.0)
  response.attributes = response.attributes.map((name) => name.toLowerCase());
  for (const { dn, shown } of found.slice(from, until)) response.send({ dn, attributes: { ...shown } });
  if (control) {
    const cookie = Buffer.from(until < found.length ? String(until) : '');
    response.addControl(new PagedResultsControl({ value: { size: found.length, cookie } }));
  }
  response.end();
}

function isWithin(key: string, base: string, scope: string | number): boolean {
  const isBase = key === base;
  if (scope === 'base' || scope === 0) return isBase;
  return isBase || key.endsWith(`,${base}`);
}

function isSame(given: string, right: string): boolean {
  return timingSafeEqual(digest(given), digest(right));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

type Next = (error?: unknown) => void;

interface BindRequest {
  readonly dn: { toString(): string };
  readonly credentials: string;
}

interface SearchRequest {
  readonly dn: { toString(): string };
  readonly connection: { readonly ldap: { readonly bindDN: { toString(): string } } };
  readonly scope: string | number;
  readonly sizeLimit: number;
  readonly filter: ParsedFilter;
  readonly controls: readonly {
    readonly type: string;
    readonly value: { readonly size: number; readonly cookie: Buffer };
  }[];
}

interface Answer {
  attributes: readonly string[];
  send(entry: object): void;
  end(): void;
  addControl(control: unknown): void;
}
