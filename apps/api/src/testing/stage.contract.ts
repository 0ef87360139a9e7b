import type { Seal } from '@interoffice/contract';
import { PostgresReportQueue } from '../reports/postgres-report-queue.js';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile, mkdir } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DisposalCertificates, Holds, RetentionPreviews, RetentionRules } from '@interoffice/archive';
import {
  deriveVerifiers,
  LocalSource,
  MemoryGroups,
  MemoryLoginTokens,
  MemoryRecords,
  PeopleDirectory,
  type Role,
} from '@interoffice/directory';
import type { Jobs } from '@interoffice/jobs';
import { ensureAuthority, ensureServerCertificate } from '@interoffice/pki';
import { Metrics, silentLog } from '@interoffice/telemetry';
import { jid, parseJid } from '@interoffice/wire';
import { open, type Stage } from '../../../../test/support/stage.js';
import { Renames } from '../accounts/renames.js';
import { PostgresSavedSearches } from '../archive/postgres-saved-searches.js';
import { MemoryAuditLog } from '../audit/memory-audit-log.js';
import { StagedCertificates } from '../certificates/staged-certificates.contract.js';
import { Departures } from '../departures/departures.js';
import { SyncedDirectories } from '../directories/synced-directories.js';
import { MemoryApiSessions } from '../login/memory-api-sessions.js';
import type { ApiPorts, LiveSession, Reconciled, RecordedMessage } from '../ports.js';
import { startApi, type RunningApi } from '../start-api.js';
import { stageExports } from './staged-exports.contract.js';

export const PASSWORD = 'correct horse battery';
const ROLES: readonly Role[] = ['employee', 'helpdesk', 'peers', 'admin', 'readonly', 'officer', 'auditor'];
/** Text that only officers may ever see. */
export const CANARY = 'canary-of-the-merger';

/** How long former addresses forward on this stage. */
const FORWARD_MS = 90 * 86_400_000;

/** A room that is there from the start; of Verona, like everybody. */
export const PIAZZA = 'piazza@conference.im.example';
/** Kinds of rooms on this stage. */
const TEMPLATES = ['Verona', 'Mantua', undefined].map((office) => ({
  name: `team ${office ?? 'anywhere'}`,
  office,
  description: 'A team at work',
  membersOnly: true,
  public: false,
  moderated: false,
  nonAnonymous: true,
  membersInvite: false,
  slowMode: 0,
}));

/** An answer, read to its end. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  readonly json: Record<string, never>;
}

/** What a request says. */
export interface Ask {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly raw?: string | Buffer;
  readonly token?: string;
}

/** Somebody to be made. */
interface Newcomer {
  readonly role?: Role;
  readonly scope?: string;
  readonly office?: string;
}

/** What the stage's archive is sealed by. */
export const SEALED: Seal = {
  state: 'signs',
  origin: 'im.example/archive',
  size: 3,
  sealedThrough: '2026-06-01T10:00:00.000Z',
  signedAt: '2026-06-01T10:00:00.000Z',
  checkpoint: 'im.example/archive\n3\nAAAA\n\n— im.example/archive AAAA\n',
  witnesses: [{ name: 'Tokyo', size: 3, at: '2026-06-01T10:00:01.000Z' }],
  keys: [{ key: 'im.example/archive+00000000+AAAA', from: 0, at: '2026-06-01T09:00:00.000Z' }],
  policy: 'log im.example/archive+00000000+AAAA\n',
};

/** What the stage's archive was compared with: one gap, until it is acknowledged. */
class OneGap implements Reconciled {
  openGaps = 1;
  readonly agreedAtMs = undefined;
  readonly problem = undefined;
  #by: string | undefined;

  async history(limit: number, before?: string): ReturnType<Reconciled['history']> {
    const edges = [{ name: 'c2s', arrived: 5, accounted: 5 }];
    const gaps = [{ stream: 'romeo@im.example/phone', accepted: 5, recorded: 4 }];
    const at = { node: 'im1', fromMs: Date.UTC(2026, 5, 1), toMs: Date.UTC(2026, 5, 1, 0, 5) };
    const gap = { ...at, number: '7', outcome: 'gap' as const, accepted: 5, recorded: 4, gaps, edges };
    return before === undefined ? [{ ...gap, acknowledgedBy: this.#by }].slice(0, limit) : [];
  }

  async acknowledge(number: string, by: string): Promise<boolean> {
    if (number !== '7' || this.#by !== undefined) return false;
    this.#by = by;
    this.openGaps = 0;
    return true;
  }
}

/**
 * A whole API over real TLS on a free port, with one account per role, all with the same password, and a real XMPP server
 * beside it that has the rooms and knows the same people.
 */
export class ApiStage {
  readonly clock = { at: Date.now(), now: () => this.clock.at };
  readonly records = new MemoryRecords(this.clock);
  readonly audit = new MemoryAuditLog(this.clock);
  readonly tokens = new MemoryLoginTokens(this.clock);
  readonly apiSessions = new MemoryApiSessions(this.clock);
  readonly disconnected: string[] = [];
  readonly changed: string[] = [];
  readonly searches: unknown[] = [];
  readonly broken = new Set<string>();
  live: LiveSession[] = [];
  api!: RunningApi;
  xmpp!: Stage;
  ports!: ApiPorts;
  jobs!: Jobs;
  #dir = '';
  #ca = '';

  async start(change: Partial<ApiPorts> = {}, consoleRoot?: string): Promise<this> {
    this.#dir = await mkdtemp(join(tmpdir(), 'api-'));
    const authority = await ensureAuthority(this.#dir, this.clock);
    this.#ca = authority.certificate;
    const tls = await ensureServerCertificate(this.#dir, ['localhost'], { authority, clock: this.clock });
    this.xmpp = await open({ templates: TEMPLATES });
    for (const role of ROLES) await this.person(role, { role });
    await this.#piazza();
    const apps = { console: consoleRoot ?? (await this.#page('console')), chat: await this.#page('chat') };
    this.ports = { ...this.#ports(), ...change };
    await this.jobs.start();
    const connections = { websocket: 'wss://localhost/ws', bosh: 'https://localhost/bosh?a&b' };
    this.api = await startApi(this.ports, { listen: { host: '127.0.0.1', port: 0 }, tls, apps, connections });
    return this;
  }

  async stop(): Promise<void> {
    await this.api.stop();
    await this.jobs.stop();
    await this.xmpp.close();
    await rm(this.#dir, { recursive: true, force: true });
  }

  get origin(): string {
    return `https://localhost:${this.api.port}`;
  }

  login(who: string, password: string, more: object = {}): Promise<Reply> {
    return this.ask('/api/v1/login', { method: 'POST', body: { jid: who, password, ...more } });
  }

  /** Asks over a real connection; the path goes out exactly as it is written. */
  ask(path: string, { method = 'GET', headers = {}, body, raw, token }: Ask = {}): Promise<Reply> {
    const content = raw ?? (body === undefined ? undefined : JSON.stringify(body));
    const all = {
      host: `localhost:${this.api.port}`,
      ...(content === undefined
        ? {}
        : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(content) }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...headers,
    };
    return new Promise((resolve, reject) => {
      const options = {
        host: 'localhost',
        port: this.api.port,
        path,
        method,
        headers: all,
        ca: this.#ca,
        agent: false,
      };
      const outgoing = request(options, (answer) => {
        const parts: Buffer[] = [];
        answer.on('data', (part: Buffer) => parts.push(part));
        answer.on('end', () => {
          const text = Buffer.concat(parts).toString();
          const isJson = String(answer.headers['content-type']).includes('json');
          const json = isJson && text !== '' ? (JSON.parse(text) as Record<string, never>) : {};
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text, json });
        });
      });
      outgoing.on('error', reject);
      outgoing.end(content);
    });
  }

  /** A bearer token of the account with this name, as the account with a role has that of its role. */
  async as(name: string): Promise<string> {
    const { token } = await this.apiSessions.open({ bare: `${name}@im.example`, kind: 'bearer', idleMs: 900_000 });
    return token;
  }

  /** An account, here and on the XMPP server. */
  async person(name: string, { role = 'employee', scope = '*', office = 'Verona' }: Newcomer = {}): Promise<string> {
    const person = { name: `The ${name}`, office };
    const verifiers = await deriveVerifiers(PASSWORD);
    const account = { jid: jid(name, 'im.example'), person, role, roleScope: scope, verifiers };
    await this.records.create(account);
    await this.xmpp.records.create(account);
    return account.jid.bare;
  }

  #ports(): ApiPorts {
    const source = new LocalSource({ records: this.records, secret: randomBytes(32), domains: ['im.example'] });
    const parts = { records: this.records, sources: [source], tokens: this.tokens, clock: this.clock, log: silentLog };
    return {
      directory: new PeopleDirectory(parts),
      accounts: this.records,
      tokens: this.tokens,
      apiSessions: this.apiSessions,
      audit: this.audit,
      archive: this.#archive(),
      seal: { show: () => SEALED },
      reconciliation: new OneGap(),
      holds: new Holds(this.xmpp.database),
      retention: {
        rules: new RetentionRules(this.xmpp.database),
        previews: new RetentionPreviews(this.xmpp.database, this.clock),
        certificates: new DisposalCertificates(this.xmpp.database),
      },
      savedSearches: new PostgresSavedSearches(this.xmpp.database),
      exports: this.#exports(),
      sessions: {
        list: () => this.live,
        disconnect: async (id) => {
          this.disconnected.push(id);
          return id !== 'just-gone';
        },
      },
      departures: new Departures({
        xmpp: {
          accountChanged: (record) => {
            this.changed.push(`${record.jid.bare} ${record.state}`);
            return this.xmpp.server.accountChanged(record);
          },
        },
        apiSessions: this.apiSessions,
        tokens: this.tokens,
        rooms: this.xmpp.server.orphans,
        audit: this.audit,
        metrics: new Metrics(),
        clock: this.clock,
        log: silentLog,
      }),
      renames: new Renames({
        records: this.records,
        xmpp: {
          accountRenamed: async (former, { jid: to }) => {
            const record = await this.xmpp.records.rename(former.bare, to, this.clock.now() + FORWARD_MS);
            return this.xmpp.server.accountRenamed(former, record!);
          },
        },
        audit: this.audit,
        domains: ['im.example'],
        forwardForMs: (directory) => (directory === 'local' ? FORWARD_MS : 0),
        clock: this.clock,
      }),
      directories: new SyncedDirectories({
        sources: [],
        directory: new PeopleDirectory(parts),
        records: this.records,
        groups: new MemoryGroups(this.records),
        rooms: this.xmpp.server.rooms,
        rules: { of: () => ({ teams: [], rooms: [] }) },
      }),
      rooms: this.xmpp.server.rooms,
      certificates: new StagedCertificates(this.clock, join(this.#dir, 'certificates')),
      reports: new PostgresReportQueue(this.xmpp.database),
      parts: ['database', 'directory'].map((name) => ({
        name,
        remedy: `restart the ${name}`,
        probe: async () => {
          if (this.broken.has(name)) throw new Error('connection refused');
          return `${name} answers`;
        },
      })),
      domains: ['im.example'],
      version: '0.1.0',
      clock: this.clock,
      log: silentLog,
    };
  }

  #exports(): ApiPorts['exports'] {
    const { jobs, exports } = stageExports(this.xmpp.database, join(this.#dir, 'exports'));
    this.jobs = jobs;
    return exports;
  }

  #archive(): ApiPorts['archive'] {
    return {
      search: async (query) => {
        this.searches.push(query);
        return {
          hits: [{ ...message('0000000000000002'), matches: [[0, 6]] }],
          next: '0000000000000002',
          indexedUntil: 1_700_000_000_000,
        };
      },
      facets: async (query) => {
        this.searches.push(query);
        return query.group === 'nobody' ? undefined : FACETS;
      },
      find: async (id) => (id.endsWith('2') ? message(id) : undefined),
      asOf: async (id, _count, { atMs }) =>
        atMs < Date.UTC(2026, 0, 1)
          ? []
          : [
              {
                message: message(id),
                changes: [{ ...message('0000000000000009'), about: id, body: 'corrected' }],
                name: 'Romeo M.',
              },
            ],
      around: async (id) => (id.endsWith('2') ? [message('0000000000000001'), message(id)] : []),
      versionsOf: async (id) => (id.endsWith('2') ? versions(id) : []),
      presentAt: async (room, atMs) => {
        this.searches.push({ room, atMs });
        return [
          { from: 'romeo@im.example', device: 'phone', sinceMs: atMs - 60_000, id: '0000000000000001', stanza: ENTRY },
        ];
      },
    };
  }

  async #piazza(): Promise<void> {
    const config = { name: 'Piazza', description: 'Where people meet' };
    const [owners, members] = [['admin@im.example'], ['employee@im.example']];
    const plan = { jid: PIAZZA, office: 'Verona', config, owners, members };
    await this.xmpp.server.rooms.create(plan, parseJid('admin@im.example'));
  }

  async #page(name: string): Promise<string> {
    const root = join(this.#dir, name);
    await mkdir(join(root, 'assets'), { recursive: true });
    await writeFile(join(root, 'index.html'), `<!doctype html><title>${name}</title><meta content="__NONCE__">`);
    await writeFile(join(root, 'assets', 'app.js'), '// script');
    return root;
  }
}

/** What hits are made of. */
const FACETS = {
  looked: 2_000,
  isWhole: false,
  people: [{ value: 'romeo@im.example', count: 1_200 }],
  rooms: [],
  offices: [],
  peers: [],
  months: [{ value: '2026-11', count: 2_000 }],
  kinds: [],
  verdicts: [],
};

/** A row of the archive under this id. */
function message(id: string): RecordedMessage {
  return {
    id,
    atMs: 1_700_000_000_000,
    from: 'romeo@im.example',
    device: 'phone',
    to: 'juliet@im.example',
    room: undefined,
    kind: 'chat',
    verdict: 'passed',
    body: `${CANARY} <b>${id}</b>`,
    stanza: '<message/>',
    about: undefined,
    isChanged: false,
  };
}

/** A row that says that somebody came into a room. */
const ENTRY = `<presence from='romeo@im.example/phone' to='${PIAZZA}/Romeo &amp; friends'/>`;

/** A message that was corrected, retracted, and taken back by a moderator, each in a row. */
function versions(original: string): RecordedMessage[] {
  const retract = (inner: string): string =>
    `<message><retract xmlns='urn:xmpp:message-retract:1'>${inner}</retract></message>`;
  const changes = [
    `<message><replace xmlns='urn:xmpp:message-correct:0' id='a'/></message>`,
    retract(''),
    retract(`<moderated xmlns='urn:xmpp:message-moderate:1'/><reason>Not here.</reason>`),
    undefined,
  ];
  const changed = changes.map((stanza, i) => ({ ...message(`000000000000000${3 + i}`), about: original, stanza }));
  return [{ ...message(original), isChanged: true }, ...changed];
}
