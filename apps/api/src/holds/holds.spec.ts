import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiStage } from '../testing/stage.contract.js';

const stage = new ApiStage();
const HOLD = { name: 'Montague', matter: 'case 7', reason: 'a lawsuit', people: ['romeo@im.example'] };
let berta: string;
let taro: string;
let officer: string;
beforeAll(async () => {
  await stage.start();
  await stage.person('berta', { role: 'officer', scope: 'Berlin' });
  await stage.person('taro', { role: 'officer', scope: 'Tokyo' });
  [berta, taro, officer] = await Promise.all([stage.as('berta'), stage.as('taro'), stage.as('officer')]);
});
afterAll(() => stage.stop());

describe('holds over HTTP', () => {
  // C-09, C-14
  it('are placed and released by an officer of their office, each with a reason in the audit log', async () => {
    const placed = await stage.ask('/api/v1/holds', { method: 'POST', body: HOLD, token: berta });
    expect(placed.status).toBe(201);
    expect(placed.json).toMatchObject({ office: 'Berlin', name: 'Montague', placedBy: 'berta@im.example' });
    const path = `/api/v1/holds/${String(placed.json['id'])}`;
    expect((await stage.ask('/api/v1/holds?state=open', { token: officer })).json).toMatchObject({
      items: [placed.json],
    });
    const release = { method: 'POST', body: { reason: 'settled in court' }, token: berta };
    expect((await stage.ask(`${path}/release`, release)).json).toMatchObject({
      releasedBy: 'berta@im.example',
      releaseReason: 'settled in court',
    });
    expect(await stage.ask(`${path}/release`, release)).toMatchObject({ status: 409 });
    const { deeds } = await stage.audit.list({ actor: 'berta@im.example', descending: false, offset: 0, limit: 10 });
    expect(deeds.map(({ action, reason }) => ({ action, reason }))).toEqual([
      { action: 'hold.place', reason: 'a lawsuit' },
      { action: 'hold.release', reason: 'settled in court' },
    ]);
  });

  it('are neither seen nor changed by an officer of another office, and the attempt is on record', async () => {
    const placed = await stage.ask('/api/v1/holds', { method: 'POST', body: HOLD, token: berta });
    const path = `/api/v1/holds/${String(placed.json['id'])}`;
    expect((await stage.ask('/api/v1/holds', { token: taro })).json).toEqual({ items: [] });
    expect(await stage.ask(path, { token: taro })).toMatchObject({ status: 404 });
    const release = { method: 'POST', body: { reason: 'not mine' }, token: taro };
    expect(await stage.ask(`${path}/release`, release)).toMatchObject({ status: 404 });
    const forBerlin = { method: 'POST', body: { ...HOLD, office: 'Berlin' }, token: taro };
    expect(await stage.ask('/api/v1/holds', forBerlin)).toMatchObject({ status: 404 });
    const { deeds } = await stage.audit.list({ actor: 'taro@im.example', descending: false, offset: 0, limit: 10 });
    expect(deeds.map(({ action, details }) => [action, details['attempt']])).toEqual([
      ['access.refused', 'hold.view'],
      ['access.refused', 'hold.release'],
      ['access.refused', 'hold.place'],
    ]);
    expect((await stage.ask(path, { token: berta })).json).not.toHaveProperty('releasedAt');
  });

  it('are refused to administrators and everybody else but officers and, to read, auditors', async () => {
    for (const name of ['employee', 'helpdesk', 'peers', 'admin', 'readonly']) {
      const token = await stage.as(name);
      expect(await stage.ask('/api/v1/holds', { token }), name).toMatchObject({ status: 403 });
      expect(await stage.ask('/api/v1/holds', { method: 'POST', body: HOLD, token }), name).toMatchObject({
        status: 403,
      });
    }
    const auditor = await stage.as('auditor');
    expect(await stage.ask('/api/v1/holds', { token: auditor })).toMatchObject({ status: 200 });
    expect(await stage.ask('/api/v1/holds', { method: 'POST', body: HOLD, token: auditor })).toMatchObject({
      status: 403,
    });
  });

  it('say what is wrong with one that covers nothing, ends before it begins, or names no address', async () => {
    const { people: _people, ...nothing } = HOLD;
    for (const body of [
      nothing,
      { ...HOLD, from: '2026-05-01T00:00:00Z', until: '2026-04-01T00:00:00Z' },
      { ...HOLD, people: ['not an address @'] },
      { ...HOLD, reason: '' },
    ]) {
      expect(await stage.ask('/api/v1/holds', { method: 'POST', body, token: officer })).toMatchObject({ status: 400 });
    }
  });
});
