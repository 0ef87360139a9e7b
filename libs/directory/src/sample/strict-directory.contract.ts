import { once } from 'node:events';
import type { AddressInfo, Server as NetServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import ldap from 'ldapjs';
import { matchesFilter, type ParsedFilter } from './matches-filter.js';

/** An entry of the directory, and how a bind with its password ends: `right`, or a sub-code of Active Directory. */
export interface StrictEntry {
  readonly dn: string;
  readonly attributes: Readonly<Record<string, string | readonly string[]>>;
  readonly password?: string;
  readonly verdict?: string;
}

/** A directory in this process that answers as Active Directory does, for what no free server can be brought to say. */
export interface StrictDirectory {
  readonly port: number;
  /** DNs of binds of people, in order; our service account is left out. */
  readonly binds: string[];
  /** Live: what is changed here is seen by the next search. */
  readonly entries: StrictEntry[];
  /** Live: so long it thinks about the password of a person; not at all unless said. */
  thinksForMs: number;
  /** So many of them it was asked about at once. */
  readonly mostAtOnce: number;
  /** So many have been opened, and so many still are. */
  readonly connections: number;
  readonly openConnections: number;
  close(): Promise<void>;
}

export const READER = 'cn=reader,dc=corp,dc=example';

/** What it says of itself: a directory that has paging in name only, and whose clock was stopped at the end of 2025. */
const ROOT_DSE = {
  vendorName: 'Strict',
  namingContexts: ['dc=corp,dc=example'],
  supportedControl: ['1.2.840.113556.1.4.319'],
  currentTime: '20251231235959.0Z',
};

/** Serves the entries over LDAPS on a free port of 127.0.0.1; the service account's password is `reader`. */
export async function startStrictDirectory(
  pair: { key: string; certificate: string },
  given: readonly StrictEntry[],
): Promise<StrictDirectory> {
  const entries = [...given];
  const binds: string[] = [];
  const server = ldap.createServer(pair);
  let atOnce = 0;
  const directory = {
    port: 0,
    binds,
    entries,
    thinksForMs: 0,
    mostAtOnce: 0,
    connections: 0,
    openConnections: 0,
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
  server.bind('dc=corp,dc=example', async (request: Bind, response: Response, next: Next) => {
    const dn = plain(request.dn.toString());
    if (dn === READER)
      return next(request.credentials === 'reader' ? response.end() : new ldap.InvalidCredentialsError());
    binds.push(dn);
    directory.mostAtOnce = Math.max(directory.mostAtOnce, ++atOnce);
    if (directory.thinksForMs > 0) await pause(directory.thinksForMs);
    atOnce--;
    const entry = entries.find((one) => plain(one.dn) === dn);
    const isRight = Buffer.from(entry?.password ?? '').equals(Buffer.from(request.credentials));
    const verdict = isRight ? (entry?.verdict ?? 'right') : '52e';
    if (verdict === 'right') return next(response.end());
    // The text of the error itself gets lost on its way out. COMPAT(ldapjs, 3.0)
    response.diagnosticMessage = `80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data ${verdict}, v1db1`;
    return next(new ldap.InvalidCredentialsError());
  });
  server.search('dc=corp,dc=example', (request: Search, response: Response, next: Next) => {
    // Nobody searches by right of a person whose password was asked about on the same connection.
    if (plain(request.connection.ldap.bindDN.toString()) !== READER)
      return next(new ldap.InsufficientAccessRightsError());
    const base = plain(request.dn.toString());
    const isBase = request.scope === 'base' || request.scope === 0;
    response.attributes = response.attributes.map((name) => name.toLowerCase());
    const found = entries.filter((entry) => {
      const dn = plain(entry.dn);
      const isThere = dn === base || (!isBase && dn.endsWith(`,${base}`));
      return isThere && matchesFilter(request.filter, searchable(entry));
    });
    if (isBase && found.length === 0 && !entries.some((entry) => plain(entry.dn) === base))
      return next(new ldap.NoSuchObjectError());
    for (const { dn, attributes } of found.slice(0, request.sizeLimit || found.length))
      response.send({ dn, attributes: { ...attributes } });
    response.end();
    return next();
  });
  server.search('', (_request: Search, response: Response, next: Next) => {
    response.attributes = response.attributes.map((name) => name.toLowerCase());
    response.send({ dn: '', attributes: ROOT_DSE });
    response.end();
    return next();
  });
  server.on('error', () => undefined);
  const listener = (server as unknown as { server: NetServer }).server;
  // Nagle's algorithm makes each search wait 40 ms. COMPAT(ldapjs, 3.0)
  listener.on('secureConnection', (socket: TLSSocket) => {
    directory.connections++;
    directory.openConnections++;
    socket.on('close', () => directory.openConnections--);
    socket.setNoDelay(true);
  });
  server.listen(0, '127.0.0.1', () => undefined);
  await once(listener, 'listening');
  directory.port = (listener.address() as AddressInfo).port;
  return directory;
}

function searchable({ attributes }: StrictEntry): Map<string, readonly string[]> {
  return new Map(Object.entries(attributes).map(([name, value]) => [name.toLowerCase(), [value].flat()]));
}

function plain(dn: string): string {
  return dn.toLowerCase().replaceAll(/\s*([,=])\s*/g, '$1');
}

type Next = (error?: unknown) => void;

interface Bind {
  readonly dn: { toString(): string };
  readonly credentials: string;
}

interface Search {
  readonly connection: { readonly ldap: { readonly bindDN: { toString(): string } } };
  readonly dn: { toString(): string };
  readonly scope: string | number;
  readonly sizeLimit: number;
  readonly filter: ParsedFilter;
}

interface Response {
  diagnosticMessage: string;
  attributes: readonly string[];
  send(entry: object): void;
  end(): void;
}
