import { afterEach, describe, expect, it } from 'vitest';
import { PostgresRecords } from '@interoffice/directory';
import { parseJid } from '@interoffice/wire';
import { openDatabase, type TestDatabase } from '../../../../test/support/database.js';
import { PostgresAuditLog } from '../audit/postgres-audit-log.js';
import { PostgresApiSessions } from './postgres-api-sessions.js';
import { storesKeepTheContract } from './stores.contract.js';

const opened: TestDatabase[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((database) => database.drop()));
});

describe('in PostgreSQL', () => {
  storesKeepTheContract(async () => {
    const database = await openDatabase();
    opened.push(database);
    const clock = { at: 1_700_000_000_000, now: () => clock.at };
    const jid = parseJid('romeo@im.example');
    await new PostgresRecords(database).create({ jid, person: {}, role: 'officer', roleScope: '*', verifiers: [] });
    return { sessions: new PostgresApiSessions(database, clock), audit: new PostgresAuditLog(database), clock };
  });

  // W-06
  it('lets no role of the application change or delete a line of the audit log', async () => {
    const database = await openDatabase();
    opened.push(database);
    for (const role of ['app', 'writer', 'reader', 'officer', 'disposer'] as const) {
      for (const statement of ["UPDATE audit SET actor = 'x'", 'DELETE FROM audit', 'TRUNCATE audit']) {
        await expect(database.query(role, statement)).rejects.toMatchObject({ code: '42501' });
      }
    }
  });

  it('says that the audit log cannot be written when the database is gone', async () => {
    const database = await openDatabase();
    const audit = new PostgresAuditLog(database);
    await database.drop();
    const deed = { actor: 'a', role: 'officer', action: 'archive.view', subject: 'x', details: {}, address: '::1' };
    await expect(audit.record(deed)).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' });
  });
});
