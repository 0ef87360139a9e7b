import { X509Certificate } from 'node:crypto';
import type { Departures, Part, SyncedSource } from '@interoffice/api';
import type { FollowedIndex, Journal } from '@interoffice/archive';
import type { LdapSource, ServerHealth } from '@interoffice/directory';
import type { CertificateUpkeep } from '@interoffice/gateway';
import type { XmppServer } from '@interoffice/server';
import type { PolicyReload } from './policy-reload.js';
import { certificateParts, gatewayParts } from './certificates/status.js';
import type { Storage } from './storage.js';
import { Failure, type Clock } from '@interoffice/telemetry';
import type { TlsContext } from '@interoffice/transport';

export interface Parts {
  readonly storage: Storage;
  readonly ldap: readonly LdapSource[];
  readonly synced: readonly SyncedSource[];
  readonly departures: Pick<Departures, 'incomplete'>;
  readonly tls: TlsContext;
  readonly journal: Pick<Journal<unknown, unknown>, 'state' | 'waitingMs' | 'uncommittedBytes'>;
  readonly index: FollowedIndex | undefined;
  readonly federation: XmppServer['federation'];
  readonly policy: Pick<PolicyReload, 'problem'>;
  readonly upkeep: CertificateUpkeep;
  readonly clock: Clock;
}

const DAY_MS = 86_400_000;
const WARN_BEFORE_DAYS = 14;
const MOST_LAG_MS = 60_000;

/** The parts of the appliance, each with a probe that uses it: a flag would say what somebody believes. */
export function statusParts(parts: Parts): Part[] {
  const { federation: of } = parts;
  const directories = [...parts.ldap.map(directory), ...parts.synced.map(sync)];
  const shutOut = directories.length > 0 ? [departures(parts)] : [];
  const others = of ? [federation(of, parts.clock), policy(parts)] : [];
  return [
    database(parts),
    archive(parts),
    ...directories,
    ...shutOut,
    ...others,
    certificate(parts),
    ...certificateParts(parts.upkeep),
    ...(of ? gatewayParts(of.gateways, () => of.gateways) : []),
    searchIndex(parts),
  ];
}

function database({ storage }: Parts): Part {
  return {
    name: 'database',
    remedy: 'Look at the PostgreSQL log and at the free space of its disk; messages wait until it is back.',
    probe: async () => {
      const began = performance.now();
      await storage.database.query('app', 'SELECT 1 FROM accounts LIMIT 1');
      return `${storage.kind} answers in ${Math.round(performance.now() - began)} ms`;
    },
  };
}

function archive({ journal }: Parts): Part {
  return {
    name: 'archive',
    remedy:
      'Nothing is delivered unrecorded: bring the database back, waiting messages are recorded and delivered then.',
    probe: async () => {
      if (journal.state === 'off') return undefined;
      if (journal.state === 'working')
        return `every message is recorded before it is delivered; ${journal.uncommittedBytes} bytes wait`;
      throw new Failure('ARCHIVE_STALLED', `No commit for ${Math.round(journal.waitingMs / 1000)} s; messages wait.`);
    },
  };
}

function directory(source: LdapSource): Part {
  return {
    name: `directory ${source.name}`,
    remedy:
      'Check that the LDAP server runs, that its certificate is trusted, and the service account; nobody new can log in until then.',
    probe: async () => {
      await source.probe();
      return source.health().map(serverText).join(', ');
    },
  };
}

function serverText({ url, working, latencyMs, lastError }: ServerHealth): string {
  if (!working) return `${url} does not answer: ${lastError?.text ?? 'no reason known'}`;
  return latencyMs === undefined ? `${url} not asked yet` : `${url} answers in ${Math.ceil(latencyMs)} ms`;
}

/** A sync that the guard has stopped, or that fails, is an alarm: what the directory says is not followed meanwhile. */
function sync(source: SyncedSource): Part {
  return {
    name: `sync of ${source.name}`,
    remedy:
      'Open Directories in the console: it shows what was stopped and asks for a decision, or why reading failed.',
    probe: async () => {
      const { syncs, held, progress } = await source.state();
      if (held)
        throw new Failure(
          'DIRECTORY_SYNC_HELD',
          `A sync would have shut out ${held.refused.count} people. ${held.why}`,
        );
      const last = syncs.find(({ kind }) => kind !== 'online');
      if (last?.outcome === 'failed')
        throw new Failure('DIRECTORY_SYNC_FAILED', last.detail ?? 'The last sync failed.');
      if (progress) return `everybody is being read: ${progress.done} so far`;
      return last ? `last sync ${last.startedAt}, ${last.outcome}` : 'not synced yet';
    },
  };
}

function departures({ departures: people }: Parts): Part {
  return {
    name: 'departures',
    remedy: 'Bring the database back: what is still open is tried again every two seconds.',
    probe: async () => {
      const { incomplete } = people;
      if (incomplete.length === 0) return 'everybody who may not be here is shut out';
      throw new Failure('DEPARTURES_INCOMPLETE', `Something of ${incomplete.join(', ')} is still open.`);
    },
  };
}

function certificate({ tls, clock }: Parts): Part {
  return {
    name: 'certificate',
    remedy: 'Renew the server certificate; clients refuse to connect when it has ended.',
    probe: async () => {
      const { validTo } = new X509Certificate(tls.pair.certificate);
      const days = Math.floor((Date.parse(validTo) - clock.now()) / DAY_MS);
      if (days < WARN_BEFORE_DAYS)
        throw new Failure('CERTIFICATE_ENDS', `The server certificate ends in ${days} days, on ${validTo}.`);
      return `good until ${new Date(validTo).toISOString().slice(0, 10)}, ${days} days`;
    },
  };
}

/** A line that is down for so long is an alarm; peers restart, and offices lose their line for a moment. */
const LINE_DOWN_MS = 60_000;

function federation(of: NonNullable<Parts['federation']>, clock: Clock): Part {
  return {
    name: 'federation',
    remedy:
      'interoffice peer list names the lines that are down, and interoffice peer show DOMAIN at which stage and why.',
    probe: async () => {
      if (!of.isOn) return undefined;
      const away = of.gateways.filter(({ state }) => state === 'away');
      if (away.length > 0) throw new Failure('GATEWAY_AWAY', awayText(away, of.gateways.length));
      const lines = of.facts();
      const down = lines.filter(({ state, sinceMs }) => state === 'calling' && clock.now() - sinceMs > LINE_DOWN_MS);
      if (down.length > 0) {
        throw new Failure('PEERS_UNREACHABLE', `No line to ${down.map(({ peer }) => peer).join(', ')}; messages wait.`);
      }
      return `${lines.filter(({ state }) => state === 'up').length} lines to other servers are up`;
    },
  };
}

/** A file that is not followed is an alarm: somebody believes that something is forbidden. */
function policy({ federation: of, policy: reload }: Parts): Part {
  return {
    name: 'policy',
    remedy: 'interoffice policy check FILE names line and key; the rules of before hold until the file is right.',
    probe: async () => {
      const { problem } = reload;
      if (problem) {
        const since = new Date(problem.sinceMs).toISOString();
        throw new Failure('POLICY_NOT_FOLLOWED', `Since ${since} the settings file is not followed: ${problem.text}`);
      }
      return of!.isOn ? `version ${of!.policy.version}, ${of!.rules.length} rules` : undefined;
    },
  };
}

function awayText(away: NonNullable<Parts['federation']>['gateways'], all: number): string {
  const ends = away.map(({ name, lastEnd }) => `${name}: ${lastEnd?.text ?? 'no reason known'}`).join(' ');
  if (all === 1) return `The gateway is away: ${ends}`;
  const others = away.length < all ? 'its lines go by the others' : 'messages wait';
  return `${away.length} of ${all} gateways are away (${others}): ${ends}`;
}

function searchIndex({ index }: Parts): Part {
  return {
    name: 'search index',
    remedy: 'New messages are recorded but not yet found by text; it catches up by itself once the database has room.',
    probe: async () => {
      if (!index) return undefined;
      if (index.lagMs > MOST_LAG_MS)
        throw new Failure('INDEX_BEHIND', `Text search is ${Math.round(index.lagMs / 1000)} s behind.`);
      return `text search is ${(index.lagMs / 1000).toFixed(1)} s behind`;
    },
  };
}
