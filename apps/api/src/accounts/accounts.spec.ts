import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseJid } from '@interoffice/wire';
import { ApiStage, PASSWORD } from '../testing/stage.contract.js';

const stage = new ApiStage();
beforeAll(() => stage.start());
afterAll(() => stage.stop());

describe('accounts', () => {
  it('are listed, searched, sorted and cut', async () => {
    const token = await stage.as('readonly');
    const page = await stage.ask('/api/v1/accounts?sort=-jid&range=1-2', { token });
    expect(page.json).toMatchObject({ total: 7, items: [{ jid: 'peers@im.example' }, { jid: 'officer@im.example' }] });
    const found = await stage.ask('/api/v1/accounts?text=OFFIC&role=officer', { token });
    expect(found.json).toMatchObject({ total: 1, items: [{ name: 'The officer', hasPhoto: false }] });
    expect((await stage.ask('/api/v1/accounts?sort=password', { token })).json).toMatchObject({
      code: 'BAD_REQUEST',
      errors: [{ path: 'sort' }],
    });
  });

  it('are suspended at once, here and in the chat, and restored', async () => {
    const [admin, employee] = [await stage.as('admin'), await stage.as('employee')];
    const suspended = await stage.ask('/api/v1/accounts/employee@im.example/suspend', { method: 'POST', token: admin });
    expect(suspended.json).toMatchObject({ state: 'suspended' });
    expect((await stage.ask('/api/v1/me', { token: employee })).status).toBe(401);
    expect((await stage.login('employee', PASSWORD)).json).toMatchObject({ code: 'ACCOUNT_DISABLED', status: 403 });
    await stage.ask('/api/v1/accounts/employee%40im.example/restore', { method: 'POST', token: admin });
    expect(stage.changed.slice(-2)).toEqual(['employee@im.example suspended', 'employee@im.example active']);
    expect((await stage.ask('/api/v1/me', { token: employee })).status).toBe(401);
    expect(stage.audit.deeds.slice(-3).map(({ action, subject }) => `${action} ${subject}`)).toEqual([
      'account.suspend employee@im.example',
      'account.closed employee@im.example',
      'account.restore employee@im.example',
    ]);
  });

  it('cannot be suspended by themselves, by an address that is none, or against their directory', async () => {
    const token = await stage.as('admin');
    const suspend = (jid: string) => stage.ask(`/api/v1/accounts/${jid}/suspend`, { method: 'POST', token });
    expect((await suspend('admin@im.example')).json).toMatchObject({ code: 'CONFLICT' });
    expect((await suspend('nobody@im.example')).status).toBe(404);
    expect((await suspend('im.example')).status).toBe(400);
    await stage.records.setState('peers@im.example', 'disabled');
    const restore = await stage.ask('/api/v1/accounts/peers@im.example/restore', { method: 'POST', token });
    expect(restore.json).toMatchObject({ code: 'CONFLICT' });
    await stage.records.setState('peers@im.example', 'active');
  });

  it('get another address, here and in the chat, under which they go on', async () => {
    const [token, bare] = [await stage.as('admin'), await stage.person('capulet')];
    const rename = (from: string, to: string) =>
      stage.ask(`/api/v1/accounts/${from}/rename`, { method: 'POST', token, body: { jid: to } });
    expect((await rename(bare, 'Montague@im.example')).json).toMatchObject({ jid: 'montague@im.example' });
    expect(stage.audit.deeds.at(-1)).toMatchObject({
      actor: 'admin@im.example',
      action: 'account.rename',
      subject: bare,
      details: { to: 'montague@im.example', forwardsUntil: expect.stringMatching(/^2/) as unknown },
    });
    expect((await stage.ask(`/api/v1/accounts/${bare}`, { token })).status).toBe(404);
    expect((await stage.login('montague', PASSWORD)).json).toMatchObject({ me: { jid: 'montague@im.example' } });
    expect((await stage.login('capulet', PASSWORD)).json).toMatchObject({ me: { jid: 'montague@im.example' } });
    expect(await stage.xmpp.records.forward(bare, stage.clock.at)).toMatchObject({ name: 'The capulet' });
    for (const [from, to, status, code] of [
      ['montague@im.example', 'employee@im.example', 409, 'ADDRESS_TAKEN'],
      ['employee@im.example', bare, 409, 'ADDRESS_TAKEN'],
      ['montague@im.example', 'montague@im.example', 400, 'BAD_REQUEST'],
      ['montague@im.example', 'montague@elsewhere.example', 400, 'BAD_REQUEST'],
      ['montague@im.example', 'im.example', 400, 'BAD_REQUEST'],
      ['nobody@im.example', 'somebody@im.example', 404, 'NOT_FOUND'],
    ] as const)
      expect((await rename(from, to)).json).toMatchObject({ status, code });
  });

  it('are made with a password that can be used at once', async () => {
    const token = await stage.as('admin');
    const create = (body: object) => stage.ask('/api/v1/accounts', { method: 'POST', token, body });
    const made = await create({ jid: 'Nurse@im.example', password: 'long enough', name: 'Nurse' });
    expect(made).toMatchObject({
      status: 201,
      json: { jid: 'nurse@im.example', role: 'employee', directory: 'local' },
    });
    expect((await stage.login('nurse', 'long enough')).status).toBe(200);
    expect((await create({ jid: 'nurse@im.example', password: 'long enough' })).json).toMatchObject({
      code: 'ADDRESS_TAKEN',
    });
    expect((await create({ jid: 'a@im.example', password: 'short' })).json).toMatchObject({ code: 'BAD_REQUEST' });
    expect((await create({ jid: 'a@im.example', password: '         ' })).json).toMatchObject({ code: 'BAD_REQUEST' });
    expect((await create({ jid: 'a@im.example', password: 'long enough', role: 'officer' })).status).toBe(400);
    expect((await create({ jid: 'a@im.example', password: 'long enough', isAdmin: true })).status).toBe(400);
  });

  it('show a photo as an image and as nothing else', async () => {
    const bytes = Buffer.from([0xff, 0xd8, 0xff, 0xe0]);
    const jid = parseJid('juliet@im.example');
    const person = { photo: { type: 'image/jpeg', bytes } };
    await stage.records.adopt({ jid, directory: 'ad', directoryId: '1', person });
    const token = await stage.as('helpdesk');
    const photo = await stage.ask('/api/v1/accounts/juliet@im.example/photo', { token });
    expect(photo.headers).toMatchObject({ 'content-type': 'image/jpeg', 'x-content-type-options': 'nosniff' });
    expect(photo.headers['content-security-policy']).toContain('sandbox');
    expect((await stage.ask('/api/v1/accounts/juliet@im.example', { token })).json).toMatchObject({ hasPhoto: true });
    expect((await stage.ask('/api/v1/accounts/admin@im.example/photo', { token })).status).toBe(404);
    expect((await stage.ask('/api/v1/accounts/nobody@im.example', { token })).status).toBe(404);
  });
});
