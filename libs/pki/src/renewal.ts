// When a certificate is renewed: rules without I/O. What gets the new one (ACME, the company's authority) is the caller's.
import type { CertificateFacts } from './facts.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const SHARE_OF_LIFE = 2 / 3;
/** However early somebody wants it: one that was just issued is not renewed at once, for ever. */
const LEAST_SHARE_OF_LIFE = 1 / 2;
/** Up to that much earlier, so that what was issued together does not come back together. */
const SPREAD_OF_LIFE = 1 / 20;
const FIRST_PAUSE_MS = HOUR_MS;
const LONGEST_PAUSE_MS = DAY_MS;
/** Let's Encrypt allows five failed validations an hour; with this there are four, and only near the end. */
const SHORTEST_PAUSE_MS = 15 * MINUTE_MS;
/** The pause is at most this share of what is left: eight tries more, whatever happens. */
const SHARE_OF_REST = 1 / 8;
const SPREAD_OF_PAUSE = 1 / 10;

/** What is known about the certificate in use. */
export type RenewedCertificate = Pick<CertificateFacts, 'notBefore' | 'notAfter' | 'fingerprint'>;

/** What an office may set. */
export interface RenewalRule {
  /** So long before the end; without it, when two thirds of its life are over. Milliseconds. */
  readonly beforeMs?: number;
}

/** The attempts that failed since the certificate in use was put in place. Times in milliseconds since 1970. */
export interface RenewalFailures {
  readonly count: number;
  readonly lastAt: number;
  /** The authority asked not to be called before then (Retry-After). */
  readonly notBefore?: number;
}

/** When the next attempt is due. */
export interface Renewal {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly isDue: boolean;
  /** `planned`: none has failed yet; `again`: after a failure. */
  readonly reason: 'planned' | 'again';
}

/**
 * When a certificate is to be renewed. The same certificate and failures give the same answer at any time and in any
 * process: what is spread is spread by the fingerprint, not by chance.
 */
export function planRenewal(
  certificate: RenewedCertificate,
  {
    rule = {},
    failures,
    now,
  }: { readonly rule?: RenewalRule; readonly failures?: RenewalFailures; readonly now: number },
): Renewal {
  const planned = plannedAt(certificate, rule);
  if (!failures || failures.count === 0) return { at: planned, isDue: now >= planned, reason: 'planned' };
  const at = Math.max(planned, failures.lastAt + pauseAfter(certificate, failures), failures.notBefore ?? 0);
  return { at, isDue: now >= at, reason: 'again' };
}

function plannedAt({ notBefore, notAfter, fingerprint }: RenewedCertificate, { beforeMs }: RenewalRule): number {
  const life = notAfter - notBefore;
  const latest = beforeMs === undefined ? SHARE_OF_LIFE * life : life - beforeMs;
  const earlier = portionOf(fingerprint, 0) * SPREAD_OF_LIFE * life;
  return Math.round(notBefore + Math.max(latest - earlier, LEAST_SHARE_OF_LIFE * life));
}

function pauseAfter({ notAfter, fingerprint }: RenewedCertificate, { count, lastAt }: RenewalFailures): number {
  const longest = Math.min(Math.max((notAfter - lastAt) * SHARE_OF_REST, SHORTEST_PAUSE_MS), LONGEST_PAUSE_MS);
  const doubled = FIRST_PAUSE_MS * 2 ** Math.min(count - 1, 10);
  return Math.round(Math.min(doubled, longest) * (1 + portionOf(fingerprint, count) * SPREAD_OF_PAUSE));
}

/** A number from 0 up to 1 that is always the same for a certificate and a turn, and even over many of them. */
function portionOf(fingerprint: string, turn: number): number {
  const digits = fingerprint.replaceAll(':', '');
  const at = (turn * 8) % Math.max(digits.length - 8, 1);
  return Number.parseInt(digits.slice(at, at + 8), 16) / 2 ** 32;
}
