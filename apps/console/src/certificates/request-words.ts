import type { CertificateRequest } from '@interoffice/contract';

const HOUR_MS = 3_600_000;
const STATES = {
  made: 'not sent yet',
  sent: 'waiting',
  answered: 'answered, not in use',
  live: 'in use',
  replaced: 'replaced by another',
} as const satisfies Record<CertificateRequest['state'], string>;

/** Where a request stands, for people: whom it waits for, since when, and how long that is. */
export function requestWords({ state, waiting }: CertificateRequest, now: number): string {
  if (!waiting) return STATES[state];
  const since = Date.parse(waiting.since);
  return `waiting since ${new Date(since).toLocaleDateString()} for ${waiting.of} (${lasting(now - since)})`;
}

function lasting(ms: number): string {
  const hours = Math.floor(ms / HOUR_MS);
  if (hours < 1) return 'less than an hour';
  if (hours < 48) return hours === 1 ? '1 hour' : `${hours} hours`;
  return `${Math.floor(hours / 24)} days`;
}
