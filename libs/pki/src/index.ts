export { Authority, ensureAuthority, exists } from './authority.js';
export { AuthorityFolder, type AuthorityWish, type OfficeWish, serialOf } from './authority-folder.js';
export type { IssuedRecord } from './authority-deeds.js';
export { writeFileAtomic } from './atomic-file.js';
export { AcmeAuthority, type AcmeOrder, type AcmeServer } from './acme.js';
export { retryAtOf } from './acme-failure.js';
export type { ChallengeAnswers, Withdraw } from './acme-proof.js';
export {
  type CertificateRequest,
  type KeyType,
  type MadeRequest,
  makeRequest,
  readRequest,
  type RequestForm,
} from './certificate-request.js';
export { CertificateRequests, type RequestsSource, type ShownRequest } from './certificate-requests.js';
export { type ChainEnd, checkPair, type CheckedPair, type PairRules } from './checked-pair.js';
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
export { type ExpiryWarning, expiryWarnings, type WatchedCertificate } from './expiry-warnings.js';
export { certificateFacts, type CertificateFacts } from './facts.js';
export type { IssuedPair } from './issue.js';
export { loadKeyPair, loadTrust, type KeyPair, type KeyPairFiles } from './key-pair.js';
export { swapLivePair, type SwapRules } from './live-pair.js';
export { missingNames, namesMissing } from './missing-names.js';
export {
  PeerCertificates,
  type PeerExpectation,
  type PeerJudgement,
  type PeerTrust,
  type ShownCertificate,
} from './peer-certificate.js';
export type { PeerFault, PeerFaultCode } from './peer-fault.js';
export type { MatchedName } from './peer-names.js';
export { readPkcs12, writePkcs12 } from './pkcs12.js';
export {
  planRenewal,
  type Renewal,
  type RenewalFailures,
  type RenewalRule,
  type RenewedCertificate,
} from './renewal.js';
export type { RequestAnswer, RequestRecord, RequestState } from './request-state.js';
export { loadRevocationLists, type RevocationList } from './revocation.js';
export type { CertificateNames } from './served-names.js';
export { sentChain } from './sent-chain.js';
export { ensureSecret } from './secret-file.js';
export { askSigner, commandSigner, keySigner, type Signer, type SignerCommand } from './signer.js';
export { ensureServerCertificate, type ServerCertificateSource } from './server-certificate.js';
