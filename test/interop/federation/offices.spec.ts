import { type Element, NS, xml } from '@interoffice/wire';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLIENT_AUTH, SERVER_AUTH, type TestCertificate, testRoot } from '../../support/certificates.js';
import type { TestClient } from '../../support/client.js';
import { NameServer } from './name-server.js';
import { Office, openTo } from './office.js';
import { ProsodyPeer } from './prosody-peer.js';

const BERLIN = 'berlin.example';
const TOKYO = 'tokyo.example';
const PARIS = 'paris.example';
const STRANGER = 'stranger.example';

let berlin: Office;
let tokyo: Office;
let paris: ProsodyPeer;
let dns: NameServer;

beforeAll(async () => {
  const root = await testRoot();
  const authority = await root.authority();
  const shows = (domain: string): Promise<TestCertificate> =>
    authority.issue({
      names: { dns: [domain, `conference.${domain}`] },
      purposes: [SERVER_AUTH, CLIENT_AUTH],
    });
  const office = async (domain: string, people: readonly string[], ...peers: readonly string[]): Promise<Office> =>
    Office.open({ domain, shows: await shows(domain), trusts: root, people, federation: openTo(...peers) });
  const withRooms = (domain: string): string[] => [domain, `conference.${domain}`];
  berlin = await office(BERLIN, ['ada', 'ben'], ...withRooms(TOKYO), ...withRooms(PARIS));
  tokyo = await office(TOKYO, ['yuki'], ...withRooms(BERLIN));
  paris = await ProsodyPeer.open(
    [{ domain: PARIS, shows: await shows(PARIS), people: ['jean'], rooms: `conference.${PARIS}` }],
    root,
  );
  const zones = [
    ...withRooms(BERLIN).map((domain) => ({ domain, starttls: berlin.ports.s2s })),
    // Only by direct TLS.
    ...withRooms(TOKYO).map((domain) => ({ domain, direct: tokyo.ports.s2sTls })),
    ...withRooms(PARIS).map((domain) => ({ domain, starttls: paris.ports.tcp })),
    { domain: STRANGER, starttls: paris.ports.tcp },
  ];
  dns = await NameServer.open(zones);
}, 180_000);

afterAll(async () => {
  await Promise.all([berlin?.close(), tokyo?.close(), paris?.close()]);
  await dns?.close();
});

const chat = (to: string, text: string): Element =>
  xml('message', { to, type: 'chat', id: text }, xml('body', {}, text));
const says =
  (text: string) =>
  (element: Element): boolean =>
    element.is('message') && element.getChildText('body') === text;
const isPresence =
  (from: string, type?: string) =>
  (element: Element): boolean =>
    element.is('presence') && String(element.attrs['from']).startsWith(from) && element.attrs['type'] === type;

/** The other side of each conversation: ours, and Prosody. */
describe.each([
  ['an office of ours', TOKYO, () => tokyo.login('yuki', 'desk')],
  ['Prosody', PARIS, () => paris.login('jean', PARIS, 'desk')],
] as const)('with %s', (_, domain, login) => {
  let ada: TestClient;
  let other: TestClient;
  beforeAll(async () => {
    ada = await berlin.login('ada', `to-${domain}`);
    other = await login();
    for (const client of [ada, other]) client.send(xml('presence'));
  });
  afterAll(() => {
    ada?.close();
    other?.close();
  });

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
    const phone = await berlin.login('ada', `phone-${domain}`);
    phone.send(xml('presence', {}, xml('show', {}, 'away')));
    await phone.next(isPresence(other.jid));
    await other.next(isPresence(phone.jid));
    await phone.leave();
    await other.next(isPresence(phone.jid, 'unavailable'));
  });

  it('copies what somebody writes to their other devices', async () => {
    const phone = await berlin.login('ada', `carbons-${domain}`);
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
    const error = await other.next((element) => element.is('message') && element.attrs['type'] === 'error');
    expect(error.attrs['from']).toBe(`nobody@${BERLIN}`);
    ada.send(chat(`nobody@${domain}`, 'anybody?'));
    const theirs = await ada.next((element) => element.is('message') && element.attrs['type'] === 'error');
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
    other.send(xml('message', { to: room, type: 'groupchat', id: 'r1' }, xml('body', {}, 'hello team')));
    await Promise.all([ada.next(says('hello team')), other.next(says('hello team'))]);
    ada.send(xml('message', { to: room, type: 'groupchat', id: 'r2' }, xml('body', {}, 'hello guest')));
    await Promise.all([ada.next(says('hello guest')), other.next(says('hello guest'))]);
    other.send(xml('presence', { to: `${room}/guest`, type: 'unavailable' }));
    await ada.next(isPresence(`${room}/guest`, 'unavailable'));
  });

  it('lets ours talk in a room of theirs, and read its archive', async () => {
    const room = `guests-${domain}@conference.${domain}`;
    await join(other, room, 'host');
    await other.ask(instant(room));
    await join(ada, room, 'ada');
    ada.send(xml('message', { to: room, type: 'groupchat', id: 'r3' }, xml('body', {}, 'from abroad')));
    await Promise.all([ada.next(says('from abroad')), other.next(says('from abroad'))]);
    const query = xml('iq', { type: 'set', to: room }, xml('query', { xmlns: NS.mam, queryid: 'q' }));
    const fin = await ada.ask(query);
    expect(fin.attrs['type']).toBe('result');
    const result = await ada.next((element) => element.getChild('result', NS.mam) !== undefined);
    expect(result.toString()).toContain('from abroad');
  });
});

describe('policy', () => {
  it('refuses what no rule allows, to the sender with the reason, and calls nobody', async () => {
    const ben = await berlin.login('ben', 'desk');
    ben.send(chat(`somebody@${STRANGER}`, 'psst'));
    const refused = await ben.next((element) => element.attrs['type'] === 'error');
    expect(refused.getChild('error')!.getChild('policy-violation')).toBeDefined();
    const id = String(refused.getChild('error')!.getChild('decision', 'urn:interoffice:policy:0')!.attrs['id']);
    const { text } = await berlin.appliance.ctl(['explain', 'decision', id, '--json']);
    expect(text).toContain(`no rule allows chat to ${STRANGER}`);
    ben.close();
  });

  it('lets no server in that no rule names', async () => {
    const jean = await paris.login('jean', PARIS, 'stray');
    jean.send(chat(`yuki@${TOKYO}`, 'let me in'));
    const refused = await jean.next((element) => element.attrs['type'] === 'error', 20_000);
    expect(refused.attrs['from']).toBe(`yuki@${TOKYO}`);
    jean.close();
  });
});

async function join(client: TestClient, room: string, nick: string): Promise<void> {
  client.send(xml('presence', { to: `${room}/${nick}` }, xml('x', { xmlns: NS.muc })));
  await client.next((element) => element.is('presence') && element.toString().includes('110'), 20_000);
  await client.next((element) => element.is('message') && element.getChild('subject') !== undefined, 20_000);
}

function instant(room: string): Element {
  const form = xml('x', { xmlns: 'jabber:x:data', type: 'submit' });
  return xml('iq', { type: 'set', to: room }, xml('query', { xmlns: NS.mucOwner }, form));
}

function withForm(jid: string): Element {
  const field = (name: string, value: string, type?: string): Element =>
    xml('field', { var: name, ...(type && { type }) }, xml('value', {}, value));
  return xml('x', { xmlns: 'jabber:x:data', type: 'submit' }, field('FORM_TYPE', NS.mam, 'hidden'), field('with', jid));
}
