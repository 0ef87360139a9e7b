import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import tls from 'node:tls';
import { loadRevocationLists, type RevocationList } from '@interoffice/pki';
import { DialbackKeys } from '@interoffice/stream';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  CLIENT_AUTH,
  type CertificateWish,
  selfSigned,
  SERVER_AUTH,
  type TestCertificate,
  testRoot,
} from '../../../../test/support/certificates.js';
import { S2sStage, type ServerWish, StageServer } from '../../../../test/support/s2s-stage.js';

const BERLIN = 'berlin.example';
const TOKYO = 'tokyo.example';
const stage = new S2sStage();

let root: TestCertificate;
let authority: TestCertificate;
const good = new Map<string, TestCertificate>();
beforeAll(async () => {
  root = await testRoot();
  authority = await root.authority();
  for (const domain of [BERLIN, TOKYO]) good.set(domain, await authority.issue(named(domain)));
});

const named = (...dns: string[]): CertificateWish => ({ names: { dns } });

/** A certificate for a domain, and what is odd about showing it. */
interface Shown {
  readonly shows: TestCertificate;
  /** What is sent of its chain, unless it is all. */
  readonly sends?: readonly TestCertificate[];
  /** What the other side knows of it. */
  readonly lists?: readonly RevocationList[];
}
type Make = (domain: string) => Promise<Shown>;
const by =
  (wish: (domain: string) => CertificateWish): Make =>
  async (domain) => ({
    shows: await authority.issue(wish(domain)),
  });

/** What becomes of a stream: how the one with the certificate got in, if it did, and what the other says of it. */
type Outcome = string;

/**
 * The same certificate shown by a server that is called (out) and by one that calls (in); where a certificate is required,
 * and where dialback is allowed instead. F-03, F-04, F-05. A caller's fault is not told where dialback is offered at once.
 */
const MATRIX: [what: string, Make, out: [Outcome, Outcome], into: [Outcome, Outcome]][] = [
  ['valid', by(named), ['EXTERNAL', 'EXTERNAL'], ['EXTERNAL', 'EXTERNAL']],
  [
    'self-signed',
    async (domain) => ({ shows: await selfSigned(named(domain)) }),
    ['refused: self-signed', 'dialback: self-signed'],
    ['refused: self-signed', 'dialback'],
  ],
  [
    'of an unknown authority',
    async (domain) => ({ shows: await (await (await testRoot()).authority()).issue(named(domain)) }),
    ['refused: untrusted-root', 'dialback: untrusted-root'],
    ['refused: untrusted-root', 'dialback'],
  ],
  [
    'expired',
    by((domain) => ({ ...named(domain), days: { from: -9, to: -1 } })),
    ['refused: expired', 'dialback: expired'],
    ['refused: expired', 'dialback'],
  ],
  [
    'not yet valid',
    by((domain) => ({ ...named(domain), days: { from: 1, to: 9 } })),
    ['refused: not-yet-valid', 'dialback: not-yet-valid'],
    ['refused: not-yet-valid', 'dialback'],
  ],
  [
    'for another name',
    by(() => named('paris.example')),
    ['refused: wrong-name', 'dialback: wrong-name'],
    ['refused: wrong-name', 'dialback'],
  ],
  [
    'with a CN only',
    by((domain) => ({ subject: domain })),
    ['refused: wrong-name', 'dialback: wrong-name'],
    ['refused: wrong-name', 'dialback'],
  ],
  [
    'with a partial wildcard',
    by((domain) => named(`${domain[0]}*${domain.slice(domain.indexOf('.'))}`)),
    ['refused: wrong-name', 'dialback: wrong-name'],
    ['refused: wrong-name', 'dialback'],
  ],
  [
    'for servers only',
    by((domain) => ({ ...named(domain), purposes: [SERVER_AUTH] })),
    ['EXTERNAL', 'EXTERNAL'],
    ['EXTERNAL', 'EXTERNAL'],
  ],
  [
    'for clients only',
    by((domain) => ({ ...named(domain), purposes: [CLIENT_AUTH] })),
    ['refused: wrong-purpose', 'dialback: wrong-purpose'],
    ['refused: wrong-purpose', 'dialback'],
  ],
  [
    'revoked',
    async (domain) => {
      const shows = await authority.issue(named(domain));
      return { shows, lists: await listOf(await authority.revoke([shows])) };
    },
    ['refused: revoked', 'dialback: revoked'],
    ['refused: revoked', 'dialback'],
  ],
  [
    'sent without its intermediate',
    async (domain) => {
      const shows = await authority.issue(named(domain));
      return { shows, sends: [shows] };
    },
    ['refused: missing-issuer', 'dialback: missing-issuer'],
    ['refused: missing-issuer', 'dialback'],
  ],
  [
    'with ECDSA',
    by((domain) => ({ ...named(domain), key: 'p384' })),
    ['EXTERNAL', 'EXTERNAL'],
    ['EXTERNAL', 'EXTERNAL'],
  ],
  [
    'with a weak key',
    by((domain) => ({ ...named(domain), key: 'rsa1024' })),
    ['refused: weak-key', 'dialback: weak-key'],
    ['refused: weak-key', 'dialback'],
  ],
];

async function listOf(pem: string): Promise<RevocationList[]> {
  const dir = await mkdtemp(path.join(tmpdir(), 'crl-'));
  try {
    await writeFile(path.join(dir, 'crl.pem'), pem);
    return await loadRevocationLists([path.join(dir, 'crl.pem')], [root.pem, authority.pem]);
  } finally {
    await rm(dir, { recursive: true });
  }
}

const keys = (): DialbackKeys => new DialbackKeys(randomBytes(32));

/** A server that shows what it is told to. Its TLS takes every key: ours would not load a weak one, but a peer's may. */
async function showing(
  { shows, sends = shows.chain }: Shown,
  wish: Omit<ServerWish, 'shows' | 'trusts'>,
): Promise<StageServer> {
  const server = await StageServer.open({ ...wish, shows: good.get(wish.domain)!, trusts: [root] });
  const lax: tls.SecureContextOptions = { ciphers: 'DEFAULT@SECLEVEL=0', minVersion: 'TLSv1.2', ca: [] };
  const cert = sends.map(({ pem }) => pem).join('');
  const context = tls.createSecureContext({ ...lax, key: await shows.keyPem(), cert });
  Object.defineProperty(server['tls'], 'secure', { value: context });
  return server;
}

interface Cell {
  readonly direction: 'out' | 'in';
  readonly mayDialBack: boolean;
  readonly kind: 'tcp' | 'tls';
}

/** Berlin calls Tokyo; `shown` is Tokyo's for a cell of `out`, whose judge is Berlin, and Berlin's for one of `in`. */
async function meet(make: Make, { direction, mayDialBack, kind }: Cell) {
  const shown = await make(direction === 'out' ? TOKYO : BERLIN);
  const servers = { own: keys(), other: keys() };
  const places: Awaited<ReturnType<typeof stage.listen>>[] = [];
  const open = (domain: string, isShower: boolean): Promise<StageServer> => {
    const [mine, allowed] = domain === BERLIN ? [servers.own, TOKYO] : [servers.other, BERLIN];
    const dialback = mayDialBack ? { keys: mine, allowed: [allowed], asksAt: () => places } : undefined;
    if (isShower) return showing(shown, { domain, dialback });
    return StageServer.open({ domain, dialback, shows: good.get(domain)!, trusts: [root], lists: shown.lists });
  };
  const berlin = await open(BERLIN, direction === 'in');
  const tokyo = await open(TOKYO, direction === 'out');
  places.push(await stage.listen(berlin, { kind }));
  const outcome = await berlin.call({ peer: TOKYO }, [await stage.listen(tokyo, { kind })]);
  return { outcome, judge: direction === 'out' ? berlin : tokyo };
}

/** As the log of the judge has it. */
function outcomeOf({ log }: StageServer, direction: Cell['direction']): Outcome {
  const fieldsOf = (name: string) =>
    log.events
      .filter((event) => event.name === name && event.fields['direction'] === direction)
      .map(({ fields }) => fields);
  const [mechanism, ...others] = fieldsOf('s2s.authenticated').map((fields) => String(fields['mechanism']));
  expect(others).toEqual([]);
  const codes = fieldsOf('s2s.peer.refused').map((fields) => String(fields['code']));
  return [mechanism ?? 'refused', ...codes].join(': ');
}

describe.each(['tcp', 'tls'] as const)('over %s', (kind) => {
  describe('a server that is called with a certificate', () => {
    it.each(MATRIX)('that is %s', async (_, make, [required, allowed]) => {
      for (const [mayDialBack, expected] of [
        [false, required],
        [true, allowed],
      ] as const) {
        const { outcome, judge } = await meet(make, { direction: 'out', mayDialBack, kind });
        expect(outcomeOf(judge, 'out')).toBe(expected);
        const [attempt] = outcome.attempts;
        const code = /^refused: (.*)/.exec(expected)?.[1];
        expect([attempt!.stage, attempt!.code]).toEqual(code === undefined ? ['ready', 'ok'] : ['certificate', code]);
        expect(attempt!.chain.length).toBeGreaterThan(0);
        outcome.stream?.end();
      }
    });
  });

  describe('a server that calls with a certificate', () => {
    it.each(MATRIX)('that is %s', async (_, make, _out, [required, allowed]) => {
      for (const [mayDialBack, expected] of [
        [false, required],
        [true, allowed],
      ] as const) {
        const { outcome, judge } = await meet(make, { direction: 'in', mayDialBack, kind });
        expect(outcomeOf(judge, 'in')).toBe(expected);
        const [attempt] = outcome.attempts;
        const isRefused = expected.startsWith('refused');
        expect([attempt!.stage, attempt!.code]).toEqual(isRefused ? ['features', 'not-authorized'] : ['ready', 'ok']);
        // Its administrator reads the reason, too.
        const refusals = judge.log.events.filter(({ name }) => name === 's2s.peer.refused');
        if (isRefused) expect(attempt!.text).toContain(String(refusals[0]!.fields['text']));
        outcome.stream?.end();
      }
    });
  });
});
