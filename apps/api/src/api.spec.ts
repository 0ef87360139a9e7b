import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Permission, permissionsOf, Role } from '@interoffice/contract';
import { Failure } from '@interoffice/telemetry';
import { parseJid } from '@interoffice/wire';
import { ApiStage, CANARY, PASSWORD, PIAZZA } from './testing/stage.contract.js';

const stage = new ApiStage();
beforeAll(() => stage.start());
afterAll(() => stage.stop());

const login = (jid: string, password: string, more: object = {}) =>
  stage.ask('/api/v1/login', { method: 'POST', body: { jid, password, ...more } });

/** A path of this route that could be asked for. */
function example(path: string): string {
  const jid = path.startsWith('/api/v1/rooms') ? PIAZZA : 'employee@im.example';
  const id = '0000000000000002';
  return path
    .replace(':jid', jid)
    .replace(':person', 'employee@im.example')
    .replace(':room', PIAZZA)
    .replace(':id', id);
}

const session = (id: string, bare: string, sinceMs: number) =>
  ({ id, bare, device: 'phone', sinceMs, address: '192.0.2.7', over: 'tls', encrypted: true }) as const;

const post = (headers: Record<string, string>, raw = '{}') =>
  stage.ask('/api/v1/login', { method: 'POST', raw, headers });

describe('logging in', () => {
  // W-07, W-08
  it('gives a browser a cookie that scripts and other sites cannot use', async () => {
    const reply = await login('admin', PASSWORD);
    expect(reply.status).toBe(200);
    const cookie = String(reply.headers['set-cookie']);
    expect(cookie).toMatch(/^__Host-interoffice=[\w-]{43}; Path=\/; Secure; HttpOnly; SameSite=Strict$/);
    expect(reply.json).toEqual({ me: expect.objectContaining({ jid: 'admin@im.example', role: 'admin' }) });
    const me = await stage.ask('/api/v1/me', { headers: { cookie: cookie.split(';')[0]! } });
    expect(me.json['permissions']).toEqual([...permissionsOf('admin')]);
  });

  it('gives a program a bearer token when it asks for one', async () => {
    const { json, headers } = await login('officer@im.example', PASSWORD, { token: true });
    expect(headers['set-cookie']).toBeUndefined();
    expect((await stage.ask('/api/v1/me', { token: json['token'] })).status).toBe(200);
  });

  //
  it('answers the same bytes for a wrong password and an unknown name', async () => {
    const wrong = await login('readonly', 'wrong password');
    const unknown = await login('nobody', 'wrong password');
    const malformed = await login('@@', 'wrong password');
    expect([wrong.status, unknown.status, malformed.status]).toEqual([401, 401, 401]);
    expect(wrong.text).toBe(unknown.text);
    expect(malformed.text).toBe(unknown.text);
    expect(wrong.json).toMatchObject({ code: 'LOGIN_REFUSED', status: 401 });
    expect(wrong.headers['content-type']).toContain('application/problem+json');
  });

  //
  it.each(['', ' ', '\0'])('refuses the password %j', async (password) => {
    expect((await login('peers', password)).json).toMatchObject({ code: 'LOGIN_REFUSED' });
  });

  //
  it('slows down guesses from one address without locking the account elsewhere, and forgets in time', async () => {
    for (let tries = 0; tries < 5; tries++) await login('auditor', 'guess');
    const blocked = await login('auditor', PASSWORD);
    expect(blocked.status).toBe(429);
    expect(Number(blocked.headers['retry-after'])).toBeGreaterThan(60);
    const forged = await stage.ask('/api/v1/login', {
      method: 'POST',
      body: { jid: 'auditor', password: PASSWORD },
      headers: { 'x-forwarded-for': '192.0.2.1' },
    });
    expect(forged.status).toBe(429);
    stage.clock.at += 16 * 60_000;
    expect((await login('auditor', PASSWORD)).status).toBe(200);
  });

  it('ends with a log-out, an idle quarter of an hour, or twelve hours', async () => {
    const token = (await login('admin', PASSWORD, { token: true })).json['token'];
    expect((await stage.ask('/api/v1/logout', { method: 'POST', token })).status).toBe(204);
    expect((await stage.ask('/api/v1/me', { token })).json).toMatchObject({ code: 'NOT_LOGGED_IN' });
    const idle = (await login('admin', PASSWORD, { token: true })).json['token'];
    stage.clock.at += 16 * 60_000;
    expect((await stage.ask('/api/v1/me', { token: idle })).status).toBe(401);
    const employee = (await login('employee', PASSWORD, { token: true })).json['token'];
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
    const reply = await login('employee', PASSWORD);
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
    expect((await login('employee', token)).status).toBe(401);
    const { directory } = stage.ports;
    expect(await directory.authenticate(parseJid('employee@im.example'), token)).toMatchObject({ ok: true });
    expect(await directory.authenticate(parseJid('employee@im.example'), token)).toMatchObject({ ok: false });
  });
});

// W-01, W-03, W-05
describe('who may do what', () => {
  it('holds for every role on every route', async () => {
    for (const role of Role.options) {
      const token = await stage.as(role);
      for (const { method, path, needs } of stage.api.routes) {
        if (needs.length === 0 || path.endsWith('/logout')) continue;
        const may = needs.some((permission) => permissionsOf(role).includes(permission));
        const { json } = await stage.ask(example(path), { method, token, body: method === 'POST' ? {} : undefined });
        const refused = (json as { code?: string }).code === 'NOT_PERMITTED';
        expect(`${role} ${method} ${path} ${refused ? 'refused' : 'let in'}`).toBe(
          `${role} ${method} ${path} ${may ? 'let in' : 'refused'}`,
        );
      }
    }
    await stage.records.setState('employee@im.example', 'active');
  });

  it('needs a log-in on every route but the log-in, and says so before anything else', async () => {
    const open = stage.api.routes.filter(({ needs }) => needs.length === 0);
    expect(open.map(({ path }) => path)).toEqual(['/api/v1/login']);
    for (const { method, path, needs } of stage.api.routes) {
      if (needs.length === 0) continue;
      const reply = await stage.ask(example(path), { method, body: method === 'POST' ? { nonsense: 1 } : undefined });
      expect([path, reply.status]).toEqual([path, 401]);
    }
  });

  it('does not depend on how a path is spelled', async () => {
    const spellings = [
      '/api/v1//accounts',
      '/api/v1/./accounts',
      '/api/v1/login/../accounts',
      '/api/v1/login/..;/accounts',
      '/api/v1/%61ccounts',
      '/api/v1/%2e/accounts',
      '/api/v1/%252e/accounts',
      '/api/v1/accounts;a=b',
      '/api/v1/accounts/',
      '/API/V1/ACCOUNTS',
      '/api/v1\\accounts',
      '/console/..%2fapi/v1/accounts',
      '/chat/%2e%2e/api/v1/accounts',
      '/api/v1/accounts%u002e',
    ];
    for (const path of spellings) {
      for (const method of ['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT']) {
        const { status } = await stage.ask(path, { method });
        expect(`${status} ${method} ${path}`).toMatch(/^(400|401|404) /);
      }
    }
  });

  it('shows an administrator no message text on any route', async () => {
    const token = await stage.as('admin');
    for (const { method, path } of stage.api.routes) {
      if (method !== 'GET') continue;
      const reply = await stage.ask(`${example(path)}?reason=curiosity`, { token });
      expect([path, reply.text.includes(CANARY)]).toEqual([path, false]);
    }
  });

  it('has a permission for every declared route that some role holds', () => {
    const held = new Set(Role.options.flatMap(permissionsOf));
    expect([...held].sort()).toEqual([...Permission.options].sort());
  });
});

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
    expect((await login('employee', PASSWORD)).json).toMatchObject({ code: 'ACCOUNT_DISABLED', status: 403 });
    await stage.ask('/api/v1/accounts/employee%40im.example/restore', { method: 'POST', token: admin });
    expect(stage.changed.slice(-2)).toEqual(['employee@im.example suspended', 'employee@im.example active']);
    expect((await stage.ask('/api/v1/me', { token: employee })).status).toBe(401);
    expect(stage.audit.deeds.slice(-2).map(({ action, subject }) => `${action} ${subject}`)).toEqual([
      'account.suspend employee@im.example',
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

  it('are made with a password that can be used at once', async () => {
    const token = await stage.as('admin');
    const create = (body: object) => stage.ask('/api/v1/accounts', { method: 'POST', token, body });
    const made = await create({ jid: 'Nurse@im.example', password: 'long enough', name: 'Nurse' });
    expect(made).toMatchObject({
      status: 201,
      json: { jid: 'nurse@im.example', role: 'employee', directory: 'local' },
    });
    expect((await login('nurse', 'long enough')).status).toBe(200);
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

describe('live sessions', () => {
  it('are listed, searched and ended, and ending one is audited', async () => {
    stage.live = [
      session('1', 'romeo@im.example', 2000),
      session('2', 'juliet@im.example', 1000),
      session('just-gone', 'x@im.example', 3),
    ];
    const token = await stage.as('helpdesk');
    const bySince = await stage.ask('/api/v1/sessions?sort=-since&range=0-1', { token });
    expect(bySince.json).toMatchObject({
      total: 3,
      items: [{ jid: 'romeo@im.example' }, { jid: 'juliet@im.example' }],
    });
    expect((await stage.ask('/api/v1/sessions?text=JULI&sort=address', { token })).json).toMatchObject({ total: 1 });
    expect((await stage.ask('/api/v1/sessions/2', { method: 'DELETE', token })).status).toBe(204);
    expect(stage.disconnected).toContain('2');
    expect(stage.audit.deeds.at(-1)).toMatchObject({
      action: 'session.disconnect',
      subject: 'juliet@im.example/phone',
    });
    expect((await stage.ask('/api/v1/sessions/9', { method: 'DELETE', token })).status).toBe(404);
    expect((await stage.ask('/api/v1/sessions/just-gone', { method: 'DELETE', token })).status).toBe(404);
  });
});

describe('the status', () => {
  it('is shown to who was let in shortly before while the database does not answer, and to nobody else', async () => {
    const token = await stage.as('admin');
    const late = await stage.as('admin');
    expect((await stage.ask('/api/v1/status', { token })).status).toBe(200);
    const { use } = stage.apiSessions;
    stage.apiSessions.use = () => new Promise(() => undefined);
    expect((await stage.ask('/api/v1/status', { token })).status).toBe(200);
    stage.apiSessions.use = () => Promise.reject(new Error('the database is away'));
    expect((await stage.ask('/api/v1/status', { token })).status).toBe(200);
    expect((await stage.ask('/api/v1/status', { token: late })).status).toBe(500);
    expect((await stage.ask('/api/v1/accounts', { token })).status).toBe(500);
    stage.clock.at += 601_000;
    expect((await stage.ask('/api/v1/status', { token })).status).toBe(500);
    stage.apiSessions.use = use;
    stage.clock.at -= 601_000;
  });

  it('says of each part whether it works, since when, and what to do', async () => {
    const token = await stage.as('admin');
    expect((await stage.ask('/api/v1/status', { token })).json).toMatchObject({ working: true, version: '0.1.0' });
    const failedAt = (stage.clock.at += 60_000);
    stage.broken.add('database');
    await stage.ask('/api/v1/status', { token });
    stage.clock.at += 60_000;
    const { json } = await stage.ask('/api/v1/status', { token });
    stage.broken.clear();
    expect(json).toMatchObject({
      working: false,
      parts: [
        { name: 'database', state: 'failing', since: new Date(failedAt).toISOString(), remedy: 'restart the database' },
        { name: 'directory', state: 'working', detail: 'directory answers' },
      ],
    });
  });
});

// W-06
describe('the archive', () => {
  it('is searched by an officer for a reason, and the search is in the audit log', async () => {
    const token = await stage.as('officer');
    const query = 'text=merger&since=2026-01-01T00:00:00Z&after=0000000000000009&limit=10&reason=case%2017';
    const { json } = await stage.ask(`/api/v1/archive/messages?${query}`, { token });
    expect(json).toMatchObject({
      next: '0000000000000002',
      items: [{ from: 'romeo@im.example', body: expect.stringContaining('<b>') }],
    });
    expect(stage.searches.at(-1)).toMatchObject({
      text: 'merger',
      since: Date.UTC(2026, 0, 1),
      afterId: '0000000000000009',
      scope: '*',
    });
    expect(stage.audit.deeds.at(-1)).toMatchObject({
      actor: 'officer@im.example',
      action: 'archive.search',
      reason: 'case 17',
      details: { text: 'merger' },
    });
  });

  it('takes people in any spelling of their address, and says which address is none', async () => {
    const token = await stage.as('officer');
    await stage.ask('/api/v1/archive/messages?participant=ROMEO%40IM.example%2Fphone&reason=case+17', { token });
    expect(stage.searches.at(-1)).toMatchObject({ participant: 'romeo@im.example' });
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
    expect(stage.audit.deeds.slice(-2).map(({ action }) => action)).toEqual(['archive.view', 'archive.around']);
    for (const path of ['0000000000000003?reason=abc', '0000000000000003/around?reason=abc']) {
      expect((await stage.ask(`/api/v1/archive/messages/${path}`, { token })).status).toBe(404);
    }
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
    expect(stage.audit.deeds.at(-1)).toMatchObject({
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
    expect(stage.audit.deeds.at(-1)).toMatchObject({
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
    const all = await stage.ask('/api/v1/audit?sort=-at&range=0-199', { token: await stage.as('auditor') });
    expect(all.text).toContain('admin@im.example');
    expect(all.text).not.toContain(CANARY);
  });
});

// W-07, X-15
describe('requests from elsewhere', () => {
  it.each([
    [{ origin: 'https://evil.example' }, 403],
    [{ origin: 'null' }, 403],
    [{ 'sec-fetch-site': 'cross-site' }, 403],
    [{ 'sec-fetch-site': 'same-site' }, 403],
    [{ 'sec-fetch-site': 'none' }, 403],
    [{ cookie: '__Host-interoffice=x' }, 403],
    [{ 'content-type': 'text/plain' }, 415],
    [{ 'content-type': 'application/x-www-form-urlencoded' }, 415],
    [{ 'content-type': 'application/json; charset=utf-16' }, 415],
    [{ 'content-encoding': 'gzip' }, 415],
    [{ 'content-encoding': 'br' }, 415],
  ])('are refused: %j', async (headers, status) => expect((await post(headers)).status).toBe(status));

  it('are refused also where they only read', async () => {
    const token = await stage.as('admin');
    const reply = await stage.ask('/api/v1/me', { token, headers: { 'sec-fetch-site': 'cross-site' } });
    expect(reply.json).toMatchObject({ code: 'CROSS_SITE' });
    const own = await stage.ask('/api/v1/me', { token, headers: { 'sec-fetch-site': 'same-origin' } });
    expect(own.status).toBe(200);
  });

  it('from our own pages are let in', async () => {
    const reply = await post({ origin: stage.origin, 'sec-fetch-site': 'same-origin' });
    expect(reply.json).toMatchObject({ code: 'BAD_REQUEST' });
  });
});

// W-04, W-16
describe('bodies that are wrong', () => {
  it.each([
    ['{', 400],
    ['', 400],
    ['{"jid":"a","password":"b","__proto__":{"role":"admin"}}', 400],
    ['{"jid":"a","password":"b","constructor":{"prototype":{}}}', 400],
    [`{"jid":${'['.repeat(1000)}${']'.repeat(1000)}}`, 400],
    [JSON.stringify({ jid: 'a', password: 'x'.repeat(70_000) }), 413],
  ])('are answered with a problem: %.40s', async (raw, status) => {
    const reply = await stage.ask('/api/v1/login', { method: 'POST', raw });
    expect(reply.status).toBe(status);
    expect(reply.headers['content-type']).toContain('application/problem+json');
    expect(({} as Record<string, unknown>)['role']).toBeUndefined();
  });
});

describe('every answer', () => {
  it('carries the security headers', async () => {
    const { headers } = await stage.ask('/api/v1/me');
    expect(headers).toMatchObject({
      'strict-transport-security': 'max-age=63072000; includeSubDomains',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
    });
    expect(headers['content-security-policy']).toContain("default-src 'none'");
  });

  it('for an unknown path is a problem', async () => {
    expect((await stage.ask('/api/v1/nothing')).json).toMatchObject({ code: 'NOT_FOUND' });
    expect((await stage.ask('/metrics')).status).toBe(404);
  });

  it('about a fault of ours says nothing of its inside', async () => {
    const token = await stage.as('admin');
    const { list } = stage.records;
    stage.records.list = () => Promise.reject(new Error('secret path /srv/x'));
    const reply = await stage.ask('/api/v1/accounts', { token });
    stage.records.list = list;
    expect(reply.json).toMatchObject({ code: 'INTERNAL', status: 500 });
    expect(reply.text).not.toContain('secret');
  });
});

describe('the pages', () => {
  it('of the console carry a fresh nonce and a strict policy', async () => {
    const [first, second] = [await stage.ask('/console/'), await stage.ask('/console/')];
    const nonce = /content="([^"]+)"/.exec(first.text)?.[1];
    expect(first.headers['content-security-policy']).toContain(`'nonce-${nonce}'`);
    expect(first.headers['content-security-policy']).toContain("script-src 'self';");
    expect(second.text).not.toContain(nonce);
    expect((await stage.ask('/console')).headers['location']).toBe('/console/');
    expect((await stage.ask('/console/assets/app.js')).text).toBe('// script');
  });

  it('of the chat have the policy the chat needs', async () => {
    const page = await stage.ask('/chat/');
    expect(page.text).toContain('<title>chat');
    expect(page.headers['content-security-policy']).toContain("style-src-attr 'unsafe-inline'");
    expect((await stage.ask('/')).headers['location']).toBe('/chat/');
    expect((await stage.ask('/chat')).headers['location']).toBe('/chat/');
    expect((await stage.ask('/chat/../../etc/passwd')).status).toBe(404);
  });

  it('tell web clients of any site where to connect', async () => {
    const xml = await stage.ask('/.well-known/host-meta');
    expect(xml.text).toContain('rel="urn:xmpp:alt-connections:websocket" href="wss://localhost/ws"');
    expect(xml.text).toContain('bosh?a&amp;b');
    expect(xml.headers['access-control-allow-origin']).toBe('*');
    expect((await stage.ask('/.well-known/host-meta.json')).json['links']).toHaveLength(2);
  });
});

describe('the description of the API', () => {
  it('names every route, its parameters and its answers', async () => {
    const { json } = await stage.ask('/api/v1/openapi.json', { token: await stage.as('employee') });
    const paths = Object.keys(json['paths'] ?? {});
    for (const { path } of stage.api.routes) expect(paths).toContain(path.replaceAll(/:(\w+)/g, '{$1}'));
    expect(JSON.stringify(json)).toContain('participant');
    expect(JSON.stringify(json)).toContain('indexedUntil');
  });
});
