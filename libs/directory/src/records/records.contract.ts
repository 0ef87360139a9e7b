import { beforeEach, describe, expect, it } from 'vitest';
import { parseJid } from '@interoffice/wire';
import type { AccountQuery, AccountRecords } from '../account-records.js';
import { deriveVerifiers } from '../local/scram.js';
import { LOGIN_TOKEN_TTL_MS, type LoginTokens } from '../login-tokens.js';
import { photoOf } from '../photo.js';
import { portrait } from '../sample/portrait.js';

const PNG = portrait('JC', 1);
const page = (change: Partial<AccountQuery> = {}): AccountQuery => ({
  sort: 'jid',
  descending: false,
  offset: 0,
  limit: 10,
  ...change,
});

/** Records and tokens over the same accounts, and a clock to move. */
export interface RecordsStage {
  readonly records: AccountRecords;
  readonly tokens: LoginTokens;
  readonly clock: { at: number };
}

/** What holds for the records of people wherever they are kept. */
export function recordsKeepTheContract(open: () => Promise<RecordsStage>): void {
  let stage: RecordsStage;
  const locals = async (change: Partial<AccountQuery>) => {
    const { records, total } = await stage.records.list(page(change));
    return [total, ...records.map(({ jid }) => jid.local)];
  };
  beforeEach(async () => {
    stage = await open();
    const { records } = stage;
    const verifiers = await deriveVerifiers('pencil', 4096);
    const romeo = { jid: parseJid('romeo@im.example'), person: { name: 'Romeo', office: 'Verona' } };
    await records.create({ ...romeo, role: 'officer', roleScope: 'Verona', verifiers });
    const person = { name: '100% Juliet', department: 'Capulet_House', photo: { type: 'image/png', bytes: PNG } };
    await records.adopt({ jid: parseJid('juliet@im.example'), directory: 'ad', directoryId: 'j-1', person });
  });

  describe('records', () => {
    it('are found by address, one or many', async () => {
      const romeo = await stage.records.find('romeo@im.example');
      expect(romeo).toMatchObject({
        name: 'Romeo',
        directory: 'local',
        role: 'officer',
        roleScope: 'Verona',
        state: 'active',
      });
      expect(romeo?.lastLoginAt).toBeUndefined();
      expect(romeo?.createdAt).toBeGreaterThan(0);
      const many = await stage.records.findMany(['juliet@im.example', 'romeo@im.example', 'tybalt@im.example']);
      expect([...many.keys()].sort()).toEqual(['juliet@im.example', 'romeo@im.example']);
      expect(await stage.records.find('tybalt@im.example')).toBeUndefined();
    });

    // W-12
    it('are searched for the text as it is written, wild cards included', async () => {
      const found = async (text: string) => (await stage.records.search(text, 5)).map(({ jid }) => jid.local);
      expect(await found('100%')).toEqual(['juliet']);
      expect(await found('%')).toEqual(['juliet']);
      expect(await found('t_h')).toEqual(['juliet']);
      expect(await found('JULIET@')).toEqual(['juliet']);
      expect(await found("' OR 1=1 --")).toEqual([]);
      expect(await stage.records.search('im.example', 1)).toHaveLength(1);
    });

    it('are listed by filter, order and page', async () => {
      expect(await locals({})).toEqual([2, 'juliet', 'romeo']);
      expect(await locals({ descending: true })).toEqual([2, 'romeo', 'juliet']);
      expect(await locals({ offset: 1, limit: 1 })).toEqual([2, 'romeo']);
      expect(await locals({ office: 'Verona' })).toEqual([1, 'romeo']);
      expect(await locals({ role: 'employee', state: 'active', text: 'capulet' })).toEqual([1, 'juliet']);
      for (const sort of ['name', 'department', 'office', 'state', 'lastLoginAt'] as const) {
        expect((await locals({ sort }))[0]).toBe(2);
      }
    });

    it('of a directory follow it, keep their address, and lose a photo that was taken away', async () => {
      const { records } = stage;
      const photo = await records.photo('juliet@im.example');
      expect(photo && photoOf(photo.bytes)).toEqual(photo);
      const again = { jid: parseJid('juliet.montague@im.example'), directory: 'ad', directoryId: 'j-1' };
      const renamed = await records.adopt({ ...again, person: { name: 'Juliet Montague', mail: 'a\0b' } });
      expect(renamed).toMatchObject({ name: 'Juliet Montague', photoHash: undefined });
      expect(renamed.jid.bare).toBe('juliet@im.example');
      expect(await records.photo('juliet@im.example')).toBeUndefined();
      const unchanged = await records.adopt({ ...again, person: { name: 'Juliet Montague', mail: 'a\0b' } });
      expect(unchanged.id).toBe(renamed.id);
    });

    it('are found by every word, in any order, whatever its accents and case, also by what they were called', async () => {
      const { records } = stage;
      const found = async (text: string) => (await records.search(text, 9)).map(({ jid }) => jid.local);
      const seen = { jid: parseJid('zoe@im.example'), directory: 'ad', directoryId: 'z-1' };
      const facts = { dn: 'CN=z', login: 'zoe', principal: undefined, primaryGroup: undefined, refusal: undefined };
      const person = {
        name: 'Zoë Müller-Weiß',
        department: 'Öffentlichkeitsarbeit',
        phone: '+49 30 5550-1234',
        office: 'Łódź',
      };
      await records.adopt({ ...seen, ...facts, person });
      for (const text of [
        'zoe muller',
        'MÜLLER Zoë',
        'weiss',
        'ffentlichkeit',
        '5550123',
        'ulle',
        'ódz',
        'lodz',
        'zoe@im',
      ]) {
        expect(await found(text), text).toEqual(['zoe']);
      }
      expect(await found('zoe capulet')).toEqual([]);
      await records.adopt({ ...seen, ...facts, person: { ...person, name: 'Zoë Brandt' } });
      expect(await found('muller zoe')).toEqual(['zoe']);
      expect(await found('brandt')).toEqual(['zoe']);
      expect(await records.formerNames('zoe@im.example')).toMatchObject([
        { name: 'Zoë Müller-Weiß', jid: 'zoe@im.example' },
      ]);
      expect((await locals({ text: 'weiß müller' }))[0]).toBe(1);
    });

    it('take another address when somebody says so; the old one forwards for a while and is nobody else\u2019s, ever', async () => {
      const { records, clock } = stage;
      const until = clock.at + 1000;
      const renamed = await records.rename('juliet@im.example', parseJid('j.montague@im.example'), until);
      expect(renamed).toMatchObject({ directoryId: 'j-1', name: '100% Juliet' });
      expect(await records.find('juliet@im.example')).toBeUndefined();
      expect(await records.forward('juliet@im.example', clock.at)).toMatchObject({ id: renamed!.id });
      expect(await records.forward('juliet@im.example', until)).toBeUndefined();
      expect(await records.forward('juliet@im.example', 0)).toMatchObject({ id: renamed!.id });
      const jid = parseJid('juliet@im.example');
      const second = { jid, directory: 'ad', directoryId: 'j-2', person: {} };
      await expect(records.adopt(second)).rejects.toMatchObject({ code: 'ADDRESS_TAKEN' });
      const local = { jid, person: {}, role: 'employee', roleScope: '*', verifiers: [] } as const;
      await expect(records.create(local)).rejects.toMatchObject({ code: 'ADDRESS_TAKEN' });
      const taken = records.rename('juliet@im.example', parseJid('romeo@im.example'), until);
      expect(await taken).toBeUndefined();
      const both = records.rename('j.montague@im.example', parseJid('romeo@im.example'), until);
      await expect(both).rejects.toMatchObject({ code: 'ADDRESS_TAKEN' });
      expect(await records.formerNames('juliet@im.example')).toMatchObject([{ jid: 'juliet@im.example' }]);
      expect((await records.search('juliet@', 5)).map((one) => one.id)).toEqual([renamed!.id]);
      expect(await records.rename('j.montague@im.example', jid, until)).toMatchObject({ id: renamed!.id });
      expect((await records.formerNames('juliet@im.example')).map((names) => names.jid)).toEqual([
        'j.montague@im.example',
        'juliet@im.example',
      ]);
    });

    it('are refused and readmitted in bulk, and listed by the refusal', async () => {
      const { records, clock } = stage;
      const { id } = (await records.find('juliet@im.example'))!;
      expect(await records.refuse(new Map([[id, 'locked']]), clock.at)).toMatchObject([
        { state: 'disabled', refusal: 'locked' },
      ]);
      expect(await records.refuse(new Map([[id, 'locked']]), clock.at + 5)).toEqual([]);
      expect(await records.find('juliet@im.example')).toMatchObject({ refusedAt: clock.at });
      expect(await locals({ refusal: 'locked' })).toEqual([1, 'juliet']);
      expect(await locals({ refusal: 'any', directory: 'ad' })).toEqual([1, 'juliet']);
      expect(await locals({ refusal: 'expired' })).toEqual([0]);
      expect([...(await records.standings(['juliet@im.example'])).values()]).toMatchObject([{ state: 'disabled' }]);
      expect(await records.refuse(new Map([[id, 'password-expired']]), clock.at)).toMatchObject([{ state: 'active' }]);
      expect(await records.readmit([id], clock.at)).toMatchObject([{ state: 'active', refusal: undefined }]);
      expect(await records.readmit([id], clock.at)).toEqual([]);
      const refused = { jid: parseJid('x@im.example'), directory: 'ad', directoryId: 'x-1', person: {}, dn: 'CN=x' };
      const facts = { login: 'x', principal: undefined, primaryGroup: undefined, refusal: 'disabled' } as const;
      await expect(records.adopt({ ...refused, ...facts })).rejects.toMatchObject({ code: 'ACCOUNT_REFUSED' });
    });

    //
    it('never give an address to a second person', async () => {
      const { records } = stage;
      const jid = parseJid('juliet@im.example');
      await records.setState('juliet@im.example', 'deleted');
      const second = records.adopt({ jid, directory: 'ad', directoryId: 'j-2', person: {} });
      await expect(second).rejects.toMatchObject({ code: 'ADDRESS_TAKEN' });
      const local = records.create({ jid, person: {}, role: 'employee', roleScope: '*', verifiers: [] });
      await expect(local).rejects.toMatchObject({ code: 'ADDRESS_TAKEN' });
    });

    it('change state and role, and remember the last log-in', async () => {
      const { records } = stage;
      expect(await records.setState('romeo@im.example', 'suspended')).toMatchObject({ state: 'suspended' });
      expect(await records.search('romeo', 5)).toEqual([]);
      expect(await records.setRole('romeo@im.example', 'auditor', '*')).toMatchObject({
        role: 'auditor',
        roleScope: '*',
      });
      await records.loggedIn('romeo@im.example', 1_700_000_000_000);
      expect(await records.find('romeo@im.example')).toMatchObject({ lastLoginAt: 1_700_000_000_000 });
      expect(await records.setState('nobody@im.example', 'active')).toBeUndefined();
      expect(await records.setRole('nobody@im.example', 'admin', '*')).toBeUndefined();
      await expect(records.probe()).resolves.toBeUndefined();
    });

    it('keep verifiers, and all the old ones end with a new password', async () => {
      const { records } = stage;
      const old = await records.verifier('romeo@im.example', 'SCRAM-SHA-256');
      expect(old).toMatchObject({ mechanism: 'SCRAM-SHA-256', iterations: 4096 });
      const [strongest] = await deriveVerifiers('rose', 4096);
      await records.replaceVerifiers('romeo@im.example', strongest ? [strongest] : []);
      expect(await records.verifier('romeo@im.example', 'SCRAM-SHA-512')).toEqual(strongest);
      expect(await records.verifier('romeo@im.example', 'SCRAM-SHA-256')).toBeUndefined();
    });
  });

  //
  describe('one-time tokens', () => {
    it('are good once, for a minute, for one account, and for one of two log-ins at the same moment', async () => {
      const { tokens, clock } = stage;
      const { token } = await tokens.issue('romeo@im.example');
      expect(await tokens.redeem('juliet@im.example', token)).toBe(false);
      const both = await Promise.all([
        tokens.redeem('romeo@im.example', token),
        tokens.redeem('romeo@im.example', token),
      ]);
      expect(both.filter(Boolean)).toHaveLength(1);
      const late = await tokens.issue('romeo@im.example');
      clock.at += LOGIN_TOKEN_TTL_MS;
      expect(await tokens.redeem('romeo@im.example', late.token)).toBe(false);
    });
  });
}
