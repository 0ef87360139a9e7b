export type {
  Authenticator,
  Guesses,
  LoginRefusal,
  Proof,
  SaslCondition,
  ScramHash,
  ScramVerifier,
} from './authenticator.js';
export type { BoundDevice, StreamEnd } from './bound-device.js';
export { C2sStream, type Authenticated, type C2sParts } from './c2s.js';
export { bidi } from './negotiable/bidi.js';
export { bind, type Bind } from './negotiable/bind.js';
export { SERVERS } from './framing.js';
export { DialbackKeys, type DialbackClaim } from './dialback-keys.js';
export { dialback, dialbackAnswers, type Dialback, type KeyVerdict, type ShownKey } from './negotiable/dialback.js';
export { external } from './negotiable/external.js';
export { noCompression } from './negotiable/compression.js';
export { streamLimits } from './negotiable/limits.js';
export { channelBindingTypes, sasl, type SaslOptions } from './negotiable/sasl.js';
export { serverStreamManagement } from './negotiable/server-stream-management.js';
export { starttls } from './negotiable/starttls.js';
export {
  streamManagement,
  type Enabled,
  type EnableWish,
  type NotResumed,
  type Resumed,
  type StreamManagement,
} from './negotiable/stream-management.js';
export type { Achieved, StreamFeature } from './negotiation.js';
export type { PeerProof, PeerRefusal } from './peer-proof.js';
export type { PeerScope, PeerSink, PeerStreamEnd } from './incoming-stanzas.js';
export type { StreamReason } from './outgoing-stanzas.js';
export { S2sInStream, type S2sInParts, type StreamSender } from './s2s-in.js';
export type { KeyQuestion, PeerMechanism, S2sStage } from './s2s-approach.js';
export { S2sOutStream, type S2sFailure, type S2sOutParts } from './s2s-out.js';
export { Watchdog } from './watchdog.js';
