export { Authority, ensureAuthority } from './authority.js';
export { writeFileAtomic } from './atomic-file.js';
export { certificateFacts, type CertificateFacts } from './facts.js';
export type { IssuedPair } from './issue.js';
export { loadKeyPair, loadTrust, type KeyPair, type KeyPairFiles } from './key-pair.js';
export {
  PeerCertificates,
  type PeerExpectation,
  type PeerJudgement,
  type PeerTrust,
  type ShownCertificate,
} from './peer-certificate.js';
export type { PeerFault, PeerFaultCode } from './peer-fault.js';
export type { MatchedName } from './peer-names.js';
export { loadRevocationLists, type RevocationList } from './revocation.js';
export type { CertificateNames } from './served-names.js';
export { ensureSecret } from './secret-file.js';
export { ensureServerCertificate, type ServerCertificateSource } from './server-certificate.js';
