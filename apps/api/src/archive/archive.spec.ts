import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiStage, CANARY, PIAZZA } from '../testing/stage.contract.js';

const stage = new ApiStage();
beforeAll(() => stage.start());
afterAll(() => stage.stop());

// W-06
describe('the archive', () => {
  it('is searched by an officer for a reason, and the search is in the audit log', async () => {
    const token = await stage.as('officer');
    const query = 'text=merger&since=2026-01-01T00:00:00Z&after=0000000000000009&limit=10&reason=case%2017';
    const { json } = await stage.ask(`/api/v1/archive/messages?${query}`, { token });
    expect(json).toMatchObject({
      next: '0000000000000002',
      items: [{ from: 'romeo@im.example', body: expect.stringContaining('<b>'), matches: [[0, 6]] }],
    });
    expect(stage.searches.at(-1)).toMatchObject({
      text: 'merger',
      since: Date.UTC(2026, 0, 1),
      afterId: '0000000000000009',
      scope: '*',
    });
    expect(stage.audit.deeds.at(-2)).toMatchObject({
      actor: 'officer@im.example',
      action: 'archive.search',
      reason: 'case 17',
      details: { text: 'merger' },
    });
  });

  // C-14
  it('has the ids of all that was shown in the audit log, right behind the look', async () => {
    const token = await stage.as('officer');
    const message = 'messages/0000000000000002';
    const paths = ['messages?text=x&', `${message}?`, `${message}/around?`, `${message}/versions?`];
    for (const path of [...paths, `rooms/${PIAZZA}/present?at=2026-06-01T12:00:00Z&`]) {
      const reply = await stage.ask(`/api/v1/archive/${path}reason=case+17`, { token });
      const { id, items = [{ id }] } = reply.json as { id?: string; items?: { id: string }[] };
      const [look, seen] = stage.audit.deeds.slice(-2);
      expect(seen).toMatchObject({
        actor: 'officer@im.example',
        action: 'archive.seen',
        subject: look!.subject,
        reason: 'case 17',
        details: { by: look!.action, ids: items.map((item) => item.id) },
      });
      expect(items.length).toBeGreaterThan(0);
    }
  });

  // C-14
  it('shows nothing when what was found cannot be written into the audit log', async () => {
    const token = await stage.as('officer');
    const { record } = stage.audit;
    stage.audit.record = (deed) =>
      deed.action === 'archive.seen' ? Promise.reject(new Error('disk full')) : record.call(stage.audit, deed);
    const message = 'messages/0000000000000002';
    const paths = ['messages?text=x&', `${message}?`, `${message}/around?`, `${message}/versions?`];
    for (const path of [...paths, `rooms/${PIAZZA}/present?at=2026-06-01T12:00:00Z&`]) {
      const reply = await stage.ask(`/api/v1/archive/${path}reason=abc`, { token });
      expect(reply.json).toMatchObject({ status: 503, code: 'AUDIT_UNAVAILABLE' });
      expect(reply.text).not.toContain(CANARY);
    }
    stage.audit.record = record;
  });

  it('takes every filter, and refuses those that are none', async () => {
    const token = await stage.as('officer');
    const filters = 'group=Traders&office=Berlin&peer=Partner.EXAMPLE&direction=out&kind=chat&verdict=refused';
    await stage.ask(`/api/v1/archive/messages?${filters}&file=true&label=SECRET&edited=true&reason=abc`, { token });
    const filter = { group: 'Traders', office: 'Berlin', peer: 'partner.example', direction: 'out', kind: 'chat' };
    const taken = { ...filter, verdict: 'refused', hasFile: true, label: 'SECRET', isEdited: true };
    expect(stage.searches.at(-1)).toMatchObject(taken);
    for (const wrong of ['direction=up', 'kind=shout', 'verdict=lost', 'file=maybe', 'nonsense=1', 'saved=x']) {
      const reply = await stage.ask(`/api/v1/archive/messages?${wrong}&reason=abc`, { token });
      expect([wrong, reply.json]).toMatchObject([wrong, { code: 'BAD_REQUEST' }]);
    }
  });

  it('says what the newest hits are made of, as an estimate, with a line in the audit log', async () => {
    const token = await stage.as('officer');
    const { json } = await stage.ask('/api/v1/archive/facets?text=merger&reason=case+17', { token });
    expect(json).toMatchObject({
      looked: 2_000,
      isWhole: false,
      people: [{ value: 'romeo@im.example', count: 1_200 }],
    });
    expect(stage.audit.deeds.at(-1)).toMatchObject({ action: 'archive.facets', details: { text: 'merger' } });
    expect(stage.searches.at(-1)).toMatchObject({ text: 'merger', scope: '*' });
    const none = await stage.ask('/api/v1/archive/facets?group=nobody&reason=case+17', { token });
    expect(none.json).toMatchObject({ looked: 0, isWhole: true, people: [] });
    const { record } = stage.audit;
    stage.audit.record = () => Promise.reject(new Error('disk full'));
    const refused = await stage.ask('/api/v1/archive/facets?text=x&reason=abc', { token });
    stage.audit.record = record;
    expect(refused.json).toMatchObject({ code: 'AUDIT_UNAVAILABLE' });
  });

  it('takes people in any spelling of their address, and says which address is none', async () => {
    const token = await stage.as('officer');
    await stage.ask('/api/v1/archive/messages?participant=ROMEO%40IM.example%2Fphone&reason=case+17', { token });
    expect(stage.searches.at(-1)).toMatchObject({ participant: 'romeo@im.example' });
    await stage.ask('/api/v1/archive/messages?from=Anna+Berg&reason=case+17', { token });
    expect(stage.searches.at(-1)).toMatchObject({ from: 'Anna Berg' });
    const wrong = await stage.ask('/api/v1/archive/messages?room=a%40b%40c&reason=case+17', { token });
    expect(wrong.json).toMatchObject({ code: 'BAD_REQUEST', errors: [{ path: 'room' }] });
  });

  it('shows a message and the conversation around it, each with its own line in the audit log', async () => {
    const token = await stage.as('officer');
    const view = await stage.ask('/api/v1/archive/messages/0000000000000002?reason=case+17', { token });
    expect(view.json).toMatchObject({ stanza: '<message/>' });
    const around = await stage.ask('/api/v1/archive/messages/0000000000000002/around?reason=case+17&count=5', {
      token,
    });
    expect(around.json['items']).toHaveLength(2);
    const actions = stage.audit.deeds.slice(-4).map(({ action }) => action);
    expect(actions).toEqual(['archive.view', 'archive.seen', 'archive.around', 'archive.seen']);
    for (const path of ['0000000000000003?reason=abc', '0000000000000003/around?reason=abc']) {
      expect((await stage.ask(`/api/v1/archive/messages/${path}`, { token })).status).toBe(404);
    }
  });

  it('shows the conversation as it stood at a moment, with what its people were called, and a line for each look', async () => {
    const token = await stage.as('officer');
    const path = '/api/v1/archive/messages/0000000000000002/as-of?reason=case+17&at=';
    const { json } = await stage.ask(`${path}2026-06-01T12:00:00%2B02:00`, { token });
    expect(json).toMatchObject({
      at: '2026-06-01T10:00:00.000Z',
      items: [{ id: '0000000000000002', name: 'Romeo M.', state: 'corrected', body: 'corrected' }],
    });
    expect(stage.audit.deeds.slice(-2)).toMatchObject([
      { action: 'archive.as-of', details: { at: '2026-06-01T10:00:00.000Z' } },
      { action: 'archive.seen', details: { ids: ['0000000000000002', '0000000000000009'] } },
    ]);
    expect((await stage.ask(`${path}2025-06-01T12:00:00Z`, { token })).status).toBe(404);
    expect((await stage.ask(`${path}noon`, { token })).status).toBe(400);
  });

  it('shows every version of a message with what was done to it, with a line in the audit log', async () => {
    const token = await stage.as('officer');
    const { json } = await stage.ask('/api/v1/archive/messages/0000000000000002/versions?reason=case+17', { token });
    const items = json['items'] as unknown as { change: string; reason?: string; about?: string; stanza?: string }[];
    expect(items.map(({ change, reason, about }) => [change, reason, about])).toEqual([
      ['original', undefined, undefined],
      ['correction', undefined, '0000000000000002'],
      ['retraction', undefined, '0000000000000002'],
      ['moderation', 'Not here.', '0000000000000002'],
      ['disposed', undefined, '0000000000000002'],
    ]);
    expect(stage.audit.deeds.at(-2)).toMatchObject({
      action: 'archive.versions',
      subject: '0000000000000002',
      reason: 'case 17',
    });
    const none = await stage.ask('/api/v1/archive/messages/0000000000000003/versions?reason=abc', { token });
    expect(none.status).toBe(404);
  });

  it('says who was in a room at a moment, with a line in the audit log', async () => {
    const token = await stage.as('officer');
    const path = `/api/v1/archive/rooms/${encodeURIComponent(PIAZZA.toUpperCase())}/present`;
    const { json } = await stage.ask(`${path}?at=2026-06-01T12:00:00%2B02:00&reason=case+17`, { token });
    expect(json).toEqual({
      room: PIAZZA,
      at: '2026-06-01T10:00:00.000Z',
      items: [
        {
          from: 'romeo@im.example',
          device: 'phone',
          nick: 'Romeo & friends',
          since: '2026-06-01T09:59:00.000Z',
          id: '0000000000000001',
        },
      ],
    });
    expect(stage.searches.at(-1)).toEqual({ room: PIAZZA, atMs: Date.UTC(2026, 5, 1, 10) });
    expect(stage.audit.deeds.at(-2)).toMatchObject({
      action: 'archive.present',
      subject: PIAZZA,
      reason: 'case 17',
      details: { at: '2026-06-01T10:00:00.000Z' },
    });
    for (const query of ['reason=abc', 'at=noon&reason=abc', 'at=2026-06-01T12:00:00Z']) {
      expect((await stage.ask(`${path}?${query}`, { token })).json).toMatchObject({ code: 'BAD_REQUEST' });
    }
  });

  it('is refused without a reason and for an id that is none', async () => {
    const token = await stage.as('officer');
    const before = stage.audit.deeds.length;
    for (const path of ['?text=x', '?text=x&reason=%20%20', '/xyz?reason=abc', '/0000000000000002']) {
      expect((await stage.ask(`/api/v1/archive/messages${path}`, { token })).json).toMatchObject({
        code: 'BAD_REQUEST',
      });
    }
    expect(stage.audit.deeds).toHaveLength(before);
  });

  it('shows nothing while the audit log cannot be written', async () => {
    const token = await stage.as('officer');
    const { record } = stage.audit;
    const searched = stage.searches.length;
    stage.audit.record = () => Promise.reject(new Error('disk full'));
    const message = 'messages/0000000000000002';
    const paths = ['messages?text=x&', `${message}?`, `${message}/around?`, `${message}/versions?`];
    for (const path of [...paths, `rooms/${PIAZZA}/present?at=2026-06-01T12:00:00Z&`]) {
      const reply = await stage.ask(`/api/v1/archive/${path}reason=abc`, { token });
      expect(reply.json).toMatchObject({ status: 503, code: 'AUDIT_UNAVAILABLE' });
      expect(reply.text).not.toContain(CANARY);
    }
    stage.audit.record = record;
    expect(stage.searches).toHaveLength(searched);
  });

  it('lets officers see their own searches and auditors everybody’s, never a text', async () => {
    const own = await stage.ask('/api/v1/audit?sort=-at&actor=admin@im.example', { token: await stage.as('officer') });
    const actors = (own.json as unknown as { items: { actor: string }[] }).items.map(({ actor }) => actor);
    expect(new Set(actors)).toEqual(new Set(['officer@im.example']));
    const suspend = { method: 'POST', token: await stage.as('admin'), body: {} };
    await stage.ask('/api/v1/accounts/employee@im.example/suspend', suspend);
    const all = await stage.ask('/api/v1/audit?sort=-at&range=0-199', { token: await stage.as('auditor') });
    expect(all.text).toContain('admin@im.example');
    expect(all.text).not.toContain(CANARY);
  });
});
