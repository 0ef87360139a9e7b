import { randomBytes } from 'node:crypto';
import net from 'node:net';
import tls from 'node:tls';
import { Journal, OffSink } from '@interoffice/archive';
import {
  deriveVerifiers,
  LocalSource,
  MemoryLoginTokens,
  MemoryRecords,
  PeopleDirectory,
} from '@interoffice/directory';
import type { Destination, Session } from '@interoffice/routing';
import { type Clock, describeError, type Log, Metrics, silentLog } from '@interoffice/telemetry';
import type { TlsContext } from '@interoffice/transport';
import { jid } from '@interoffice/wire';
import { Visitor } from './visitor.js';
import { XmppServer } from './xmpp-server.js';

export interface RehearsalParts {
  readonly tls: TlsContext;
  readonly clock: Clock;
  readonly log: Log;
}

/** A name that nobody can have. RFC 2606 §2 */
const DOMAIN = 'rehearsal.invalid';
const HOST = '127.0.0.1';
/** Iterations would protect a password that lives for a second. */
const ITERATIONS = 1;
/** How many log-ins it takes until nearly everything is compiled, and how long each kind may take where they are slow. */
const ACTS = { tcp: { logins: 800, withinMs: 650 }, tls: { logins: 150, withinMs: 350 } };
const AT_ONCE = 16;

type Kind = keyof typeof ACTS;

/**
 * Made-up people log in to a second server in this process, which has no database, no log and no metrics of ours, and
 * leave: when the storm of log-ins after a restart comes, its code is compiled. Nothing remains of it. Takes a second at
 * most, beside the start of the database, and never rejects: what goes wrong costs speed and is a warning. Decision 0026
 */
export async function rehearse(parts: RehearsalParts): Promise<{ readonly logins: number }> {
  let logins = 0;
  try {
    const { server, records } = stage(parts);
    try {
      const ports = await server.start();
      logins += await play(parts.clock, 'tcp', visitors('tcp', ports.c2s!, records));
      logins += await play(parts.clock, 'tls', visitors('tls', ports.c2sTls!, records));
    } finally {
      await server.stop();
    }
  } catch (error) {
    parts.log.warn('server.rehearsal.failed', { reason: describeError(error) });
  }
  return { logins };
}

/** Log-ins, some at once, until there were enough of them or the time is up. */
async function play(clock: Clock, kind: Kind, visit: (name: string) => Promise<void>): Promise<number> {
  const { logins, withinMs } = ACTS[kind];
  const deadline = clock.now() + withinMs;
  let begun = 0;
  const one = async (): Promise<void> => {
    while (begun < logins && clock.now() < deadline) await visit(`${kind}-${begun++}`);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
  return begun;
}

/** Who logs in has an account of the moment, under a password that nobody is told. */
function visitors(kind: Kind, port: number, records: MemoryRecords): (name: string) => Promise<void> {
  const password = randomBytes(24).toString('base64url');
  const verifiers = deriveVerifiers(password, ITERATIONS);
  return async (name) => {
    const person = { name };
    await records.create({
      jid: jid(name, DOMAIN),
      person,
      role: 'employee',
      roleScope: '*',
      verifiers: await verifiers,
    });
    await new Visitor(connect(kind, port), DOMAIN).visit(name, password);
  };
}

/** A whole server in memory, on two free ports of loopback. */
function stage({ tls: context, clock }: RehearsalParts): { server: XmppServer; records: MemoryRecords } {
  const records = new MemoryRecords(clock);
  const secret = randomBytes(32);
  const source = new LocalSource({ records, secret, domains: [DOMAIN] });
  const metrics = new Metrics();
  const server = new XmppServer({
    domains: [DOMAIN],
    listen: { c2s: { host: HOST, port: 0 }, c2sTls: { host: HOST, port: 0 } },
    tls: context,
    tlsRequired: false,
    channelBinding: true,
    isAllowedOrigin: () => false,
    resumeWithinMs: 0,
    directory: new PeopleDirectory({ records, sources: [source], clock, log: silentLog }),
    tokens: new MemoryLoginTokens(clock),
    secret,
    sql: { query: () => Promise.resolve([]) },
    journal: (onReleased) =>
      new Journal<Session, Destination>({
        sink: new OffSink(),
        clock,
        log: silentLog,
        metrics,
        onReleased,
        onPoisoned: () => undefined,
      }),
    archive: undefined,
    version: '',
    company: '',
    adminAddresses: [],
    clock,
    log: silentLog,
    metrics,
  });
  return { server, records };
}

function connect(kind: Kind, port: number): net.Socket {
  if (kind === 'tcp') return net.connect(port, HOST);
  // Both ends are ours, and what is said between them is worth nothing.
  return tls.connect({ port, host: HOST, servername: DOMAIN, rejectUnauthorized: false });
}
