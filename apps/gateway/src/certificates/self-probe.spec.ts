import { type ResolvedTarget } from '@interoffice/federation/peer';
import { Failure, silentLog } from '@interoffice/telemetry';
import { type Listener, TlsContext } from '@interoffice/transport';
import { Scanner, Vocabulary } from '@interoffice/wire';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type TestCertificate, testRoot } from '../../../../test/support/certificates.js';
import { StageServer } from '../../../../test/support/s2s-stage.js';
import { keyHashOf } from './probe-of.js';
import { SelfProbe } from './self-probe.js';
import { shownChain } from './shown-chain.js';

const BERLIN = 'berlin.example';
let root: TestCertificate;
let ours: TestCertificate;
let tls: TlsContext;
const listeners: Listener[] = [];
const events: { level: string; event: string; fields: object | undefined }[] = [];
const log = {
  ...silentLog,
  info: (event: string, fields?: object) => void events.push({ level: 'info', event, fields }),
  warn: (event: string, fields?: object) => void events.push({ level: 'warn', event, fields }),
  error: (event: string, fields?: object) => void events.push({ level: 'error', event, fields }),
};
const valid = (): Promise<TestCertificate> => root.issue({ names: { dns: [BERLIN] } });
beforeAll(async () => {
  root = await testRoot();
  ours = await valid();
  tls = new TlsContext({ key: await ours.keyPem(), certificate: ours.chainPem });
});
beforeEach(() => void (events.length = 0));
afterEach(() => vi.useRealTimers());
afterAll(() => Promise.all(listeners.map((listener) => listener.close())));

/** A server that shows this certificate, where DNS leads others. */
async function place(shows: TestCertificate, kind: 'tcp' | 'tls'): Promise<ResolvedTarget> {
  const server = await StageServer.open({ domain: BERLIN, shows, trusts: [root] });
  const listener = server.listener({ kind });
  listeners.push(listener);
  return { host: 'gate.example', address: '127.0.0.1', port: await listener.listen(), kind };
}

const look = (domain: string, target: ResolvedTarget) =>
  shownChain(domain, target, { scanner: new Scanner(new Vocabulary()), tls, withinMs: 4_000 });
const probe = (found: () => readonly ResolvedTarget[], keys: readonly string[] = []): SelfProbe =>
  new SelfProbe({
    domains: () => [BERLIN],
    find: () => Promise.resolve(found()),
    look,
    ours: () => [keyHashOf(tls.pair.certificate), ...keys],
    everyMs: 30_000,
    clock: { now: () => Date.now() },
    log,
  });

// F-08
describe('our own domain, called as others call it', () => {
  it.each(['tcp', 'tls'] as const)('is ours when it shows our certificate (%s)', async (kind) => {
    const at = await place(ours, kind);
    const own = probe(() => [at]);
    await own.look();
    expect(own.results).toMatchObject([{ domain: BERLIN, state: 'ours' }]);
    expect(events).toMatchObject([{ event: 'certificate.probe.succeeded' }]);
  });

  it.each(['tcp', 'tls'] as const)(
    'is an impostor’s when it shows another valid certificate for it (%s)',
    async (kind) => {
      const impostor = await valid();
      const [good, bad] = [await place(ours, kind), await place(impostor, kind)];
      const own = probe(() => [good, bad]);
      await own.look();
      const [result] = own.results;
      expect(result).toMatchObject({ state: 'impostor', shown: { keyHash: keyHashOf(impostor.pem) } });
      expect(result!.text).toContain(`port ${bad.port}`);
      expect(events).toMatchObject([
        { level: 'error', event: 'certificate.impostor.seen', fields: { domain: BERLIN } },
      ]);
      // Told once, not at every look.
      await own.look();
      expect(events).toHaveLength(1);
    },
  );

  it('raises the alarm within 60 s of the impostor’s coming, without anybody asking', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'] });
    const [good, bad] = [await place(ours, 'tls'), await place(await valid(), 'tls')];
    let found = [good];
    const own = probe(() => found);
    own.start();
    await own.look();
    expect(own.results).toMatchObject([{ state: 'ours' }]);
    found = [bad];
    // The longest that the settings allow between two looks, and what a look may take on top (two names, two tries of DNS,
    // TLS) stay below a minute.
    vi.advanceTimersByTime(30_000);
    await vi.waitUntil(() => own.results[0]?.state !== 'ours', { timeout: 10_000 });
    await own.stop();
    expect(own.results).toMatchObject([{ state: 'impostor' }]);
    expect(events.at(-1)).toMatchObject({ level: 'error', event: 'certificate.impostor.seen' });
  });

  it('may be another gateway’s of ours, whose key the settings name', async () => {
    const other = await valid();
    const at = await place(other, 'tls');
    const own = probe(() => [at], [keyHashOf(other.pem)]);
    await own.look();
    expect(own.results).toMatchObject([{ state: 'ours' }]);
  });

  it('is unseen, which is told as well, when nobody answers or DNS leads nowhere', async () => {
    const { port } = await place(ours, 'tls');
    const closed = { host: 'gate.example', address: '127.0.0.1', port, kind: 'tls' as const };
    await listeners.at(-1)!.close();
    const own = probe(() => [closed]);
    await own.look();
    expect(own.results).toMatchObject([{ state: 'unseen', text: expect.stringContaining('ECONNREFUSED') as string }]);
    const lost = new SelfProbe({
      domains: () => [BERLIN],
      find: () => Promise.resolve({ code: 'no-such-domain', text: 'DNS knows no address.' }),
      look: () => Promise.reject(new Failure('NOT_SEEN', 'nobody was to be called')),
      ours: () => [],
      everyMs: 30_000,
      clock: { now: () => Date.now() },
      log,
    });
    await lost.look();
    expect(lost.results).toMatchObject([{ state: 'unseen', text: 'DNS knows no address.' }]);
    expect(events.map(({ event }) => event)).toEqual(['certificate.probe.failed', 'certificate.probe.failed']);
  });

  it('is not an impostor’s while we renew between the call and the comparison', async () => {
    const at = await place(ours, 'tls');
    const renewed = await valid();
    let pair = ours;
    const own = new SelfProbe({
      domains: () => [BERLIN],
      find: () => Promise.resolve([at]),
      look: async (domain, target) => {
        const seen = await look(domain, target);
        pair = renewed;
        return seen;
      },
      ours: () => [keyHashOf(pair.pem)],
      everyMs: 30_000,
      clock: { now: () => Date.now() },
      log,
    });
    await own.look();
    expect(own.results).toMatchObject([{ state: 'ours' }]);
  });
});
