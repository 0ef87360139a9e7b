export type { Authenticator, LoginRefusal, Proof, SaslCondition, ScramHash, ScramVerifier } from './authenticator.js';
export type { BoundDevice, StreamEnd } from './bound-device.js';
export { C2sStream, type Authenticated, type C2sParts } from './c2s.js';
export { bind, type Bind } from './negotiable/bind.js';
export { noCompression } from './negotiable/compression.js';
export { streamLimits } from './negotiable/limits.js';
export { channelBindingTypes, sasl, type SaslOptions } from './negotiable/sasl.js';
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
export { Watchdog } from './watchdog.js';
