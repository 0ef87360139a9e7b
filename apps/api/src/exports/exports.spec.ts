import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiStage, CANARY, type Reply } from '../testing/stage.contract.js';

const stage = new ApiStage();
let officer: string;
let tokyo: string;

beforeAll(async () => {
  await stage.start();
  officer = await stage.as('officer');
  await stage.person('taro', { role: 'officer', scope: 'Tokyo' });
  tokyo = await stage.as('taro');
  const { database } = stage.xmpp;
  await database.query('owner', `SELECT ensure_journal_partition(0::smallint, '2026-06-01Z')`);
  await database.query(
    'owner',
    `INSERT INTO journal SELECT n, '2026-06-01Z', 0, 0, 1, null, 0, 10, 0, 0, 0, 'romeo@im.example', '', 'Verona',
       'juliet@im.example', '', 'Tokyo', null, null, null, null, null, null, null, '\\x00', '\\x00' FROM generate_series(1, 3) n`,
  );
  await database.query(
    'owner',
    `INSERT INTO journal_content SELECT n, '2026-06-01Z', 0, '<message/>', '${CANARY} ' || n FROM generate_series(1, 3) n`,
  );
});
afterAll(() => stage.stop());

const post = (path: string, body: object, token = officer): Promise<Reply> =>
  stage.ask(`/api/v1/exports${path}`, { method: 'POST', token, body });
const get = (path: string, token = officer, headers: Record<string, string> = {}): Promise<Reply> =>
  stage.ask(`/api/v1/exports${path}`, { token, headers });

async function made(body: object = {}, token = officer): Promise<string> {
  const { json, status } = await post('', { format: 'jsonl', reason: 'case 17', ...body }, token);
  expect(status).toBe(201);
  await stage.jobs.settled();
  return String(json['id']);
}

// W-06
describe('exports', () => {
  it('are asked for with a reason, are told while and after they are made, and stand in the audit log', async () => {
    const filter = { participant: 'Romeo@IM.example/phone', until: '2026-12-31T00:00:00+01:00' };
    const id = await made({ filter });
    const { json } = await get(`/${id}`);
    expect(json).toMatchObject({
      id,
      state: 'done',
      format: 'jsonl',
      filter: { participant: 'romeo@im.example', until: '2026-12-30T23:00:00.000Z' },
      reason: 'case 17',
      requestedBy: 'officer@im.example',
      messages: 3,
      conversations: 1,
      manifestSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(stage.audit.deeds.findLast(({ action }) => action === 'archive.export')).toMatchObject({
      actor: 'officer@im.example',
      reason: 'case 17',
      details: { format: 'jsonl', filter },
    });
    const before = stage.audit.deeds.length;
    for (const body of [{}, { reason: 'x' }, { reason: 'case 17', format: 'doc' }, { reason: 'abc', splitBytes: 5 }])
      expect((await post('', { format: 'jsonl', ...body })).json).toMatchObject({ code: 'BAD_REQUEST' });
    expect(stage.audit.deeds).toHaveLength(before);
  });

  it('are downloaded whole or in parts, each with its line in the audit log', async () => {
    const id = await made();
    const files = (await get(`/${id}/files`)).json as unknown as { items: { name: string; bytes: number }[] };
    const file = files.items.find(({ name }) => name === 'messages-0001.jsonl')!;
    const path = `/${id}/files/${file.name}?reason=case+17`;
    const whole = await get(path);
    expect(whole.headers).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-length': String(file.bytes),
      'accept-ranges': 'bytes',
      'cache-control': 'no-store',
    });
    expect(whole.text.match(new RegExp(CANARY, 'g'))).toHaveLength(3);
    const half = Math.floor(file.bytes / 2);
    const first = await get(path, officer, { range: `bytes=0-${half - 1}` });
    const second = await get(path, officer, { range: `bytes=${half}-` });
    expect([first.status, second.status]).toEqual([206, 206]);
    expect(second.headers['content-range']).toBe(`bytes ${half}-${file.bytes - 1}/${file.bytes}`);
    expect(first.text + second.text).toBe(whole.text);
    const beyond = await get(path, officer, { range: `bytes=${file.bytes}-` });
    expect([beyond.status, beyond.headers['content-range']]).toEqual([416, `bytes */${file.bytes}`]);
    expect(stage.audit.deeds.slice(-4).map(({ action, details }) => [action, details['range']])).toEqual([
      ['archive.export.download', undefined],
      ['archive.export.download', `bytes=0-${half - 1}`],
      ['archive.export.download', `bytes=${half}-`],
      ['archive.export.download', `bytes=${file.bytes}-`],
    ]);
    const manifest = await get(`/${id}/files/manifest.json?reason=case+17`);
    const { manifestSha256 } = (await get(`/${id}`)).json;
    expect(createHash('sha256').update(manifest.text).digest('hex')).toBe(manifestSha256);
  });

  it('give no file but their own', async () => {
    const id = await made();
    for (const name of ['..%2F1%2Fmanifest.json', '%2Fetc%2Fpasswd', '..', 'work', 'nothing.json'])
      expect((await get(`/${id}/files/${name}?reason=abc`)).status, name).toBe(404);
    expect((await get(`/${id}/files/manifest.json`)).json).toMatchObject({ code: 'BAD_REQUEST' });
  });

  // W-03
  it('are there for officers of the same offices alone', async () => {
    const id = await made();
    for (const path of [`/${id}`, `/${id}/files`, `/${id}/files/manifest.json?reason=abc`])
      expect((await get(path, tokyo)).status, path).toBe(404);
    for (const path of [`/${id}/cancel`, `/${id}/resume`])
      expect((await post(path, { reason: 'abc' }, tokyo)).status, path).toBe(404);
    expect((await get('', tokyo)).json).toEqual({ items: [] });
    const theirs = await made({}, tokyo);
    expect((await get('', tokyo)).json).toMatchObject({ items: [{ id: theirs }] });
    expect((await get(`/${theirs}`)).json).toMatchObject({ id: theirs, requestedBy: 'taro@im.example' });
  });

  it('are listed newest first, page by page', async () => {
    const [older, newer] = [await made(), await made()];
    const first = (await get('?limit=1')).json;
    expect(first).toMatchObject({ items: [{ id: newer }], next: newer });
    expect((await get(`?limit=1&before=${newer}`)).json).toMatchObject({ items: [{ id: older }] });
  });

  it('that are over are neither cancelled nor let go on', async () => {
    const id = await made();
    for (const path of [`/${id}/cancel`, `/${id}/resume`])
      expect((await post(path, { reason: 'case 17' })).json, path).toMatchObject({ code: 'CONFLICT' });
  });

  it('are not made and not shown while the audit log cannot be written', async () => {
    const id = await made();
    const { record } = stage.audit;
    stage.audit.record = () => Promise.reject(new Error('disk full'));
    const refused = await post('', { format: 'jsonl', reason: 'case 17' });
    expect(refused.json).toMatchObject({ code: 'AUDIT_UNAVAILABLE' });
    const file = await get(`/${id}/files/messages-0001.jsonl?reason=abc`);
    expect(file.json).toMatchObject({ code: 'AUDIT_UNAVAILABLE' });
    expect(file.text).not.toContain(CANARY);
    stage.audit.record = record;
    expect((await get('?limit=1')).json).toMatchObject({ items: [{ id }] });
  });
});
