import { createHmac } from 'node:crypto';
import { Failure } from '@interoffice/telemetry';

/** How a PostgreSQL is reached. `host` is a name, an address, or the folder of a Unix socket. */
export interface Connection {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
  readonly password?: string;
  readonly tls?: ConnectionTls;
}

/** TLS towards an external PostgreSQL. Without `unverified` its certificate must be valid and name the host. */
export interface ConnectionTls {
  readonly ca?: string;
  readonly unverified?: boolean;
}

/**
 * Who connects: `owner` only migrates; `app` has everything but the journal; `writer` adds to the journal, `reader`
 * reads it for its participants, `officer` for compliance, `disposer` removes what retention has ended.
 */
export type Role = 'owner' | 'app' | 'writer' | 'reader' | 'officer' | 'disposer';

/** The roles made by the first migration; `owner` is whoever runs it. */
export const APPLICATION_ROLES = ['app', 'writer', 'reader', 'officer', 'disposer'] as const;

/** The name of a role in PostgreSQL. */
export function roleName(role: Exclude<Role, 'owner'>): string {
  return `interoffice_${role}`;
}

/**
 * The password of an application role, derived from the owner's: one secret in the settings is enough, and none of
 * the derived ones leads back to it. With no password (the embedded server) there is none.
 */
export function rolePassword(owner: Connection, role: Exclude<Role, 'owner'>): string | undefined {
  if (owner.password === undefined) return undefined;
  return createHmac('sha256', owner.password).update(`interoffice role ${role}`).digest('base64url');
}

/** The connection of a role on the same server and database. */
export function connectionAs(owner: Connection, role: Role): Connection {
  if (role === 'owner') return owner;
  return { ...owner, user: roleName(role), password: rolePassword(owner, role) };
}

/**
 * Reads `postgres://user@host:port/database`. The password comes separately (a secret file) or from the address.
 * TLS with a checked certificate unless the host is this machine or `sslmode=disable` (`require`: unchecked) is said.
 * Fails with `DATABASE_ADDRESS_INVALID`.
 */
export function parseConnection(address: string, secret: { password?: string; ca?: string } = {}): Connection {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (!url || !/^postgres(ql)?:$/.test(url.protocol)) {
    throw new Failure(
      'DATABASE_ADDRESS_INVALID',
      'The address of the database must look like postgres://user@host:5432/name.',
    );
  }
  const host = url.searchParams.get('host') ?? decodeURIComponent(url.hostname).replace(/^\[|\]$/g, '');
  const password = secret.password ?? (url.password === '' ? undefined : decodeURIComponent(url.password));
  return {
    host: host === '' ? 'localhost' : host,
    port: url.port === '' ? 5432 : Number(url.port),
    user: url.username === '' ? 'interoffice' : decodeURIComponent(url.username),
    database: url.pathname.length > 1 ? decodeURIComponent(url.pathname.slice(1)) : 'interoffice',
    ...(password === undefined ? {} : { password }),
    ...tlsOf(host, url.searchParams.get('sslmode'), secret.ca),
  };
}

function tlsOf(host: string, mode: string | null, ca: string | undefined): { tls?: ConnectionTls } {
  const here = host === '' || host.startsWith('/') || ['localhost', '127.0.0.1', '::1'].includes(host);
  if (mode === 'disable' || (mode === null && here)) return {};
  return { tls: { ...(ca === undefined ? {} : { ca }), ...(mode === 'require' ? { unverified: true } : {}) } };
}
