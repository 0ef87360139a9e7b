import { PeerCertificate } from '@interoffice/contract';

const PURPOSES: Readonly<Record<string, string>> = {
  '1.3.6.1.5.5.7.3.1': 'serverAuth',
  '1.3.6.1.5.5.7.3.2': 'clientAuth',
  '1.3.6.1.5.5.7.3.3': 'codeSigning',
  '1.3.6.1.5.5.7.3.4': 'emailProtection',
  '2.5.29.37.0': 'any',
};

/**
 * What a peer has shown. A gateway of another release has told it: what cannot be read is left out, so that the page
 * which says why nothing works does not fail itself.
 */
export function certificatesOf(chain: readonly object[]): PeerCertificate[] {
  return chain.flatMap((shown) => {
    const read = PeerCertificate.safeParse(written(shown));
    return read.success ? [read.data] : [];
  });
}

function written({ purposes, notBefore, notAfter, ...rest }: Partial<Record<keyof PeerCertificate, unknown>>): object {
  const named = Array.isArray(purposes) ? purposes.map((oid: unknown) => PURPOSES[String(oid)] ?? oid) : undefined;
  return { ...rest, purposes: named, notBefore: moment(notBefore), notAfter: moment(notAfter) };
}

/** A certificate may name a day that no clock reaches. */
function moment(ms: unknown): string | undefined {
  const date = new Date(Number(ms));
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}
