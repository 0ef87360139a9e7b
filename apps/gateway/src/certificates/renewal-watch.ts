import type { RenewalSettings } from '@interoffice/config';
import { planRenewal, type RenewedCertificate, retryAtOf } from '@interoffice/pki';
import { type Clock, describeError, Failure, type Log } from '@interoffice/telemetry';
import type { Obtain } from './obtaining.js';
import type { OwnCertificate } from './own-certificate.js';
import type { RememberedFailures, RenewalMemory } from './renewal-memory.js';

const LOOK_EVERY_MS = 60_000;
/** Of a certificate that is not there or does not do: due since ever. */
const OVERDUE = { notBefore: 0, notAfter: 0, fingerprint: '00:00:00:00' };

/** How renewing stands. Times in milliseconds since 1970. */
export interface RenewalState {
  readonly by: RenewalSettings['by'];
  readonly nextAt: number;
  /** What failed since the certificate in use was put in place. */
  readonly failed:
    | { readonly count: number; readonly lastAt: number; readonly code: string; readonly text: string }
    | undefined;
  /** When one was put in place, since this process began. */
  readonly renewedAt: number | undefined;
}

export interface RenewalWatchParts {
  readonly own: OwnCertificate;
  readonly by: RenewalSettings['by'];
  readonly beforeMs: number | undefined;
  readonly obtain: Obtain;
  readonly memory: RenewalMemory;
  /** Another pair is in place: take it into use. */
  readonly renewed: () => void | Promise<unknown>;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Gets a new certificate before the one in use ends, or when it does not name all that is served, and puts it in place.
 * Whatever fails, the one in use is kept, and it is tried again by the rules of `planRenewal`.
 */
export class RenewalWatch {
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;
  #failures: RememberedFailures | undefined;
  #certificate: RenewedCertificate = OVERDUE;
  #nextAt: number;
  #renewedAt: number | undefined;

  constructor(private readonly parts: RenewalWatchParts) {
    this.#nextAt = parts.clock.now();
  }

  get state(): RenewalState {
    const { count, lastAt, code, text } = this.#failures ?? {};
    const failed = count === undefined ? undefined : { count, lastAt: lastAt!, code: code!, text: text! };
    return { by: this.parts.by, nextAt: this.#nextAt, failed, renewedAt: this.#renewedAt };
  }

  start(): void {
    this.#timer = setInterval(() => void this.look(), LOOK_EVERY_MS).unref();
    void this.look();
  }

  /** Resolves when what was under way has ended: nothing is put in place afterwards. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#looking;
  }

  /** Looks whether it is time, and renews if so; never rejects. One at a time. */
  look(): Promise<void> {
    return (this.#looking ??= this.#look().finally(() => (this.#looking = undefined)));
  }

  /** Renews now, whatever the time; rejects with what the authority says, and the certificate in use is kept then. */
  async renewNow(): Promise<void> {
    await this.#looking;
    await (this.#looking = this.#renew().finally(() => (this.#looking = undefined)));
    const { failed } = this.state;
    if (failed) throw new Failure(failed.code, failed.text);
  }

  async #look(): Promise<void> {
    const { own, beforeMs, memory, clock } = this.parts;
    this.#failures ??= await memory.read();
    const { facts, missing, isProvisional } = await own.show();
    this.#certificate = facts && missing.length === 0 && !isProvisional ? facts : OVERDUE;
    const rule = { beforeMs };
    if (this.#failures && !planRenewal(this.#certificate, { rule, now: clock.now() }).isDue) {
      // Somebody has put another one in place meanwhile.
      this.#failures = undefined;
      await memory.forget();
    }
    const plan = planRenewal(this.#certificate, { rule, failures: this.#failures, now: clock.now() });
    this.#nextAt = plan.at;
    if (plan.isDue) await this.#renew();
  }

  async #renew(): Promise<void> {
    const { own, obtain, memory, renewed, clock, log, by } = this.parts;
    try {
      const { pair, roots } = await obtain(own.names, await own.roots());
      const { facts } = await own.swap(pair, roots);
      this.#failures = undefined;
      await memory.forget();
      this.#renewedAt = clock.now();
      log.info('certificate.renewed', {
        by,
        fingerprint: facts.fingerprint,
        notAfter: new Date(facts.notAfter).toISOString(),
      });
      await renewed();
      this.#nextAt = planRenewal(facts, { rule: { beforeMs: this.parts.beforeMs }, now: clock.now() }).at;
    } catch (error) {
      await this.#failed(error);
    }
  }

  async #failed(error: unknown): Promise<void> {
    const { memory, clock, log, by } = this.parts;
    const code = error instanceof Failure ? error.code : 'FAILED';
    const text = error instanceof Failure ? error.message : describeError(error);
    const count = (this.#failures?.count ?? 0) + 1;
    this.#failures = { count, lastAt: clock.now(), notBefore: retryAtOf(error), code, text };
    this.#nextAt = planRenewal(this.#certificate, { failures: this.#failures, now: clock.now() }).at;
    log.warn('certificate.renewal.failed', { by, code, reason: describeError(error), count });
    try {
      await memory.keep(this.#failures);
    } catch (cause) {
      log.warn('certificate.renewal.failed', { by, code: 'NOT_KEPT', reason: describeError(cause), count });
    }
  }
}
