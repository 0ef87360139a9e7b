import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { ApiClient } from '../api-client.js';
import { CHAT_DOMAIN, CHIEFS, CLERKS, Company, RIGHT } from './company.js';
import { STATES, stateDn } from './domain-tree.js';
import { directorySize } from './size.js';

/** A client with an old password tries so often. */
const RETRY_MS = 500;
const RETRIES = directorySize().domainPeople > 1000 ? 120 : 40;
const ROOT = 'local correct horse';

interface Explained {
  readonly dn?: string;
  readonly server?: string;
  readonly mayLogIn: boolean;
  readonly because: readonly string[];
  readonly filters: readonly { readonly name: string; readonly passed: boolean }[];
  readonly groups: readonly { readonly name: string; readonly via: readonly string[] }[];
  readonly rooms: readonly { readonly room: string; readonly affiliation: string; readonly because?: string }[];
  readonly roles: readonly { readonly role: string; readonly scope: string; readonly because: string }[];
}

let company: Company;
let root: ApiClient;
beforeAll(async () => {
  await Company.prepare(inject('domainController'));
  company = await Company.open(inject('domainController'));
  await company.ctl('user.add', { jid: `root@${CHAT_DOMAIN}`, password: ROOT, role: 'admin' });
  root = await ApiClient.logIn(company.appliance, `root@${CHAT_DOMAIN}`, ROOT);
});
afterAll(() => company?.appliance.remove());

const explain = (login: string) => root.get<Explained>(`accounts/${login}@${CHAT_DOMAIN}/explain`);

describe('a log-in against Active Directory', () => {
  it.each(['forms', 'LAB\\forms', 'forms.principal\\40lab.test', 'forms.mail\\40lab.test'])(
    'takes %s for one and the same person',
    async (name) => {
      if (!(await company.attribute('forms', 'cn').catch(() => undefined))) await company.hire('forms');
      const client = await company.connect();
      await client.login(name, RIGHT, { resource: 'desk' });
      expect(client.jid).toBe(`forms@${CHAT_DOMAIN}/desk`);
      client.close();
    },
  );

  it('tells each state of an account to who knows the password, and the exact reason to the administrator', async () => {
    for (const state of STATES) {
      await company.change([
        ['dn', CLERKS],
        ['changetype', 'modify'],
        ['add', 'member'],
        ['member', stateDn(state)],
      ]);
    }
    const { password } = inject('domainController');
    for (let i = 0; i < 3; i++) await company.loginAnswer('state-locked', `wrong ${i}`);
    const answers = new Map<string, string>();
    for (const state of STATES) answers.set(state, await company.loginAnswer(state, password));
    expect(answers.get('state-fit')).toBe('success');
    expect(answers.get('state-disabled')).toMatch(/^account-disabled: .*switched off/);
    expect(answers.get('state-expired')).toMatch(/^account-disabled: .*expired/);
    expect(answers.get('state-must-change')).toMatch(/^credentials-expired: .*new password/);
    // who does not know the password is told nothing.
    expect(await company.loginAnswer('state-disabled', 'wrong')).toMatch(/^not-authorized/);
    expect(await company.loginAnswer('nobody-of-this-name')).toMatch(/^not-authorized/);

    const reasons = await Promise.all(STATES.map(async (state) => (await explain(state)).because.join('; ')));
    expect(reasons[1]).toContain('disabled in the directory (userAccountControl)');
    expect(reasons[2]).toContain('expired in the directory (accountExpires)');
    expect(reasons[3]).toContain('must set a new password in the directory first (pwdLastSet)');
    for (const [at, state] of STATES.entries())
      expect((await explain(state)).mayLogIn, `${state}: ${reasons[at]}`).toBe(state === 'state-fit');
  });

  it('is explained with entry, server, filters, groups and how they are reached, rooms and roles', async () => {
    await company.hire('chief');
    await company.join('chief', CHIEFS);
    expect(await company.loginAnswer('chief')).toBe('success');
    await root.post('directories/domain/sync', { kind: 'full' });
    await expect.poll(async () => (await explain('chief')).roles[0]?.role, { timeout: 30_000 }).toBe('helpdesk');
    const explained = await explain('chief');
    expect(explained).toMatchObject({
      dn: company.dn('chief'),
      server: inject('domainController').url,
      mayLogIn: true,
      roles: [{ role: 'helpdesk', scope: 'Verona', because: 'given by the group Chiefs' }],
      teams: [{ name: 'Colleagues', as: 'member', because: 'by the group May chat, via Clerks' }],
    });
    const room = {
      room: `chiefs@conference.${CHAT_DOMAIN}`,
      affiliation: 'member',
      because: 'member by the group Chiefs',
    };
    await expect.poll(async () => (await explain('chief')).rooms).toContainEqual(room);
    expect(explained.filters.map(({ name, passed }) => `${name} ${passed}`)).toEqual([
      'base true',
      'filter true',
      'login-group true',
    ]);
    expect(explained.groups).toContainEqual(expect.objectContaining({ name: 'May chat', via: ['Clerks'] }));

    const told = await company.appliance.ctl(['explain', 'user', `chief@${CHAT_DOMAIN}`]);
    expect(told.code).toBe(0);
    expect(told.text).toContain('group: May chat, via Clerks');
    expect(told.text).toContain('role: helpdesk (Verona): given by the group Chiefs');
    expect(told.text).toContain(`room: ${room.room}: member; member by the group Chiefs`);
    expect(told.text).toContain('contact list: Colleagues: member, by the group May chat, via Clerks');

    await company.leave('chief', CLERKS);
    const refused = await explain('chief');
    expect(refused.mayLogIn).toBe(false);
    expect(refused.filters.find(({ name }) => name === 'login-group')).toMatchObject({ passed: false });
  });

  //
  it.each(['', ' ', '\0'])('never asks the directory with the password %j', async (password) => {
    await company.hire(`blank-${Buffer.from(password).toString('hex')}`);
    const login = `blank-${Buffer.from(password).toString('hex')}`;
    expect(await company.loginAnswer(login, password)).toMatch(/^(not-authorized|malformed-request)/);
    expect(await company.attribute(login, 'badPwdCount')).toMatch(/^0$|^undefined$/);
  });

  it('with an old password, tried again and again, costs the directory one attempt at most', async () => {
    await company.hire('stale');
    for (let i = 0; i < RETRIES; i++) {
      expect(await company.loginAnswer('stale', 'the password of before')).toMatch(/^not-authorized/);
      await pause(RETRY_MS);
    }
    const counted = Number((await company.attribute('stale', 'badPwdCount')) ?? 0);
    process.stdout.write(`${RETRIES} attempts with an old password, two a second: badPwdCount ${counted}\n`);
    expect(counted).toBeLessThanOrEqual(1);
    expect(await company.loginAnswer('stale')).toBe('success');
  });
});
