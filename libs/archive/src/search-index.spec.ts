import { Database } from '@interoffice/storage';
import { Metrics, silentLog } from '@interoffice/telemetry';
import { describe, expect, it } from 'vitest';
import { FIRST_ID, idAt, LAST_ID, parseId, timeOf } from './ids.js';
import { SearchIndex } from './search-index.js';

describe('text index', () => {
  it('says that it cannot follow, and how far behind it is', async () => {
    const metrics = new Metrics();
    const nowhere = { host: '/nowhere', port: 5432, user: 'a', database: 'b' };
    const database = new Database({ connection: nowhere, log: silentLog });
    const now = Date.UTC(2026, 5, 1);
    const upTo = (): string => idAt(now);
    const index = new SearchIndex({ database, clock: { now: () => now + 4_000 }, metrics, upTo });
    index.indexedId = idAt(now - 1_000);
    await expect(index.start()).rejects.toMatchObject({ code: 'DATABASE_UNREACHABLE' });
    await expect(index.follow()).rejects.toMatchObject({ code: 'DATABASE_UNREACHABLE' });
    await expect(index.catchUp()).rejects.toMatchObject({ code: 'DATABASE_UNREACHABLE' });
    expect(await metrics.value('interoffice_archive_search_lag_seconds')).toBe(5);
    await index.stop();
    await database.close();
  });
});

describe('ids', () => {
  it('carry their time and bound every span', () => {
    expect(timeOf(idAt(1_780_000_000_123))).toBe(1_780_000_000_123);
    expect(idAt(0)).toBe(FIRST_ID);
    expect(idAt(Number.MAX_SAFE_INTEGER)).toBe(LAST_ID);
    expect(parseId('ffffffffffffffff')).toBeUndefined();
    expect(parseId('000000000000000A')).toBeUndefined();
    expect(parseId('000000000000000a')).toBe('10');
  });
});
