export type { Denial, DenialStore } from './decisions.js';
export { Federation, type FederationParts } from './federation.js';
export { type Courtesy, type GivenUp, Line, type LineParts, type LineStream, type OutboundRow } from './line.js';
export type { LineFacts, OutboundReader } from './lines.js';
export type { MarkStore, PeerMark } from './peer-marks.js';
export { faultOfReceipt, type Receipt } from './receipt.js';
export type { GivenReceipt, ReceiptStore } from './receipts.js';
export type { PeerSettings } from '../link/shapes.js';
