import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiStage, SEALED } from '../testing/stage.contract.js';

const stage = new ApiStage();
beforeAll(() => stage.start());
afterAll(() => stage.stop());

const PATH = '/api/v1/archive/reconciliations';

// C-01
describe('the comparison of what was accepted with what is archived', () => {
  it('names the stream and the minutes of a gap, and is seen by officers, auditors and administrators', async () => {
    for (const role of ['officer', 'auditor', 'admin'] as const) {
      const { json } = await stage.ask(PATH, { token: await stage.as(role) });
      expect(json).toMatchObject({
        openGaps: 1,
        items: [
          {
            number: '7',
            outcome: 'gap',
            from: '2026-06-01T00:00:00.000Z',
            gaps: [{ stream: 'romeo@im.example/phone', accepted: 5, recorded: 4 }],
          },
        ],
      });
    }
    const none = await stage.ask(`${PATH}?before=7`, { token: await stage.as('officer') });
    expect(none.json).toMatchObject({ items: [] });
  });

  it('is acknowledged by an officer for a reason, once, with a line in the audit log', async () => {
    const ask = async (role: string, number: string, body: object) =>
      stage.ask(`${PATH}/${number}/acknowledge`, { method: 'POST', token: await stage.as(role), body });
    expect((await ask('admin', '7', { reason: 'known' })).status).toBe(403);
    expect((await ask('officer', '7', {})).status).toBe(400);
    expect((await ask('officer', '7', { reason: 'disk replaced, ticket 9' })).status).toBe(204);
    expect(stage.audit.deeds.at(-1)).toMatchObject({
      actor: 'officer@im.example',
      action: 'archive.gap.acknowledge',
      subject: '7',
      reason: 'disk replaced, ticket 9',
    });
    expect((await ask('officer', '7', { reason: 'again' })).status).toBe(404);
    const { json } = await stage.ask(PATH, { token: await stage.as('auditor') });
    expect(json).toMatchObject({ openGaps: 0, items: [{ acknowledgedBy: 'officer@im.example' }] });
  });
});

describe('the seal', () => {
  it('is shown to officers, auditors and administrators, with what an auditor needs', async () => {
    for (const role of ['officer', 'auditor', 'admin', 'readonly'] as const)
      expect((await stage.ask('/api/v1/archive/seal', { token: await stage.as(role) })).json).toEqual(SEALED);
    expect((await stage.ask('/api/v1/archive/seal', { token: await stage.as('employee') })).status).toBe(403);
  });
});
