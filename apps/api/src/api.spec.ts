import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Permission, permissionsOf, Role } from '@interoffice/contract';
import { ApiStage, CANARY, PIAZZA } from './testing/stage.contract.js';

const stage = new ApiStage();
beforeAll(() => stage.start());
afterAll(() => stage.stop());

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

const post = (headers: Record<string, string>, raw = '{}') =>
  stage.ask('/api/v1/login', { method: 'POST', raw, headers });

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
