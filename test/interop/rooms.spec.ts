import type { PresentPeople } from '@interoffice/contract';
import { Database } from '@interoffice/storage';
import { silentLog } from '@interoffice/telemetry';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask } from '../../apps/ctl/src/control-client.js';
import { overTcp, TestClient } from '../support/client.js';
import { Managed } from '../support/managed.js';
import { ApiClient } from './api-client.js';
import { RunningAppliance } from './appliance.js';
import { Profanity } from './profanity.js';
import { RoomClient } from './room-client.js';

const PASSWORD = 'correct horse';
const DOMAIN = 'im.example';
const SERVICE = `conference.${DOMAIN}`;
const ROOM = `board@${SERVICE}`;

/** One room from its making to its end, with the clients of three makers in it. The tests are steps of one story. */
describe('a chat room', () => {
  let appliance: RunningAppliance;
  let olga: RoomClient;
  let paul: RoomClient;
  let sam: RoomClient;
  let gina: RoomClient;
  let profanity: Profanity;
  const all: RoomClient[] = [];

  beforeAll(async () => {
    appliance = await RunningAppliance.local(DOMAIN);
    olga = RoomClient.slixmpp(await account('olga', { office: 'Verona', role: 'admin' }));
    paul = RoomClient.slixmpp(await account('paul'));
    sam = RoomClient.slixmpp(await account('sam'));
    gina = RoomClient.nbxmpp(await account('gina'));
    all.push(olga, paul, sam, gina);
    await account('piet');
    profanity = await Profanity.open(appliance.ready.ca);
    await profanity.login(`piet@${DOMAIN}`, PASSWORD, appliance.port('c2s'));
  });
  afterAll(async () => {
    await Promise.all([...all.map((client) => client.stop()), profanity?.close()]);
    await appliance?.remove();
  });

  async function account(name: string, more: object = {}) {
    const jid = `${name}@${DOMAIN}`;
    await ask(appliance.dataDir, 'user.add', { jid, password: PASSWORD, name: `${name} of Verona`, ...more });
    return login(name);
  }

  function login(name: string) {
    const port = appliance.port('c2s');
    return { jid: `${name}@${DOMAIN}`, password: PASSWORD, port, ca: appliance.ready.ca, room: ROOM };
  }

  describe('with python3-slixmpp', () => {
    it('is made by who comes first, and nobody else enters before it is set up', async () => {
      await Promise.all([olga.online(), paul.online(), sam.online()]);
      const { self, occupants, history } = await olga.ask('join', { nick: 'Olga' });
      expect(self).toMatchObject({ codes: [110, 201], affiliation: 'owner', role: 'moderator' });
      expect(self).toMatchObject({ hats: ['IT support', 'Verona'] });
      expect({ occupants, history }).toEqual({ occupants: ['Olga'], history: [] });
      expect(await paul.refusal('join', { nick: 'Paul' })).toBe('item-not-found');
    });

    it('is set up by its form', async () => {
      const values = {
        'muc#roomconfig_roomname': 'The board',
        'muc#roomconfig_roomdesc': 'Every Tuesday',
        'muc#roomconfig_persistentroom': true,
        'muc#roomconfig_membersonly': false,
        'muc#roomconfig_moderatedroom': true,
      };
      const { fields } = await olga.ask('configure', { values });
      expect(fields).toMatchObject({
        'muc#roomconfig_roomname': 'text-single',
        'muc#roomconfig_persistentroom': 'boolean',
        'muc#roomconfig_whois': 'list-single',
        'muc#roomconfig_roomadmins': 'jid-multi',
      });
      expect(await olga.ask('settings')).toMatchObject({ values });
      const { features, identities } = await paul.ask('info');
      expect(identities).toEqual([['conference', 'text', null, 'The board']]);
      expect(features).toEqual(
        expect.arrayContaining(['muc_persistent', 'muc_open', 'muc_moderated', 'muc_semianonymous', 'urn:xmpp:mam:2']),
      );
      expect(await paul.ask('rooms', { room: SERVICE })).toMatchObject({ rooms: [[ROOM, 'The board']] });
    });

    it('lets others in, to listen; the owner gives them voice', async () => {
      const { self, occupants } = await paul.ask('join', { nick: 'Paul' });
      expect(self).toMatchObject({ affiliation: 'none', role: 'visitor' });
      expect(occupants).toEqual(['Olga', 'Paul']);
      await paul.ask('say', { body: 'May I?' });
      expect(await paul.heard('not-sent')).toMatchObject({ condition: 'forbidden' });
      await olga.ask('role', { nick: 'Paul', role: 'participant' });
      await paul.heard('presence', { nick: 'Paul', role: 'participant' });
      expect(await paul.say('Thank you.')).toMatchObject({ nick: 'Paul', late: false });
      await olga.heard('said', { nick: 'Paul', body: 'Thank you.' });
      await olga.say('Welcome: Grüße <&> 語');
      await paul.heard('said', { nick: 'Olga', body: 'Welcome: Grüße <&> 語' });
    });

    it('has a subject, which the owner changes', async () => {
      await olga.ask('title', { subject: 'The budget' });
      await paul.heard('subject', { nick: 'Olga', subject: 'The budget' });
    });

    it('is left by who is kicked, who may come again and is told what was said', async () => {
      await olga.ask('role', { nick: 'Paul', role: 'none', reason: 'A break.' });
      expect(await paul.heard('presence', { nick: 'Paul', codes: [110, 307] })).toMatchObject({
        type: 'unavailable',
        role: 'none',
        reason: 'A break.',
      });
      await olga.heard('presence', { nick: 'Paul', type: 'unavailable', codes: [307] });
      const { subject, history } = await paul.ask('join', { nick: 'Paul', history: 20 });
      expect(subject).toBe('The budget');
      expect(history).toMatchObject([
        { nick: 'Paul', body: 'Thank you.' },
        { nick: 'Olga', body: 'Welcome: Grüße <&> 語' },
      ]);
      await olga.ask('role', { nick: 'Paul', role: 'participant' });
    });

    it('asks somebody in, in the name of who wants him there', async () => {
      const reason = 'We need your numbers.';
      await olga.ask('invite', { jid: sam.jid, reason });
      expect(await sam.heard('invited')).toMatchObject({ room: ROOM, by: `${ROOM}/Olga`, reason });
      expect(await sam.ask('join', { nick: 'Sam' })).toMatchObject({ occupants: ['Olga', 'Paul', 'Sam'] });
    });

    it('is closed for who is banned', async () => {
      await olga.ask('affiliation', { jid: sam.jid, affiliation: 'outcast', reason: 'Wrong numbers.' });
      expect(await sam.heard('presence', { nick: 'Sam', codes: [110, 301] })).toMatchObject({
        reason: 'Wrong numbers.',
      });
      await paul.heard('presence', { nick: 'Sam', type: 'unavailable', codes: [301] });
      expect(await sam.refusal('join', { nick: 'Sam' })).toBe('forbidden');
      expect(await olga.ask('affiliated', { affiliation: 'outcast' })).toMatchObject({ jids: [sam.jid] });
    });

    it('no longer shows what a moderator takes back, not in its archive either', async () => {
      await olga.ask('configure', { values: { 'muc#roomconfig_moderatedroom': false } });
      await paul.heard('changed', { codes: [104] });
      const { id } = await paul.say('The password is swordfish.');
      await olga.ask('moderate', { id, reason: 'Never here.' });
      const { messages } = await olga.ask('archive', { page: 2 });
      expect(messages).toMatchObject([
        { nick: 'Paul', body: 'Thank you.' },
        { nick: 'Olga', body: 'Welcome: Grüße <&> 語' },
        { nick: 'Olga', subject: 'The budget' },
        { nick: 'Paul', body: '', retracted: true },
        {},
      ]);
    });

    it('is left, and entered again', async () => {
      await paul.ask('leave', { nick: 'Paul' });
      await paul.heard('presence', { nick: 'Paul', type: 'unavailable', codes: [110] });
      await olga.heard('presence', { nick: 'Paul', type: 'unavailable', codes: [] });
      const { history } = await paul.ask('join', { nick: 'Paul', history: 1 });
      expect(history).toMatchObject([{ nick: 'Olga', body: 'Welcome: Grüße <&> 語' }]);
    });
  });

  describe('with python3-nbxmpp, the library of Gajim', () => {
    it('is what its form says', async () => {
      await gina.online();
      expect(await gina.ask('info')).toMatchObject({
        name: 'The board',
        description: 'Every Tuesday',
        archive: true,
        persistent: true,
        moderated: false,
        open: true,
      });
    });

    it('shows who is there, what was said with its time, and the subject', async () => {
      await gina.ask('join', { nick: 'Gina', history: 20 });
      await gina.heard('subject');
      const { messages } = await olga.ask('archive', { page: 50 });
      const said = (messages as { id: string; stamp: string; nick: string; body: string }[]).filter(({ body }) => body);
      expect(gina.all('presence').map(({ nick, self }) => [nick, self])).toEqual([
        ['Olga', false],
        ['Paul', false],
        ['Gina', true],
      ]);
      expect(gina.all('said').map(({ nick, body, late, id }) => ({ nick, body, late, id }))).toEqual(
        said.map(({ nick, body, id }) => ({ nick, body, late: true, id })),
      );
      expect(gina.all('said').map(({ stamp }) => Date.parse(String(stamp)))).toEqual(
        said.map(({ stamp }) => Date.parse(stamp)),
      );
      expect(gina.all('subject')).toMatchObject([{ nick: 'Olga', subject: 'The budget' }]);
    });

    it('carries what she says to the others, and theirs to her, with the same occupant-id as before', async () => {
      const before = gina.all('said').find(({ nick }) => nick === 'Olga');
      await gina.say('From Gajim: Grüße');
      await olga.heard('said', { nick: 'Gina', body: 'From Gajim: Grüße', late: false });
      await olga.say('To Gajim: <&> 語');
      expect(await gina.heard('said', { body: 'To Gajim: <&> 語' })).toMatchObject({
        late: false,
        occupant: before?.['occupant'],
      });
    });

    it('gives its archive in pages', async () => {
      let after: unknown;
      for (let complete: unknown = false; complete !== true;) {
        const page = await gina.ask('archive', { page: 2, ...(after === undefined ? {} : { after }) });
        ({ complete, last: after } = page);
      }
      const { messages } = await olga.ask('archive', { page: 50 });
      expect(gina.all('archived').map(({ id }) => id)).toEqual((messages as { id: string }[]).map(({ id }) => id));
      expect(gina.all('archived').filter(({ body }) => body)).toMatchObject([
        { nick: 'Paul', body: 'Thank you.' },
        { nick: 'Olga', body: 'Welcome: Grüße <&> 語' },
        { nick: 'Gina', body: 'From Gajim: Grüße' },
        { nick: 'Olga', body: 'To Gajim: <&> 語' },
      ]);
    });

    it('is left', async () => {
      await gina.ask('leave');
      await gina.heard('presence', { nick: 'Gina', type: 'unavailable', self: true });
      await olga.heard('presence', { nick: 'Gina', type: 'unavailable' });
    });
  });

  describe('with profanity', () => {
    it('is entered, and what is said passes both ways', async () => {
      await profanity.types(`/join ${ROOM} nick Piet`);
      await profanity.shows('To Gajim: <&> 語');
      await profanity.types('From profanity: Grüße');
      await olga.heard('said', { nick: 'Piet', body: 'From profanity: Grüße' });
      await olga.say('To profanity: <&> 語');
      await profanity.shows('To profanity: <&> 語');
    });

    it('is left by command, and entered again under another nick', async () => {
      await profanity.types('/close');
      await olga.heard('presence', { nick: 'Piet', type: 'unavailable' });
      await profanity.types(`/join ${ROOM} nick Pit`);
      await olga.heard('presence', { nick: 'Pit', type: 'available' });
    });

    it('is closed for who is kicked by its owner, and says why', async () => {
      await olga.ask('role', { nick: 'Pit', role: 'none', reason: 'Bedtime.' });
      await profanity.shows(`Kicked from ${ROOM} by Olga, reason: Bedtime.`);
      await paul.heard('presence', { nick: 'Pit', type: 'unavailable', codes: [307] });
    });

    it('is made and set up by its form', async () => {
      const den = `den@${SERVICE}`;
      await profanity.types(`/join ${den} nick Piet`);
      await profanity.shows('Room locked, requires configuration.');
      await profanity.types('/room config');
      await profanity.shows("Use '/form submit' to save changes.");
      const field = async (label: string): Promise<string> =>
        new RegExp(`\\[(field\\d+)\\] ${label}`).exec(await profanity.screen())![1]!;
      await profanity.types(`/${await field('Stays when everybody has left')} on`);
      await profanity.types(`/${await field('Who may see real addresses')} anyone`);
      await profanity.types('/form submit');
      await profanity.shows('Room configuration successful');
      const { features } = await paul.ask('info', { room: den });
      expect(features).toEqual(expect.arrayContaining(['muc_persistent', 'muc_nonanonymous']));
    });
  });

  describe('after the server was killed', () => {
    /** Nicknames of who was there, by the officer's archive. */
    const presentAt = async (moment: Date): Promise<(string | undefined)[]> => {
      const query = { at: moment.toISOString(), reason: 'Complaint 2026-17' };
      const api = await ApiClient.logIn(appliance, `oskar@${DOMAIN}`, PASSWORD);
      const { items } = await api.get<PresentPeople>(`archive/rooms/${ROOM}/present`, query);
      return items.map(({ nick }) => nick);
    };

    /** With a device whose stream can be resumed. XEP-0198 */
    const entersToStay = async (name: string): Promise<Managed> => {
      await account(name);
      const client = await connect();
      await client.login(name, PASSWORD, { resource: 'phone' });
      const managed = await Managed.enable(client);
      client.write(`<presence to='${ROOM}/${name}'><x xmlns='http://jabber.org/protocol/muc'/></presence>`);
      await client.next((stanza) => stanza.is('message') && stanza.getChild('subject') !== undefined);
      managed.take();
      managed.acknowledge();
      const host = path.join(appliance.dataDir, 'postgres');
      const connection = { host, port: 5432, user: 'interoffice_owner', database: 'interoffice' };
      const database = new Database({ connection, log: silentLog });
      // Written every few seconds, perhaps in the middle of this; after a crash a row that either side has counted past
      // since resumes nothing (decision 0022). Hers has sent one stanza, and acknowledged all.
      const kept = `SELECT handled::int, acknowledged::int FROM held_streams WHERE kept::text LIKE '%${ROOM}%'`;
      const all = { handled: 1, acknowledged: managed.handled };
      await expect.poll(() => database.query('owner', kept), { timeout: 10_000 }).toEqual([all]);
      await database.close();
      return managed;
    };
    const connect = (): Promise<TestClient> =>
      TestClient.open(DOMAIN, overTcp({ port: appliance.port('c2s'), ca: appliance.ca, domain: DOMAIN }));

    it('is as it was, and who was there is known', async () => {
      await account('oskar', { role: 'officer' });
      const vera = await entersToStay('vera');
      const before = new Date();
      expect(await presentAt(before)).toEqual(['Olga', 'Paul', 'vera']);
      await appliance.kill();
      await appliance.restart();
      expect(await presentAt(before)).toEqual(['Olga', 'Paul', 'vera']);
      const after = new Date();
      expect(await presentAt(after)).toEqual([]);
      // Only when she resumes her stream it shows that she has stayed; the clients above cannot.
      const back = await connect();
      await back.restart();
      await back.startTls();
      await back.authenticate('vera', PASSWORD);
      await back.restart();
      expect((await vera.resume(back)).getName()).toBe('resumed');
      await expect.poll(() => presentAt(after), { timeout: 10_000 }).toEqual(['vera']);
      expect(await presentAt(new Date())).toEqual(['vera']);
      olga = RoomClient.slixmpp(login('olga'));
      paul = RoomClient.slixmpp(login('paul'));
      all.push(olga, paul);
      await Promise.all([olga.online(), paul.online()]);
      const { self, subject, history } = await olga.ask('join', { nick: 'Olga', history: 2 });
      expect(self).toMatchObject({ affiliation: 'owner', codes: [110] });
      expect(subject).toBe('The budget');
      expect(history).toMatchObject([
        { nick: 'Piet', body: 'From profanity: Grüße' },
        { nick: 'Olga', body: 'To profanity: <&> 語' },
      ]);
      expect(await paul.ask('join', { nick: 'Paul' })).toMatchObject({ occupants: ['vera', 'Olga', 'Paul'] });
      expect(await presentAt(new Date())).toEqual(['vera', 'Olga', 'Paul']);
    });
  });

  it('is no more when its owner destroys it, and who was there is told why', async () => {
    await olga.ask('destroy', { reason: 'The board has resigned.' });
    expect(await paul.heard('presence', { nick: 'Paul', destroyed: 'The board has resigned.' })).toMatchObject({
      type: 'unavailable',
    });
    expect(await paul.refusal('join', { nick: 'Paul' })).toBe('gone');
  });
});
