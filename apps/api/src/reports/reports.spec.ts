import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Failure } from '@interoffice/telemetry';
import { ApiStage, type Ask, type Reply } from '../testing/stage.contract.js';

const stage = new ApiStage();
let admin = '';
beforeAll(async () => {
  await stage.start();
  admin = await stage.as('admin');
  const insert = `INSERT INTO reports (at, reporter, office, about, peer, reason, note, messages)
    VALUES (now(), $1, $2, $3, $4, 'spam', $5, ARRAY['0123456789abcdef'])`;
  for (const [reporter, office, about, note] of [
    ['romeo@im.example', 'Verona', 'tybalt@spam.example', '<script>alert(1)</script>'],
    ['juliet@im.example', 'Mantua', 'paris@other.example', 'he insists'],
    ['romeo@im.example', 'Verona', 'spam.example', ''],
  ]) {
    const peer = about!.split('@').at(-1);
    await stage.xmpp.database.prepared('app', { name: 'report', text: insert }, [reporter, office, about, peer, note]);
  }
});
afterAll(() => stage.stop());

const ask = (path: string, what: Ask = {}): Promise<Reply> =>
  stage.ask(`/api/v1/reports${path}`, { token: admin, ...what });
interface Listed {
  readonly items: { readonly id: string; readonly about: string }[];
  readonly total: number;
}
const listed = async (query: string, token = admin): Promise<string[]> =>
  ((await ask(query, { token })).json as unknown as Listed).items.map(({ about }) => about);

describe('reports', () => {
  it('are listed as they came, searched and cut', async () => {
    expect(await listed('?sort=at')).toEqual(['tybalt@spam.example', 'paris@other.example', 'spam.example']);
    expect(await listed('?sort=-at&range=0-0')).toEqual(['spam.example']);
    expect(await listed('?text=JULIET')).toEqual(['paris@other.example']);
    expect(await listed('?text=%25%27%20OR%20true')).toEqual([]);
    expect((await ask('?state=lost')).json).toMatchObject({ code: 'BAD_REQUEST' });
    expect((await ask('')).json).toMatchObject({
      total: 3,
      items: [
        {
          reporter: 'romeo@im.example',
          peer: 'spam.example',
          reason: 'spam',
          state: 'open',
          messages: ['0123456789abcdef'],
        },
        {},
        {},
      ],
    });
  });

  it('are done once somebody says so, who stands in the audit log, and can be opened again', async () => {
    const [first] = ((await ask('?sort=at')).json as unknown as Listed).items;
    const done = await ask(`/${first!.id}`, { method: 'PATCH', body: { state: 'done' } });
    expect(done.json).toMatchObject({ state: 'done', handledBy: 'admin@im.example' });
    expect(stage.audit.deeds.at(-1)).toMatchObject({
      action: 'report.done',
      subject: first!.id,
      details: { about: 'tybalt@spam.example' },
    });
    expect(await listed('?state=open&sort=at')).toEqual(['paris@other.example', 'spam.example']);
    const again = await ask(`/${first!.id}`, { method: 'PATCH', body: { state: 'open' } });
    expect([again.json, (again.json as object as { handledBy?: string }).handledBy]).toMatchObject([
      { state: 'open' },
      undefined,
    ]);
  });

  it('stay open while the audit log cannot be written', async () => {
    const [first] = ((await ask('?sort=at')).json as unknown as Listed).items;
    const { record } = stage.audit;
    stage.audit.record = () => Promise.reject(new Failure('AUDIT_UNAVAILABLE', 'the disk is full'));
    const reply = await ask(`/${first!.id}`, { method: 'PATCH', body: { state: 'done' } });
    stage.audit.record = record;
    expect([reply.status, await listed('?state=done')]).toEqual([503, []]);
  });

  it.each(['0', '-1', '99', 'x', '1%27'])('do not include %s', async (id) => {
    expect((await ask(`/${id}`, { method: 'PATCH', body: { state: 'done' } })).status).toBe(404);
  });

  it.each(['employee', 'officer', 'auditor'])('are not for %s', async (role) => {
    expect((await ask('', { token: await stage.as(role) })).status).toBe(403);
  });

  it.each(['helpdesk', 'readonly'])('are read and not changed by %s', async (role) => {
    const token = await stage.as(role);
    expect(await listed('', token)).toHaveLength(3);
    expect((await ask('/1', { token, method: 'PATCH', body: { state: 'done' } })).status).toBe(403);
  });
});
