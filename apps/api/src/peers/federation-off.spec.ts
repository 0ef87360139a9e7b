import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiStage } from '../testing/stage.contract.js';

const stage = new ApiStage();
let token = '';
beforeAll(async () => {
  await stage.start();
  token = await stage.as('peers');
});
afterAll(() => stage.stop());

describe('a server that talks to no others', () => {
  it.each(['/peers', '/peers/turned-away', '/policy/rules'])('has nothing in %s', async (path) => {
    expect((await stage.ask(`/api/v1${path}`, { token })).json).toEqual({ items: [], total: 0 });
  });

  it.each([
    ['GET', '/peers/partner.example'],
    ['POST', '/peers/partner.example/retry'],
    ['GET', '/policy/explain?account=employee@im.example&peer=partner.example'],
  ])('answers %s %s with what is to be set up', async (method, path) => {
    const reply = await stage.ask(`/api/v1${path}`, { method, token });
    expect(reply.json).toMatchObject({ status: 409, code: 'FEDERATION_OFF' });
    expect(reply.text).toContain('federation.rules in interoffice.yaml');
  });
});
