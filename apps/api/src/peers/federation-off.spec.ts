import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MemoryGroups } from '@interoffice/directory';
import { ApiStage } from '../testing/stage.contract.js';
import { MemoryPeers, MemoryPolicies } from './memory-peers.contract.js';

const dormant = (clock: { now(): number }) => Object.assign(new MemoryPeers([], clock), { isOn: false });

describe.each([
  ['that cannot talk to others', false],
  ['that has no rules yet', true],
])('a server %s', (_how, hasPeers) => {
  const stage = new ApiStage();
  let token = '';
  beforeAll(async () => {
    const federation = dormant(stage.clock);
    const peers = {
      federation,
      policies: new MemoryPolicies(),
      groups: new MemoryGroups(stage.records),
      main: 'im.example',
    };
    await stage.start(hasPeers ? { peers } : {});
    token = await stage.as('peers');
  });
  afterAll(() => stage.stop());

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
