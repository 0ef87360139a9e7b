import type { GatewayReport } from '@interoffice/federation/peer';
import type { CertificateUpkeep } from './upkeep.js';

const LOOK_EVERY_MS = 2_000;

/**
 * Tells the server what is done about our certificate and what was seen from outside, whenever it changes: nobody who
 * administers the company reads the log of a machine at the edge of its network.
 */
export class Reporting {
  #timer: NodeJS.Timeout | undefined;
  #told = '';

  constructor(
    private readonly upkeep: Pick<CertificateUpkeep, 'own' | 'renewal' | 'probe'>,
    private readonly tell: (report: GatewayReport) => void,
  ) {}

  start(): void {
    this.#timer = setInterval(() => void this.look(), LOOK_EVERY_MS).unref();
    void this.look();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Looks now; never rejects: a certificate that cannot be read is what is to be told then. */
  async look(): Promise<void> {
    const { own, renewal, probe } = this.upkeep;
    const { file, facts, fault, missing, isProvisional } = await own.show();
    const certificate = { facts, missing, isProvisional, fault: fault && `${file}: ${fault}` };
    const seen = probe?.results.map(({ domain, state, at, text }) => ({ domain, state, at, text }));
    const report: GatewayReport = {
      certificate,
      ...(renewal && { renewal: renewal.state }),
      ...(seen && { probe: seen }),
    };
    const text = JSON.stringify(report);
    if (text === this.#told) return;
    this.#told = text;
    this.tell(report);
  }
}
