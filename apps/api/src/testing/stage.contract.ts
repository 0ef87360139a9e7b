import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile, mkdir } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  deriveVerifiers,
  LocalSource,
  MemoryLoginTokens,
  MemoryRecords,
  PeopleDirectory,
  type Role,
} from '@interoffice/directory';
import { ensureAuthority, ensureServerCertificate } from '@interoffice/pki';
import { silentLog } from '@interoffice/telemetry';
import { parseJid } from '@interoffice/wire';
import { MemoryAuditLog } from '../audit/memory-audit-log.js';
import { MemoryApiSessions } from '../login/memory-api-sessions.js';
import type { ApiPorts, LiveSession, RecordedMessage } from '../ports.js';
import { startApi, type RunningApi } from '../start-api.js';

export const PASSWORD = 'correct horse battery';
const ROLES: readonly Role[] = ['employee', 'helpdesk', 'peers', 'admin', 'readonly', 'officer', 'auditor'];
/** Text that only officers may ever see. */
export const CANARY = 'canary-of-the-merger';

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

/** A whole API over real TLS on a free port, with one account per role, all with the same password. */
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
  ports!: ApiPorts;
  #dir = '';
  #ca = '';

  async start(change: Partial<ApiPorts> = {}, consoleRoot?: string): Promise<this> {
    this.#dir = await mkdtemp(join(tmpdir(), 'api-'));
    const authority = await ensureAuthority(this.#dir, this.clock);
    this.#ca = authority.certificate;
    const tls = await ensureServerCertificate(this.#dir, ['localhost'], { authority, clock: this.clock });
    await this.#people();
    const apps = { console: consoleRoot ?? (await this.#page('console')), chat: await this.#page('chat') };
    this.ports = { ...this.#ports(), ...change };
    const connections = { websocket: 'wss://localhost/ws', bosh: 'https://localhost/bosh?a&b' };
    this.api = await startApi(this.ports, { listen: { host: '127.0.0.1', port: 0 }, tls, apps, connections });
    return this;
  }

  async stop(): Promise<void> {
    await this.api.stop();
    await rm(this.#dir, { recursive: true, force: true });
  }

  get origin(): string {
    return `https://localhost:${this.api.port}`;
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

  /** A bearer token of the account with this role. */
  async as(role: Role): Promise<string> {
    const { token } = await this.apiSessions.open({ bare: `${role}@im.example`, kind: 'bearer', idleMs: 900_000 });
    return token;
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
      sessions: {
        list: () => this.live,
        disconnect: async (id) => {
          this.disconnected.push(id);
          return id !== 'just-gone';
        },
        accountChanged: async ({ jid, state }) => void this.changed.push(`${jid.bare} ${state}`),
      },
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

  #archive(): ApiPorts['archive'] {
    return {
      search: async (query) => {
        this.searches.push(query);
        return { hits: [message('0000000000000002')], next: '0000000000000002', indexedUntil: 1_700_000_000_000 };
      },
      find: async (id) => (id.endsWith('2') ? message(id) : undefined),
      around: async (id) => (id.endsWith('2') ? [message('0000000000000001'), message(id)] : []),
    };
  }

  async #people(): Promise<void> {
    const verifiers = await deriveVerifiers(PASSWORD);
    for (const role of ROLES) {
      const person = { name: `The ${role}`, office: 'Verona' };
      await this.records.create({ jid: parseJid(`${role}@im.example`), person, role, roleScope: '*', verifiers });
    }
  }

  async #page(name: string): Promise<string> {
    const root = join(this.#dir, name);
    await mkdir(join(root, 'assets'), { recursive: true });
    await writeFile(join(root, 'index.html'), `<!doctype html><title>${name}</title><meta content="__NONCE__">`);
    await writeFile(join(root, 'assets', 'app.js'), '// script');
    return root;
  }
}

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
  };
}
