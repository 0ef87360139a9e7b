import { describe, expect, it } from 'vitest';
import { silentLog } from '@interoffice/telemetry';
import { parseJid } from '@interoffice/wire';
import { type AccountFacts, Accounts, type AccountSource } from './accounts.js';
import { Addresses } from './address.js';
import type { Session } from './session.js';

const factsOf = (bare: string): AccountFacts => ({
  id: 7,
  jid: parseJid(bare),
  office: '',
  isActive: true,
  role: 'employee',
});
const clock = { at: 0, now: () => clock.at };

/** One person, who was called `former` once. */
function source(former: string, now: string): AccountSource & { now: string } {
  return {
    now,
    async find(bares) {
      return new Map(bares.filter((bare) => bare === this.now).map((bare) => [bare, factsOf(bare)]));
    },
    async forwards(bares) {
      const old = bares.filter((bare) => bare === former && former !== this.now);
      return new Map(old.map((bare) => [bare, { to: parseJid(this.now), untilMs: 1000 }]));
    },
    complete: () => Promise.resolve(),
  };
}

async function meaning(addresses: Addresses, address: string): Promise<string> {
  const jid = parseJid(address);
  for (let tries = 0; tries < 3 && !addresses.find(jid); tries++) await addresses.load(jid);
  const { class: kind, jid: means, former } = addresses.find(jid)!;
  return `${kind} ${means.toString()}${former ? ` for ${former.toString()}` : ''}`;
}

describe('a former address', () => {
  it('means the new one for as long as it forwards, with and without a device', async () => {
    clock.at = 0;
    const addresses = new Addresses(new Set(['x']), new Accounts(source('old@x', 'new@x'), silentLog), clock);
    expect(await meaning(addresses, 'old@x')).toBe('account new@x for old@x');
    expect(await meaning(addresses, 'old@x/phone')).toBe('device new@x/phone for old@x/phone');
    expect(await meaning(addresses, 'new@x')).toBe('account new@x');
    expect(await meaning(addresses, 'nobody@x')).toBe('nobody nobody@x');
    clock.at = 1000;
    expect(await meaning(addresses, 'old@x')).toBe('nobody old@x');
  });
});

describe('an account that gets another address', () => {
  it('is the same in memory, with what is in use of it', async () => {
    clock.at = 0;
    const from = source('old@x', 'old@x');
    const accounts = new Accounts(from, silentLog);
    const addresses = new Addresses(new Set(['x']), accounts, clock);
    const account = (await accounts.load('old@x'))!;
    account.sessions.set('desk', {} as Session);
    expect(await meaning(addresses, 'new@x')).toBe('nobody new@x');
    const { epoch } = accounts;
    from.now = 'new@x';
    expect(accounts.renamed('old@x', factsOf('new@x'))).toBeUndefined();
    expect(accounts.epoch).toBeGreaterThan(epoch);
    expect(accounts.peek('new@x')).toBe(account);
    expect([account.bare, account.party.bare.toString()]).toEqual(['new@x', 'new@x']);
    expect(await meaning(addresses, 'old@x')).toBe('account new@x for old@x');
    from.now = 'third@x';
    accounts.renamed('new@x', factsOf('third@x'));
    expect(await meaning(addresses, 'old@x')).toBe('account third@x for old@x');
    expect([...accounts.inMemory()]).toEqual([account]);
  });

  it('gives back what was read under the new address in between', async () => {
    const from = source('old@x', 'old@x');
    const accounts = new Accounts(from, silentLog);
    const account = await accounts.load('old@x');
    from.now = 'new@x';
    const stray = await accounts.load('new@x');
    expect(accounts.renamed('old@x', factsOf('new@x'))).toBe(stray);
    expect(accounts.peek('new@x')).toBe(account);
    await accounts.loaded();
  });
});
