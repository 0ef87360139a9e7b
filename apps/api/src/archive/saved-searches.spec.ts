import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiStage } from '../testing/stage.contract.js';

const stage = new ApiStage();
const PATH = '/api/v1/archive/searches';
let token = '';
beforeAll(async () => {
  await stage.start();
  await stage.person('colleague', { role: 'officer' });
  token = await stage.as('officer');
});
afterAll(() => stage.stop());

async function names(of: string): Promise<string[]> {
  const { json } = await stage.ask(PATH, { token: of });
  return (json as unknown as { items: { name: string }[] }).items.map(({ name }) => name);
}

async function keep(name: string, query: object = { text: 'invoice', verdict: 'refused' }): Promise<string> {
  const reply = await stage.ask(PATH, { method: 'POST', token, body: { name, query } });
  expect(reply.status).toBe(201);
  return (reply.json as unknown as { id: string }).id;
}

// C-14, W-06
describe('saved searches', () => {
  it('are kept, listed by name, renamed and deleted by their owner, each with a line in the audit log', async () => {
    const id = await keep('Second');
    await keep('first', { text: '"project hartwell"' });
    expect(await names(token)).toEqual(['first', 'Second']);
    const { json } = await stage.ask(PATH, { token });
    expect((json as unknown as { items: object[] }).items[1]).toMatchObject({
      id,
      query: { text: 'invoice', verdict: 'refused' },
    });
    const renamed = await stage.ask(`${PATH}/${id}`, { method: 'PATCH', token, body: { name: 'a start' } });
    expect(renamed.json).toMatchObject({ id, name: 'a start' });
    expect(await names(token)).toEqual(['a start', 'first']);
    expect((await stage.ask(`${PATH}/${id}`, { method: 'DELETE', token })).status).toBe(204);
    expect(await names(token)).toEqual(['first']);
    const actions = stage.audit.deeds
      .map(({ action }) => action)
      .filter((action) => action.startsWith('archive.search.'));
    expect(actions).toEqual(['keep', 'keep', 'rename', 'forget'].map((what) => `archive.search.${what}`));
  });

  it('exist for their owner alone', async () => {
    const id = await keep('mine');
    const other = await stage.as('colleague');
    expect(await names(other)).toEqual([]);
    const path = `${PATH}/${id}`;
    expect((await stage.ask(path, { method: 'PATCH', token: other, body: { name: 'x' } })).status).toBe(404);
    expect((await stage.ask(path, { method: 'DELETE', token: other })).status).toBe(404);
    expect(await names(token)).toContain('mine');
    for (const role of ['admin', 'auditor', 'employee']) {
      expect((await stage.ask(PATH, { token: await stage.as(role) })).status).toBe(403);
    }
  });

  it('have a name of their own and filters that there are', async () => {
    const id = await keep('once');
    await keep('another');
    const again = await stage.ask(PATH, { method: 'POST', token, body: { name: 'once', query: {} } });
    expect(again.json).toMatchObject({ code: 'CONFLICT' });
    const taken = await stage.ask(`${PATH}/${id}`, { method: 'PATCH', token, body: { name: 'another' } });
    expect(taken.json).toMatchObject({ code: 'CONFLICT' });
    for (const body of [{ name: ' ', query: {} }, { name: 'x' }, { name: 'x', query: { nonsense: '1' } }]) {
      const reply = await stage.ask(PATH, { method: 'POST', token, body });
      expect(reply.json).toMatchObject({ code: 'BAD_REQUEST' });
    }
    expect((await stage.ask(`${PATH}/0`, { method: 'DELETE', token })).json).toMatchObject({ code: 'BAD_REQUEST' });
    expect((await stage.ask(`${PATH}/999999`, { method: 'DELETE', token })).status).toBe(404);
  });

  it('are named in the audit log where they are run', async () => {
    const id = await keep('run');
    await stage.ask(`/api/v1/archive/messages?text=invoice&saved=${id}&reason=case+17`, { token });
    expect(stage.audit.deeds.at(-2)).toMatchObject({
      action: 'archive.search',
      details: { text: 'invoice', saved: id },
    });
  });
});
