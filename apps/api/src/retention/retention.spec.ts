import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiStage, type Reply } from '../testing/stage.contract.js';

const stage = new ApiStage();
const tokens: Record<string, string> = {};
beforeAll(async () => {
  await stage.start();
  await stage.person('berta', { role: 'officer', scope: 'Berlin' });
  await stage.person('bruno', { role: 'officer', scope: 'Berlin' });
  await stage.person('taro', { role: 'officer', scope: 'Tokyo' });
  await logIn();
});
afterAll(() => stage.stop());

async function logIn(): Promise<void> {
  for (const name of ['berta', 'bruno', 'taro', 'officer', 'auditor', 'admin']) tokens[name] = await stage.as(name);
}

const propose = (who: string, change: object): Promise<Reply> =>
  stage.ask('/api/v1/retention/changes', {
    method: 'POST',
    body: { change, reason: 'as agreed' },
    token: tokens[who]!,
  });
const decide = (who: string, { json }: Reply, decision: string): Promise<Reply> =>
  stage.ask(`/api/v1/retention/changes/${String(json['id'])}/decision`, {
    method: 'POST',
    body: { decision, reason: 'looked at' },
    token: tokens[who]!,
  });
const rules = async (who: string): Promise<unknown> =>
  (await stage.ask('/api/v1/retention/rules', { token: tokens[who]! })).json['items'];

describe('retention over HTTP', () => {
  // C-09
  it('makes a rule with two persons, and lengthens it with one', async () => {
    const proposed = await propose('berta', { action: 'add', kind: 'chat', days: 365 });
    expect(proposed).toMatchObject({ status: 201, json: { state: 'open', office: 'Berlin', kind: 'chat', days: 365 } });
    expect(await rules('berta')).toEqual([]);
    expect(await decide('berta', proposed, 'approve')).toMatchObject({
      status: 409,
      json: { code: 'RETENTION_SECOND_PERSON' },
    });
    expect(await decide('bruno', proposed, 'approve')).toMatchObject({
      json: { state: 'done', decidedBy: 'bruno@im.example' },
    });
    expect(await rules('berta')).toMatchObject([
      { office: 'Berlin', kind: 'chat', days: 365, madeBy: 'berta@im.example', approvedBy: 'bruno@im.example' },
    ]);
    const [rule] = (await rules('berta')) as { id: string }[];
    expect(await propose('bruno', { action: 'set', rule: rule!.id, days: 730 })).toMatchObject({
      json: { state: 'done' },
    });
    const shorter = await propose('bruno', { action: 'set', rule: rule!.id, days: 30 });
    expect(shorter).toMatchObject({ json: { state: 'open', days: 30 } });
    stage.clock.at += 7 * 86_400_000;
    await logIn();
    expect(await decide('berta', shorter, 'approve')).toMatchObject({ json: { code: 'RETENTION_CHANGE_EXPIRED' } });
    stage.clock.at -= 7 * 86_400_000;
    await logIn();
    expect(await decide('auditor', shorter, 'refuse')).toMatchObject({ json: { state: 'refused' } });
    expect(await decide('auditor', shorter, 'approve')).toMatchObject({ json: { code: 'RETENTION_CHANGE_CLOSED' } });
    const { deeds } = await stage.audit.list({ actor: 'bruno@im.example', descending: false, offset: 0, limit: 10 });
    expect(deeds.map(({ action }) => action)).toEqual(['retention.approve', 'retention.propose', 'retention.propose']);
  });

  it('keeps rules of an office from officers of others and from administrators', async () => {
    const proposed = await propose('berta', { action: 'add', room: 'piazza@conference.im.example', days: 40 });
    expect(await decide('taro', proposed, 'approve')).toMatchObject({ status: 404 });
    expect(await propose('taro', { action: 'add', office: 'Berlin', days: 1 })).toMatchObject({ status: 404 });
    expect(await propose('taro', { action: 'add', office: '*', days: 1 })).toMatchObject({ status: 404 });
    expect(await rules('taro')).toEqual([]);
    expect(await propose('admin', { action: 'add', days: 1 })).toMatchObject({ status: 403 });
    expect(await decide('admin', proposed, 'approve')).toMatchObject({ status: 403 });
    expect(await propose('auditor', { action: 'add', days: 1 })).toMatchObject({ status: 403 });
    const { deeds } = await stage.audit.list({ actor: 'taro@im.example', descending: false, offset: 0, limit: 10 });
    expect(deeds.map(({ action }) => action)).toEqual(Array.from({ length: 3 }, () => 'access.refused'));
    expect(await decide('berta', proposed, 'withdraw')).toMatchObject({ json: { state: 'withdrawn' } });
  });

  it('counts in the background what a change would take away, for whoever asked', async () => {
    const body = { change: { action: 'add', days: 1 } };
    const begun = await stage.ask('/api/v1/retention/previews', { method: 'POST', body, token: tokens['officer']! });
    expect(begun).toMatchObject({ status: 202, json: { state: 'counting' } });
    const path = `/api/v1/retention/previews/${String(begun.json['id'])}`;
    await expect
      .poll(async () => (await stage.ask(path, { token: tokens['officer']! })).json)
      .toMatchObject({
        state: 'done',
        removed: 0,
        held: 0,
      });
    expect(await stage.ask(path, { token: tokens['berta']! })).toMatchObject({ status: 404 });
  });

  it('has no certificate before a disposal, and tells of none that does not exist', async () => {
    expect((await stage.ask('/api/v1/retention/disposals', { token: tokens['officer']! })).json).toEqual({ items: [] });
    const missing = await stage.ask('/api/v1/retention/disposals/7/certificate', { token: tokens['officer']! });
    expect(missing).toMatchObject({ status: 404 });
  });

  it('explains a message for a reason, in the audit log before anything is shown', async () => {
    const path = '/api/v1/retention/messages/0000000000000001';
    expect(await stage.ask(path, { token: tokens['officer']! })).toMatchObject({ status: 400 });
    expect(await stage.ask(`${path}?reason=case%207`, { token: tokens['officer']! })).toMatchObject({ status: 404 });
    const query = { actor: 'officer@im.example', action: 'retention.explain', descending: true, offset: 0, limit: 1 };
    expect((await stage.audit.list(query)).deeds).toMatchObject([{ reason: 'case 7', subject: '0000000000000001' }]);
  });
});
