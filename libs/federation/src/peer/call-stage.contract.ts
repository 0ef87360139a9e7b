import { PeerCertificates } from '@interoffice/pki';
import { Metrics, systemClock } from '@interoffice/telemetry';
import { Direct, TlsContext } from '@interoffice/transport';
import { Scanner, Vocabulary } from '@interoffice/wire';
import type { TestCertificate } from '../../../../test/support/certificates.js';
import { RecordingLog } from '../../../../test/support/recording-log.js';
import type { Attempt } from './attempt.js';
import { call, type CallOutcome, type CallParts, type Pair } from './call.js';
import type { ResolvedTarget } from './resolve.js';

/** A server of ours as far as it calls others, with every part of a call in the hands of the test. */
export class CallStage {
  private constructor(
    readonly log: RecordingLog,
    private readonly parts: Omit<CallParts, 'resolve'>,
  ) {}

  static async open(
    shows: TestCertificate,
    trusts: TestCertificate,
    { isDirect } = { isDirect: true },
  ): Promise<CallStage> {
    const metrics = new Metrics();
    const tls = new TlsContext({ key: await shows.keyPem(), certificate: shows.chainPem });
    const log = new RecordingLog();
    return new CallStage(log, {
      certificates: new PeerCertificates({ authorities: [trusts.pem], lists: [] }),
      pins: [],
      dial: { scanner: new Scanner(new Vocabulary()), tls, direct: isDirect ? await Direct.learn() : undefined },
      log,
      counts: { errors: metrics.counter('e_total', 'e'), faults: metrics.counter('f_total', 'f') },
      stanzaBytes: 524_288,
      withinMs: 10_000,
      clock: systemClock,
      ended: () => undefined,
    });
  }

  /** Calls at these places, or where `resolve` says; whatever else is given is as the test wants it. */
  call(pair: Pair, { targets = [], ...wish }: Partial<CallParts> & { readonly targets?: readonly ResolvedTarget[] }) {
    return call(pair, { resolve: () => Promise.resolve(targets), ...this.parts, ...wish });
  }
}

/** How an outcome came about, one word pair per try. */
export function told({ attempts }: CallOutcome): string[] {
  return attempts.map(({ stage, code }: Attempt) => `${stage} ${code}`);
}

/** A target on loopback. */
export function at(port: number, kind: 'tcp' | 'tls', address = '127.0.0.1'): ResolvedTarget {
  return { host: 'gate.example', address, port, kind };
}
