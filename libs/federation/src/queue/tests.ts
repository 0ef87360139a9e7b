import { Failure } from '@interoffice/telemetry';
import type { KnownGateway } from './gateways.js';
import type { AttemptFacts, Tested } from '../link/shapes.js';
import type { GatewayLink } from './gateway-link.js';

/** Tests that may be under way at once: each is a connection to somebody. */
const MOST = 16;
/** Longer than the gateway takes for all of a peer's servers. */
const WITHIN_MS = 120_000;

/** What became of a call through one gateway. */
export interface GatewayTest {
  readonly gateway: string;
  readonly attempts: readonly AttemptFacts[];
  /** Why it was not called from there at all. */
  readonly fault: { readonly code: string; readonly text: string } | undefined;
}

interface UnderWay {
  readonly gateway: GatewayLink;
  readonly settle: (attempts: readonly AttemptFacts[]) => void;
  readonly fail: (error: Failure) => void;
}

/** Calls of peers that nobody needs but who asks: whether one could be reached now, and if not, at which stage. */
export class Tests {
  readonly #underWay = new Map<number, UnderWay>();
  #last = 0;

  /**
   * What became of each try, through every gateway, in their order: peers may be reached from one and not from another.
   * Rejects with GATEWAY_AWAY, TOO_MANY_TESTS and TEST_UNANSWERED where it is so for all of them.
   */
  async runAll(
    gateways: readonly KnownGateway[],
    pair: { readonly domain: string; readonly peer: string },
  ): Promise<readonly GatewayTest[]> {
    if (gateways.length === 0) throw away();
    const runs = await Promise.allSettled(gateways.map(({ link }) => this.#run(link, pair)));
    const [first] = runs;
    if (first?.status === 'rejected' && runs.every(({ status }) => status === 'rejected')) throw first.reason;
    return runs.map((run, i) => outcomeOf(gateways[i]!.name, run));
  }

  #run(
    gateway: GatewayLink | undefined,
    pair: { readonly domain: string; readonly peer: string },
  ): Promise<readonly AttemptFacts[]> {
    if (!gateway) return Promise.reject(away());
    if (this.#underWay.size >= MOST) {
      return Promise.reject(new Failure('TOO_MANY_TESTS', 'Too many peers are being tested; try again in a moment.'));
    }
    const test = ++this.#last;
    const { promise, resolve, reject } = Promise.withResolvers<readonly AttemptFacts[]>();
    const late = setTimeout(() => {
      this.#over(test)?.fail(new Failure('TEST_UNANSWERED', 'The gateway has not answered within two minutes.'));
    }, WITHIN_MS).unref();
    this.#underWay.set(test, { gateway, settle: resolve, fail: reject });
    gateway.test({ test, ...pair });
    return promise.finally(() => clearTimeout(late));
  }

  tested({ test, attempts }: Tested): void {
    this.#over(test)?.settle(attempts);
  }

  /** The gateway is away: what it was asked will not be answered. */
  lost(link: GatewayLink): void {
    for (const [test, { gateway }] of this.#underWay) if (gateway === link) this.#over(test)?.fail(away());
  }

  #over(test: number): UnderWay | undefined {
    const found = this.#underWay.get(test);
    this.#underWay.delete(test);
    return found;
  }
}

function outcomeOf(gateway: string, run: PromiseSettledResult<readonly AttemptFacts[]>): GatewayTest {
  if (run.status === 'fulfilled') return { gateway, attempts: run.value, fault: undefined };
  const { code, message } = run.reason as Failure;
  return { gateway, attempts: [], fault: { code, text: message } };
}

function away(): Failure {
  return new Failure('GATEWAY_AWAY', 'The gateway is away; nobody can be called.');
}
