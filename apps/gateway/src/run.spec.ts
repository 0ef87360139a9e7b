import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadSettings } from '@interoffice/config';
import { silentLog, systemClock } from '@interoffice/telemetry';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLIENT_AUTH, SERVER_AUTH, type TestCertificate, testRoot } from '../../../test/support/certificates.js';
import { DiallingServer } from '../../../test/support/dialling-server.js';
import { rule } from '../../../test/support/rules.js';
import type { PeerSettings } from '../../../libs/federation/src/link/shapes.js';
import { StageServer } from '../../../test/support/s2s-stage.js';
import { type RunningGateway, startGateway } from './run.js';

const BERLIN = 'berlin.example';
const PARTNER = 'partner.example';
const NAMES = [BERLIN, `conference.${BERLIN}`];
let home: string;
let root: TestCertificate;
let gateway: RunningGateway;
let server: DiallingServer | undefined;
let partner: StageServer;

const issue = (...dns: string[]): Promise<TestCertificate> =>
  root.issue({ names: { dns }, purposes: [SERVER_AUTH, CLIENT_AUTH] });
const portOf = (name: string): number => Number(gateway.listen[name]!.split(':').at(-1));
const get = async (page: string): Promise<string> => {
  const reply = await fetch(`http://${gateway.listen['metrics']}${page}`);
  return `${reply.status} ${await reply.text()}`;
};
/** The lines of a metric, without its name. */
const figures = async (name: string): Promise<string[]> => {
  const lines = (await get('/metrics')).split('\n').filter((line) => new RegExp(`^${name}[ {]`).test(line));
  return lines.map((line) => line.slice(name.length).trim());
};
const calls = (from: StageServer) => from.call({ peer: BERLIN }, [{ port: portOf('s2s'), kind: 'tcp' }]);

beforeAll(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'gateway-'));
  root = await testRoot();
  const ours = await issue(...NAMES, `gate.${BERLIN}`);
  await writeFile(path.join(home, 'live.pem'), (await ours.keyPem()) + ours.chainPem);
  await writeFile(path.join(home, 'root.pem'), root.pem);
  const loopback = '127.0.0.1:0';
  const settings = loadSettings({
    overrides: {
      domain: BERLIN,
      'data-dir': path.join(home, 'data'),
      gateway: { listen: loopback, server: BERLIN },
      listen: { s2s: loopback, 's2s-tls': loopback, metrics: loopback },
      certificate: { certificate: path.join(home, 'live.pem'), key: path.join(home, 'live.pem') },
      trust: { ca: [path.join(home, 'root.pem')] },
      federation: { callable: ['127.0.0.1'] },
    },
  });
  gateway = await startGateway({ settings, clock: systemClock, log: silentLog });
  partner = await StageServer.open({ domain: PARTNER, shows: await issue(PARTNER), trusts: [root] });
});
afterAll(async () => {
  server?.stop();
  await gateway?.stop();
  await rm(home, { recursive: true, force: true });
});

describe('a gateway in a process of its own', () => {
  it('lives, and is ready once the server is linked to it', async () => {
    expect(await get('/live')).toBe('200 live\n');
    expect(await get('/ready')).toBe('503 not ready: no server is linked to this gateway\n');
    expect(await figures('interoffice_gateway_link_up')).toEqual(['0']);
    server = await DiallingServer.dial(await issue(BERLIN), gateway.listen['link']!);
    server.setUp({ domains: NAMES, rules: [rule({ peers: [PARTNER] })] });
    await expect.poll(() => get('/ready')).toBe('200 ready\n');
    expect(await figures('interoffice_gateway_link_up')).toEqual(['1']);
  });

  it('tells the server which certificate it shows, and how that stands', async () => {
    const [report] = await server!.hears('reported');
    expect(report).toMatchObject({
      certificate: { facts: { issuer: 'CN=Test root' }, missing: [], isProvisional: false },
    });
    expect(Number((await figures('interoffice_certificates_own_days'))[0])).toBeCloseTo(30, 0);
  });

  it('counts streams and stanzas of each peer, and passes on what one that it never called has shown', async () => {
    const { stream } = await calls(partner);
    const [opened] = await server!.hears('opened');
    expect(opened).toMatchObject({ peer: PARTNER, remote: '127.0.0.1', certificate: { names: { dns: [PARTNER] } } });
    const stanza = Buffer.from(`<message from='b@${PARTNER}' to='a@${BERLIN}'><body>Hello</body></message>`);
    stream!.send(stanza, 0, stanza.length);
    await server!.hears('came');
    const of = `{peer="${PARTNER}",direction="in"}`;
    expect(await figures('interoffice_gateway_streams')).toEqual([`${of} 1`]);
    expect(await figures('interoffice_gateway_stanzas_total')).toEqual([`${of} 1`]);
    stream!.end();
    await server!.hears('gone');
    expect(await figures('interoffice_gateway_streams')).toEqual([]);
  });

  it('says who was turned away, from where, and counts it by why', async () => {
    const stranger = await StageServer.open({
      domain: 'other.example',
      shows: await issue('other.example'),
      trusts: [root],
    });
    const impostor = await StageServer.open({ domain: PARTNER, shows: await issue('other.example'), trusts: [root] });
    await Promise.all([calls(stranger), calls(impostor)]);
    const told = await server!.hears('turnedAway', 2);
    const remote = '127.0.0.1';
    expect(told.find(({ code }) => code === 'policy')).toMatchObject({ peer: 'other.example', domain: BERLIN, remote });
    expect(told.find(({ code }) => code === 'wrong-name')).toMatchObject({ peer: PARTNER, remote });
    expect((await figures('interoffice_gateway_handshakes_failed_total')).toSorted()).toEqual([
      '{direction="in",code="policy"} 1',
      '{direction="in",code="wrong-name"} 1',
    ]);
  });

  // F-07
  it('makes the streams of a peer anew when it is reached or believed in another way', async () => {
    const setUp = (peer: Omit<PeerSettings, 'domain'>): void =>
      server!.setUp({ domains: NAMES, rules: [rule({ peers: [PARTNER] })], peers: [{ domain: PARTNER, ...peer }] });
    const listeners = [partner.listener({ kind: 'tcp' }), partner.listener({ kind: 'tcp' })] as const;
    const [one, other] = await Promise.all(listeners.map((listener) => listener.listen()));
    const route = (port: number) => ({ host: '127.0.0.1', port, kind: 'tcp' }) as const;
    setUp({ route: route(one!) });
    server!.link!.call({ pair: 0, domain: BERLIN, peer: PARTNER });
    await server!.hears('up');
    const { stream } = await calls(partner);
    const seen = server!.told.opened!.length;
    expect(stream).toBeDefined();
    // Settings that are sent again change nothing.
    setUp({ route: route(one!) });
    setUp({ route: route(other!) });
    expect(await server!.hears('down')).toMatchObject([{ pair: 0, how: 'cut', code: 'reset' }]);
    expect((await server!.hears('up', 2)).length).toBe(2);
    expect((await server!.hears('tried', 2)).at(-1)!.attempts.at(-1)).toMatchObject({ port: other, code: 'ok' });
    await server!.hears('gone', 2);
    setUp({ route: route(other!), pins: ['q83v'] });
    await server!.hears('down', 2);
    await calls(partner);
    expect((await server!.hears('turnedAway', 3)).at(-1)).toMatchObject({ peer: PARTNER, code: 'pin-mismatch' });
    expect(server!.told.opened).toHaveLength(seen);
    server!.link!.hangUp(0);
    for (const listener of listeners) {
      for (const connection of listener.connections) connection.destroy();
      await listener.close();
    }
  });

  it('is not ready any more when its server is gone', async () => {
    server!.stop();
    await expect.poll(() => get('/ready')).toContain('503');
    expect(await figures('interoffice_gateway_link_up')).toEqual(['0']);
  });
});
