import './events.js';

export { features, type FeatureParts } from './features.js';
export type { Team, TeamRoom, TeamRooms, TeamRosters } from '@interoffice/features';
export { type FederationWish, outboundOf } from './federation.js';
export { openJournal, type JournalParts } from './journal.js';
export { PolicyVersions, type PolicyVersion } from './policy-versions.js';
export { rehearse } from './rehearsal.js';
export type { RehearsalParts } from './rehearsal-stage.js';
export { DEFAULT_POLICY, roomRules, type RoomPolicy } from './room-rules.js';
export { checkReceipts, type ReceiptReport } from './receipt-check.js';
export { PostgresReceipts } from './receipts.js';
export { sqlOf } from './sql.js';
export { deviceJid, XmppServer, type DeviceFacts, type SocketAddress, type XmppServerParts } from './xmpp-server.js';
export type { FollowedSettings } from '@interoffice/federation/queue';
