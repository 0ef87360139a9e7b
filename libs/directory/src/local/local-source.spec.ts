import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { silentLog, systemClock } from '@interoffice/telemetry';
import { parseJid } from '@interoffice/wire';
import { keepsTheContract, type ContractStage } from '../directory.contract.js';
import { MemoryRecords } from '../memory/memory-records.js';
import { PeopleDirectory } from '../people-directory.js';
import { LocalSource } from './local-source.js';
import { deriveVerifiers, falseVerifier, isPasswordOf, SCRAM_MECHANISMS } from './scram.js';

const secret = randomBytes(32);
let stage: ContractStage;
let records: MemoryRecords;

beforeEach(async () => {
  records = new MemoryRecords(systemClock);
  await records.create({
    jid: parseJid('juliet@im.example'),
    person: { name: 'Juliet Capulet', mail: 'juliet@im.example', department: 'Balcony' },
    role: 'employee',
    roleScope: '*',
    verifiers: await deriveVerifiers('R0m30MyR0m30'),
  });
  const source = new LocalSource({ records, secret, domains: ['im.example'] });
  stage = {
    directory: new PeopleDirectory({ records, sources: [source], clock: systemClock, log: silentLog }),
    account: 'juliet@im.example',
    password: 'R0m30MyR0m30',
    name: 'Juliet Capulet',
    keepsVerifiers: true,
    suspend: (account) => records.setState(account, 'suspended'),
  };
});

describe('a directory of local accounts', () => {
  keepsTheContract(() => stage);

  it('says that an account without a password cannot log in', async () => {
    await records.replaceVerifiers('juliet@im.example', []);
    const explanation = await stage.directory.explain(parseJid('juliet@im.example'));
    expect(explanation.mayLogIn).toBe(false);
    expect(explanation.because).toContain('it has no password yet: set one');
    expect(await stage.directory.photo(parseJid('juliet@im.example'))).toBeUndefined();
  });

  it('refuses a person whose source is no longer in the settings', async () => {
    const directory = new PeopleDirectory({ records, sources: [], clock: systemClock, log: silentLog });
    const outcome = await directory.authenticate(parseJid('juliet@im.example'), 'R0m30MyR0m30');
    expect(outcome).toMatchObject({ ok: false, explanation: 'the source local is not in the settings' });
    expect((await directory.explain(parseJid('juliet@im.example'))).because).toEqual([
      'the source local is not in the settings',
    ]);
  });

  it('calls it a temporary failure when the records do not answer', async () => {
    records.find = () => Promise.reject(new Error('connection lost'));
    const outcome = await stage.directory.authenticate(parseJid('juliet@im.example'), 'R0m30MyR0m30');
    expect(outcome).toEqual({
      ok: false,
      reason: 'temporary-auth-failure',
      explanation: 'connection lost',
      obstacle: 'unavailable',
    });
  });
});

describe('SCRAM verifiers', () => {
  it('fit the password they were made from and no other', async () => {
    const verifiers = await deriveVerifiers('pencil');
    expect(verifiers.map(({ mechanism }) => mechanism)).toEqual(SCRAM_MECHANISMS);
    for (const verifier of verifiers) {
      expect(await isPasswordOf(verifier, 'pencil')).toBe(true);
      expect(await isPasswordOf(verifier, 'Pencil')).toBe(false);
      expect(await isPasswordOf({ ...verifier, storedKey: verifier.storedKey.subarray(1) }, 'pencil')).toBe(false);
    }
    expect(new Set(verifiers.map(({ salt }) => salt.toString('hex'))).size).toBe(3);
  });

  it('are those of RFC 5802 §5 and RFC 7677 §3', async () => {
    const sha1 = falseVerifier(secret, 'user', 'SCRAM-SHA-1');
    const salt = Buffer.from('QSXCR+Q6sek8bf92', 'base64');
    const given = { ...sha1, salt, iterations: 4096, storedKey: Buffer.from('6dlGYMOdZcOPutkcNY8U2g7vK9Y=', 'base64') };
    expect(await isPasswordOf(given, 'pencil')).toBe(true);
    const strong = {
      mechanism: 'SCRAM-SHA-256' as const,
      salt: Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64'),
      iterations: 4096,
      storedKey: Buffer.from('WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=', 'base64'),
      serverKey: Buffer.alloc(32),
    };
    expect(await isPasswordOf(strong, 'pencil')).toBe(true);
  });

  it('of names nobody has depend on the secret of the server', () => {
    const one = falseVerifier(secret, 'nobody@im.example', 'SCRAM-SHA-512');
    const two = falseVerifier(randomBytes(32), 'nobody@im.example', 'SCRAM-SHA-512');
    expect(one.salt.equals(two.salt)).toBe(false);
    expect(one.storedKey).toHaveLength(64);
  });
});
