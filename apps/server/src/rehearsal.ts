import net from 'node:net';
import tls from 'node:tls';
import { setFlagsFromString } from 'node:v8';
import { type Clock, describeError } from '@interoffice/telemetry';
import { DOMAIN, HOST, openStage, type RehearsalParts } from './rehearsal-stage.js';
import { Visitor } from './visitor.js';
import type { XmppServer } from './xmpp-server.js';

/** How many log-ins it takes until nearly everything is compiled, and how long they may take where they are slow. */
const LOGINS = 1200;
const WITHIN_MS = 5000;
const AT_ONCE = 16;
/** With one server alone, V8 would take each callback for the only one there is, and compile for it. */
const SERVERS = 2;
/** One log-in in so many is over TLS: mixed, so that nothing is compiled for one kind of socket alone. */
const TLS_EVERY = 6;
/** So many ask for more than to be seen: the quick compiler is enough for that. */
const CURIOUS_EVERY = 7;
/**
 * How often V8 wants to see a function before it compiles it, by its quick and by its thorough compiler: soon while there
 * is nothing else to do; afterwards later than V8 itself would (400 and 3,000), since on a busy core compiling is what
 * people wait for, and what a message takes is seen so often within a second.
 */
const COMPILE_AFTER = { rehearsal: { maglev: 30, turbofan: 200 }, service: { maglev: 1000, turbofan: 15_000 } };

/**
 * Made-up people log in to servers of their own in this process, which see an empty copy of the database's tables, and
 * leave: when the storm of log-ins after a restart comes, its code is compiled. Nothing remains of it. Takes five seconds
 * at most, and never rejects: what goes wrong costs speed and is a warning. Decision 0030
 */
export async function rehearse(parts: RehearsalParts): Promise<{ readonly logins: number }> {
  let logins = 0;
  compileAfter(COMPILE_AFTER.rehearsal);
  try {
    const stage = await openStage(parts, { servers: SERVERS, people: LOGINS });
    try {
      const doors = await Promise.all(stage.servers.map(open));
      logins = await play(parts.clock, (nth) => visitor(nth, doors[nth % SERVERS]!).visit(String(nth), stage.password));
    } finally {
      await stage.close();
    }
  } catch (error) {
    parts.log.warn('server.rehearsal.failed', { reason: describeError(error) });
  } finally {
    compileAfter(COMPILE_AFTER.service);
  }
  return { logins };
}

function compileAfter({ maglev, turbofan }: { maglev: number; turbofan: number }): void {
  setFlagsFromString(`--invocation-count-for-maglev=${maglev}`);
  setFlagsFromString(`--invocation-count-for-turbofan=${turbofan}`);
}

/** Log-ins, some at once, until there were enough of them or the time is up. */
async function play(clock: Clock, visit: (nth: number) => Promise<void>): Promise<number> {
  const deadline = clock.now() + WITHIN_MS;
  let begun = 0;
  const one = async (): Promise<void> => {
    while (begun < LOGINS && clock.now() < deadline) await visit(begun++);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
  return begun;
}

interface Door {
  readonly tcp: number;
  readonly tls: number;
}

async function open(server: XmppServer): Promise<Door> {
  const { c2s, c2sTls } = await server.start();
  return { tcp: c2s!, tls: c2sTls! };
}

function visitor(nth: number, door: Door): Visitor {
  // Each server sees every kind: they take turns themselves.
  const round = Math.floor(nth / SERVERS);
  const mechanism = round % 2 === 0 ? 'SCRAM-SHA-256' : 'SCRAM-SHA-1';
  const isCurious = round % CURIOUS_EVERY === 0;
  return new Visitor(connect(round % TLS_EVERY === 0 ? 'tls' : 'tcp', door), { domain: DOMAIN, mechanism, isCurious });
}

function connect(kind: keyof Door, door: Door): net.Socket {
  if (kind === 'tcp') return net.connect(door.tcp, HOST);
  // Both ends are ours, and what is said between them is worth nothing.
  return tls.connect({ port: door.tls, host: HOST, servername: DOMAIN, rejectUnauthorized: false });
}
