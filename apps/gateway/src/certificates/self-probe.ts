import { type ResolvedTarget, type ResolveFailure } from '@interoffice/federation/peer';
import { PeerCertificates, type ShownCertificate } from '@interoffice/pki';
import { type Clock, Failure, describeError, type Log } from '@interoffice/telemetry';

/** What was seen the last time that one of our domains was called. */
export interface ProbeResult {
  readonly domain: string;
  /** `unseen`: nobody answered, which may be an impostor's doing as well. */
  readonly state: 'ours' | 'impostor' | 'unseen';
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly text: string;
  /** What was shown in place of ours. */
  readonly shown: Pick<ShownCertificate, 'subject' | 'issuer' | 'fingerprint' | 'keyHash'> | undefined;
}

export interface SelfProbeParts {
  /** Ours that other servers call. */
  readonly domains: () => readonly string[];
  /** Where DNS leads them. */
  readonly find: (domain: string) => Promise<readonly ResolvedTarget[] | ResolveFailure>;
  /** What is shown there, DER. Rejects with a Failure that says why nothing is. */
  readonly look: (domain: string, target: ResolvedTarget) => Promise<readonly Buffer[]>;
  /** Hashes of the keys that are ours now, as `keyHash`. */
  readonly ours: () => readonly string[];
  readonly everyMs: number;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Calls our own domains as other servers do, again and again, and compares the key that is shown with ours: whoever sits
 * between us and the world has a certificate that every peer believes, and another key. F-08
 */
export class SelfProbe {
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;
  #results = new Map<string, ProbeResult>();
  readonly #reader = new PeerCertificates({ authorities: [], lists: [] });

  constructor(private readonly parts: SelfProbeParts) {}

  /** The latest, a domain each; none before the first look. */
  get results(): readonly ProbeResult[] {
    return [...this.#results.values()];
  }

  start(): void {
    this.#timer = setInterval(() => void this.look(), this.parts.everyMs).unref();
    void this.look();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#looking;
  }

  /** Calls every domain now; never rejects. One at a time: a look that takes long is waited for. */
  look(): Promise<void> {
    return (this.#looking ??= this.#look().finally(() => (this.#looking = undefined)));
  }

  async #look(): Promise<void> {
    const results = await Promise.all(this.parts.domains().map((domain) => this.#call(domain)));
    for (const result of results) this.#tell(result);
    this.#results = new Map(results.map((result) => [result.domain, result]));
  }

  /** Every place that DNS names is called: it is enough for an impostor to be at one of them. */
  async #call(domain: string): Promise<ProbeResult> {
    const at = this.parts.clock.now();
    const unseen = (text: string): ProbeResult => ({ domain, state: 'unseen', at, text, shown: undefined });
    try {
      const targets = await this.parts.find(domain);
      if (!isFound(targets)) return unseen(targets.text);
      const seen = await Promise.all(targets.map((target) => this.#compare(domain, target, at)));
      const worst = seen.find(({ state }) => state === 'impostor') ?? seen.find(({ state }) => state === 'unseen');
      return worst ?? seen[0] ?? unseen(`DNS names no place where ${domain} is.`);
    } catch (error) {
      return unseen(describeError(error));
    }
  }

  async #compare(domain: string, target: ResolvedTarget, at: number): Promise<ProbeResult> {
    const where = `${target.address} port ${target.port}`;
    const before = this.parts.ours();
    let sent: readonly Buffer[];
    try {
      sent = await this.parts.look(domain, target);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      return { domain, state: 'unseen', at, text: error.message, shown: undefined };
    }
    const [leaf] = this.#reader.judge(sent, { domain, now: at }).chain;
    // A renewal between the call and now makes neither of the two an impostor's.
    const isOurs = leaf !== undefined && [...before, ...this.parts.ours()].includes(leaf.keyHash);
    if (isOurs) return { domain, state: 'ours', at, text: `${where} shows our certificate.`, shown: undefined };
    const { subject = 'nothing', issuer = 'nobody', fingerprint = '', keyHash = '' } = leaf ?? {};
    const text =
      `${where}, where DNS leads other servers to ${domain}, shows a certificate that is not ours: ${subject}, issued by ` +
      `${issuer}. Somebody may sit in between; ask that authority to revoke it, and look at DNS and at the network's way.`;
    return { domain, state: 'impostor', at, text, shown: { subject, issuer, fingerprint, keyHash } };
  }

  #tell({ domain, state, text, shown }: ProbeResult): void {
    const known = this.#results.get(domain);
    if (known?.state === state && known.shown?.keyHash === shown?.keyHash) return;
    const { log } = this.parts;
    const about = { domain, text, fingerprint: shown?.fingerprint };
    if (state === 'impostor') log.error('certificate.impostor.seen', about);
    else if (state === 'unseen') log.warn('certificate.probe.failed', about);
    else log.info('certificate.probe.succeeded', { domain });
  }
}

function isFound(found: readonly ResolvedTarget[] | ResolveFailure): found is readonly ResolvedTarget[] {
  return Array.isArray(found);
}
