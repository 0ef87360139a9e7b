import { describe, expect, it } from 'vitest';
import { silentLog } from '@interoffice/telemetry';
import { parseJid } from '@interoffice/wire';
import { type Account, type AccountFacts, Accounts, type AccountSource } from './accounts.js';
import { facet } from './facet.js';
import type { Session } from './session.js';

const known = facet('known', 0);
const factsOf = (bare: string): AccountFacts => ({
  id: bare.length,
  jid: parseJid(bare),
  office: '',
  isActive: true,
  role: 'employee',
});

/** Everybody exists whose name does not begin with `no`. */
function source(): AccountSource & { asked: string[][]; fails: boolean } {
  return {
    asked: [],
    fails: false,
    async find(bares) {
      this.asked.push([...bares]);
      if (this.fails) throw new Error('the database is away');
      return new Map(bares.filter((bare) => !bare.startsWith('no')).map((bare) => [bare, factsOf(bare)]));
    },
    async complete(accounts) {
      for (const account of accounts) account.put(known, account.get(known) + 1);
    },
  };
}

const bares = (count: number, from = 0): string[] => Array.from({ length: count }, (_, i) => `a${from + i}@im.example`);

describe('the accounts in memory', () => {
  it('are read together when they are wanted in the same turn, and each once', async () => {
    const from = source();
    const accounts = new Accounts(from, silentLog);
    const loaded = await Promise.all(['a@x', 'b@x', 'a@x', 'nobody@x'].map((bare) => accounts.load(bare)));
    expect(from.asked).toEqual([['a@x', 'b@x', 'nobody@x']]);
    expect(loaded[0]).toBe(loaded[2]);
    expect(loaded[0]!.get(known)).toBe(1);
    expect(loaded[3]).toBeUndefined();
    expect(accounts.peek('nobody@x')).toBeNull();
    expect(accounts.peek('other@x')).toBeUndefined();
  });

  it('are at most as many as was said, beside those in use', async () => {
    const accounts = new Accounts(source(), silentLog, 10);
    const used = (await accounts.load('used@x'))!;
    used.sessions.set('desk', {} as Session);
    for (const bare of bares(40)) await accounts.load(bare);
    expect([...accounts.inMemory()].length).toBeLessThanOrEqual(12);
    expect(accounts.peek('used@x')).toBe(used);
    expect(accounts.peek(bares(1)[0]!)).toBeUndefined();
  });

  it('stay one object per address while work for one is under way', async () => {
    const accounts = new Accounts(source(), silentLog, 4);
    const busy = (await accounts.load('busy@x'))!;
    const { promise, resolve } = Promise.withResolvers<void>();
    const done = busy.inOrder(() => promise);
    for (const bare of bares(20)) await accounts.load(bare);
    expect(await accounts.load('busy@x')).toBe(busy);
    resolve();
    await done;
    for (const bare of bares(20, 20)) await accounts.load(bare);
    expect(accounts.peek('busy@x')).toBeUndefined();
  });

  it('are asked for again after the database has failed', async () => {
    const from = source();
    from.fails = true;
    const accounts = new Accounts(from, silentLog);
    await expect(accounts.load('a@x')).rejects.toThrow('the database is away');
    from.fails = false;
    expect((await accounts.load('a@x'))!.bare).toBe('a@x');
  });

  it('say at once what has changed: who is in use keeps his object, others are read anew', async () => {
    const accounts = new Accounts(source(), silentLog);
    const [used, idle] = (await Promise.all([accounts.load('used@x'), accounts.load('idle@x')])) as [Account, Account];
    used.sessions.set('desk', {} as Session);
    const { epoch } = accounts;
    accounts.changed({ ...factsOf('used@x'), isActive: false });
    accounts.changed({ ...factsOf('idle@x'), isActive: false });
    expect(accounts.epoch).toBeGreaterThan(epoch);
    expect(accounts.peek('used@x')).toBe(used);
    expect(used.facts.isActive).toBe(false);
    expect(await accounts.load('idle@x')).not.toBe(idle);
    await accounts.load('nobody@x');
    accounts.forget('nobody@x');
    expect(accounts.peek('nobody@x')).toBeUndefined();
    accounts.forget('used@x');
    expect(accounts.peek('used@x')).toBe(used);
  });

  it('do their work in the order in which it came, also after a failure', async () => {
    const account = (await new Accounts(source(), silentLog).load('a@x'))!;
    const seen: number[] = [];
    const failed = account.inOrder(() => Promise.reject(new Error('first')));
    const works = [1, 2, 3].map((n) => account.inOrder(async () => void seen.push(n)));
    await expect(failed).rejects.toThrow('first');
    await Promise.all(works);
    expect(seen).toEqual([1, 2, 3]);
    expect(account.isInUse).toBe(false);
  });
});
