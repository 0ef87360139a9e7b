export { features, type FeatureParts } from './features.js';
export { deviceJid, XmppServer, type SocketAddress, type XmppServerParts } from './xmpp-server.js';
