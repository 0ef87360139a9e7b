export { parseConnection, type Connection, type ConnectionTls, type Role } from './connection.js';
export { Database, type DatabaseOptions, type Prepared, type Row, type Statements } from './database.js';
export { EmbeddedPostgres, type EmbeddedPostgresOptions } from './embedded-postgres.js';
export { Gathering } from './gathering.js';
export { EVENTS as STORAGE_EVENTS } from './events.js';
export { migrate, type MigrateOptions } from './migrate.js';
export { plainLetters } from './plain-letters.js';
export { openScratch } from './scratch.js';
export { isUnreachable } from './unreachable.js';
