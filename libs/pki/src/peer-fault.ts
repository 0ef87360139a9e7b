/** Why a peer's certificate is not accepted. Stable: shown on the peer page, counted, searched for. */
export type PeerFaultCode =
  | 'no-certificate'
  | 'malformed'
  | 'self-signed'
  | 'untrusted-root'
  | 'missing-issuer'
  | 'expired'
  | 'not-yet-valid'
  | 'wrong-name'
  | 'wrong-purpose'
  | 'revoked'
  | 'crl-expired'
  | 'weak-key'
  | 'weak-signature'
  | 'name-constraint'
  | 'bad-chain'
  | 'pin-mismatch';

/** What is wrong with a certificate, for programs and for people. */
export interface PeerFault {
  readonly code: PeerFaultCode;
  /** What happened, on whose side, and what to do. */
  readonly text: string;
}

/** A fault as a value that can be thrown through a search. */
export function fault(code: PeerFaultCode, text: string): PeerFault {
  return { code, text };
}
