import { describe, expect, it } from 'vitest';
import { silentLog, systemClock } from '@interoffice/telemetry';
import { parseJid } from '@interoffice/wire';
import { assert, asyncProperty, constantFrom, array } from 'fast-check';
import type { LoginSource } from './login-source.js';
import { MemoryRecords } from './memory/memory-records.js';
import { PeopleDirectory } from './people-directory.js';

/** Says yes to everything, as a directory does to a bind without a password. */
function eager(records: MemoryRecords): LoginSource & { asked: number } {
  const source = {
    name: 'eager',
    keepsVerifiers: false,
    asked: 0,
    serves: () => true,
    authenticate: async ({ account: jid }: { account: ReturnType<typeof parseJid> }) => {
      source.asked++;
      const account = await records.adopt({ jid, directory: 'eager', directoryId: jid.bare, person: {} });
      return { ok: true as const, account };
    },
    verifier: async () => undefined,
    explain: () => Promise.reject(new Error('not asked here')),
    probe: async () => undefined,
  };
  return source;
}

describe('a password that is none', () => {
  //
  it('is refused before any directory is asked, however it is made up', async () => {
    const records = new MemoryRecords(systemClock);
    const source = eager(records);
    const directory = new PeopleDirectory({ records, sources: [source], clock: systemClock, log: silentLog });
    const blanks = array(constantFrom('', ' ', '\t', '\n', '\u00a0', '\u3000', '\u2003', '\0'), { maxLength: 6 });
    await assert(
      asyncProperty(blanks, async (parts) => {
        const outcome = await directory.authenticate(parseJid('a@im.example'), parts.join(''));
        expect(outcome).toMatchObject({ ok: false, reason: 'not-authorized' });
      }),
      { numRuns: 300 },
    );
    expect(source.asked).toBe(0);
    expect(await directory.authenticate(parseJid('a@im.example'), 'real')).toMatchObject({ ok: true });
    expect(source.asked).toBe(1);
  });
});

describe('a person known from one source', () => {
  it('is never checked against another', async () => {
    const records = new MemoryRecords(systemClock);
    const source = eager(records);
    await records.adopt({ jid: parseJid('a@im.example'), directory: 'gone', directoryId: '1', person: {} });
    const directory = new PeopleDirectory({ records, sources: [source], clock: systemClock, log: silentLog });
    expect(await directory.authenticate(parseJid('a@im.example'), 'real')).toMatchObject({ ok: false });
    expect(source.asked).toBe(0);
  });
});
