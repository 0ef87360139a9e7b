export { Authority, ensureAuthority } from './authority.js';
export { writeFileAtomic } from './atomic-file.js';
export { type CertificateRequest, type MadeRequest, makeRequest, readRequest } from './certificate-request.js';
export {
  issueGatewayCertificate,
  issueOfficeAuthority,
  issueRevocationList,
  issueRoot,
  type OfficeAuthority,
  type Revoked,
  type SigningAuthority,
  type Term,
} from './company-authority.js';
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
export { sentChain } from './sent-chain.js';
export { ensureSecret } from './secret-file.js';
export { commandSigner, keySigner, type Signer, type SignerCommand } from './signer.js';
export { ensureServerCertificate, type ServerCertificateSource } from './server-certificate.js';
