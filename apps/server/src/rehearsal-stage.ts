import { randomBytes } from 'node:crypto';
import { Journal, OffSink, PostgresReader } from '@interoffice/archive';
import {
  deriveVerifiers,
  LocalSource,
  PeopleDirectory,
  PostgresLoginTokens,
  PostgresRecords,
} from '@interoffice/directory';
import type { Destination, Session } from '@interoffice/routing';
import { type Connection, type Database, openScratch } from '@interoffice/storage';
import { type Clock, type Log, Metrics, silentLog } from '@interoffice/telemetry';
import type { TlsContext } from '@interoffice/transport';
import { DEFAULT_POLICY, roomRules } from './room-rules.js';
import { sqlOf } from './sql.js';
import { XmppServer } from './xmpp-server.js';

export interface RehearsalParts {
  readonly tls: TlsContext;
  /** The database of the server that is about to start, migrated. */
  readonly connection: Connection;
  /** Whether that server records. */
  readonly isRecorded: boolean;
  readonly clock: Clock;
  readonly log: Log;
}

/** Servers with the real database, in which they see none but the made-up people. */
export interface Stage {
  readonly servers: readonly XmppServer[];
  /** All of them have one. Nobody else is told. */
  readonly password: string;
  close(): Promise<void>;
}

/** A name that nobody can have. RFC 2606 §2 */
export const DOMAIN = 'rehearsal.invalid';
export const HOST = '127.0.0.1';
/** Iterations would protect a password that lives for seconds. */
const ITERATIONS = 1;
/** Nobody's number: what the journal holds, it holds of others. Still one that V8 keeps without an object. */
const FIRST_ACCOUNT_ID = 1_000_000_000;

/** Opens so many servers, and gives them people named by numbers from 0 on. Rejects with nothing left behind. */
export async function openStage(
  parts: RehearsalParts,
  { servers: count, people }: { servers: number; people: number },
): Promise<Stage> {
  const database = await openScratch(parts.connection, { firstAccountId: FIRST_ACCOUNT_ID, log: silentLog });
  const password = randomBytes(24).toString('base64url');
  const servers = Array.from({ length: count }, () => serverOn(database, parts));
  const close = async (): Promise<void> => {
    await Promise.all(servers.map((server) => server.stop()));
    await database.close();
  };
  try {
    await invite(database, people, password);
    return { servers, password, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function invite(database: Database, people: number, password: string): Promise<void> {
  await database.query(
    'app',
    `INSERT INTO accounts (jid, directory) SELECT n || '@' || $2, 'local' FROM generate_series(0, $1::int - 1) n`,
    [people, DOMAIN],
  );
  for (const { mechanism, salt, iterations, storedKey, serverKey } of await deriveVerifiers(password, ITERATIONS)) {
    await database.query(
      'app',
      `INSERT INTO scram_verifiers (account_id, mechanism, salt, iterations, stored_key, server_key)
       SELECT id, $1, $2, $3, $4, $5 FROM accounts`,
      [mechanism, salt, iterations, storedKey, serverKey],
    );
  }
}

/** A whole server on two free ports of loopback; it has no log and no metrics of ours, and records nothing. */
function serverOn(database: Database, { tls, isRecorded, clock }: RehearsalParts): XmppServer {
  const records = new PostgresRecords(database);
  const tokens = new PostgresLoginTokens(database, clock);
  const secret = randomBytes(32);
  const source = new LocalSource({ records, secret, domains: [DOMAIN] });
  const metrics = new Metrics();
  return new XmppServer({
    domains: [DOMAIN],
    listen: { c2s: { host: HOST, port: 0 }, c2sTls: { host: HOST, port: 0 } },
    tls,
    tlsRequired: false,
    channelBinding: true,
    isAllowedOrigin: () => false,
    resumeWithinMs: 0,
    directory: new PeopleDirectory({ records, sources: [source], tokens, clock, log: silentLog }),
    tokens,
    secret,
    sql: sqlOf(database),
    rooms: { domain: `conference.${DOMAIN}`, rules: roomRules(DEFAULT_POLICY) },
    journal: (onReleased) => ({
      journal: new Journal<Session, Destination>({
        sink: new OffSink(),
        clock,
        log: silentLog,
        metrics,
        onReleased,
        onPoisoned: () => undefined,
      }),
    }),
    archive: isRecorded ? new PostgresReader(database) : undefined,
    version: '',
    company: '',
    adminAddresses: [],
    clock,
    log: silentLog,
    metrics,
  });
}
