import type { CertificateRow } from '@interoffice/api';
import type { CertificateFacts } from '@interoffice/pki';

const DAY_MS = 86_400_000;
const SOON_MS = 30 * DAY_MS;

/** Of a certificate, what is shown. */
export type ShownFacts = Pick<CertificateFacts, 'subject' | 'issuer' | 'notBefore' | 'notAfter' | 'fingerprint'> & {
  readonly names: Pick<CertificateFacts['names'], 'dns' | 'ip'>;
};

export interface RowWish {
  readonly whose: CertificateRow['whose'];
  readonly domain: string;
  readonly facts: ShownFacts | undefined;
  /** Why it cannot be read. */
  readonly fault?: string | undefined;
  readonly missing?: readonly string[];
  readonly isProvisional?: boolean;
  readonly seenAt?: number;
  readonly now: number;
}

/** A certificate as a row, with how it stands and what to do about that. */
export function rowOf(wish: RowWish): CertificateRow {
  const { whose, domain, facts, missing = [], seenAt } = wish;
  return {
    whose,
    domain,
    ...standing(wish),
    subject: facts?.subject ?? '',
    issuer: facts?.issuer ?? '',
    names: facts ? [...facts.names.dns, ...facts.names.ip] : [],
    missing,
    notBefore: facts?.notBefore,
    notAfter: facts?.notAfter,
    fingerprint: facts?.fingerprint ?? '',
    seenAt,
  };
}

function standing({
  whose,
  facts,
  fault = '',
  missing = [],
  isProvisional,
  now,
}: RowWish): Pick<CertificateRow, 'state' | 'text'> {
  if (!facts) return { state: 'unreadable', text: `${fault} Put another one in place.` };
  const theirs = whose === 'peer';
  if (now >= facts.notAfter) {
    const text = theirs
      ? 'It has ended; its owner has to renew it.'
      : 'It has ended: clients and peers refuse it. Renew it.';
    return { state: 'ended', text };
  }
  if (now < facts.notBefore)
    return { state: 'not-yet-valid', text: 'It is not valid yet, or this machine’s clock is wrong.' };
  if (missing.length > 0) {
    return {
      state: 'incomplete',
      text: `It does not name ${missing.join(', ')}. Ask for one that names all that is served.`,
    };
  }
  if (isProvisional === true) {
    return {
      state: 'provisional',
      text: 'It is of the own authority, which nobody else trusts. Request one from yours.',
    };
  }
  if (facts.notAfter - now > SOON_MS) return { state: 'good', text: '' };
  const days = Math.floor((facts.notAfter - now) / DAY_MS);
  const left = days === 0 ? 'less than a day' : days === 1 ? '1 day' : `${days} days`;
  return { state: 'ends-soon', text: `It ends in ${left}. ${theirs ? 'Its owner has to renew it.' : 'Renew it.'}` };
}
