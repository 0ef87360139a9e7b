import { NS, xml } from '@interoffice/wire';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { TestClient } from '../../support/client.js';
import type { Office } from './office.js';
import { chat, instant, isError, isPresence, join, says, toRoom, withForm } from './stanzas.js';

const BERLIN = 'berlin.example';

/** Two servers that talk to each other: our office in Berlin, where ada and ben are, and one whoever made it. */
export interface Neighbours {
  readonly office: () => Office;
  /** The other's; its rooms are at `conference.` before it. */
  readonly domain: string;
  /** Somebody there. */
  readonly login: () => Promise<TestClient>;
}

/** What people of two servers do with each other, and what every pair of servers has to do for them. */
export function conversations({ office, domain, login }: Neighbours): void {
  let ada: TestClient;
  let other: TestClient;
  beforeAll(async () => {
    ada = await office().login('ada', `to-${domain}`);
    other = await login();
    for (const client of [ada, other]) client.send(xml('presence'));
  });
  afterAll(() => Promise.all([ada?.leave(), other?.leave()]));

  it('carries messages both ways, in order', async () => {
    for (let i = 0; i < 20; i++) ada.send(chat(other.jid, `there ${i}`));
    for (let i = 0; i < 20; i++) {
      const message = await other.next((element) => element.is('message'), 20_000);
      expect(message.getChildText('body')).toBe(`there ${i}`);
      expect(message.attrs['from']).toBe(ada.jid);
    }
    for (let i = 0; i < 20; i++) other.send(chat(ada.jid, `back ${i}`));
    for (let i = 0; i < 20; i++) {
      const message = await ada.next((element) => element.is('message'), 20_000);
      expect(message.getChildText('body')).toBe(`back ${i}`);
      expect(message.attrs['from']).toBe(other.jid);
    }
  });

  it('asks and answers', async () => {
    const here = await ada.ask(xml('iq', { type: 'get', to: domain }, xml('ping', { xmlns: NS.ping })));
    expect(here.attrs['type']).toBe('result');
    const info = await other.ask(xml('iq', { type: 'get', to: BERLIN }, xml('query', { xmlns: NS.discoInfo })));
    expect(
      info
        .getChild('query')!
        .getChildren('identity')
        .map(({ attrs }) => attrs['category']),
    ).toContain('server');
  });

  it('tells our people apart from theirs: what is ours alone is not told to them', async () => {
    const roster = xml('iq', { type: 'get', to: `ben@${BERLIN}` }, xml('query', { xmlns: NS.roster }));
    expect((await other.ask(roster)).attrs['type']).toBe('error');
    const search = xml('iq', { type: 'get', to: BERLIN }, xml('query', { xmlns: NS.search }));
    expect((await other.ask(search)).attrs['type']).toBe('error');
  });

  it('lets people see each other online once both agree', async () => {
    const bare = other.jid.split('/')[0]!;
    ada.send(xml('presence', { to: bare, type: 'subscribe' }));
    await other.next(isPresence(`ada@${BERLIN}`, 'subscribe'));
    other.send(xml('presence', { to: `ada@${BERLIN}`, type: 'subscribed' }));
    await ada.next(isPresence(bare, 'subscribed'));
    await ada.next(isPresence(other.jid));
    other.send(xml('presence', { to: `ada@${BERLIN}`, type: 'subscribe' }));
    await ada.next(isPresence(bare, 'subscribe'));
    ada.send(xml('presence', { to: bare, type: 'subscribed' }));
    await other.next(isPresence(ada.jid));
    const phone = await office().login('ada', `phone-${domain}`);
    phone.send(xml('presence', {}, xml('show', {}, 'away')));
    await phone.next(isPresence(other.jid));
    await other.next(isPresence(phone.jid));
    await phone.leave();
    await other.next(isPresence(phone.jid, 'unavailable'));
  });

  it('copies what somebody writes to their other devices', async () => {
    const phone = await office().login('ada', `carbons-${domain}`);
    phone.send(xml('presence'));
    await phone.ask(xml('iq', { type: 'set' }, xml('enable', { xmlns: NS.carbons })));
    ada.send(chat(other.jid, 'copied'));
    const copy = await phone.next((element) => element.getChild('sent', NS.carbons) !== undefined);
    expect(copy.toString()).toContain('copied');
    await other.next(says('copied'));
    other.send(chat(`ada@${BERLIN}`, 'to all'));
    await Promise.all([ada.next(says('to all')), phone.next(says('to all'))]);
    await phone.leave();
  });

  it('answers for who does not exist', async () => {
    other.send(chat(`nobody@${BERLIN}`, 'anybody?'));
    const error = await other.next(isError('message'));
    expect(error.attrs['from']).toBe(`nobody@${BERLIN}`);
    ada.send(chat(`nobody@${domain}`, 'anybody?'));
    const theirs = await ada.next(isError('message'));
    expect(theirs.getChild('error')!.getChild('service-unavailable')).toBeDefined();
  });

  it('has everything in the archive of who wrote and of who read', async () => {
    const ask = xml('iq', { type: 'set' }, xml('query', { xmlns: NS.mam }, withForm(other.jid.split('/')[0]!)));
    const fin = await ada.ask(ask);
    expect(fin.attrs['type']).toBe('result');
    const found = ada.received
      .filter((element) => element.getChild('result', NS.mam) !== undefined)
      .map((element) => element.toString());
    expect(found.filter((text) => text.includes('there '))).toHaveLength(20);
    expect(found.filter((text) => text.includes('back '))).toHaveLength(20);
    ada.received = [];
  });

  it('lets people of both talk in a room of ours', async () => {
    const room = `team-${domain}@conference.${BERLIN}`;
    await join(ada, room, 'ada');
    await ada.ask(instant(room));
    await join(other, room, 'guest');
    await ada.next(isPresence(`${room}/guest`));
    other.send(toRoom(room, 'hello team'));
    await Promise.all([ada.next(says('hello team')), other.next(says('hello team'))]);
    ada.send(toRoom(room, 'hello guest'));
    await Promise.all([ada.next(says('hello guest')), other.next(says('hello guest'))]);
    other.send(xml('presence', { to: `${room}/guest`, type: 'unavailable' }));
    await ada.next(isPresence(`${room}/guest`, 'unavailable'));
  });

  it('lets ours talk in a room of theirs, and read its archive', async () => {
    const room = `guests-${domain}@conference.${domain}`;
    await join(other, room, 'host');
    await other.ask(instant(room));
    await join(ada, room, 'ada');
    ada.send(toRoom(room, 'from abroad'));
    await Promise.all([ada.next(says('from abroad')), other.next(says('from abroad'))]);
    const query = xml('iq', { type: 'set', to: room }, xml('query', { xmlns: NS.mam, queryid: 'q' }));
    const fin = await ada.ask(query);
    expect(fin.attrs['type']).toBe('result');
    const result = await ada.next((element) => element.getChild('result', NS.mam) !== undefined);
    expect(result.toString()).toContain('from abroad');
  });
}
