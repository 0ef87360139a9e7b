import { Failure } from '@interoffice/telemetry';
import { types, type ClientConfig } from 'pg';
import type { Connection } from './connection.js';

/**
 * The settings of `pg` for a connection. `int8` is read as a number and fails when it does not fit one: journal ids
 * are selected as text (`lpad(to_hex(id), 16, '0')`), everything else is far below 2^53. `session`: settings of
 * PostgreSQL for these connections.
 */
export function clientConfig(connection: Connection, session: Readonly<Record<string, string>> = {}): ClientConfig {
  const { tls } = connection;
  // Compiling a statement takes PostgreSQL longer than any of ours runs.
  const settings = Object.entries({ jit: 'off', ...session });
  return {
    host: connection.host,
    port: connection.port,
    user: connection.user,
    database: connection.database,
    password: connection.password ?? '',
    ssl: tls ? { ...(tls.ca === undefined ? {} : { ca: tls.ca }), rejectUnauthorized: tls.unverified !== true } : false,
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
    application_name: 'interoffice',
    options: settings.map(([name, value]) => `-c ${name}=${value}`).join(' '),
    types: { getTypeParser: parserOf },
  };
}

const INT8 = 20;

function parserOf(oid: number, format?: 'text' | 'binary'): (value: string) => unknown {
  if (oid === INT8 && format !== 'binary') return safeInteger;
  return (format === 'binary' ? types.getTypeParser(oid, format) : types.getTypeParser(oid, 'text')) as (
    value: string,
  ) => unknown;
}

function safeInteger(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value)) return value;
  throw new Failure('DATABASE_NUMBER_TOO_LARGE', `A bigint (${text}) was selected that no number holds.`);
}
