import { describe, expect, it } from 'vitest';
import { silentLog, systemClock } from '@interoffice/telemetry';
import { parseJid } from '@interoffice/wire';
import { assert, asyncProperty, constantFrom, array } from 'fast-check';
import type { LoginSource } from './login-source.js';
import { LOGIN_TOKEN_TTL_MS } from './login-tokens.js';
import { MemoryLoginTokens } from './memory/memory-login-tokens.js';
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

//
describe('a name that is guessed', () => {
  /** Knows nobody, or refuses whom it knows; counts. */
  const refusing = (
    name: string,
    keepsVerifiers: boolean,
  ): LoginSource & { readonly asked: (string | undefined)[] } => {
    const asked: (string | undefined)[] = [];
    return {
      name,
      keepsVerifiers,
      asked,
      serves: () => true,
      authenticate: async ({ record }) => {
        asked.push(record?.jid.bare);
        return record
          ? { ok: false, reason: 'not-authorized', explanation: 'wrong password' }
          : { ok: 'unknown', explanation: 'nobody' };
      },
      verifier: async () => undefined,
      explain: () => Promise.reject(new Error('not asked here')),
      probe: async () => undefined,
    };
  };

  it('costs a derivation whether a directory knows it or nobody does, and is refused no sooner', async () => {
    const records = new MemoryRecords(systemClock);
    await records.adopt({ jid: parseJid('a@im.example'), directory: 'ldap', directoryId: '1', person: {} });
    for (const [name, known] of [
      ['a', 'a@im.example'],
      ['b', undefined],
    ] as const) {
      const [ldap, local] = [refusing('ldap', false), refusing('local', true)];
      const directory = new PeopleDirectory({ records, sources: [ldap, local], clock: systemClock, log: silentLog });
      const began = performance.now();
      const outcome = await directory.authenticate(parseJid(`${name}@im.example`), 'wrong');
      expect(outcome).toMatchObject({ ok: false, reason: 'not-authorized' });
      // A timer of Node's may fire a millisecond early.
      expect(performance.now() - began).toBeGreaterThanOrEqual(98);
      expect([ldap.asked, local.asked]).toEqual([[known], [undefined]]);
    }
  });
});

//
describe('a one-time token', () => {
  it('stands in for the password once, for its own account, for a minute', async () => {
    const clock = { at: 1000, now: () => clock.at };
    const records = new MemoryRecords(clock);
    const tokens = new MemoryLoginTokens(clock);
    const directory = new PeopleDirectory({ records, sources: [], tokens, clock, log: silentLog });
    for (const jid of ['a@im.example', 'b@im.example'].map(parseJid)) {
      await records.create({ jid, person: {}, role: 'employee', roleScope: '*', verifiers: [] });
    }
    const { token, expiresAt } = await tokens.issue('a@im.example');
    expect(Buffer.from(token.slice(4), 'base64url')).toHaveLength(32);
    expect(expiresAt).toBe(1000 + LOGIN_TOKEN_TTL_MS);
    const logIn = (who: string, password: string) => directory.authenticate(parseJid(who), password);
    expect(await logIn('b@im.example', token)).toMatchObject({ ok: false });
    expect(await logIn('a@im.example', token)).toMatchObject({ ok: true });
    expect(await logIn('a@im.example', token)).toMatchObject({ ok: false });
    const late = await tokens.issue('a@im.example');
    clock.at += LOGIN_TOKEN_TTL_MS;
    expect(await logIn('a@im.example', late.token)).toMatchObject({ ok: false });
    const refused = await tokens.issue('a@im.example');
    await records.setState('a@im.example', 'suspended');
    expect(await logIn('a@im.example', refused.token)).toMatchObject({ ok: false, reason: 'account-disabled' });
  });
});
