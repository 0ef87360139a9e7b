import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { permissionsOf } from '@interoffice/contract';
import { Failure } from '@interoffice/telemetry';
import { parseJid } from '@interoffice/wire';
import { ApiStage, PASSWORD } from '../testing/stage.contract.js';

const stage = new ApiStage();
beforeAll(() => stage.start());
afterAll(() => stage.stop());

describe('logging in', () => {
  // W-07, W-08
  it('gives a browser a cookie that scripts and other sites cannot use', async () => {
    const reply = await stage.login('admin', PASSWORD);
    expect(reply.status).toBe(200);
    const cookie = String(reply.headers['set-cookie']);
    expect(cookie).toMatch(/^__Host-interoffice=[\w-]{43}; Path=\/; Secure; HttpOnly; SameSite=Strict$/);
    expect(reply.json).toEqual({ me: expect.objectContaining({ jid: 'admin@im.example', role: 'admin' }) });
    const me = await stage.ask('/api/v1/me', { headers: { cookie: cookie.split(';')[0]! } });
    expect(me.json['permissions']).toEqual([...permissionsOf('admin')]);
  });

  it('gives a program a bearer token when it asks for one', async () => {
    const { json, headers } = await stage.login('officer@im.example', PASSWORD, { token: true });
    expect(headers['set-cookie']).toBeUndefined();
    expect((await stage.ask('/api/v1/me', { token: json['token'] })).status).toBe(200);
  });

  //
  it('answers the same bytes for a wrong password and an unknown name', async () => {
    const wrong = await stage.login('readonly', 'wrong password');
    const unknown = await stage.login('nobody', 'wrong password');
    const malformed = await stage.login('@@', 'wrong password');
    expect([wrong.status, unknown.status, malformed.status]).toEqual([401, 401, 401]);
    expect(wrong.text).toBe(unknown.text);
    expect(malformed.text).toBe(unknown.text);
    expect(wrong.json).toMatchObject({ code: 'LOGIN_REFUSED', status: 401 });
    expect(wrong.headers['content-type']).toContain('application/problem+json');
  });

  //
  it.each(['', ' ', '\0'])('refuses the password %j', async (password) => {
    expect((await stage.login('peers', password)).json).toMatchObject({ code: 'LOGIN_REFUSED' });
  });

  //
  it('slows down guesses from one address without locking the account elsewhere, and forgets in time', async () => {
    const guesses = await Promise.all(Array.from({ length: 8 }, () => stage.login('auditor', 'guess')));
    expect(guesses.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
      401, 401, 401, 401, 401, 429, 429, 429,
    ]);
    const blocked = await stage.login('auditor', PASSWORD);
    expect(blocked.status).toBe(429);
    expect(Number(blocked.headers['retry-after'])).toBeGreaterThan(60);
    const forged = await stage.ask('/api/v1/login', {
      method: 'POST',
      body: { jid: 'auditor', password: PASSWORD },
      headers: { 'x-forwarded-for': '192.0.2.1' },
    });
    expect(forged.status).toBe(429);
    stage.clock.at += 16 * 60_000;
    expect((await stage.login('auditor', PASSWORD)).status).toBe(200);
  });

  //
  it('is refused where too many names were tried, whatever a header says of the address', async () => {
    const from = (i: number) => ({ 'x-forwarded-for': `192.0.2.${i}`, forwarded: `for=192.0.2.${i}` });
    const tried = (i: number) =>
      stage.ask('/api/v1/login', { method: 'POST', body: { jid: `name-${i}`, password: 'guess' }, headers: from(i) });
    const answers = await Promise.all(Array.from({ length: 100 }, (_, i) => tried(i)));
    for (const { status } of answers) expect(status).toBe(401);
    const refused = await stage.login('admin', PASSWORD);
    expect(refused.json).toMatchObject({ status: 429, code: 'TOO_MANY_ATTEMPTS' });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(60);
    stage.clock.at += 16 * 60_000;
    expect((await stage.login('admin', PASSWORD)).status).toBe(200);
  });

  it('ends with a log-out, an idle quarter of an hour, or twelve hours', async () => {
    const token = (await stage.login('admin', PASSWORD, { token: true })).json['token'];
    expect((await stage.ask('/api/v1/logout', { method: 'POST', token })).status).toBe(204);
    expect((await stage.ask('/api/v1/me', { token })).json).toMatchObject({ code: 'NOT_LOGGED_IN' });
    const idle = (await stage.login('admin', PASSWORD, { token: true })).json['token'];
    stage.clock.at += 16 * 60_000;
    expect((await stage.ask('/api/v1/me', { token: idle })).status).toBe(401);
    const employee = (await stage.login('employee', PASSWORD, { token: true })).json['token'];
    stage.clock.at += 11 * 3_600_000;
    expect((await stage.ask('/api/v1/me', { token: employee })).status).toBe(200);
    stage.clock.at += 2 * 3_600_000;
    expect((await stage.ask('/api/v1/me', { token: employee })).status).toBe(401);
  });

  //
  it('refuses tokens of every shape with 401 and never fails over them', async () => {
    for (const token of ['x', 'x'.repeat(43), 'x'.repeat(5000), '-'.repeat(42)]) {
      expect((await stage.ask('/api/v1/me', { token })).status).toBe(401);
      expect((await stage.ask('/api/v1/me', { headers: { cookie: `__Host-interoffice=${token}` } })).status).toBe(401);
    }
  });

  it('blames the directory and not the person when the directory does not answer', async () => {
    const { find } = stage.records;
    stage.records.find = () => Promise.reject(new Failure('DATABASE_UNREACHABLE', 'gone'));
    const reply = await stage.login('employee', PASSWORD);
    stage.records.find = find;
    expect(reply.json).toMatchObject({ status: 503, code: 'DIRECTORY_UNREACHABLE' });
  });
});

describe('the web chat', () => {
  it('gets a one-time token for the person who is logged in', async () => {
    const reply = await stage.ask('/api/v1/chat/token', { method: 'POST', token: await stage.as('employee') });
    expect(reply.json).toMatchObject({ jid: 'employee@im.example' });
    const { token } = reply.json as unknown as { token: string };
    // The token is for a chat, and opens no session here.
    expect((await stage.login('employee', token)).status).toBe(401);
    const { directory } = stage.ports;
    expect(await directory.authenticate(parseJid('employee@im.example'), token)).toMatchObject({ ok: true });
    expect(await directory.authenticate(parseJid('employee@im.example'), token)).toMatchObject({ ok: false });
  });
});
