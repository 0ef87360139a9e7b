import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { account, JUNE, KeptJournal } from '../../../../test/support/kept-journal.js';
import { party } from '../../../../test/support/recordable.js';
import { Holds } from '../holds/holds.js';
import type { RetentionRules, WantedChange } from './rules.js';

const DAY_MS = 86_400_000;
const NOW = Date.UTC(2026, 10, 1);
let kept: KeptJournal;
let rules: RetentionRules;
let olga: string;
let oscar: string;
beforeAll(async () => {
  kept = await KeptJournal.open();
  ({ rules } = kept);
  [olga, oscar] = kept.officers;
});
afterAll(() => kept.close());

function adding(days: number | undefined, more: object = {}): WantedChange {
  const rule = { office: '*', group: undefined, room: undefined, peer: undefined, kind: undefined, days, ...more };
  return { action: 'add', rule };
}

const by = (who: string, atMs = NOW) => ({ by: who, atMs });
const daysOf = async (id: string): Promise<number | undefined | null> => {
  const found = (await rules.list('*')).find((rule) => rule.id === id);
  return found ? found.days : null;
};

describe('rules of retention', () => {
  // C-09
  it('wait for a second person where they keep something for less long', async () => {
    const { id, state } = await rules.propose(adding(90), 'the works council', by(olga));
    expect(state).toBe('open');
    expect(await rules.list('*')).toEqual([]);
    await expect(rules.decide(id, 'done', by(olga))).rejects.toMatchObject({ code: 'RETENTION_SECOND_PERSON' });
    await rules.decide(id, 'done', by(oscar));
    const [rule] = await rules.list('*');
    expect(rule).toMatchObject({ days: 90, madeBy: 'olga@im.example', approvedBy: 'oscar@im.example' });
    const shorter = await rules.propose({ action: 'set', ruleId: rule!.id, days: 30 }, 'shorter', by(oscar));
    expect(shorter.state).toBe('open');
    expect(await daysOf(rule!.id)).toBe(90);
    await expect(rules.decide(shorter.id, 'done', by(oscar))).rejects.toMatchObject({
      code: 'RETENTION_SECOND_PERSON',
    });
    await rules.decide(shorter.id, 'refused', by(olga));
    expect(await daysOf(rule!.id)).toBe(90);
    await expect(rules.decide(shorter.id, 'done', by(olga))).rejects.toMatchObject({ code: 'RETENTION_CHANGE_CLOSED' });
    const end = await rules.propose({ action: 'end', ruleId: rule!.id }, 'not needed', by(olga));
    expect(end.state).toBe('open');
    await rules.decide(end.id, 'done', by(oscar));
    expect(await rules.list('*')).toEqual([]);
    await expect(rules.propose({ action: 'end', ruleId: rule!.id }, 'again', by(olga))).rejects.toMatchObject({
      code: 'RETENTION_RULE_GONE',
    });
  });

  it('take effect at once where they keep more', async () => {
    const forEver = await rules.propose(adding(undefined, { room: 'board@rooms.im.example' }), 'the board', by(olga));
    expect(forEver.state).toBe('done');
    const id = await kept.rule(90);
    expect((await rules.propose({ action: 'set', ruleId: id, days: 3_650 }, 'longer', by(olga))).state).toBe('done');
    expect(await daysOf(id)).toBe(3_650);
    expect((await rules.propose({ action: 'set', ruleId: id, days: undefined }, 'for ever', by(olga))).state).toBe(
      'done',
    );
    expect(await daysOf(id)).toBeUndefined();
    expect((await rules.propose({ action: 'set', ruleId: id, days: 3_650 }, 'as before', by(olga))).state).toBe('open');
  });

  it('are approved within seven days, or proposed again', async () => {
    const { id } = await rules.propose(adding(90, { kind: 'chat' }), 'late', by(olga));
    const later = NOW + 7 * DAY_MS;
    await expect(rules.decide(id, 'done', by(oscar, later))).rejects.toMatchObject({
      code: 'RETENTION_CHANGE_EXPIRED',
    });
    expect(await rules.findChange(id, '*', later)).toMatchObject({ state: 'expired' });
    await rules.decide(id, 'done', by(oscar, later - 1));
  });

  it('know one person under two accounts', async () => {
    const { database } = kept;
    const second = await account(database, 'olga.admin@im.example', 'auditor');
    const change = (jid: string, column: string, value: string): Promise<unknown> =>
      database.query('app', `UPDATE accounts SET ${column} = $2 WHERE jid = $1`, [jid, value]);
    const { id } = await rules.propose(adding(90), 'two accounts', by(olga));
    await change('olga.admin@im.example', 'mail', 'Olga@corp.example');
    await change('olga@im.example', 'mail', 'olga@corp.example');
    await expect(rules.decide(id, 'done', by(second))).rejects.toMatchObject({ code: 'RETENTION_SECOND_PERSON' });
    await change('olga.admin@im.example', 'mail', '');
    await change('olga.admin@im.example', 'directory', 'other');
    await change('olga.admin@im.example', 'directory_id', 'a1-b2');
    await change('olga@im.example', 'directory_id', 'a1-b2');
    await expect(rules.decide(id, 'done', by(second))).rejects.toMatchObject({ code: 'RETENTION_SECOND_PERSON' });
    await rules.decide(id, 'withdrawn', by(olga));
  });

  it('belong to officers of their office, whatever the program asks for', async () => {
    const { database } = kept;
    const berlin = await account(database, 'berta@im.example', 'officer', 'Berlin');
    const tokyo = await account(database, 'taro@im.example', 'officer', 'Tokyo');
    const admin = await account(database, 'adam@im.example', 'admin');
    const { id } = await rules.propose(adding(90, { office: 'Berlin' }), 'Berlin', by(berlin));
    expect(await rules.findChange(id, 'Tokyo', NOW)).toBeUndefined();
    for (const who of [tokyo, admin]) {
      await expect(rules.decide(id, 'done', by(who))).rejects.toMatchObject({ code: 'RETENTION_NOT_ALLOWED' });
      const proposed = rules.propose(adding(90, { office: 'Berlin' }), 'not mine', by(who));
      await expect(proposed).rejects.toMatchObject({ code: 'RETENTION_NOT_ALLOWED' });
    }
    await expect(rules.propose(adding(90), 'everywhere', by(berlin))).rejects.toMatchObject({
      code: 'RETENTION_NOT_ALLOWED',
    });
    await database.query('app', `UPDATE accounts SET state = 'suspended' WHERE jid = $1`, [oscar]);
    await expect(rules.decide(id, 'done', by(oscar))).rejects.toMatchObject({ code: 'RETENTION_NOT_ALLOWED' });
    await database.query('app', `UPDATE accounts SET state = 'active' WHERE jid = $1`, [oscar]);
    await rules.decide(id, 'done', by(oscar));
  });

  it('say which of them decides about a message, and which holds', async () => {
    const tokyo = party(205, 'abe@im.example', 'Tokyo');
    const id = kept.say({ from: tokyo, to: party(206, 'ito@im.example', 'Tokyo'), body: 'sealed tender', kind: 2 });
    await kept.settled();
    const short = await kept.rule(40, { office: 'Tokyo', kind: 'headline' });
    const long = await kept.rule(400, { office: 'Tokyo' });
    const conditions = { people: [], rooms: [], peers: [], words: ['tender'], fromMs: undefined, untilMs: undefined };
    const named = { office: 'Tokyo', name: 'Tender', matter: 'case 1', reason: 'audit' };
    await new Holds(kept.database).place({ ...conditions, ...named }, 'olga@im.example', JUNE);
    const explained = await rules.explain(BigInt(`0x${id}`), 'Tokyo');
    expect(explained?.rules.filter(({ office }) => office === 'Tokyo').map((rule) => rule.id)).toEqual([long, short]);
    expect(explained).toMatchObject({ holds: [{ name: 'Tender', matter: 'case 1' }], isKept: true });
    expect(await rules.explain(BigInt(`0x${id}`), 'Berlin')).toBeUndefined();
  });
});
