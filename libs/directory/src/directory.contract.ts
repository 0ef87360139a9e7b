import { expect, it } from 'vitest';
import { parseJid } from '@interoffice/wire';
import type { Directory } from './directory.js';

/** A directory with one person, for the promises every directory keeps. */
export interface ContractStage {
  readonly directory: Directory;
  /** Someone who can log in, and their password. */
  readonly account: string;
  readonly password: string;
  readonly name: string;
  readonly keepsVerifiers: boolean;
  suspend(account: string): Promise<unknown>;
}

/** What holds for every directory, whatever is behind it. Called inside a `describe`. */
export function keepsTheContract(stage: () => ContractStage): void {
  it('lets a person log in with the right password and says who they are', async () => {
    const { directory, account, password, name } = stage();
    const outcome = await directory.authenticate(parseJid(account), password);
    expect(outcome).toMatchObject({ ok: true, account: { name, state: 'active' } });
    const found = await directory.find(parseJid(account));
    expect(found?.jid.bare).toBe(account);
    expect(found?.lastLoginAt).toBeGreaterThan(0);
  });

  //
  it('answers the same for a wrong password and an unknown name', async () => {
    const { directory, account, password } = stage();
    const wrong = await directory.authenticate(parseJid(account), `${password}x`);
    const unknown = await directory.authenticate(parseJid(`nobody@${parseJid(account).domain}`), password);
    expect([wrong.ok, unknown.ok]).toEqual([false, false]);
    expect([wrong, unknown].map((outcome) => !outcome.ok && outcome.reason)).toEqual([
      'not-authorized',
      'not-authorized',
    ]);
  });

  //
  it.each([[''], [' '], ['\t\n'], ['\0'], ['secret\0'], ['\u00a0'], ['x'.repeat(1025)]])(
    'refuses the password %j',
    async (password) => {
      const { directory, account } = stage();
      const outcome = await directory.authenticate(parseJid(account), password);
      expect(outcome).toMatchObject({ ok: false, reason: 'not-authorized' });
    },
  );

  it('refuses an address that names no account, and a domain it does not serve', async () => {
    const { directory, account, password } = stage();
    expect(await directory.authenticate(parseJid(parseJid(account).domain), password)).toMatchObject({
      ok: false,
      reason: 'malformed',
    });
    expect(await directory.authenticate(parseJid('a@elsewhere.example'), password)).toMatchObject({
      ok: false,
      reason: 'not-authorized',
    });
    expect((await directory.explain(parseJid('a@elsewhere.example'))).because[0]).toContain('elsewhere.example');
  });

  //
  it.each([['*'], ['*)(uid=*'], ['a)(|(b=c'], ['\\'], ['a,ou=people'], ['a+b'], ['#a'], ['a=b;c'], ['ann*']])(
    'finds nobody for the name %j',
    async (local) => {
      const { directory, account, password } = stage();
      // The name is put together by hand: most of these never pass as an address, and the directory must not rely on it.
      const hostile = Object.assign(Object.create(parseJid(account)) as ReturnType<typeof parseJid>, {
        local,
        bare: `${local}@${parseJid(account).domain}`,
        toBare: () => hostile,
      });
      expect(await directory.authenticate(hostile, password)).toMatchObject({ ok: false, reason: 'not-authorized' });
    },
  );

  it('offers verifiers exactly where it keeps them, also for names nobody has', async () => {
    const { directory, account, keepsVerifiers } = stage();
    const { domain } = parseJid(account);
    expect(directory.hasVerifiers(domain)).toBe(keepsVerifiers);
    expect(directory.hasVerifiers('elsewhere.example')).toBe(false);
    const first = await directory.verifier(parseJid(`nobody@${domain}`), 'SCRAM-SHA-256');
    const again = await directory.verifier(parseJid(`nobody@${domain}/x`), 'SCRAM-SHA-256');
    const other = await directory.verifier(parseJid(`somebody@${domain}`), 'SCRAM-SHA-256');
    const known = await directory.verifier(parseJid(account), 'SCRAM-SHA-256');
    expect(first).toEqual(again);
    expect(first !== undefined).toBe(keepsVerifiers);
    expect(first?.salt.equals(other!.salt)).toBe(keepsVerifiers ? false : undefined);
    expect([first?.iterations, first?.salt.length, first?.storedKey.length]).toEqual([
      known?.iterations,
      known?.salt.length,
      known?.storedKey.length,
    ]);
  });

  it('finds people by part of a name, and many by their addresses', async () => {
    const { directory, account, name, password } = stage();
    await directory.authenticate(parseJid(account), password);
    const found = await directory.search(name.slice(1, -1).toUpperCase(), 10);
    expect(found.map(({ jid }) => jid.bare)).toContain(account);
    const many = await directory.standings([account, 'nobody@elsewhere.example']);
    expect([...many]).toEqual([[account, expect.objectContaining({ state: 'active' })]]);
    expect(await directory.search('no such person at all', 10)).toEqual([]);
  });

  it('refuses a suspended person, and tells the administrator why', async () => {
    const { directory, account, password, suspend } = stage();
    await directory.authenticate(parseJid(account), password);
    expect((await directory.explain(parseJid(account))).mayLogIn).toBe(true);
    await suspend(account);
    expect(await directory.authenticate(parseJid(account), password)).toMatchObject({ reason: 'account-disabled' });
    const explanation = await directory.explain(parseJid(account));
    expect(explanation).toMatchObject({ account, state: 'suspended', mayLogIn: false });
    expect(explanation.because[0]).toContain('suspended here');
    expect(await directory.search(explanation.account, 10)).toEqual([]);
  });

  it('explains that nobody has a name', async () => {
    const { directory, account } = stage();
    const explanation = await directory.explain(parseJid(`nobody@${parseJid(account).domain}`));
    expect(explanation).toMatchObject({ state: 'unknown', mayLogIn: false });
    expect(explanation.because.length).toBeGreaterThan(0);
  });

  it('answers a probe while it works', async () => {
    await expect(stage().directory.probe()).resolves.toBeUndefined();
  });
}
