import { Client } from 'pg';
import { clientConfig } from './client-config.js';
import type { Connection } from './connection.js';

/** Makes, as the administrator of an embedded server, the owner and its database when they are missing. */
export async function createDatabase(administrator: Connection, database: string, owner: string): Promise<void> {
  const client = new Client(clientConfig(administrator));
  await client.connect();
  try {
    const known = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [owner]);
    if (known.rowCount === 0) await client.query(`CREATE ROLE "${owner}" LOGIN CREATEROLE CREATEDB`);
    const made = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [database]);
    if (made.rowCount === 0) await client.query(`CREATE DATABASE "${database}" OWNER "${owner}"`);
  } finally {
    await client.end();
  }
}
