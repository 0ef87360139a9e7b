import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiStage } from '../testing/stage.contract.js';

const stage = new ApiStage();
beforeAll(() => stage.start());
afterAll(() => stage.stop());

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
