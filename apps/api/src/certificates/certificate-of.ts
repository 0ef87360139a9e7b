import type { Certificate, CertificateRequest, CertificateStanding as ShownStanding } from '@interoffice/contract';
import type {
  CertificateCare,
  CertificateRequestRow,
  CertificateRow,
  CertificateStanding,
} from './administered-certificates.js';

/** A row as it is shown. */
export function certificateOf({ names, missing, notBefore, notAfter, seenAt, ...row }: CertificateRow): Certificate {
  return {
    ...row,
    names: [...names],
    missing: [...missing],
    notBefore: moment(notBefore),
    notAfter: moment(notAfter),
    seenAt: moment(seenAt),
  };
}

/** A request as it is shown: what is kept of it beside that, such as the whole chain, is not. */
export function requestOf(row: CertificateRequestRow): CertificateRequest {
  const { id, names, keyType, state, madeAt, waiting, answer, liveSince } = row;
  return {
    id,
    names: [...names],
    keyType,
    state,
    madeAt: iso(madeAt),
    waiting: waiting && { since: iso(waiting.since), of: waiting.of },
    answer: answer && {
      at: iso(answer.at),
      issuer: answer.issuer,
      notAfter: iso(answer.notAfter),
      fingerprint: answer.fingerprint,
    },
    liveSince: moment(liveSince),
  };
}

/** What is done about our certificate, as it is shown. */
export function standingOf({ names, isSwappable, gateways, warnings, ...own }: CertificateStanding): ShownStanding {
  return {
    names: [...names],
    swappable: isSwappable,
    ...careOf(own),
    gateways: gateways.map(({ name, ...care }) => ({ name, ...careOf(care) })),
    warnings: warnings.map(({ whose, domain, days, text }) => ({ whose, domain, days, text })),
  };
}

function careOf({ renewal, probe }: CertificateCare): Pick<ShownStanding, 'renewal' | 'probe'> {
  return {
    renewal: renewal && {
      by: renewal.by,
      nextAt: iso(renewal.nextAt),
      renewedAt: moment(renewal.renewedAt),
      failed: renewal.failed && { ...renewal.failed, lastAt: iso(renewal.failed.lastAt) },
    },
    probe: probe?.map(({ domain, state, at, text }) => ({ domain, state, at: iso(at), text })),
  };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

/** A certificate may name a day that no clock reaches. */
function moment(ms: number | undefined): string | undefined {
  const date = new Date(ms ?? NaN);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}
