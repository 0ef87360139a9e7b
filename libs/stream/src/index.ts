export type { Authenticator, LoginRefusal, Proof, SaslCondition, ScramHash, ScramVerifier } from './authenticator.js';
export type { BoundDevice } from './bound-device.js';
export { C2sStream, type Authenticated, type C2sParts } from './c2s.js';
export { bind, type Bind } from './negotiable/bind.js';
export { streamLimits } from './negotiable/limits.js';
export { channelBindingTypes, sasl, type SaslOptions } from './negotiable/sasl.js';
export { starttls } from './negotiable/starttls.js';
export type { Achieved, StreamFeature } from './negotiation.js';
export { Watchdog } from './watchdog.js';
