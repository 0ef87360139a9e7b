import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { Managed } from '../../support/managed.js';
import type { TestClient } from '../../support/client.js';
import { ApiClient } from '../api-client.js';
import { CHAT_DOMAIN, CLERKS, Company, RIGHT } from './company.js';
import { LEAVERS } from './domain-tree.js';

/** From the change in the directory until nothing of it is open any more. */
const WITHIN_S = 30;
/** For an order given here. */
const AT_ONCE_S = 5;
const LONG_AGO = '126227808000000000';

let company: Company;
beforeAll(async () => {
  await Company.prepare(inject('domainController'));
  company = await Company.open(inject('domainController'));
  await company.ctl('user.add', { jid: `root@${CHAT_DOMAIN}`, password: 'local correct horse', role: 'admin' });
});
afterAll(() => company?.appliance.remove());

/** Everything somebody can have open. */
async function open(login: string) {
  await company.hire(login);
  const desk = await company.online(login, 'desk');
  const phone = await company.online(login, 'phone');
  const managed = await Managed.enable(phone);
  phone.close();
  const jid = `${login}@${CHAT_DOMAIN}`;
  const api = await ApiClient.logIn(company.appliance, jid, RIGHT);
  await api.get('me');
  return { login, jid, desk, managed, api };
}

type Everything = Awaited<ReturnType<typeof open>>;

/** Seconds until the stream was closed; everything else is refused by then. */
async function secondsUntilClosed({ login, desk, managed, api }: Everything, began: number): Promise<number> {
  await expect.poll(() => desk.isClosed, { timeout: 60_000, interval: 20 }).toBe(true);
  const seconds = (performance.now() - began) / 1000;
  expect(desk.received.some((element) => element.is('error') && element.getChild('not-authorized'))).toBe(true);
  await expect(api.get('me')).rejects.toThrow('401');
  expect(await company.loginAnswer(login)).not.toBe('success');
  await expect(resumed(login, managed)).rejects.toThrow();
  return seconds;
}

/** Comes back for the stream that was cut. */
async function resumed(login: string, managed: Managed): Promise<void> {
  const client: TestClient = await company.connect();
  try {
    await client.restart();
    await client.authenticate(login, RIGHT);
    await client.restart();
    const answer = await managed.resume(client);
    if (!answer.is('resumed')) throw new Error(answer.toString());
  } finally {
    client.close();
  }
}

//
describe('somebody whom Active Directory does not let in any more', () => {
  it.each<[string, (login: string) => Promise<void>]>([
    ['disabled', (login) => company.modify(login, ['replace', 'userAccountControl'], ['userAccountControl', '514'])],
    ['expired', (login) => company.modify(login, ['replace', 'accountExpires'], ['accountExpires', LONG_AGO])],
    ['out-of-group', (login) => company.leave(login, CLERKS)],
    ['out-of-scope', (login) => move(login, LEAVERS)],
    [
      'deleted',
      (login) =>
        company.change([
          ['dn', company.dn(login)],
          ['changetype', 'delete'],
        ]),
    ],
  ])('has nothing open any more within 30 s: %s', async (why, change) => {
    const everything = await open(`leaver-${why}`);
    // Resumption works until then.
    await resumed(everything.login, everything.managed);
    const began = performance.now();
    await change(everything.login);
    const seconds = await secondsUntilClosed(everything, began);
    process.stdout.write(`${why}: closed ${seconds.toFixed(1)} s after the change in the directory\n`);
    expect(seconds).toBeLessThanOrEqual(WITHIN_S);

    const root = await ApiClient.logIn(company.appliance, `root@${CHAT_DOMAIN}`, 'local correct horse');
    const { items } = await root.get<{ items: { account: string; why: string; by: string; seconds: number }[] }>(
      'directories/departures',
    );
    expect(items.find(({ account }) => account === everything.jid)).toMatchObject({ why, by: 'directory domain' });
  });

  it('comes back with the same account once the directory says so, and with nothing of before', async () => {
    const everything = await open('leaver-back');
    await company.modify('leaver-back', ['replace', 'userAccountControl'], ['userAccountControl', '514']);
    await secondsUntilClosed(everything, performance.now());
    await company.modify('leaver-back', ['replace', 'userAccountControl'], ['userAccountControl', '512']);
    await expect.poll(() => company.loginAnswer('leaver-back'), { timeout: 90_000, interval: 1000 }).toBe('success');
    await expect(everything.api.get('me')).rejects.toThrow('401');
  });
});

describe('somebody of the directory who is suspended here', () => {
  it('has nothing open any more within 5 s, and stays out though the directory lets them in', async () => {
    const everything = await open('leaver-suspended');
    const began = performance.now();
    await company.ctl('user.suspend', { jid: everything.jid });
    const seconds = await secondsUntilClosed(everything, began);
    process.stdout.write(`suspended: closed ${seconds.toFixed(2)} s after the order\n`);
    expect(seconds).toBeLessThanOrEqual(AT_ONCE_S);
    expect(await company.loginAnswer('leaver-suspended')).toContain('suspended here');
    await company.ctl('user.restore', { jid: everything.jid });
    expect(await company.loginAnswer('leaver-suspended')).toBe('success');
  });
});

function move(login: string, to: string): Promise<void> {
  return company.change([
    ['dn', company.dn(login)],
    ['changetype', 'modrdn'],
    ['newrdn', `CN=${login}`],
    ['deleteoldrdn', '1'],
    ['newsuperior', to],
  ]);
}
