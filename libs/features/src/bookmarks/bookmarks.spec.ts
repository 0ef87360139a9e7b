import { type Element, jid, NS, parseXml, xml } from '@interoffice/wire';
import { expect, it } from 'vitest';
import type { TestClient } from '../../../../test/support/client.js';
import { inBothLanes } from '../../../../test/support/on-stage.js';
import { conditions, type Fields, form, NODE_CONFIG, options, owner, pubsub } from '../../../../test/support/pubsub.js';
import { open } from '../../../../test/support/stage.js';
import { want } from '../../../../test/support/wants.js';

const OLD = 'storage:bookmarks';
const PLAY = 'play@rooms.example';
const ORCHARD = 'orchard@rooms.example';

const conference = (attributes: string, children = ''): Element =>
  parseXml(`<conference xmlns='${NS.bookmarks}' ${attributes}>${children}</conference>`);
const publish = (room: string, payload: Element): Element =>
  pubsub('set', xml('publish', { node: NS.bookmarks }, xml('item', { id: room }, payload)));
const storage = (children: string): Element => parseXml(`<storage xmlns='${OLD}'>${children}</storage>`);
const old = (room: string, attributes: string, children = ''): string =>
  `<conference jid='${room}' ${attributes}>${children}</conference>`;

/** How an older client reads and writes the list. */
const WAYS = {
  'private storage': {
    read: async (client: TestClient): Promise<Element> => {
      const query = xml('query', { xmlns: NS.privateStorage }, storage(''));
      return (await client.ask(xml('iq', { type: 'get' }, query))).getChild('query')!.getChild('storage', OLD)!;
    },
    write: (list: Element): Element => xml('iq', { type: 'set' }, xml('query', { xmlns: NS.privateStorage }, list)),
  },
  PEP: {
    read: async (client: TestClient): Promise<Element> => {
      const answer = await client.ask(pubsub('get', xml('items', { node: OLD })));
      const items = answer.getChild('pubsub')!.getChild('items')!.getChildren('item');
      expect(items.map(({ attrs }) => attrs['id'])).toEqual(['current']);
      return items[0]!.getChild('storage', OLD)!;
    },
    write: (list: Element): Element =>
      pubsub(
        'set',
        xml('publish', { node: OLD }, xml('item', { id: 'current' }, list)),
        options({ persist_items: 'true', access_model: 'whitelist' }),
      ),
  },
} as const;

/** The bookmarks a client of today reads, room → payload. */
async function readNew(client: TestClient): Promise<Record<string, string>> {
  const answer = await client.ask(pubsub('get', xml('items', { node: NS.bookmarks })));
  const items = answer.getChild('pubsub')?.getChild('items')?.getChildren('item') ?? [];
  return Object.fromEntries(items.map((item) => [item.attrs['id'], String(item.getChild('conference', NS.bookmarks))]));
}

/** What came: `item room`, `retract room`, `list n` for the older form. */
function heard(client: TestClient): string[] {
  return client.received
    .splice(0)
    .filter((stanza) => stanza.is('message'))
    .map((message) => message.getChild('event', NS.pubsubEvent)!.getChild('items')!)
    .map((items) => {
      const [child] = items.getChildElements();
      if (items.attrs['node'] !== OLD) return `${child!.getName()} ${child!.attrs['id']}`;
      return `list ${child!.getChild('storage', OLD)!.getChildElements().length}`;
    });
}

inBothLanes('bookmarks', (stage) => {
  /** Devices of one account: one of today, one that knows the older form, one that works. */
  const scene = async () => {
    const juliet = await stage().account('juliet');
    const today = await stage().online(juliet, 'today');
    const older = await stage().online(juliet, 'older');
    const phone = await stage().online(juliet, 'phone');
    await want(today, NS.bookmarks);
    await want(older, OLD);
    const settle = async (): Promise<void> => {
      await stage().settled();
      for (const client of [today, older, phone]) client.received = [];
    };
    await settle();
    return { juliet, today, older, phone, settle };
  };
  const extended = conference(
    `name='The Orchard' autojoin='1'`,
    `<nick>JC</nick><extensions><state xmlns='urn:x' minimized='true'/></extensions>`,
  );

  it('are made private when the first is published without a word about it', async () => {
    const { juliet, phone } = await scene();
    const desk = await stage().online(await stage().account('romeo'), 'desk');
    await phone.ask(publish(PLAY, conference(`name='The Play'`)));
    const read = pubsub('get', xml('items', { node: NS.bookmarks }));
    read.attrs['to'] = juliet.bare;
    expect(String(await desk.ask(read))).toContain('service-unavailable');
    const fits = {
      persist_items: 'true',
      max_items: 'max',
      send_last_published_item: 'never',
      access_model: 'whitelist',
    };
    const second = publish(ORCHARD, extended);
    second.getChild('pubsub')!.cnode(options(fits));
    expect((await phone.ask(second)).attrs['type']).toBe('result');
  });

  it.each(['private storage', 'PEP'] as const)('are shown to older clients that ask %s', async (way) => {
    const { phone } = await scene();
    await phone.ask(publish(PLAY, conference(`name='The Play' autojoin='true'`, '<nick>JC</nick>')));
    await phone.ask(publish(ORCHARD, extended));
    expect(String(await WAYS[way].read(phone))).toBe(
      String(
        storage(
          old(PLAY, `name='The Play' autojoin='true'`, '<nick>JC</nick>') +
            old(ORCHARD, `name='The Orchard' autojoin='1'`, `<nick>JC</nick><state xmlns='urn:x' minimized='true'/>`),
        ),
      ),
    );
  });

  it.each(['private storage', 'PEP'] as const)('are changed by older clients that write to %s', async (way) => {
    const { phone, today, older, settle } = await scene();
    await phone.ask(publish(PLAY, conference(`name='The Play' autojoin='true'`)));
    await phone.ask(publish(ORCHARD, extended));
    await settle();
    const balcony = 'balcony@rooms.example';
    const list = storage(old(ORCHARD, `name='Garden' autojoin='true'`) + old(balcony, `name='Balcony'`));
    expect((await phone.ask(WAYS[way].write(list))).attrs['type']).toBe('result');
    await stage().settled();
    expect(await readNew(phone)).toEqual({
      [ORCHARD]: String(
        conference(`name='Garden' autojoin='1'`, `<extensions><state xmlns='urn:x' minimized='true'/></extensions>`),
      ),
      [balcony]: String(conference(`name='Balcony'`)),
    });
    expect([heard(today), heard(older)]).toEqual([
      [`retract ${PLAY}`, `item ${ORCHARD}`, `item ${balcony}`],
      ['list 2'],
    ]);
    // The same again is no news. XEP-0402 §5.3.2
    await phone.ask(WAYS[way].write(await WAYS[way].read(phone)));
    await stage().settled();
    expect(heard(today)).toEqual([]);
    await phone.ask(WAYS[way].write(storage('')));
    await stage().settled();
    expect([await readNew(phone), heard(today).toSorted()]).toEqual([{}, [`retract ${balcony}`, `retract ${ORCHARD}`]]);
  });

  it('of web pages are kept for the older clients, whichever way they ask', async () => {
    const { juliet, phone } = await scene();
    const web = `<url name='Works' url='https://example.com/'/>`;
    await phone.ask(WAYS.PEP.write(storage(old(PLAY, `name='The Play'`) + web)));
    expect(String(await WAYS['private storage'].read(phone))).toBe(String(storage(old(PLAY, `name='The Play'`) + web)));
    const retract = xml('retract', { node: NS.bookmarks, notify: 'true' }, xml('item', { id: PLAY }));
    await phone.ask(pubsub('set', retract));
    await stage().settled();
    const later = await open({ database: stage().database });
    const laptop = await later.online(juliet, 'laptop');
    expect(String(await WAYS.PEP.read(laptop))).toBe(String(storage(web)));
    await later.close();
  });

  it('that change in any way are told to devices that listen to the older form', async () => {
    const { phone, older, today } = await scene();
    await phone.ask(publish(PLAY, conference(`name='The Play'`)));
    await phone.ask(publish(ORCHARD, extended));
    await phone.ask(pubsub('set', xml('retract', { node: NS.bookmarks, notify: '1' }, xml('item', { id: PLAY }))));
    const purge = xml('pubsub', { xmlns: NS.pubsubOwner }, xml('purge', { node: NS.bookmarks }));
    await phone.ask(xml('iq', { type: 'set' }, purge));
    await stage().settled();
    expect(heard(older)).toEqual(['list 1', 'list 2', 'list 1', 'list 0']);
    expect(today.received.filter((stanza) => stanza.is('message'))).toHaveLength(4);
  });

  it('are sent in the older form to a device of that form that comes online, and not in the new one', async () => {
    const { juliet, phone } = await scene();
    await phone.ask(publish(PLAY, conference(`name='The Play'`)));
    const laptop = await stage().bound(juliet, 'laptop');
    await want(laptop, OLD, NS.bookmarks);
    await stage().settled();
    expect(heard(laptop)).toEqual(['list 1']);
  });

  it('in the older form are a node that cannot be made otherwise', async () => {
    const { phone } = await scene();
    expect(conditions(await phone.ask(pubsub('get', xml('items', { node: OLD }))))).toContain('item-not-found');
    await phone.ask(publish(PLAY, conference(`name='The Play'`)));
    const list = xml('publish', { node: OLD }, xml('item', {}, storage('')));
    for (const [iq, expected] of [
      [pubsub('set', list, options({ access_model: 'open' })), 'precondition-not-met'],
      [pubsub('set', list, options({ colour: 'red' })), 'precondition-not-met'],
      [pubsub('set', xml('publish', { node: OLD }, xml('item', {}, xml('x', { xmlns: 'urn:x' })))), 'bad-request'],
      [pubsub('set', xml('create', { node: OLD })), 'conflict'],
      [pubsub('set', xml('retract', { node: OLD }, xml('item', { id: 'current' }))), 'not-allowed'],
      [owner('set', xml('purge', { node: OLD })), 'not-allowed'],
      [owner('set', xml('delete', { node: OLD })), 'not-allowed'],
    ] as const) {
      expect(conditions(await phone.ask(iq)), String(iq)).toContain(expected);
    }
    const configure = (fields: Fields): Element =>
      owner('set', xml('configure', { node: OLD }, form(NODE_CONFIG, fields)));
    expect(conditions(await phone.ask(configure({ access_model: 'open' })))).toContain('not-allowed');
    expect((await phone.ask(configure({ access_model: 'whitelist' }))).attrs['type']).toBe('result');
    expect(Object.keys(await readNew(phone))).toEqual([PLAY]);
    const query = xml('query', { xmlns: NS.discoItems });
    const listed = (await phone.ask(xml('iq', { type: 'get' }, query))).getChild('query')!.getChildren('item');
    expect(listed.map(({ attrs }) => attrs['node'])).toEqual([NS.bookmarks, OLD]);
  });

  it('can be of no more rooms than a node holds, and then nothing changes', async () => {
    const { phone } = await scene();
    const rooms = (count: number): Element =>
      storage(Array.from({ length: count }, (_, i) => old(`r${i}@x`, `name='${i}'`)).join(''));
    expect((await phone.ask(WAYS.PEP.write(rooms(1000)))).attrs['type']).toBe('result');
    const tooMany = rooms(1001);
    tooMany.cnode(xml('url', { url: 'https://example.com/' }));
    expect(String(await phone.ask(WAYS.PEP.write(tooMany)))).toContain('max-items-exceeded');
    expect((await WAYS.PEP.read(phone)).getChildren('url')).toEqual([]);
    const more = await phone.ask(WAYS['private storage'].write(storage(`<note>${'x'.repeat(65_536)}</note>`)));
    expect(String(more)).toContain('not-acceptable');
    expect(Object.keys(await readNew(phone))).toHaveLength(1000);
  });

  it('are added and taken away by the server itself, also for somebody who is not there', async () => {
    const { juliet, today, older, phone, settle } = await scene();
    const account = (await stage().server.accounts.load(juliet.bare))!;
    const { bookmarks } = stage().server;
    const room = jid('orchard', 'rooms.example');
    expect(await bookmarks.add(account, { room, name: 'The Orchard', autojoin: true })).toBeUndefined();
    await stage().settled();
    expect([heard(today), heard(older)]).toEqual([[`item ${ORCHARD}`], ['list 1']]);
    // What its owner has chosen stays, and nothing is said where nothing changes.
    await phone.ask(publish(ORCHARD, conference(`name='Mine' autojoin='false'`, '<nick>J</nick>')));
    await settle();
    await bookmarks.add(account, { room, name: 'The Orchard', autojoin: true });
    await bookmarks.add(account, { room, name: 'The Orchard', autojoin: true });
    await stage().settled();
    expect(heard(today)).toEqual([`item ${ORCHARD}`]);
    expect(await readNew(phone)).toEqual({
      [ORCHARD]: String(conference(`name='The Orchard' autojoin='true'`, '<nick>J</nick>')),
    });
    await bookmarks.remove(account, room);
    await bookmarks.remove(account, room);
    await stage().settled();
    expect(heard(today)).toEqual([`retract ${ORCHARD}`]);
    const mercutio = await stage().account('mercutio');
    const absent = (await stage().server.accounts.load(mercutio.bare))!;
    await bookmarks.add(absent, { room, name: 'The Orchard', autojoin: false });
    const hall = await stage().online(mercutio, 'hall');
    expect(Object.keys(await readNew(hall))).toEqual([ORCHARD]);
  });
});
