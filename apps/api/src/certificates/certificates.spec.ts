import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AuthorityFolder } from '@interoffice/pki';
import { Failure } from '@interoffice/telemetry';
import { testRoot } from '../../../../test/support/certificates.js';
import { ApiStage, type Ask, type Reply } from '../testing/stage.contract.js';
import type { CertificateRow } from './administered-certificates.js';
import { StagedCertificates } from './staged-certificates.contract.js';

const NOON_MS = Date.UTC(2026, 10, 30, 12);
const stage = new ApiStage();
let home: string;
let office: AuthorityFolder;
let certificates: StagedCertificates;
let admin = '';
beforeAll(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'api-certificates-'));
  const root = await AuthorityFolder.makeRoot(path.join(home, 'root'), { subject: 'Corp', days: 90 }, stage.clock);
  const berlin = { subject: 'Corp Berlin', days: 60, domains: ['im.example'] };
  office = await root.makeOffice(path.join(home, 'office'), berlin);
  certificates = new StagedCertificates(stage.clock, path.join(home, 'data'), root.roots);
  await stage.start({ certificates });
  admin = await stage.as('admin');
});
afterAll(async () => {
  await stage.stop();
  await rm(home, { recursive: true });
});

const ask = (path: string, what: Ask = {}): Promise<Reply> =>
  stage.ask(`/api/v1/certificates${path}`, { token: admin, ...what });
const post = (path: string, body: object = {}, token = admin): Promise<Reply> =>
  ask(path, { method: 'POST', body, token });
const make = async (): Promise<string> => ((await post('/requests')).json as unknown as { id: string }).id;
const row = (changes: Partial<CertificateRow> = {}): CertificateRow => ({
  whose: 'own',
  domain: 'im.example',
  state: 'good',
  text: '',
  subject: 'CN=im.example',
  issuer: 'CN=Corp',
  names: ['im.example'],
  missing: [],
  notBefore: NOON_MS,
  notAfter: NOON_MS + 1000,
  fingerprint: 'AA:BB',
  seenAt: undefined,
  ...changes,
});

describe('certificates', () => {
  it('are listed, ours and those of peers, those that end first before others', async () => {
    const peer = { whose: 'peer', domain: 'partner.example', state: 'ends-soon', names: ['partner.example'] } as const;
    certificates.all = [row(), row({ ...peer, notAfter: NOON_MS, seenAt: NOON_MS, subject: 'CN=partner' })];
    expect((await ask('')).json).toMatchObject({
      total: 2,
      items: [
        { domain: 'partner.example', seenAt: '2026-11-30T12:00:00.000Z' },
        { domain: 'im.example', notAfter: '2026-11-30T12:00:01.000Z' },
      ],
    });
    expect((await ask('?whose=own')).json).toMatchObject({ total: 1, items: [{ whose: 'own' }] });
    expect((await ask('?text=PARTNER&sort=-domain')).json).toMatchObject({ total: 1 });
    expect((await ask('?whose=nobody')).json).toMatchObject({ code: 'BAD_REQUEST' });
  });

  it('that cannot be read, or name a day that no clock reaches, do not break the page', async () => {
    certificates.all = [
      row({ state: 'unreadable', notBefore: undefined, notAfter: undefined }),
      row({ notAfter: 9e15 }),
    ];
    expect(await ask('')).toMatchObject({ status: 200, json: { total: 2 } });
  });

  it('stand with who renews ours and our gateways’, what was seen from outside, and warnings', async () => {
    const failed = { count: 2, lastAt: NOON_MS, code: 'ACME_UNREACHABLE', text: 'It does not answer.' };
    certificates.now = {
      ...certificates.now,
      renewal: { by: 'acme', nextAt: NOON_MS, renewedAt: undefined, failed },
      probe: [{ domain: 'im.example', state: 'impostor', at: NOON_MS, text: 'Not ours.' }],
      gateways: [
        {
          name: 'gate.im.example:5280',
          probe: [{ domain: 'im.example', state: 'unseen', at: NOON_MS, text: 'Away.' }],
        },
      ],
      warnings: [{ whose: 'peer', domain: 'partner.example', days: 7, text: 'It ends.' }],
    };
    expect((await ask('/standing')).json).toEqual({
      names: ['im.example'],
      swappable: true,
      renewal: {
        by: 'acme',
        nextAt: '2026-11-30T12:00:00.000Z',
        failed: { ...failed, lastAt: '2026-11-30T12:00:00.000Z' },
      },
      probe: [{ domain: 'im.example', state: 'impostor', at: '2026-11-30T12:00:00.000Z', text: 'Not ours.' }],
      gateways: [
        {
          name: 'gate.im.example:5280',
          probe: [{ domain: 'im.example', state: 'unseen', at: '2026-11-30T12:00:00.000Z', text: 'Away.' }],
        },
      ],
      warnings: [{ whose: 'peer', domain: 'partner.example', days: 7, text: 'It ends.' }],
    });
  });
});

describe('a request for a certificate', () => {
  it('is made, goes to an authority, waits for it, and its answer is in use', async () => {
    const id = await make();
    expect((await ask(`/requests/${id}`)).json).toMatchObject({
      state: 'made',
      names: ['im.example'],
      request: expect.stringContaining('BEGIN CERTIFICATE REQUEST') as string,
    });
    expect((await post(`/requests/${id}/sent`, { to: 'Corp CA' })).json).toMatchObject({
      state: 'sent',
      waiting: { of: 'Corp CA' },
    });
    const certificate = await signed(id);
    const { json, text } = await post(`/requests/${id}/answer`, { certificate });
    expect(json).toMatchObject({ state: 'live', answer: { issuer: 'CN=Corp Berlin' } });
    expect(text).not.toContain('BEGIN');
    expect(stage.audit.deeds.slice(-3).map(({ action, subject }) => [action, subject])).toEqual([
      ['certificate.request', 'new'],
      ['certificate.sent', id],
      ['certificate.answer', id],
    ]);
    expect(await ask(`/requests/${id}`, { method: 'DELETE' })).toMatchObject({ status: 409 });
  });

  it('is not answered by what is no certificate, or is another’s; the reason is told', async () => {
    const id = await make();
    const answer = async (certificate: string) => (await post(`/requests/${id}/answer`, { certificate })).json;
    expect(await answer('hello')).toMatchObject({ status: 422, code: 'CERTIFICATE_REFUSED' });
    const foreign = await (await testRoot()).issue({ names: { dns: ['im.example'] } });
    expect(await answer(foreign.pem)).toMatchObject({ detail: expect.stringContaining('[KEY_MISMATCH]') as string });
    expect((await ask(`/requests/${id}`)).json).toMatchObject({ state: 'made' });
    expect(await ask(`/requests/${id}`, { method: 'DELETE' })).toMatchObject({ status: 204 });
    expect((await ask(`/requests/${id}`)).json).toMatchObject({ status: 404, code: 'REQUEST_UNKNOWN' });
  });

  // W-04
  it.each(['..%2F..%2Fserver.key', 'x', '%00', 'A'.repeat(32)])('is none with the id %s', async (id) => {
    expect((await ask(`/requests/${id}`)).status).toBe(404);
    expect((await post(`/requests/${id}/sent`, { to: 'x' })).status).toBe(404);
    expect((await ask(`/requests/${id}`, { method: 'DELETE' })).status).toBe(404);
  });

  // W-04
  it.each([{ names: ['evil.example'] }, { key: 'RSA-512' }, { __proto__: { key: 'x' }, role: 'admin' }])(
    'takes nothing else of who asks: %j',
    async (body) => {
      expect((await post('/requests', body)).json).toMatchObject({ status: 400, code: 'BAD_REQUEST' });
    },
  );

  // W-06
  it('is not made while the audit log cannot be written', async () => {
    const before = (await certificates.requests()).length;
    const { record } = stage.audit;
    stage.audit.record = () => Promise.reject(new Failure('AUDIT_UNAVAILABLE', 'the disk is full'));
    const reply = await post('/requests');
    stage.audit.record = record;
    expect(reply.json).toMatchObject({ status: 503, code: 'AUDIT_UNAVAILABLE' });
    expect(await certificates.requests()).toHaveLength(before);
  });
});

describe('roles', () => {
  it.each(['admin', 'peers'])('let %s look and ask', async (role) => {
    expect((await post('/requests', {}, await stage.as(role))).status).toBe(201);
  });

  it.each(['helpdesk', 'readonly'])('let %s look only', async (role) => {
    const token = await stage.as(role);
    expect((await ask('', { token })).status).toBe(200);
    expect((await post('/requests', {}, token)).json).toMatchObject({ status: 403, code: 'NOT_PERMITTED' });
  });

  it.each(['employee', 'officer', 'auditor'])('show %s nothing', async (role) => {
    const token = await stage.as(role);
    for (const path of ['', '/standing', '/requests']) expect((await ask(path, { token })).status).toBe(403);
  });
});

/** What an authority makes of a request. */
async function signed(id: string): Promise<string> {
  return office.issue(await certificates.requestPem(id), { served: ['im.example'], days: 30 });
}
