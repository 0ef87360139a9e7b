import path from 'node:path';
import type { Settings } from '@interoffice/config';
import type { KeyPairFiles } from '@interoffice/pki';

/** Of the settings, what says where our certificate is and whom it has to name. */
export type CertificateParts = Pick<
  Settings,
  | 'domains'
  | 'services'
  | 'federation'
  | 'gateway'
  | 'dataDir'
  | 'certificate'
  | 'ownCertificate'
  | 'trustedAuthorities'
>;

/**
 * The one file with key and certificate that is swapped while we run. Undefined: the settings name two files, which are
 * somebody else's to replace.
 */
export function livePathOf({ certificate, dataDir }: CertificateParts): string | undefined {
  if (!certificate) return path.join(dataDir, 'pki', 'live.pem');
  const isOneFile = certificate.chain === undefined && certificate.key === certificate.certificate;
  return isOneFile ? certificate.certificate : undefined;
}

/** Where key and certificate lie when nobody has put others in place: those of the own authority. */
export function ownFiles(dataDir: string): KeyPairFiles {
  return { certificate: path.join(dataDir, 'pki', 'server.pem'), key: path.join(dataDir, 'pki', 'server.key') };
}

/** Where requests for certificates lie, each with its key. */
export function requestsFolder({ dataDir }: CertificateParts): string {
  return path.join(dataDir, 'pki', 'requests');
}

/**
 * What a certificate has to name. A gateway at the edge of the network speaks for the domains and the rooms, and has a
 * name under which others, and its server, reach it.
 */
export function namesToServe({ domains, services, federation, gateway, ownCertificate }: CertificateParts): string[] {
  const served = gateway ? [services.rooms] : Object.values(services);
  const host = federation.public?.host;
  return ownCertificate.names
    ? [...ownCertificate.names]
    : [...new Set([...domains, ...served, ...(host === undefined ? [] : [host])])];
}
