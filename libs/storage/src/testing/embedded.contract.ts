// Runs as a process of its own: starts an embedded PostgreSQL, says so, and lives until it is killed.
import { silentLog } from '@interoffice/telemetry';
import { EmbeddedPostgres } from '../embedded-postgres.js';

const server = new EmbeddedPostgres({ dataDir: process.argv[2]!, log: silentLog });
await server.start();
process.send?.({ pid: server.pid });
setInterval(() => undefined, 60_000);
