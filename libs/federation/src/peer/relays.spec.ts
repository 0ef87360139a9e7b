import { beforeAll, describe, expect, it } from 'vitest';
import { SERVER_AUTH, type TestCertificate, testRoot } from '../../../../test/support/certificates.js';
import { S2sStage, StageServer } from '../../../../test/support/s2s-stage.js';
import { Relays } from '../link/relays.js';

const [HQ, A, B] = ['hq.example', 'a.example', 'b.example'];
const stage = new S2sStage();
let root: TestCertificate;
const shown = new Map<string, TestCertificate>();
beforeAll(async () => {
  root = await testRoot();
  const authority = await root.authority();
  for (const domain of [HQ, A, B]) {
    shown.set(domain, await authority.issue({ names: { dns: [domain] }, purposes: [SERVER_AUTH] }));
  }
});

const server = (domain: string, relays?: Relays): Promise<StageServer> =>
  StageServer.open({ domain, shows: shown.get(domain)!, trusts: [root], ...(relays && { relays }) });
const message = (from: string, to: string): Buffer =>
  Buffer.from(`<message from='x@${from}' to='y@${to}'><body>hello</body></message>`);

/** Sends over a stream that is proven for one domain; how that ended, or what came. */
async function sends(caller: string, called: StageServer, at: string, bytes: Buffer): Promise<string> {
  const one = await server(caller);
  const { stream } = await one.call({ peer: at }, [await stage.listen(called)]);
  stream!.send(bytes, 0, bytes.length);
  return Promise.race([called.has(1).then(() => 'taken'), one.hasEnded().then(([end]) => String(end))]);
}

// F-06
describe('a stream between offices', () => {
  const through = new Relays({ peers: [{ domain: A, via: HQ }], relay: [] });
  const between = new Relays({ peers: [], relay: [{ from: [A], to: [B] }] });

  it.each([
    ['headquarters bring what an office says that settings reach through it', HQ, B, through, message(A, B), 'taken'],
    ['headquarters bring what another office says', HQ, B, undefined, message(A, B), 'invalid-from'],
    [
      'somebody else brings what that office says',
      A,
      B,
      new Relays({ peers: [{ domain: HQ, via: HQ }], relay: [] }),
      message(HQ, B),
      'invalid-from',
    ],
    ['an office sends to another through headquarters', A, HQ, between, message(A, B), 'taken'],
    ['an office sends to whom headquarters pass nothing on', A, HQ, between, message(A, 'c.example'), 'host-unknown'],
    ['an office wants back what goes one way', B, HQ, between, message(B, A), 'host-unknown'],
  ])('where %s', async (_, caller, at, relays, bytes, expected) => {
    expect(await sends(caller, await server(at, relays), at, bytes)).toBe(expected);
  });
});
