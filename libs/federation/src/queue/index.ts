export type { Acquaintance, AcquaintanceStore } from './acquaintances.js';
export type { Denial, DenialStore } from './decisions.js';
export {
  Federation,
  type FederationParts,
  type FollowedSettings,
  type PeerPlace,
  type StrangerSettings,
} from './federation.js';
export { type Courtesy, type GivenUp, Line, type LineParts, type LineStream, type OutboundRow } from './line.js';
export type { GatewayFacts, GatewayWish } from './gateways.js';
export type { OutboundReader } from './lines.js';
export type { LineFacts } from './peer-line.js';
export type { MarkStore, PeerMark } from './peer-marks.js';
export { faultOfReceipt, type Receipt } from './receipt.js';
export type { GivenReceipt, ReceiptStore } from './receipts.js';
export type { PeerSettings, RelayWish } from '../link/shapes.js';
export type { GatewayTest } from './tests.js';
export type { StrangerWishes } from './strangers.js';
