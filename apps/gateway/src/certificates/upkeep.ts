import path from 'node:path';
import type { Settings } from '@interoffice/config';
import { type KeyPair, loadKeyPair, type WatchedCertificate } from '@interoffice/pki';
import type { Clock, Log, Metrics } from '@interoffice/telemetry';
import type { TlsContext } from '@interoffice/transport';
import { Scanner, Vocabulary } from '@interoffice/wire';
import { ExpiryWatch } from './expiry-watch.js';
import { obtainBy } from './obtaining.js';
import { OwnCertificate } from './own-certificate.js';
import { probeOf } from './probe-of.js';
import { RenewalMemory } from './renewal-memory.js';
import { RenewalWatch } from './renewal-watch.js';
import type { SelfProbe } from './self-probe.js';

export interface UpkeepParts {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Certificates of others whose end is watched. */
  readonly others: () => readonly WatchedCertificate[];
  /** A new pair is in place. */
  readonly renewed: () => void | Promise<unknown>;
}

const PROBE_FIGURES = { ours: 1, unseen: 0, impostor: -1 } as const;

/** What is done about our certificate while a process runs: renewing, warning of ends, and looking at it from outside. */
export class CertificateUpkeep {
  readonly own: OwnCertificate;
  readonly renewal: RenewalWatch | undefined;
  readonly expiry: ExpiryWatch;
  #probe: SelfProbe | undefined;

  constructor(private readonly parts: UpkeepParts) {
    const { settings, clock, log, metrics, others } = parts;
    const { renewal } = settings.ownCertificate;
    const own = new OwnCertificate(settings, clock);
    this.own = own;
    this.renewal =
      renewal &&
      new RenewalWatch({
        own,
        by: renewal.by,
        beforeMs: renewal.beforeMs,
        obtain: obtainBy(renewal, clock),
        memory: new RenewalMemory(path.join(settings.dataDir, 'pki', 'renewal.json')),
        renewed: parts.renewed,
        clock,
        log,
      });
    const watched = async (): Promise<WatchedCertificate[]> => [...(await this.#watchedOwn()), ...others()];
    this.expiry = new ExpiryWatch({ watched, clock, log, metrics });
    this.#count(metrics);
  }

  /** Undefined: the settings ask for none. */
  get probe(): SelfProbe | undefined {
    return this.#probe;
  }

  /**
   * The pair to begin with. Where it cannot be used and somebody renews it, a new one is got now; rejects as `loadKeyPair`
   * does when there is none afterwards.
   */
  async firstPair(): Promise<KeyPair> {
    const { clock } = this.parts;
    try {
      return await loadKeyPair(await this.own.files(), clock);
    } catch (error) {
      if (!this.renewal) throw error;
      await this.renewal.look();
      return loadKeyPair(await this.own.files(), clock);
    }
  }

  start(): void {
    this.renewal?.start();
    this.expiry.start();
  }

  /** The world calls this process from now on, so that what it is shown can be compared. */
  becomeGateway(tls: TlsContext): void {
    const { settings, clock, log } = this.parts;
    const dial = { scanner: new Scanner(new Vocabulary()), tls };
    this.#probe = probeOf({ settings, dial, clock, log });
    this.#probe?.start();
  }

  async stop(): Promise<void> {
    this.expiry.stop();
    await Promise.all([this.renewal?.stop(), this.#probe?.stop()]);
  }

  #count(metrics: Pick<Metrics, 'gauge' | 'gauges'>): void {
    metrics.gauge(
      'interoffice_certificates_renewal_failures',
      'How often in a row no new certificate could be got',
      () => this.renewal?.state.failed?.count ?? 0,
    );
    const help = 'What is shown where DNS leads others: 1 our certificate, 0 nothing, -1 somebody else’s';
    metrics.gauges('interoffice_certificates_probe', { help, labels: ['domain'] }, () =>
      (this.#probe?.results ?? []).map(({ domain, state }) => [{ domain }, PROBE_FIGURES[state]] as const),
    );
  }

  async #watchedOwn(): Promise<WatchedCertificate[]> {
    const { facts } = await this.own.show();
    const [domain] = this.parts.settings.domains;
    return facts ? [{ whose: 'own', domain, fingerprint: facts.fingerprint, notAfter: facts.notAfter }] : [];
  }
}
