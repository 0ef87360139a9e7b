import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiStage } from '../testing/stage.contract.js';

const stage = new ApiStage();
let admin = '';
beforeAll(async () => {
  await stage.start();
  admin = await stage.as('admin');
});
afterAll(() => stage.stop());

const get = (path: string, token = admin) => stage.ask(`/api/v1${path}`, { token });

describe('directories', () => {
  it('are none where people are kept here alone', async () => {
    expect((await get('/directories')).json).toEqual({ items: [], total: 0 });
    expect((await get('/directories/ad')).status).toBe(404);
    const sync = await stage.ask('/api/v1/directories/ad/sync', { method: 'POST', token: admin, body: {} });
    expect(sync.status).toBe(404);
  });

  it('are shown to who looks after people, and to nobody else', async () => {
    const [employee, officer] = [await stage.as('employee'), await stage.as('officer')];
    for (const token of [employee, officer]) expect((await get('/directories', token)).status).toBe(403);
  });

  it('show who was shut out, by whom and how fast', async () => {
    const bare = await stage.person('leaver');
    await stage.ask(`/api/v1/accounts/${bare}/suspend`, { method: 'POST', token: admin });
    const { items } = (await get('/directories/departures')).json as unknown as { items: Record<string, unknown>[] };
    expect(items[0]).toMatchObject({ account: bare, why: 'suspended', by: 'admin@im.example', streams: 0, rooms: [] });
    expect(items[0]?.['seconds']).toBeLessThanOrEqual(5);
  });
});

describe('what decides about a person', () => {
  it('is told of somebody kept here: state, rooms, role and how it came', async () => {
    const explained = (await get('/accounts/employee@im.example/explain')).json;
    expect(explained).toMatchObject({
      account: 'employee@im.example',
      directory: 'local',
      mayLogIn: true,
      groups: [],
      rooms: [{ room: 'piazza@conference.im.example', affiliation: 'member' }],
      roles: [{ role: 'employee', because: 'what everybody is' }],
    });
    const chief = (await get('/accounts/admin@im.example/explain')).json;
    expect(chief).toMatchObject({ roles: [{ role: 'admin', scope: '*', because: 'given by an administrator' }] });
  });

  it('is not told of nobody', async () => {
    expect((await get('/accounts/nobody@im.example/explain')).status).toBe(404);
  });
});

describe('people', () => {
  it('are found by everybody who is logged in, by parts of what is known of them', async () => {
    await stage.person('rosaline', { office: 'Mantua' });
    const token = await stage.as('employee');
    const found = await get('/people?q=rosal', token);
    expect(found.json).toEqual([{ jid: 'rosaline@im.example', fullname: 'The rosaline', about: 'Mantua' }]);
    expect((await get('/people?q=r', token)).status).toBe(400);
    expect((await stage.ask('/api/v1/people?q=rosal')).status).toBe(401);
  });
});
