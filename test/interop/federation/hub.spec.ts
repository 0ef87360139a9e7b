import { setTimeout as wait } from 'node:timers/promises';
import { NS, xml } from '@interoffice/wire';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLIENT_AUTH, SERVER_AUTH, testRoot } from '../../support/certificates.js';
import { NameServer } from './name-server.js';
import { Office, openTo } from './office.js';
import { isError, says } from './stanzas.js';
import { archived, everythingIsThere, receiptsOf, Talker } from './talking.js';

const [BERLIN, HQ, TOKYO] = ['berlin.example', 'hq.example', 'tokyo.example'];
const TALK_MS = 24_000;

let berlin: Office;
let hq: Office;
let tokyo: Office;
let dns: NameServer;

beforeAll(async () => {
  const root = await testRoot();
  const authority = await root.authority();
  const office = async (domain: string, people: readonly string[], federation: string): Promise<Office> => {
    const shows = await authority.issue({ names: { dns: [domain] }, purposes: [SERVER_AUTH, CLIENT_AUTH] });
    return Office.open({ domain, shows, trusts: root, people, federation: `${federation}\n  answer-within: 3s` });
  };
  /** An office that knows the other one through headquarters only. */
  const through = (other: string): string => `${openTo(other)}
  peers:
    - { domain: ${HQ}, office: true }
    - { domain: ${other}, office: true, via: ${HQ} }`;
  berlin = await office(BERLIN, ['ada', 'ben'], through(TOKYO));
  tokyo = await office(TOKYO, ['yuki', 'kenji'], through(BERLIN));
  hq = await office(
    HQ,
    [],
    `${openTo(BERLIN, TOKYO)}
    - name: no-files
      effect: deny
      peers: [${TOKYO}]
      classes: [file]
      reason: No files through headquarters.
      owner: it@${HQ}
  peers:
    - { domain: ${BERLIN}, office: true }
    - { domain: ${TOKYO}, office: true }
  relay:
    - { from: [${BERLIN}], to: [${TOKYO}] }
    - { from: [${TOKYO}], to: [${BERLIN}] }`,
  );
  dns = await NameServer.open([berlin, hq, tokyo].map(({ domain, ports }) => ({ domain, starttls: ports.s2s })));
}, 240_000);

afterAll(async () => {
  await Promise.all([berlin?.close(), hq?.close(), tokyo?.close()]);
  await dns?.close();
});

describe('two offices and headquarters between them', () => {
  it('exchange messages and questions, and headquarters have their say', async () => {
    const [ada, yuki] = [await berlin.login('ada', 'desk'), await tokyo.login('yuki', 'desk')];
    for (const one of [ada, yuki]) one.send(xml('presence'));
    ada.send(xml('message', { to: yuki.jid, type: 'chat', id: 'h1' }, xml('body', {}, 'by way of headquarters')));
    const came = await yuki.next(says('by way of headquarters'), 40_000);
    expect([came.attrs['from'], came.getChild('relayed')]).toEqual([ada.jid, undefined]);
    yuki.send(xml('message', { to: ada.jid, type: 'chat', id: 'h2' }, xml('body', {}, 'and back')));
    await ada.next(says('and back'), 40_000);
    const asked = ada.ask(xml('iq', { type: 'get', to: yuki.jid }, xml('query', { xmlns: NS.version })));
    const question = await yuki.next((stanza) => stanza.is('iq') && stanza.attrs['from'] === ada.jid, 40_000);
    yuki.send(xml('iq', { type: 'result', to: ada.jid, id: question.attrs['id'] }));
    expect((await asked).attrs).toMatchObject({ type: 'result', from: yuki.jid });
    const file = xml('x', { xmlns: NS.oob }, xml('url', {}, 'https://files.example/plan'));
    ada.send(xml('message', { to: yuki.jid, type: 'chat', id: 'h3' }, xml('body', {}, 'the plan'), file));
    const refused = await ada.next(isError('message'), 40_000);
    expect(refused.toString()).toContain('No files through headquarters.');
    const { lines } = await berlin.peer(TOKYO);
    expect(lines).toMatchObject([{ domain: BERLIN, state: 'up', via: HQ }]);
    const passed = await hq.peer(TOKYO);
    expect(passed.lines).toMatchObject([{ domain: BERLIN, state: 'up' }]);
    for (const one of [ada, yuki]) one.close();
  });

  it('stand in the archive of headquarters as passed on', async () => {
    const officer = `olga@${HQ}`;
    const password = 'correct horse';
    const added = await hq.appliance.ctl(['user', 'add', officer, '--password-stdin', '--role', 'officer'], password);
    expect(added.code).toBe(0);
    const search = ['archive', 'search', '--as', officer, '--reason', 'case 7', '--from', `ada@${BERLIN}`, '--json'];
    const { text } = await hq.appliance.ctl(search, password);
    const { hits } = JSON.parse(text) as { hits: { to: string; body: string; verdict: string; isRelayed?: boolean }[] };
    expect(hits).toContainEqual(
      expect.objectContaining({
        to: `yuki@${TOKYO}`,
        body: 'by way of headquarters',
        verdict: 'passed',
        isRelayed: true,
      }),
    );
    expect(hits).toContainEqual(expect.objectContaining({ body: 'the plan', verdict: 'refused' }));
  });

  // F-09
  it('lose nothing when headquarters are killed in the middle: everything arrives once and in order', async () => {
    const there = new Talker(berlin, 'ben', `yuki@${TOKYO}`);
    const back = new Talker(tokyo, 'kenji', `ada@${BERLIN}`);
    const talking = Promise.all([there.talk(TALK_MS), back.talk(TALK_MS)]);
    await wait(8_000);
    await hq.appliance.kill();
    await wait(2_000);
    await hq.appliance.restart();
    await talking;
    for (const talker of [there, back]) talker.close();
    expect([there.said.length > 50, back.said.length > 50]).toEqual([true, true]);
    await everythingIsThere(tokyo, there.said.length, ['yuki', `ben@${BERLIN}`]);
    await everythingIsThere(berlin, back.said.length, ['ada', `kenji@${TOKYO}`]);
    const inTokyo = await archived(tokyo, 'yuki', `ben@${BERLIN}`);
    const inBerlin = await archived(berlin, 'ada', `kenji@${TOKYO}`);
    expect(inTokyo).toEqual(there.settle(inTokyo));
    expect(inBerlin).toEqual(back.settle(inBerlin));
    expect([...there.refused, ...back.refused]).toEqual([]);
    // Signed by the office at the other end, not by headquarters; the file of before had been refused.
    const [ours, theirs] = [await receiptsOf(berlin, TOKYO, 1), await receiptsOf(tokyo, BERLIN)];
    expect([ours.messages - ours.receipted, ours.faults, theirs.missing, theirs.faults]).toEqual([1, [], [], []]);
  }, 180_000);
});
