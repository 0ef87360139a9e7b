import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import {
  Departures,
  type Part,
  PostgresApiSessions,
  SyncedDirectories,
  PostgresAuditLog,
  PostgresReportQueue,
  PostgresSavedSearches,
  Renames,
  type RunningApi,
  serveWitness,
  startApi,
} from '@interoffice/api';
import { memoryLink } from '@interoffice/cluster';
import { CertificateReload, CertificateUpkeep, OfficeGateway } from '@interoffice/gateway';
import { OfficerArchive, PostgresReader, SearchThread } from '@interoffice/archive';
import type { Settings } from '@interoffice/config';
import { PostgresSyncRecords } from '@interoffice/directory';
import { ensureAuthority, ensureSecret, ensureServerCertificate } from '@interoffice/pki';
import { openJournal, PolicyVersions, rehearse, roomRules, sqlOf, XmppServer } from '@interoffice/server';
import { migrate } from '@interoffice/storage';
import {
  type Clock,
  describeError,
  Failure,
  type Log,
  Metrics,
  type MetricsListener,
  startMetricsListener,
} from '@interoffice/telemetry';
import { TlsContext } from '@interoffice/transport';
import { CertificateBoard } from './certificates/board.js';
import { firstPair } from './certificates/first-pair.js';
import { openJobs } from './compliance/exports.js';
import { Control, controlSocketOf } from './control.js';
import { makeDemoRooms } from './demo-rooms.js';
import { whatIsKept } from './compliance/what-is-kept.js';
import { completenessPart, reconciliationOf } from './compliance/completeness.js';
import { openRetention } from './compliance/retention.js';
import { type ApplianceSeal, openSeal, sealPart, shownSeal } from './compliance/seal.js';
import './events.js';
import { Following } from './following.js';
import { federationOf } from './federation-wish.js';
import { dialGateway } from './gateway-dialling.js';
import { gatewaysOf } from './gateway-wishes.js';
import { countBuffersAsHeap } from './heap.js';
import { liveSessions } from './live-sessions.js';
import { operationsOf } from './operations.js';
import { PolicyReload } from './policy-reload.js';
import { statusParts } from './parts.js';
import { type DemoPerson, openPeople } from './people.js';
import { openStorage } from './storage.js';
import { TeamRules } from './team-rules.js';
import { refuseUnavailable } from './unavailable.js';
import { VERSION } from './version.js';

/** The first contacts of a large company are written while people log in already. */
const TEAMS_WITHIN_MS = 20_000;

export interface ApplianceOptions {
  readonly settings: Settings;
  /** The settings file, and how it is read again. */
  readonly file: string | undefined;
  readonly read: () => Settings;
  readonly clock: Clock;
  readonly log: Log;
}

/** What is printed once all listeners accept. */
export interface Ready {
  readonly domain: string;
  readonly console: string;
  readonly chat: string;
  readonly ca: string;
  readonly listen: Readonly<Record<string, string>>;
  readonly people: readonly DemoPerson[];
}

interface GatewayPorts {
  readonly s2s: number | undefined;
  readonly s2sTls: number | undefined;
}

const FORWARD_MS = 90 * 86_400_000;

/** Everything in one process. `start` leaves nothing running when it rejects; `stop` drains first. */
export class Appliance {
  readonly metrics = new Metrics();
  /** Undefined until everything runs. */
  policy: PolicyReload | undefined;
  /** Undefined until everything runs, and where nothing is recorded. */
  seal: ApplianceSeal | undefined;
  /** What `stop` undoes, the latest first. */
  readonly #undo: (() => Promise<void> | void)[] = [];

  constructor(private readonly options: ApplianceOptions) {}

  async start(): Promise<Ready> {
    countBuffersAsHeap();
    try {
      return await this.#start();
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** No new connections, the batch written, streams told, database closed. Safe to call twice. */
  async stop(): Promise<void> {
    for (let undo = this.#undo.pop(); undo; undo = this.#undo.pop()) await undo();
  }

  async #start(): Promise<Ready> {
    const { settings, file, read, clock, log } = this.options;
    const { metrics } = this;
    refuseUnavailable(settings);
    const pkiDir = path.join(settings.dataDir, 'pki');
    const authority = await ensureAuthority(pkiDir, clock);
    const secret = await ensureSecret(path.join(settings.dataDir, 'secret'));
    const names = servedNames(settings);
    let reload: CertificateReload | undefined;
    const reloaded = async (): Promise<unknown> => reload?.reload();
    const upkeep = new CertificateUpkeep({
      settings,
      clock,
      log,
      metrics,
      others: () => board.watched(),
      renewed: reloaded,
    });
    // Before others are put in place, and beside them: clients begin with something.
    const provisional = await ensureServerCertificate(pkiDir, names, { authority, clock });
    const pair = await firstPair(upkeep, { settings, provisional, clock, log });
    const tls = new TlsContext(pair);

    const storage = await openStorage(settings, log);
    this.#undo.push(() => storage.stop());
    const { database, connection } = storage;
    await migrate(database, { log });
    const isRecorded = settings.archive.enabled;
    // Beside what follows: directories may take their time.
    const rehearsed = rehearse({ tls, connection, isRecorded, clock, log });
    this.#undo.push(async () => void (await rehearsed));
    const people = await openPeople({ settings, database, authority, secret, clock, log });
    this.#undo.push(() => people.close());

    if (!isRecorded) log.warn('appliance.benchmark.mode');
    const journal = await openJournal({
      database,
      isRecorded,
      holdForMs: settings.archive.holdForMs,
      clock,
      log,
      metrics,
    });
    const versions = new PolicyVersions(sqlOf(database));
    const federation = isRecorded
      ? await federationOf(settings, { database, versions, groups: people.groups, tls, authority, clock })
      : undefined;
    const xmpp = new XmppServer({
      domains: settings.domains,
      listen: { c2s: settings.listen.c2s, c2sTls: settings.listen.c2sTls },
      tls,
      tlsRequired: settings.c2s.tls === 'required',
      channelBinding: settings.c2s.channelBinding,
      isAllowedOrigin: (origin) => isOwnOrigin(origin, names),
      resumeWithinMs: settings.c2s.resumeWithinMs,
      directory: people.directory,
      tokens: people.tokens,
      secret,
      sql: sqlOf(database),
      rooms: {
        domain: settings.services.rooms,
        rules: roomRules(settings.rooms),
        templates: settings.rooms.templates,
      },
      journal,
      archive: isRecorded ? new PostgresReader(database) : undefined,
      federation: federation?.wish,
      version: VERSION,
      company: settings.domains[0],
      adminAddresses: [],
      ...whatIsKept(settings),
      clock,
      log,
      metrics,
    });
    const board = new CertificateBoard({ upkeep, peers: xmpp.federation, reload: reloaded, clock });
    const upTo = (): string => xmpp.journal.releasedId;
    const index = new SearchThread({ connection, clock, log, metrics, upTo });
    if (isRecorded) {
      index.start();
      this.#undo.push(() => index.stop());
    }
    const seal = isRecorded ? await openSeal({ settings, connection, database, upTo, clock, log, metrics }) : undefined;
    if (seal) {
      this.seal = seal;
      seal.thread.start();
      this.#undo.push(() => seal.thread.stop());
    }
    const officers = new OfficerArchive(database, index);
    const audit = new PostgresAuditLog(database);
    const { jobs, exports } = openJobs({
      settings,
      database,
      connection,
      journal: xmpp.journal,
      seal,
      audit,
      clock,
      log,
    });
    const kept = openRetention({ database, notary: seal?.keys, audit, clock, log });
    const apiSessions = new PostgresApiSessions(database, clock);
    const departures = new Departures({
      xmpp,
      apiSessions,
      tokens: people.tokens,
      rooms: xmpp.orphans,
      audit,
      metrics,
      clock,
      log,
    });
    this.#undo.push(() => departures.stop());
    const renames = new Renames({
      records: people.records,
      xmpp,
      audit,
      domains: settings.domains,
      forwardForMs: (source) => forwardForMs(settings, source),
      clock,
    });
    const teams = new TeamRules({
      sources: people.followed.map(({ source, ldap }) => ({ ...source, name: ldap.name })),
      groups: people.groups,
      teams: xmpp.teams,
      log,
    });
    const following = new Following({
      people,
      syncs: new PostgresSyncRecords(database),
      departures,
      online: () => new Set(xmpp.devices().map(({ bare }) => bare)),
      synced: (run) => {
        teams.synced(run);
        const failed = (error: unknown): void => log.warn('appliance.groups.unread', { reason: describeError(error) });
        void xmpp.groupsChanged().catch(failed);
      },
      clock,
      log,
    });
    let gateway: GatewayPorts | undefined;
    /** With the first rule: until then nothing listens. */
    const openGateway = async (): Promise<GatewayPorts> => {
      const ports = await this.#openGateway(xmpp.federation!, { tls, authority, secret, board });
      if (settings.offices.some(({ gateways }) => gateways.includes('local'))) upkeep.becomeGateway(tls);
      return ports;
    };
    const policy = new PolicyReload({
      file,
      read,
      xmpp,
      first: settings.federation,
      begin: async () => void (gateway ??= await openGateway()),
      versions,
      audit,
      clock,
      log,
    });
    const directories = new SyncedDirectories({
      sources: following.sources,
      directory: people.directory,
      records: people.records,
      groups: people.groups,
      rooms: xmpp.rooms,
      rules: teams,
    });
    const parts: Part[] = statusParts({
      storage,
      ldap: people.ldap,
      synced: following.sources,
      departures,
      tls,
      journal: xmpp.journal,
      index: isRecorded ? index : undefined,
      federation: xmpp.federation,
      policy,
      upkeep,
      clock,
    });

    const reconciliation = reconciliationOf({ database, xmpp, clock, log, metrics });
    if (seal) parts.push(sealPart(seal));
    if (reconciliation) parts.push(completenessPart(reconciliation));

    await rehearsed;
    this.#undo.push(() => following.stop());
    await following.start();
    if (reconciliation) {
      await reconciliation.start(xmpp.journal.releasedId);
      this.#undo.push(() => reconciliation.stop());
    }
    const demo = await people.demo();
    this.#undo.push(() => jobs.stop());
    await jobs.start();
    const ports = await xmpp.start();
    if (xmpp.federation?.isOn === true) gateway = await openGateway();
    let api: RunningApi | undefined;
    // Together: the web server ends when its WebSockets have, and these end with their streams.
    this.#undo.push(async () => void (await Promise.all([api?.stop(), xmpp.stop()])));
    await makeDemoRooms({ xmpp, people, demo, audit });
    this.#undo.push(() => teams.stop());
    await Promise.race([teams.start(), delay(TEAMS_WITHIN_MS, undefined, { ref: false })]);
    api = await this.#startApi(
      tls,
      {
        directory: people.directory,
        accounts: people.records,
        tokens: people.tokens,
        apiSessions,
        audit,
        archive: officers,
        exports,
        savedSearches: new PostgresSavedSearches(database),
        seal: shownSeal(seal),
        reconciliation,
        holds: kept.holds,
        retention: kept.retention,
        sessions: liveSessions(xmpp),
        departures,
        renames,
        directories,
        rooms: xmpp.rooms,
        reports: new PostgresReportQueue(database),
        peers: xmpp.federation && {
          federation: xmpp.federation,
          policies: {
            list: (limit) => versions.list(limit),
            reload: (who) => policy.reload(who),
            get problem() {
              return policy.problem;
            },
          },
          groups: people.groups,
          main: settings.domains[0],
        },
        certificates: board,
        parts,
        domains: settings.domains,
        version: VERSION,
        clock,
        log,
      },
      seal,
    );
    api?.server.on('upgrade', (request, socket, head) => {
      if (pathOf(request.url) === '/ws') xmpp.upgrade(request, socket, head);
      else socket.destroy();
    });
    reload = new CertificateReload({
      files: upkeep.own.live === undefined ? pair.files : { certificate: upkeep.own.live, key: upkeep.own.live },
      tls,
      clock,
      log,
      replaced: () => api?.replaceCertificate(tls.pair),
    });
    reload.start();
    this.#undo.push(() => reload?.stop());
    upkeep.start();
    this.#undo.push(() => upkeep.stop());
    const metricsListener = await this.#startMetrics(parts);
    const control = new Control(
      controlSocketOf(settings.dataDir),
      operationsOf({
        people,
        xmpp,
        officers,
        exports,
        audit,
        departures,
        renames,
        directories,
        policy,
        versions,
        checkReceipts: federation?.checkReceipts,
        certificates: {
          own: upkeep.own,
          board,
          renew: upkeep.renewal && (() => upkeep.renewal!.renewNow()),
          reload: reloaded,
        },
        sealed: { seal, connection },
        reconciliation,
        kept,
        parts,
        settings,
        clock,
      }),
    );
    await control.listen();
    this.#undo.push(() => control.close());
    kept.daily?.start();
    this.#undo.push(() => kept.daily?.stop());
    policy.start();
    this.#undo.push(() => policy.stop());
    this.policy = policy;

    const host = settings.domains[0];
    const at = (port: number | undefined, where: { host: string } | false): string | undefined =>
      port === undefined || where === false ? undefined : `${where.host}:${port}`;
    const listen = {
      c2s: at(ports.c2s, settings.listen.c2s),
      'c2s-tls': at(ports.c2sTls, settings.listen.c2sTls),
      s2s: at(gateway?.s2s, settings.listen.s2s),
      's2s-tls': at(gateway?.s2sTls, settings.listen.s2sTls),
      https: at(api?.port, settings.listen.https),
      metrics: metricsListener && `${metricsListener.host}:${metricsListener.port}`,
    };
    const web = api ? `https://${webHost(host, settings)}:${api.port}` : '';
    return {
      domain: host,
      console: `${web}/console/`,
      chat: `${web}/chat/`,
      ca: authority.certificatePath,
      listen: Object.fromEntries(
        Object.entries(listen).filter((entry): entry is [string, string] => entry[1] !== undefined),
      ),
      people: demo,
    };
  }

  /** The gateways that are dialled, and the one in this process, at the end of a link as if it were not. */
  async #openGateway(
    federation: NonNullable<XmppServer['federation']>,
    {
      tls,
      authority,
      secret,
      board,
    }: { tls: TlsContext; authority: { certificate: string }; secret: Buffer; board: CertificateBoard },
  ): Promise<GatewayPorts> {
    const { settings, clock, log } = this.options;
    const { metrics } = this;
    const opened: (() => Promise<void> | void)[] = [];
    const names = gatewaysOf(settings).map(({ name }) => name);
    try {
      for (const name of names.filter((one) => one !== 'local')) {
        const seen = (sent: readonly Buffer[]): void => board.gatewayShown(name, sent);
        const dialer = await dialGateway(name, { federation, tls, settings, seen, clock, log });
        opened.push(() => dialer.stop());
      }
      if (!names.includes('local')) return { s2s: undefined, s2sTls: undefined };
      const authorities = [authority.certificate];
      const gateway = await OfficeGateway.open({ settings, tls, authorities, secret, clock, log, metrics });
      opened.push(() => gateway.stop());
      const ports = await gateway.start();
      memoryLink(federation.linkTo('local'), gateway.takeLink);
      return ports;
    } catch (error) {
      // It is tried again when the rules are read again.
      for (const close of opened.splice(0)) await close();
      throw error;
    } finally {
      this.#undo.push(...opened);
    }
  }

  async #startApi(
    tls: TlsContext,
    ports: Parameters<typeof startApi>[0],
    seal: ApplianceSeal | undefined,
  ): Promise<RunningApi | undefined> {
    const { settings } = this.options;
    const { https } = settings.listen;
    if (https === false) return undefined;
    const web = `${webHost(settings.domains[0], settings)}:${https.port}`;
    return startApi(ports, {
      listen: https,
      tls: tls.pair,
      apps: { console: webRoot('console'), chat: webRoot('chat') },
      connections: { websocket: `wss://${web}/ws` },
      extend: (app) => (seal ? serveWitness(app, seal.witness) : undefined),
    });
  }

  async #startMetrics(parts: ReturnType<typeof statusParts>): Promise<MetricsListener | undefined> {
    const { metrics: at } = this.options.settings.listen;
    if (at === false) return undefined;
    const needed = parts.filter(({ name }) => name === 'database' || name === 'archive');
    const notReady = async (): Promise<string | undefined> => {
      for (const part of needed) {
        try {
          await part.probe();
        } catch (error) {
          return `${part.name}: ${error instanceof Failure ? error.message : 'does not work'}`;
        }
      }
      return undefined;
    };
    const listener = await startMetricsListener(at, { metrics: this.metrics, notReady });
    this.#undo.push(() => listener.close());
    return listener;
  }
}

/** As the source's settings say; of local accounts, and of the demo's, as of a source that says nothing. */
function forwardForMs({ directory }: Settings, source: string): number {
  const sources = typeof directory === 'string' ? [] : directory;
  return sources.find(({ name }) => name === source)?.forwardOldAddressFor ?? FORWARD_MS;
}

/** Every name by which clients may reach this server: they stand in its certificate, and pages may come from them. */
function servedNames({ domains, services, listen }: Settings): string[] {
  const local = Object.values(listen).some((at) => at !== false && isLoopbackHost(at.host))
    ? ['localhost', '127.0.0.1', '::1']
    : [];
  return [...new Set([...domains, ...Object.values(services), ...local])];
}

function isLoopbackHost(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}

/** The demo's domain resolves to loopback in browsers but not in every resolver: `localhost` does everywhere. */
function webHost(domain: string, { listen }: Settings): string {
  return listen.https !== false && isLoopbackHost(listen.https.host) ? 'localhost' : domain;
}

function isOwnOrigin(origin: string, names: readonly string[]): boolean {
  if (!URL.canParse(origin)) return false;
  const { protocol, hostname } = new URL(origin);
  return protocol === 'https:' && names.includes(hostname.replace(/^\[|\]$/g, ''));
}

function pathOf(url: string | undefined): string {
  return (url ?? '').split('?', 1)[0]!;
}

/** Where the built pages of an app lie, beside this app in the workspace and in the image. */
function webRoot(app: 'console' | 'chat'): string {
  return fileURLToPath(new URL(`../../${app}/dist/`, import.meta.url));
}
