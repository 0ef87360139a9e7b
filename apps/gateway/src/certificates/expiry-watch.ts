import { expiryWarnings, type ExpiryWarning, type WatchedCertificate } from '@interoffice/pki';
import type { Clock, Log, Metrics } from '@interoffice/telemetry';

const LOOK_EVERY_MS = 15_000;
const DAY_MS = 86_400_000;
const NOTHING_TOLD: ReadonlySet<string> = new Set();

export interface ExpiryWatchParts {
  /** Our certificates and those that peers have shown. */
  readonly watched: () => Promise<readonly WatchedCertificate[]>;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Pick<Metrics, 'gauge'>;
}

/** Tells 30, 14, 7 and 1 days before the end of a certificate that it ends, ours or a peer's: once each, since the start. */
export class ExpiryWatch {
  #timer: NodeJS.Timeout | undefined;
  #told = NOTHING_TOLD;
  #watched: readonly WatchedCertificate[] = [];

  constructor(private readonly parts: ExpiryWatchParts) {
    const { metrics } = parts;
    const days = 'Days until the first of them ends; +Inf: there is none';
    metrics.gauge('interoffice_certificates_own_days', `Own certificates. ${days}`, () => this.#least('own'));
    metrics.gauge('interoffice_certificates_peers_days', `Certificates of peers. ${days}`, () => this.#least('peer'));
  }

  /** Of everything that ends within 30 days, the latest step each. */
  get warnings(): readonly ExpiryWarning[] {
    return expiryWarnings(this.#watched, { told: NOTHING_TOLD, now: this.parts.clock.now() }).warnings;
  }

  start(): void {
    this.#timer = setInterval(() => void this.look(), LOOK_EVERY_MS).unref();
    void this.look();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Looks now; rejects as `watched` does. */
  async look(): Promise<void> {
    const { watched, clock, log } = this.parts;
    this.#watched = await watched();
    const { warnings, told } = expiryWarnings(this.#watched, { told: this.#told, now: clock.now() });
    this.#told = told;
    for (const { certificate, days, text } of warnings) {
      const { whose, domain, fingerprint, notAfter } = certificate;
      log.warn('certificate.expiry.warned', {
        whose,
        domain,
        days,
        fingerprint,
        notAfter: new Date(notAfter).toISOString(),
        text,
      });
    }
  }

  #least(whose: WatchedCertificate['whose']): number {
    const ends = this.#watched.filter((one) => one.whose === whose).map(({ notAfter }) => notAfter);
    return (Math.min(Infinity, ...ends) - this.parts.clock.now()) / DAY_MS;
  }
}
