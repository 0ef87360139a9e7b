// For campaigns: the appliance as `npm start` runs it, with local accounts in one domain and people of a directory in another.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort, root } from './machinery.mjs';

const door = (part) => import(path.join(root, part, 'dist/index.js'));
const { ensureAuthority } = await door('libs/pki');
const { startSampleDirectory } = await door('libs/directory');
const { systemClock } = await door('libs/telemetry');

export const LOCAL = 'im.example';
export const CORP = 'corp.example';
const SLAPD = '/usr/sbin/slapd';
const SUFFIX = 'dc=lab,dc=test';
const WITHIN_MS = 60_000;

/** Local accounts and people of the directory are made at the start; nobody of them is logged in. */
export class Company {
  folder = mkdtempSync(path.join(os.tmpdir(), 'interoffice-company-'));
  directory = 'no directory';
  #undo = [];
  #complaints = '';

  /** `people`: { local, deleted, corp }, names each. Gives the password of them all. */
  async start(people) {
    this.password = randomBytes(12).toString('base64url');
    const authority = await ensureAuthority(path.join(this.folder, 'lab'), systemClock);
    const { names, source, port } = existsSync(SLAPD)
      ? await this.#startSlapd(authority, people.corp)
      : await this.#startSample(authority);
    // The sample directory has people of its own.
    this.corp = names;
    await this.#startAppliance(source, port);
    const rows = [...people.local, ...people.deleted].map((name) => ({
      jid: `${name}@${LOCAL}`,
      password: this.password,
    }));
    const { refused } = await this.#ask('user.import', { rows });
    if (refused.length > 0) throw new Error(`Not every account was made: ${JSON.stringify(refused[0])}`);
    for (const name of people.deleted) await this.#ask('user.delete', { jid: `${name}@${LOCAL}` });
    await this.#synced(`${this.corp.at(-1)}@${CORP}`);
  }

  async stop() {
    for (const undo of this.#undo.toReversed()) await undo();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 10 });
  }

  async #startSlapd(authority, names) {
    this.directory = 'slapd';
    const folder = path.join(this.folder, 'slapd');
    mkdirSync(path.join(folder, 'db'), { recursive: true });
    const pair = await authority.issue({ names: ['localhost', '127.0.0.1'], nowMs: Date.now(), days: 2 });
    const write = (file, text) => writeFileSync(path.join(folder, file), text, { mode: 0o600 });
    write('ca.pem', authority.certificate);
    write('key.pem', pair.key);
    write('certificate.pem', pair.certificate);
    write('slapd.conf', slapdSettings(folder));
    write('tree.ldif', tree(names, this.password));
    const config = path.join(folder, 'slapd.conf');
    const loading = spawn('/usr/sbin/slapadd', ['-q', '-f', config, '-l', path.join(folder, 'tree.ldif')]);
    const [code] = await once(loading, 'exit');
    if (code !== 0) throw new Error(`slapadd ended with ${code}.`);
    const port = await freePort();
    this.#run('/usr/sbin/slapd', ['-f', config, '-h', `ldaps://127.0.0.1:${port}`, '-d', '0'], { stdio: 'ignore' });
    return {
      names,
      port,
      source: { bindDn: `cn=reader,${SUFFIX}`, password: this.password, base: `ou=people,${SUFFIX}` },
    };
  }

  /** Its people have names of its own. */
  async #startSample(authority) {
    this.directory = 'the sample directory';
    const pair = await authority.issue({ names: ['localhost', '127.0.0.1'], nowMs: Date.now(), days: 2 });
    const sample = await startSampleDirectory({
      key: pair.key,
      certificate: pair.certificate,
      authority: authority.certificate,
      secret: randomBytes(32),
      domain: CORP,
    });
    this.#undo.push(() => sample.close());
    const { urls, bindDn, password, base } = sample.source;
    return {
      names: sample.people.map(({ uid }) => uid),
      port: new URL(urls[0]).port,
      source: { bindDn, password, base },
    };
  }

  async #startAppliance({ bindDn, password, base }, ldapPort) {
    const file = path.join(this.folder, 'interoffice.yaml');
    const ports = {};
    for (const name of ['c2s', 'c2s-tls', 'https', 'metrics']) ports[name] = await freePort();
    this.port = ports.c2s;
    this.httpsPort = ports.https;
    // YAML is a superset of JSON.
    const settings = {
      domains: [LOCAL, CORP],
      'data-dir': path.join(this.folder, 'data'),
      listen: Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, `127.0.0.1:${port}`])),
      c2s: { tls: 'optional' },
      directory: [
        {
          name: 'lab',
          domains: [CORP],
          url: [`ldaps://localhost:${ldapPort}`],
          'bind-dn': bindDn,
          password,
          base,
        },
      ],
    };
    const authority = path.join(this.folder, 'trusted.pem');
    writeFileSync(authority, readFileSync(await certificateOf(this.folder)));
    settings.trust = { ca: [authority] };
    writeFileSync(file, JSON.stringify(settings), { mode: 0o600 });
    mkdirSync(settings['data-dir'], { recursive: true });
    this.dataDir = settings['data-dir'];
    const child = this.#run(process.execPath, [path.join(root, 'apps/ctl/dist/main.js'), 'up', '--config', file], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    await new Promise((resolve, reject) => {
      let text = '';
      child.stdout.on('data', (part) => (text += part).includes('{"event":"ready"') && resolve());
      child.stderr.on('data', (part) => (this.#complaints = `${this.#complaints}${part}`.slice(-4000)));
      child.once('exit', (code) => reject(new Error(`The appliance ended with ${code}: ${text}${this.#complaints}`)));
    });
    // What it logs from now on is of no interest, and must not stay in the pipe.
    child.stdout.removeAllListeners('data').resume();
  }

  #run(program, args, options) {
    const child = spawn(program, args, options);
    const gone = once(child, 'exit');
    this.#undo.push(async () => {
      child.kill('SIGTERM');
      await gone;
    });
    return child;
  }

  /** An operation of the control socket, as `interoffice` asks for it. */
  async #ask(operation, input) {
    const body = JSON.stringify(input);
    const socketPath = path.join(this.dataDir, 'control.sock');
    const call = request({
      socketPath,
      method: 'POST',
      path: `/${operation}`,
      headers: { 'content-type': 'application/json' },
    });
    call.end(body);
    const [answer] = await once(call, 'response');
    let text = '';
    for await (const part of answer.setEncoding('utf8')) text += part;
    const last = JSON.parse(text.trim().split('\n').at(-1));
    if (last.error) throw new Error(`${operation}: ${last.error.message}`);
    return last.result;
  }

  async #synced(bare) {
    const deadline = Date.now() + WITHIN_MS;
    while (Date.now() < deadline) {
      if ((await this.#ask('user.list', { text: bare, limit: 1 })).length > 0) return;
      await wait(200);
    }
    throw new Error(`${bare} of the directory did not come into the records.`);
  }
}

/** Where the authority of the lab keeps its certificate. */
async function certificateOf(folder) {
  const { certificatePath } = await ensureAuthority(path.join(folder, 'lab'), systemClock);
  return certificatePath;
}

function slapdSettings(folder) {
  return `${['core', 'cosine', 'inetorgperson'].map((name) => `include /etc/ldap/schema/${name}.schema`).join('\n')}
pidfile ${folder}/slapd.pid
argsfile ${folder}/slapd.args
modulepath /usr/lib/ldap
moduleload back_mdb
TLSCACertificateFile ${folder}/ca.pem
TLSCertificateFile ${folder}/certificate.pem
TLSCertificateKeyFile ${folder}/key.pem
database mdb
suffix "${SUFFIX}"
rootdn "cn=admin,${SUFFIX}"
directory ${folder}/db
dbnosync
index objectClass,uid,mail,entryUUID eq
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact="cn=reader,${SUFFIX}" read by anonymous auth by * none
`;
}

function tree(names, password) {
  const entry = (dn, lines) => `dn: ${dn}\n${lines.map(([name, value]) => `${name}: ${value}\n`).join('')}`;
  const person = (name) =>
    entry(`uid=${name},ou=people,${SUFFIX}`, [
      ['objectClass', 'inetOrgPerson'],
      ['uid', name],
      ['cn', name],
      ['sn', name],
      ['displayName', name],
      ['mail', `${name}@${CORP}`],
      ['userPassword', password],
    ]);
  return [
    entry(SUFFIX, [
      ['objectClass', 'dcObject'],
      ['objectClass', 'organization'],
      ['o', 'Lab'],
      ['dc', 'lab'],
    ]),
    entry(`ou=people,${SUFFIX}`, [
      ['objectClass', 'organizationalUnit'],
      ['ou', 'people'],
    ]),
    entry(`cn=reader,${SUFFIX}`, [
      ['objectClass', 'person'],
      ['cn', 'reader'],
      ['sn', 'reader'],
      ['userPassword', password],
    ]),
    ...names.map(person),
  ].join('\n');
}
