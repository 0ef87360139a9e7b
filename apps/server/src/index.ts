import './events.js';

export { features, type FeatureParts } from './features.js';
export { openJournal, type JournalParts } from './journal.js';
export { rehearse, type RehearsalParts } from './rehearsal.js';
export { deviceJid, XmppServer, type DeviceFacts, type SocketAddress, type XmppServerParts } from './xmpp-server.js';
