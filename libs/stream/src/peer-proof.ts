/**
 * Whether what a server showed proves its domain. Given by the application, which knows authorities and pins: this lib
 * only speaks the protocol.
 */
export type PeerProof = (domain: string, certificates: readonly Buffer[]) => PeerRefusal | undefined;

/** Why a peer is not believed: a stable code, and a sentence that says whose side it is on and what to do. */
export interface PeerRefusal {
  readonly code: string;
  readonly text: string;
}
