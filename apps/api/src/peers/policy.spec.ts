import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PeerDirection, PolicyClass } from '@interoffice/contract';
import { MemoryGroups } from '@interoffice/directory';
import { DIRECTIONS, STANZA_CLASSES } from '@interoffice/policy';
import { Failure } from '@interoffice/telemetry';
import { jid } from '@interoffice/wire';
import { ApiStage, type Ask, type Reply } from '../testing/stage.contract.js';
import { MemoryPeers, MemoryPolicies, NOON_MS, rule } from './memory-peers.contract.js';

const RULES = [
  rule({ classes: ['chat', 'iq'] }),
  rule({
    id: 'files',
    classes: ['file'],
    who: [{ group: 'sales' }, { office: 'Mantua' }],
    reason: 'offers',
    owner: 'sales@im.example',
  }),
  rule({ id: 'quiet', effect: 'deny', classes: ['call'], who: [{ account: 'employee@im.example' }] }),
  rule({ id: 'fair', peers: ['*.fair.example'], expiresAt: NOON_MS, reason: 'the fair of 2025' }),
];
const stage = new ApiStage();
const policies = new MemoryPolicies([
  { version: 3, atMs: NOON_MS, actor: 'settings', rules: RULES },
  { version: 2, atMs: NOON_MS - 1_000, actor: 'admin@im.example', rules: [] },
]);
let admin = '';
beforeAll(async () => {
  const groups = new MemoryGroups(stage.records);
  const federation = new MemoryPeers(RULES, stage.clock);
  await stage.start({ peers: { federation, policies, groups, main: 'im.example' } });
  await stage.person('envoy', { office: 'Mantua' });
  await hire(groups);
  admin = await stage.as('admin');
});
afterAll(() => stage.stop());

/** Somebody whom a directory has in a group. */
async function hire(groups: MemoryGroups): Promise<void> {
  const [directory, dn] = ['ad', 'uid=seller,dc=im,dc=example'];
  const found = { jid: jid('seller', 'im.example'), directory, directoryId: '1', person: {}, dn, login: 'seller' };
  const nothing = { principal: undefined, primaryGroup: undefined, refusal: undefined };
  await stage.records.adoptMany([{ ...found, ...nothing }], stage.clock.at);
  const sales = { directory, directoryId: '2', dn: 'cn=sales,dc=im,dc=example', name: 'sales', key: undefined };
  await groups.put(directory, [{ ...sales, members: [], memberLogins: ['seller'] }]);
  await groups.settle(directory);
}

const ask = (path: string, what: Ask = {}): Promise<Reply> =>
  stage.ask(`/api/v1/policy${path}`, { token: admin, ...what });
const explain = (query: Record<string, string>, token = admin) => {
  const asked = new URLSearchParams({ account: 'employee@im.example', peer: 'partner.example', ...query });
  return ask(`/explain?${asked.toString()}`, { token });
};
const ids = ({ json }: Reply): unknown[] => (json as unknown as { items: { id: string }[] }).items.map(({ id }) => id);

describe('the rules', () => {
  it('speak of the same classes and directions as the policy itself', () => {
    expect(PolicyClass.options).toEqual(STANZA_CLASSES);
    expect([...PeerDirection.options].sort()).toEqual([...DIRECTIONS].sort());
  });

  it('are listed with who answers for them, and whether they still hold', async () => {
    expect((await ask('/rules')).json).toMatchObject({
      total: 4,
      items: [
        { id: 'fair', expired: true, expiresAt: new Date(NOON_MS).toISOString() },
        { id: 'files', who: [{ group: 'sales' }, { office: 'Mantua' }], owner: 'sales@im.example', expired: false },
        { id: 'partner', effect: 'allow', peers: ['partner.example'], who: ['everybody'], classes: ['chat', 'iq'] },
        { id: 'quiet', effect: 'deny' },
      ],
    });
  });

  it('are searched, sorted and cut', async () => {
    expect(ids(await ask('/rules?text=FAIR.ex'))).toEqual(['fair']);
    expect(ids(await ask('/rules?effect=deny'))).toEqual(['quiet']);
    expect(ids(await ask('/rules?sort=expiresAt&range=0-0'))).toEqual(['fair']);
    expect(ids(await ask('/rules?sort=-owner&range=0-0'))).toEqual(['files']);
    expect((await ask('/rules?sort=effect')).json).toMatchObject({ code: 'BAD_REQUEST' });
  });
});

describe('the policy as a whole', () => {
  it('says which version holds, since when and by whom, and what was before', async () => {
    expect((await ask('')).json).toEqual({
      version: 3,
      rules: 4,
      since: new Date(NOON_MS).toISOString(),
      actor: 'settings',
    });
    expect((await ask('/versions')).json).toMatchObject({
      total: 2,
      items: [
        { version: 3, rules: [{ id: 'partner' }, { id: 'files' }, {}, {}] },
        { version: 2, rules: [] },
      ],
    });
  });

  it('says so while the settings file is not followed', async () => {
    policies.problem = { text: 'interoffice.yaml:7: unknown key class', sinceMs: NOON_MS };
    expect((await ask('')).json).toMatchObject({ version: 3, problem: { text: policies.problem.text } });
    policies.problem = undefined;
  });

  it('is read again, in the name of who asks for it', async () => {
    policies.changes = { added: ['new'], removed: [], changed: ['partner'] };
    const reply = await ask('/reload', { method: 'POST' });
    expect([reply.status, reply.json]).toMatchObject([200, { version: 3, added: ['new'], changed: ['partner'] }]);
    expect(reply.json).toMatchObject({ settings: ['federation.strangers'], waiting: ['federation.relay'] });
    expect(policies.asked.at(-1)).toBe('admin@im.example as admin');
  });

  it('stays what it was where the file is not understood, and the answer names the line', async () => {
    policies.fault = new Failure('SETTINGS_INVALID', 'interoffice.yaml:7: unknown key class');
    const reply = await ask('/reload', { method: 'POST' });
    expect(reply.json).toMatchObject({ status: 409, detail: 'interoffice.yaml:7: unknown key class' });
    policies.fault = undefined;
  });

  it.each(['helpdesk', 'readonly', 'officer', 'employee'])('is not read again for %s', async (role) => {
    const reply = await ask('/reload', { method: 'POST', token: await stage.as(role) });
    expect(reply.json).toMatchObject({ status: 403 });
  });
});

describe('the answer whether somebody may talk to a peer', () => {
  it('is yes, with the rule that allows it', async () => {
    expect((await explain({})).json).toEqual({
      account: 'employee@im.example',
      peer: 'partner.example',
      direction: 'out',
      class: 'chat',
      allowed: true,
      because: 'rule partner allows it: contract 17',
      rule: 'partner',
      version: 3,
      considered: [
        { id: 'partner', effect: 'allow', outcome: 'applies', reason: 'contract 17', owner: 'it@im.example' },
        { id: 'files', effect: 'allow', outcome: 'other class', reason: 'offers', owner: 'sales@im.example' },
        { id: 'quiet', effect: 'deny', outcome: 'other class', reason: 'contract 17', owner: 'it@im.example' },
      ],
    });
  });

  it('is no, with the rule that denies it, or the lack of any', async () => {
    const denied = { allowed: false, rule: 'quiet', because: 'rule quiet denies it: contract 17' };
    expect((await explain({ class: 'call' })).json).toMatchObject(denied);
    const nothing = (await explain({ class: 'file', direction: 'in' })).json;
    expect(nothing).toMatchObject({ allowed: false, because: 'no rule allows file from partner.example' });
    expect(nothing).not.toHaveProperty('rule');
    expect((await explain({ peer: 'a.fair.example' })).json).toMatchObject({
      allowed: false,
      considered: [{ id: 'fair', outcome: 'expired' }],
    });
  });

  it.each(['envoy', 'seller'])('depends on the office and the groups of who is asked about: %s', async (name) => {
    const { json } = await explain({ account: `${name}@im.example`, class: 'file' });
    expect(json).toMatchObject({ allowed: true, rule: 'files' });
  });

  it.each([
    [{ account: 'nobody@im.example' }, 422, 'NO_SUCH_ACCOUNT'],
    [{ account: 'im.example' }, 400, 'BAD_REQUEST'],
    [{ account: 'employee@im.example/phone' }, 400, 'BAD_REQUEST'],
    [{ account: '' }, 400, 'BAD_REQUEST'],
    [{ peer: 'user@partner.example' }, 400, 'BAD_REQUEST'],
    [{ peer: '*.partner.example\u0000' }, 400, 'BAD_REQUEST'],
    [{ peer: 'partner.example/device' }, 400, 'BAD_REQUEST'],
    [{ class: 'everything' }, 400, 'BAD_REQUEST'],
    [{ direction: 'sideways' }, 400, 'BAD_REQUEST'],
    [{ role: 'admin' }, 400, 'BAD_REQUEST'],
  ])('is not given to %j', async (query, status, code) => {
    expect((await explain(query as unknown as Record<string, string>)).json).toMatchObject({ status, code });
  });

  it.each(['employee', 'officer', 'auditor'])('is not for %s', async (role) => {
    const token = await stage.as(role);
    expect((await explain({}, token)).json).toMatchObject({ status: 403, code: 'NOT_PERMITTED' });
    expect((await ask('/rules', { token })).status).toBe(403);
  });
});
