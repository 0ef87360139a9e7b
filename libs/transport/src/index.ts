export type { Accept, Connection, ConnectionSink, TlsFacts } from './connection.js';
export { dial, type DialAt, DialFailure, type DialParts } from './dial.js';
export { Direct } from './direct.js';
export { AcceptGuard, type AcceptLimits } from './limits.js';
export { Listener, type ListenAt, type ListenerParts } from './listener.js';
export { adoptionWorks } from './read-buffer.js';
export type { Protocol } from './tls-side.js';
export { TLS_SETTINGS, TlsContext, type KeyAndCertificate } from './tls-context.js';
export { WebSockets, type WebSocketParts } from './websocket.js';
