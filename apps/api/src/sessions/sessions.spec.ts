import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiStage } from '../testing/stage.contract.js';

const stage = new ApiStage();
beforeAll(() => stage.start());
afterAll(() => stage.stop());

const session = (id: string, bare: string, sinceMs: number) =>
  ({ id, bare, device: 'phone', sinceMs, address: '192.0.2.7', over: 'tls', encrypted: true }) as const;

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
