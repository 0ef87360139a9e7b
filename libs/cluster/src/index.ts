export {
  FIRST_KIND,
  type Link,
  type LinkEnd,
  type LinkEndCode,
  type LinkSink,
  MOST_FRAME_BYTES,
  type TakeLink,
} from './link.js';
export { type BackOff, type DialerState, LinkDialer, type LinkDialerParts } from './link-dialer.js';
export { LinkListener, type LinkListenerParts } from './link-listener.js';
export type { LinkIdentity, LinkProof } from './link-trust.js';
export { memoryLink } from './memory-link.js';
export type { LinkTimes, LinkVersions } from './tls-link.js';
