// Who is told that a certificate ends soon: rules without I/O.

const DAY_MS = 86_400_000;
/** Before the end, in days; the least first. */
const STEPS = [1, 7, 14, 30] as const;

/** A certificate whose end is watched. */
export interface WatchedCertificate {
  readonly whose: 'own' | 'peer';
  /** The domain that it is used for. */
  readonly domain: string;
  readonly fingerprint: string;
  /** Milliseconds since 1970. */
  readonly notAfter: number;
}

/** One thing to tell. */
export interface ExpiryWarning {
  readonly certificate: WatchedCertificate;
  /** The step that was reached: so many days or fewer are left. */
  readonly days: (typeof STEPS)[number];
  /** What will happen, on whose side, and what to do. */
  readonly text: string;
}

/**
 * The warnings that are due and were not told yet, and what is told after them, to be kept and given again. Each step
 * (30, 14, 7 and 1 days) is told once for a certificate and domain; when several have passed unseen only the last is.
 * What was told about certificates that are no longer watched is forgotten, so that it does not grow.
 */
export function expiryWarnings(
  watched: readonly WatchedCertificate[],
  { told, now }: { readonly told: ReadonlySet<string>; readonly now: number },
): { readonly warnings: readonly ExpiryWarning[]; readonly told: ReadonlySet<string> } {
  const warnings: ExpiryWarning[] = [];
  const toldNow = new Set<string>();
  for (const certificate of watched) {
    const reached = STEPS.filter((days) => certificate.notAfter - now <= days * DAY_MS);
    const [days] = reached;
    if (days === undefined) continue;
    const mark = markOf(certificate, days);
    if (!told.has(mark) && !toldNow.has(mark)) warnings.push({ certificate, days, text: textOf(certificate, now) });
    for (const step of reached) toldNow.add(markOf(certificate, step));
  }
  return { warnings, told: toldNow };
}

function markOf({ fingerprint, domain }: WatchedCertificate, days: number): string {
  return `${fingerprint} ${domain} ${days}`;
}

function textOf({ whose, domain, notAfter }: WatchedCertificate, now: number): string {
  const left = Math.floor((notAfter - now) / DAY_MS);
  const at = new Date(notAfter).toISOString();
  const when =
    notAfter <= now ? `ended at ${at}` : `ends at ${at}, in ${left === 0 ? 'less than a day' : daysOf(left)}`;
  return whose === 'own'
    ? `Our certificate for ${domain} ${when}. Renew it: without one, clients and peers refuse to connect.`
    : `The certificate of the peer ${domain} ${when}. Its owner has to renew it; afterwards nothing is exchanged with them.`;
}

function daysOf(days: number): string {
  return days === 1 ? '1 day' : `${days} days`;
}
