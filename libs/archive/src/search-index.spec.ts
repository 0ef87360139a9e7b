import { Database } from '@interoffice/storage';
import { Metrics, silentLog } from '@interoffice/telemetry';
import { describe, expect, it } from 'vitest';
import { RecordingLog } from '../../../test/support/recording-log.js';
import { fold, plansOf, wordsOf } from './fold.js';
import { FIRST_ID, idAt, LAST_ID, parseId, timeOf } from './ids.js';
import { SearchIndex } from './search-index.js';

describe('text index', () => {
  it('says once that it cannot follow, and how far behind it is', async () => {
    const log = new RecordingLog();
    const metrics = new Metrics();
    const nowhere = { host: '/nowhere', port: 5432, user: 'a', database: 'b' };
    const database = new Database({ connection: nowhere, log: silentLog });
    const now = Date.UTC(2026, 5, 1);
    const upTo = (): string => idAt(now);
    const index = new SearchIndex({ database, clock: { now: () => now + 4_000 }, log, metrics, upTo });
    index.indexedId = idAt(now - 1_000);
    await expect(index.start()).rejects.toMatchObject({ code: 'DATABASE_UNREACHABLE' });
    await expect(index.catchUp()).rejects.toMatchObject({ code: 'DATABASE_UNREACHABLE' });
    expect(await metrics.value('interoffice_archive_search_lag_seconds')).toBe(5);
    await index.stop();
    await database.close();
  });

  it('compares without case, accents and forms', () => {
    expect(fold('Ärger ﬁnden STRAẞE Ｆｕｌｌ é')).toBe('arger finden strasse full e');
    expect(fold('が')).toBe('が');
  });

  it('makes pairs of scripts without spaces, and words of the others', () => {
    expect([...wordsOf(fold('Tea 茶の湯 No.7'))].sort()).toEqual(
      ['7', 'no', 'tea', 'の', 'の湯', '湯', '茶', '茶の'].sort(),
    );
    expect(plansOf('ab 茶の abc')).toEqual([
      { words: [], prefix: 'ab', contains: 'ab' },
      { words: ['茶の'], prefix: undefined, contains: '茶の' },
      { words: [], prefix: undefined, contains: 'abc' },
    ]);
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
