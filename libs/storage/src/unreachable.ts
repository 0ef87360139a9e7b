import { Failure } from '@interoffice/telemetry';
import type { Connection } from './connection.js';

/** SQLSTATE classes and codes that say "the server or the way to it", not "your statement". */
const SERVER_SIDE = /^(08|57P0[1-5]|53|58|XX|25006)/;

/** Whether the error is about reaching the server; a statement that was refused is not. */
export function isUnreachable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ('code' in error && typeof error.code === 'string' && /^[0-9A-Z]{5}$/.test(error.code)) {
    return SERVER_SIDE.test(error.code) || error.code.startsWith('28');
  }
  // No SQLSTATE: the connection itself, or a plain error of ours.
  return 'errno' in error || /connection|timeout|terminated|ECONN|ENOENT/i.test(error.message);
}

/** `DATABASE_UNREACHABLE`, saying which side to look at; other errors come back as they are. */
export function explainUnreachable(error: unknown, to: Connection): unknown {
  if (!isUnreachable(error) || error instanceof Failure) return error;
  const where = to.host.startsWith('/') ? `the socket in ${to.host}` : `${to.host}:${to.port}`;
  return new Failure(
    'DATABASE_UNREACHABLE',
    `PostgreSQL at ${where} does not serve database "${to.database}" to user "${to.user}". ${remedy(error)}`,
    { cause: error },
  );
}

function remedy(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code.startsWith('28')) return 'It refuses the log-in: check the user, the password and pg_hba.conf on its side.';
  if (code === '53300') return 'It has no free connection: raise max_connections on its side.';
  if (code === '53100') return 'Its disk is full: free some space on its side.';
  if (code.startsWith('57P')) return 'It is starting or stopping: this passes by itself.';
  return 'Check that it runs, and the network and firewall between; the address is "database" in the settings.';
}
