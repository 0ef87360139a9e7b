// A server's certificate from request to use, and the probe of its own name, over real DNS.
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import tls from 'node:tls';
import { AuthorityFolder, makeRequest } from '@interoffice/pki';
import { systemClock } from '@interoffice/telemetry';
import { xml } from '@interoffice/wire';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestCertificate, testRoot } from '../../support/certificates.js';
import { overTcp, TestClient } from '../../support/client.js';
import { StageServer } from '../../support/s2s-stage.js';
import { ROOT, RunningAppliance } from '../appliance.js';
import { LineProcess, run } from '../line-process.js';
import { NameServer } from './name-server.js';
import { openTo } from './office.js';
import { ownPort } from './ports.js';

const BERLIN = 'berlin.example';
const ROOMS = `conference.${BERLIN}`;
const PEER = 'p.peers.example';
const CTL = path.join(ROOT, 'apps/ctl/dist/main.js');
const PASSWORD = 'correct horse';
const USED_WITHIN_MS = 5_000;
/** As in the requirement: other servers must not be led astray for longer than this without anybody knowing. */
const ALARM_WITHIN_MS = 60_000;

let home: string;
let authority: AuthorityFolder;
let peers: TestCertificate;
let berlin: RunningAppliance;
let dns: NameServer;
const ports = { s2s: ownPort(), s2sTls: ownPort(), impostor: ownPort(), peer: ownPort() };
const zones = (direct: number) => [
  ...[BERLIN, ROOMS].map((domain) => ({ domain, starttls: ports.s2s, direct })),
  { domain: PEER, direct: ports.peer },
];

beforeAll(async () => {
  home = mkdtempSync(path.join(tmpdir(), 'certificates-'));
  const root = await AuthorityFolder.makeRoot(path.join(home, 'root'), { subject: 'Root', days: 90 }, systemClock);
  const office = { subject: 'Berlin', days: 60, domains: [BERLIN] };
  authority = await root.makeOffice(path.join(home, 'office'), office);
  peers = await testRoot();
  writeFileSync(path.join(home, 'peers.pem'), peers.pem);
  dns = await NameServer.open(zones(ports.s2sTls));
  berlin = await RunningAppliance.configured(
    BERLIN,
    `directory: local
listen: { s2s: "127.0.0.1:${ports.s2s}", s2s-tls: "127.0.0.1:${ports.s2sTls}" }
trust: { ca: [${home}/root/authority.pem, ${home}/peers.pem] }
certificate: { probe: { every: 5s }, renew: { company: { authority: ${home}/later, days: 30 } } }
federation:
  callable: [127.0.0.1]
${openTo('*.peers.example')}
`,
  );
  const { code, complaints } = await berlin.ctl(['user', 'add', `anna@${BERLIN}`, '--password-stdin'], PASSWORD);
  if (code !== 0) throw new Error(complaints);
}, 180_000);

afterAll(async () => {
  await berlin?.remove();
  await dns?.close();
  rmSync(home, { recursive: true, force: true });
});

const names = [BERLIN, ROOMS, `upload.${BERLIN}`, `pubsub.${BERLIN}`];
interface Listed {
  readonly items: readonly { readonly whose: string; readonly state: string; readonly fingerprint: string }[];
  readonly standing: {
    readonly probe?: readonly { readonly domain: string; readonly state: string }[];
    readonly renewal?: { readonly failed?: { readonly code: string } };
  };
}
const listed = async (): Promise<Listed> => JSON.parse((await berlin.ctl(['cert', 'list', '--json'])).text) as Listed;
const probed = async (): Promise<string[]> => ((await listed()).standing.probe ?? []).map(({ state }) => state);

/** The fingerprint of what is shown at this port to who comes now. */
async function shown(port: number, protocol?: string): Promise<string> {
  const options = { host: '127.0.0.1', port, servername: BERLIN, rejectUnauthorized: false };
  const socket = tls.connect({ ...options, ...(protocol && { ALPNProtocols: [protocol] }) });
  await once(socket, 'secureConnect');
  const { fingerprint256 } = socket.getPeerX509Certificate()!;
  socket.destroy();
  return fingerprint256;
}

async function until(holds: () => Promise<boolean>, withinMs: number): Promise<number> {
  const began = performance.now();
  while (!(await holds())) {
    if (performance.now() - began > withinMs) throw new Error(`not within ${withinMs} ms`);
    await wait(200);
  }
  return performance.now() - began;
}

// F-08
describe('a server’s certificate', () => {
  it('is provisional at first, and what renews it says why it cannot', async () => {
    const { items } = await listed();
    expect(items).toMatchObject([{ whose: 'own', state: 'provisional' }]);
    await until(async () => (await listed()).standing.renewal?.failed?.code === 'AUTHORITY_MISSING', 10_000);
    const { code, text } = await berlin.ctl(['status']);
    expect(code).toBe(1);
    expect(text).toMatch(/failing +certificate renewal: .*There is no authority in/);
  });

  it('is asked for, answered, and in use at every listener within 5 s; who was there stays', async () => {
    const open = overTcp({ port: berlin.port('c2s'), domain: BERLIN, rejectUnauthorized: false });
    const anna = await (await TestClient.open(BERLIN, open)).login('anna', PASSWORD, { resource: 'desk' });
    const asked = JSON.parse((await berlin.ctl(['cert', 'request', '--to', 'Berlin', '--json'])).text) as {
      request: { id: string };
      pem: string;
    };
    writeFileSync(path.join(home, 'berlin.pem'), await authority.issue(asked.pem, { served: names, days: 30 }));
    const answered = await berlin.ctl(['cert', 'answer', asked.request.id, path.join(home, 'berlin.pem')]);
    expect(answered.complaints).toBe('');
    const { fingerprint } = (await listed()).items[0]!;
    const all = [
      [berlin.port('c2s-tls'), 'xmpp-client'],
      [berlin.port('https'), undefined],
      [ports.s2sTls, 'xmpp-server'],
    ] as const;
    for (const [port, protocol] of all)
      await until(async () => (await shown(port, protocol)) === fingerprint, USED_WITHIN_MS);
    const ping = xml('iq', { type: 'get', id: 'here', to: BERLIN }, xml('ping', { xmlns: 'urn:xmpp:ping' }));
    expect((await anna.ask(ping)).attrs['type']).toBe('result');
    anna.close();
  });

  it('stands beside those of peers, whose end is told as ours is', async () => {
    const shows = await peers.issue({ names: { dns: [PEER] }, days: { from: -1, to: 10 } });
    const server = await StageServer.open({ domain: PEER, shows, trusts: [peers] });
    const listener = server.listener({ kind: 'tls', port: ports.peer });
    await listener.listen();
    const open = overTcp({ port: berlin.port('c2s'), domain: BERLIN, rejectUnauthorized: false });
    const anna = await (await TestClient.open(BERLIN, open)).login('anna', PASSWORD, { resource: 'desk' });
    anna.send(xml('message', { to: `bob@${PEER}`, type: 'chat', id: 'hello' }, xml('body', {}, 'Hello')));
    await until(
      async () => (await listed()).items.some(({ whose, state }) => whose === 'peer' && state === 'ends-soon'),
      20_000,
    );
    const said = /failing +certificates of peers: .*The certificate of the peer p\.peers\.example ends at .* in 9 days/;
    await until(async () => said.test((await berlin.ctl(['status'])).text), 30_000);
    const metrics = await (await fetch(`http://${berlin.ready.listen.metrics}/metrics`)).text();
    expect(Number(/^interoffice_certificates_peers_days (\S+)$/m.exec(metrics)?.[1])).toBeCloseTo(10, 0);
    expect(berlin.program.complaints).toContain('certificate.expiry.warned');
    anna.close();
    for (const connection of listener.connections) connection.destroy();
    await listener.close();
  }, 90_000);

  it('is what other servers see where DNS leads them', async () => {
    await until(async () => (await probed()).join() === 'ours,ours', 20_000);
  });

  it('raises an alarm within 60 s when another valid one is shown there', async () => {
    const { key, request } = await makeRequest(names);
    const cert = await authority.issue(request, { served: names, days: 30 });
    const impostor = tls.createServer({ key, cert, ALPNProtocols: ['xmpp-server'] });
    impostor.on('secureConnection', (socket) => socket.on('error', () => undefined));
    await once(impostor.listen(ports.impostor, '127.0.0.1'), 'listening');
    await dns.close();
    dns = await NameServer.open(zones(ports.impostor));
    const tookMs = await until(async () => (await probed()).join() === 'impostor,impostor', ALARM_WITHIN_MS);
    process.stdout.write(`impostor seen after ${(tookMs / 1000).toFixed(1)} s\n`);
    const { text } = await berlin.ctl(['status']);
    expect(text).toMatch(new RegExp(`failing +own name from outside: .*port ${ports.impostor}.*not ours`));
    expect(berlin.program.complaints.includes('certificate.impostor.seen')).toBe(true);
    // The other servers that come to us are not told of it, and nobody was turned away by the probe.
    const { turnedAway } = JSON.parse((await berlin.ctl(['peer', 'list', '--json'])).text) as { turnedAway: unknown[] };
    expect(turnedAway).toEqual([]);
    impostor.close();
  }, 120_000);
});

describe('a gateway’s certificate', () => {
  it('is there before it begins, and another that is put in place while it runs is used within 5 s', async () => {
    const at = { link: ownPort(), s2sTls: ownPort() };
    const file = path.join(home, 'gateway.yaml');
    writeFileSync(
      file,
      `domain: ${BERLIN}
data-dir: ${home}/gateway
gateway: { listen: "127.0.0.1:${at.link}", server: ${BERLIN} }
listen: { s2s: false, s2s-tls: "127.0.0.1:${at.s2sTls}", metrics: false }
trust: { ca: [${home}/root/authority.pem] }
certificate: { renew: { company: { authority: ${home}/office, days: 30 } } }
`,
    );
    const gateway = new LineProcess(process.execPath, [CTL, 'gateway', '--config', file], { cwd: ROOT });
    try {
      await gateway.line((line) => line.startsWith('{"event":"ready"'));
      const first = await shown(at.s2sTls, 'xmpp-server');
      const { key, request } = await makeRequest([BERLIN, ROOMS]);
      const certificate = await authority.issue(request, { served: [BERLIN, ROOMS], days: 40 });
      writeFileSync(path.join(home, 'next.pem'), key + certificate);
      const cert = (...args: string[]) =>
        run(process.execPath, [CTL, 'cert', ...args, '--config', file], { cwd: ROOT });
      expect((await cert('import', path.join(home, 'next.pem'))).complaints).toBe('');
      await until(async () => (await shown(at.s2sTls, 'xmpp-server')) !== first, USED_WITHIN_MS);
      // One that does not name the rooms is refused, and this one kept.
      const less = await makeRequest([BERLIN]);
      writeFileSync(
        path.join(home, 'less.pem'),
        less.key + (await authority.issue(less.request, { served: [BERLIN], days: 20 })),
      );
      expect((await cert('import', path.join(home, 'less.pem'))).complaints).toContain('CERTIFICATE_NAMES');
      expect(JSON.parse((await cert('list', '--json')).text)).toMatchObject({
        items: [{ state: 'good', missing: [] }],
      });
    } finally {
      await gateway.stop();
    }
  });
});
