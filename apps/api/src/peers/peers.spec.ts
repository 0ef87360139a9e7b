import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MemoryGroups } from '@interoffice/directory';
import { Failure } from '@interoffice/telemetry';
import { ApiStage, type Ask, type Reply } from '../testing/stage.contract.js';
import { attempt, deadLine, line, MemoryPeers, MemoryPolicies, NOON_MS, rule } from './memory-peers.contract.js';
import type { TurnedAwayServer } from './peer-lines.js';

const RULES = [
  rule(),
  rule({ id: 'below', peers: ['*.group.example'] }),
  rule({ id: 'listener', peers: ['press.example'], directions: ['out'] }),
  rule({ id: 'former', peers: ['former.example'], expiresAt: NOON_MS - 1 }),
];
const stage = new ApiStage();
const policies = new MemoryPolicies();
const federation = new MemoryPeers(RULES, stage.clock);
let admin = '';
beforeAll(async () => {
  await stage.start({
    peers: { federation, policies, groups: new MemoryGroups(stage.records), main: 'im.example' },
  });
  admin = await stage.as('admin');
});
beforeEach(() => {
  federation.all.length = 0;
  federation.turnedAway.length = 0;
  federation.gateways.length = 0;
  federation.gatewayLost = undefined;
  federation.isLinked = true;
});
afterAll(() => stage.stop());

const ask = (path: string, what: Ask = {}): Promise<Reply> =>
  stage.ask(`/api/v1/peers${path}`, { token: admin, ...what });
const retry = (domain: string, token = admin) => ask(`/${domain}/retry`, { method: 'POST', token });
const domains = ({ json }: Reply): unknown[] =>
  (json as unknown as { items: { domain: string }[] }).items.map(({ domain }) => domain);
const iso = (ms: number): string => new Date(ms).toISOString();
const stranger = (changes: Partial<TurnedAwayServer> = {}): TurnedAwayServer => ({
  peer: 'stranger.example',
  domain: 'im.example',
  remote: '',
  code: 'policy',
  text: 'stranger.example may not talk to im.example.',
  atMs: NOON_MS,
  ...changes,
});

describe('peers', () => {
  it('are those with a line and those that a rule names by their whole domain', async () => {
    federation.all.push(deadLine({ peer: 'a.group.example' }), line());
    const all = await ask('');
    expect(all.json).toMatchObject({
      total: 4,
      items: [
        { domain: 'a.group.example', state: 'calling', directions: ['in', 'out'], lastEnd: { code: 'refused' } },
        { domain: 'former.example', state: 'denied', directions: [], lines: [] },
        { domain: 'partner.example', state: 'up', since: iso(NOON_MS), lines: [{ domain: 'im.example' }] },
        { domain: 'press.example', state: 'idle', directions: ['out'], underWay: 0 },
      ],
    });
  });

  it('are searched, sorted and cut', async () => {
    federation.all.push(line({ unacknowledged: 7 }), deadLine({ peer: 'a.group.example' }));
    expect(domains(await ask('?sort=-underWay&range=0-1'))).toEqual(['partner.example', 'a.group.example']);
    expect(domains(await ask('?sort=state'))).toEqual([
      'a.group.example',
      'former.example',
      'press.example',
      'partner.example',
    ]);
    expect(domains(await ask('?state=denied'))).toEqual(['former.example']);
    expect(domains(await ask('?text=REFUSES'))).toEqual(['a.group.example']);
    expect(domains(await ask('?sort=-since&range=0-0'))).toHaveLength(1);
    expect((await ask('?sort=address')).json).toMatchObject({ code: 'BAD_REQUEST' });
    expect((await ask('?state=broken')).json).toMatchObject({ code: 'BAD_REQUEST' });
  });
});

describe('a peer', () => {
  it('is as bad as the worst of its lines', async () => {
    federation.all.push(
      line({ unacknowledged: 1, sinceMs: NOON_MS - 5 }),
      deadLine({ domain: 'conference.im.example', isCounted: false }),
    );
    const { json } = await ask('/partner.example');
    expect(json).toMatchObject({
      domain: 'partner.example',
      state: 'calling',
      since: iso(NOON_MS),
      underWay: 3,
      lastEnd: { code: 'refused', text: '192.0.2.7 port 5269 refuses connections.' },
      nextTryAt: iso(NOON_MS + 60_000),
      lines: [
        { domain: 'im.example', state: 'up', address: '192.0.2.7', acknowledges: true, underWay: 1 },
        { domain: 'conference.im.example', state: 'calling', acknowledges: false, underWay: 2 },
      ],
    });
  });

  it('shows where it stands among our offices by the settings', async () => {
    expect((await ask('/partner.example')).json).toMatchObject({
      office: false,
      carries: [],
      passedOn: { to: [], from: [] },
    });
    federation.places.set('partner.example', {
      isOffice: true,
      via: 'hq.example',
      carries: ['far.example'],
      passedTo: ['press.example'],
      passedFrom: [],
    });
    expect((await ask('?text=partner')).json).toMatchObject({
      items: [
        { office: true, via: 'hq.example', carries: ['far.example'], passedOn: { to: ['press.example'], from: [] } },
      ],
    });
    federation.places.clear();
  });

  it('shows the latest 20 tries of all its lines, the newest first', async () => {
    const tries = (domain: string, first: number) =>
      deadLine({ domain, attempts: Array.from({ length: 20 }, (_, n) => attempt({ atMs: first + n * 10 })) });
    federation.all.push(tries('im.example', NOON_MS), tries('conference.im.example', NOON_MS + 5));
    const { attempts } = (await ask('/partner.example')).json as unknown as { attempts: Record<string, unknown>[] };
    expect(attempts).toHaveLength(20);
    expect(attempts.slice(0, 3)).toMatchObject([
      { domain: 'conference.im.example', at: iso(NOON_MS + 195), stage: 'connect', code: 'refused', port: 5269 },
      { domain: 'im.example', at: iso(NOON_MS + 190) },
      { domain: 'conference.im.example', at: iso(NOON_MS + 185) },
    ]);
  });

  it('shows the certificates that were seen, as far as they can be read', async () => {
    const shown = {
      subject: 'CN=partner.example',
      issuer: 'CN=Some CA',
      names: { dns: ['partner.example'], srv: [], xmppAddr: [], ip: [] },
      purposes: ['1.3.6.1.5.5.7.3.1', '1.2.3.4'],
      notBefore: NOON_MS,
      notAfter: NOON_MS + 1000,
      fingerprint: 'AA:BB',
      keyHash: 'q83v',
    };
    const endless = { ...shown, notAfter: Number.MAX_VALUE };
    const chain = [shown, { subject: 'of another release' }, endless];
    federation.all.push(deadLine({ attempts: [attempt({ stage: 'certificate', code: 'expired', chain })] }));
    const { attempts } = (await ask('/partner.example')).json as unknown as { attempts: { chain: object[] }[] };
    expect(attempts[0]?.chain).toEqual([
      { ...shown, purposes: ['serverAuth', '1.2.3.4'], notBefore: iso(NOON_MS), notAfter: iso(NOON_MS + 1000) },
    ]);
  });

  it('that has only come and was not let in is known, but stands in no list', async () => {
    federation.turnedAway.push(stranger(), stranger({ atMs: NOON_MS + 1, remote: '198.51.100.9' }));
    expect((await ask('/stranger.example')).json).toMatchObject({
      state: 'denied',
      lines: [],
      attempts: [],
      turnedAway: [
        { at: iso(NOON_MS + 1), address: '198.51.100.9' },
        { at: iso(NOON_MS), code: 'policy' },
      ],
    });
    expect(domains(await ask('?text=stranger'))).toEqual([]);
  });

  it.each([
    ['a.group.example', 'nothing has been sent to it, and it has not come'],
    ['nobody.example', 'no rule lets anything pass to or from it'],
  ])('that is not known, %s, is answered with the reason', async (domain, why) => {
    expect((await ask(`/${domain}`)).json).toMatchObject({
      status: 404,
      code: 'PEER_UNKNOWN',
      detail: `There is no line to ${domain}: ${why}.`,
    });
  });

  it('is the same however its domain is written', async () => {
    expect((await ask('/PARTNER.Example')).json).toMatchObject({ domain: 'partner.example' });
  });

  // W-04
  it.each([
    'user@partner.example',
    'partner.example%2Fdevice',
    'partner%00.example',
    'two%20words',
    '%2E%2E%2Fetc',
    `${'a'.repeat(64)}.example`,
    '%22%3E%3Cscript%3E',
    '%F0%9F%92%A9..example',
  ])('is no %s', async (text) => {
    for (const reply of [await ask(`/${text}`), await retry(text)])
      expect(reply.json).toMatchObject({ status: 400, code: 'BAD_REQUEST' });
  });
});

describe('gateways of ours', () => {
  it('are listed with what they carry and why one is away', async () => {
    const lastEnd = { code: 'cut', text: 'The line broke.' };
    const one = { name: 'a:5280', domains: ['im.example'], sinceMs: NOON_MS };
    federation.gateways.push(
      { ...one, state: 'up', lines: 3, lastEnd: undefined },
      { ...one, name: 'b:5280', state: 'away', lines: 0, lastEnd },
    );
    const shown = { domains: ['im.example'], since: iso(NOON_MS) };
    expect((await ask('/gateways')).json).toEqual({
      total: 2,
      items: [
        { ...shown, name: 'a:5280', state: 'up', lines: 3 },
        { ...shown, name: 'b:5280', state: 'away', lines: 0, lastEnd },
      ],
    });
  });
});

describe('servers that were turned away', () => {
  it('are listed, searched and sorted', async () => {
    federation.turnedAway.push(stranger(), stranger({ peer: 'other.example', atMs: NOON_MS + 1, code: 'expired' }));
    expect((await ask('/turned-away?sort=-at')).json).toEqual({
      total: 2,
      items: [
        {
          at: iso(NOON_MS + 1),
          peer: 'other.example',
          domain: 'im.example',
          code: 'expired',
          text: 'stranger.example may not talk to im.example.',
        },
        expect.objectContaining({ peer: 'stranger.example' }),
      ],
    });
    expect((await ask('/turned-away?text=other&sort=peer')).json).toMatchObject({ total: 1 });
  });
});

describe('a call that an administrator asks for', () => {
  it('is made, and stands in the audit log', async () => {
    federation.all.push(deadLine());
    const reply = await retry('partner.example');
    expect(reply).toMatchObject({
      status: 202,
      json: { attempts: [{ at: iso(stage.clock.at) }, { at: iso(NOON_MS) }] },
    });
    expect(stage.audit.deeds.at(-1)).toMatchObject({
      actor: 'admin@im.example',
      role: 'admin',
      action: 'peer.retry',
      subject: 'partner.example',
    });
  });

  it('is not made where there is nothing to be tried', async () => {
    federation.all.push(deadLine({ peer: 'former.example' }));
    const before = stage.audit.deeds.length;
    expect((await retry('press.example')).json).toMatchObject({ status: 409, code: 'CONFLICT' });
    expect((await retry('former.example')).json).toMatchObject({ status: 409, code: 'CONFLICT' });
    expect((await retry('nobody.example')).json).toMatchObject({ status: 404, code: 'PEER_UNKNOWN' });
    expect(stage.audit.deeds).toHaveLength(before);
  });

  it('is not made while the gateway is away', async () => {
    federation.all.push(deadLine());
    federation.gatewayLost = { end: { code: 'cut', text: 'The connection broke.' }, atMs: NOON_MS };
    expect((await retry('partner.example')).json).toMatchObject({
      status: 503,
      code: 'GATEWAY_AWAY',
      detail: 'The connection broke.',
    });
    federation.gatewayLost = undefined;
    federation.isLinked = false;
    expect((await retry('partner.example')).json).toMatchObject({ code: 'GATEWAY_AWAY' });
  });

  it('may be for its own sake: the whole way to a peer from each gateway, and back', async () => {
    federation.all.push(deadLine(), line({ peer: 'former.example' }));
    const test = (domain: string) => ask(`/${domain}/test`, { method: 'POST' });
    expect(await test('partner.example')).toMatchObject({
      status: 200,
      json: {
        gateways: [
          {
            name: 'local',
            attempts: [{ domain: 'im.example', stage: 'connect', code: 'refused', at: iso(stage.clock.at) }],
          },
          { name: 'gate.im.example:5280', attempts: [], fault: { code: 'GATEWAY_AWAY' } },
        ],
      },
    });
    expect(stage.audit.deeds.at(-1)).toMatchObject({ action: 'peer.test', subject: 'partner.example' });
    // Nothing has been sent to it yet.
    expect((await test('press.example')).status).toBe(200);
    expect((await test('former.example')).json).toMatchObject({ status: 409, code: 'CONFLICT' });
    expect((await test('nobody.example')).json).toMatchObject({ status: 404, code: 'PEER_UNKNOWN' });
    federation.isLinked = false;
    expect((await test('partner.example')).json).toMatchObject({ status: 503, code: 'GATEWAY_AWAY' });
    expect(await ask('/partner.example/test', { method: 'POST', token: await stage.as('readonly') })).toMatchObject({
      status: 403,
    });
  });

  // W-06
  it('is not made while the audit log cannot be written', async () => {
    federation.all.push(deadLine());
    const { record } = stage.audit;
    stage.audit.record = () => Promise.reject(new Failure('AUDIT_UNAVAILABLE', 'the disk is full'));
    const reply = await retry('partner.example');
    stage.audit.record = record;
    expect(reply.json).toMatchObject({ status: 503, code: 'AUDIT_UNAVAILABLE' });
    expect(federation.all[0]?.attempts).toHaveLength(1);
  });
});

describe('roles', () => {
  it.each(['peers', 'admin'])('let %s look and call', async (role) => {
    federation.all.push(deadLine());
    const token = await stage.as(role);
    expect((await ask('/partner.example', { token })).status).toBe(200);
    expect((await retry('partner.example', token)).status).toBe(202);
  });

  it.each(['helpdesk', 'readonly'])('let %s look only', async (role) => {
    federation.all.push(deadLine());
    const token = await stage.as(role);
    expect((await ask('/partner.example', { token })).status).toBe(200);
    expect((await retry('partner.example', token)).json).toMatchObject({ status: 403, code: 'NOT_PERMITTED' });
    expect(federation.all[0]?.attempts).toHaveLength(1);
  });

  it('say whom to write to about one, as its server does, and who has asked is on record', async () => {
    federation.said = { abuse: ['mailto:abuse@partner.example'], admin: ['xmpp:it@partner.example'] };
    const contacts = await ask('/partner.example/contacts', { method: 'POST' });
    expect(contacts.json).toEqual({
      contacts: [
        { kind: 'abuse', addresses: ['mailto:abuse@partner.example'] },
        { kind: 'admin', addresses: ['xmpp:it@partner.example'] },
      ],
    });
    expect(stage.audit.deeds.at(-1)).toMatchObject({ action: 'peer.contacts', subject: 'partner.example' });
    federation.said = undefined;
    const silent = await ask('/partner.example/contacts', { method: 'POST' });
    expect(silent.json).toMatchObject({ status: 409, detail: 'partner.example has not answered within 20 seconds.' });
    const helpdesk = await stage.as('helpdesk');
    expect((await ask('/partner.example/contacts', { method: 'POST', token: helpdesk })).status).toBe(403);
  });

  it('show what went to and from one by class, in steps that fit the time that is asked for', async () => {
    const none = { chat: 0, room: 0, presence: 0, file: 0, call: 0, pubsub: 0, iq: 0, refused: 0 };
    federation.steps.push({ atMs: NOON_MS, in: { ...none, chat: 3 }, out: { ...none, refused: 1 } });
    expect((await ask('/partner.example/traffic?hours=6')).json).toEqual({
      stepMinutes: 5,
      points: [{ at: new Date(NOON_MS).toISOString(), in: { ...none, chat: 3 }, out: { ...none, refused: 1 } }],
    });
    expect((await ask('/partner.example/traffic')).json).toMatchObject({ stepMinutes: 10 });
    expect(federation.wishes).toEqual([
      { peer: 'partner.example', minutes: 360, step: 5 },
      { peer: 'partner.example', minutes: 1_440, step: 10 },
    ]);
    expect((await ask('/partner.example/traffic?hours=25')).status).toBe(400);
    expect((await ask('/nobody.example/traffic')).json).toMatchObject({ code: 'PEER_UNKNOWN' });
  });

  it.each(['employee', 'officer', 'auditor'])('show %s nothing', async (role) => {
    const token = await stage.as(role);
    for (const path of ['', '/turned-away', '/partner.example'])
      expect((await ask(path, { token })).json).toMatchObject({ status: 403, code: 'NOT_PERMITTED' });
  });
});
