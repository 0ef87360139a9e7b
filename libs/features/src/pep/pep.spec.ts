import { type Element, NS, xml } from '@interoffice/wire';
import { expect, it } from 'vitest';
import type { TestClient } from '../../../../test/support/client.js';
import { Managed } from '../../../../test/support/managed.js';
import { inBothLanes } from '../../../../test/support/on-stage.js';
import {
  befriend,
  heard,
  idsIn,
  options,
  owner,
  publish,
  readItems,
  retract,
  settle,
} from '../../../../test/support/pubsub.js';
import { type Actor, open, type Stage } from '../../../../test/support/stage.js';
import { answer, isQuestion, want } from '../../../../test/support/wants.js';

const TUNE = 'http://jabber.org/protocol/tune';
const tune = (title: string): Element => xml('tune', { xmlns: TUNE }, xml('title', {}, title));
const item = (id: string, payload = tune(id)): Element => xml('item', { id }, payload);

/** Logged in, with nothing bound. */
async function returned(stage: Stage, { user, password }: Actor): Promise<TestClient> {
  const client = await stage.connect();
  await client.restart();
  await client.authenticate(user, password);
  await client.restart();
  return client;
}

inBothLanes('personal eventing', (stage) => {
  const scene = async () => {
    const [romeo, juliet] = [await stage().account('romeo'), await stage().account('juliet')];
    const desk = await stage().online(romeo, 'desk');
    const phone = await stage().online(juliet, 'phone');
    await befriend(stage(), desk, phone);
    return { romeo, juliet, desk, phone };
  };
  it("tells one's own devices and contacts that want to hear, and nobody else", async () => {
    const { juliet, desk, phone } = await scene();
    const laptop = await stage().online(juliet, 'laptop');
    const deaf = await stage().online(juliet, 'deaf');
    const stranger = await stage().online(await stage().account('mercutio'), 'hall');
    for (const client of [desk, laptop, stranger]) await want(client, TUNE, 'urn:other');
    await want(phone, 'urn:other');
    await settle(stage(), desk, phone, laptop, deaf, stranger);
    expect((await phone.ask(publish(TUNE, item('a')))).attrs['type']).toBe('result');
    await stage().settled();
    const event = `${juliet.bare} items ${TUNE} item a`;
    expect([desk, laptop, phone, deaf, stranger].map(heard)).toEqual([[event], [event], [], [], []]);
  });

  it('sends each event as a headline of the account to the device, with an id of its own', async () => {
    const { juliet, desk, phone } = await scene();
    await want(desk, TUNE);
    await want(phone, TUNE);
    await settle(stage(), desk, phone);
    await phone.ask(publish(TUNE, item('a')));
    const [one, other] = [await desk.next(), await phone.next()];
    expect(one.attrs).toMatchObject({ from: juliet.bare, to: desk.jid, type: 'headline' });
    expect(other.attrs).toMatchObject({ from: juliet.bare, to: phone.jid, type: 'headline' });
    expect(one.attrs['id']).not.toBe(other.attrs['id']);
    const [sent] = one.getChild('event', NS.pubsubEvent)!.getChild('items')!.getChildElements();
    expect(sent!.getChild('tune', TUNE)!.getChildText('title')).toBe('a');
  });

  it('tells a contact nothing who is seen by the account but does not see it, or is blocked', async () => {
    const { romeo, juliet, desk, phone } = await scene();
    const hall = await stage().online(await stage().account('mercutio'), 'hall');
    hall.send(xml('presence', { to: juliet.bare, type: 'subscribe' }));
    await phone.next(({ attrs }) => attrs['type'] === 'subscribe');
    phone.send(xml('presence', { to: hall.jid.split('/')[0]!, type: 'subscribed' }));
    await hall.next(({ attrs }) => attrs['type'] === 'subscribed');
    for (const client of [desk, hall]) await want(client, TUNE);
    await phone.ask(xml('iq', { type: 'set' }, xml('block', { xmlns: NS.blocking }, xml('item', { jid: romeo.bare }))));
    await settle(stage(), desk, hall);
    await phone.ask(publish(TUNE, item('a')));
    await stage().settled();
    expect([desk, hall].map(heard)).toEqual([[], []]);
  });

  it('sends a device that comes online what was published last, where the node says so', async () => {
    const { juliet, desk, phone } = await scene();
    await phone.ask(publish(TUNE, item('old')));
    await phone.ask(publish(TUNE, item('new')));
    await phone.ask(publish('urn:never', item('a'), options({ send_last_published_item: 'never' })));
    await phone.ask(publish('urn:private', item('a'), options({ access_model: 'whitelist' })));
    const nodes = [TUNE, 'urn:never', 'urn:private'];
    stage().advance(60_000);
    const romeo = await stage().bound({ user: desk.jid.split('@')[0]!, password: 'correct horse', bare: '' }, 'hall');
    await want(romeo, ...nodes);
    const laptop = await stage().bound(juliet, 'laptop');
    await want(laptop, ...nodes);
    await stage().settled();
    const [message] = romeo.received.filter((stanza) => stanza.is('message'));
    expect(message!.getChild('delay', NS.delay)!.attrs['stamp']).toBe(
      new Date(stage().clock.now() - 60_000).toISOString(),
    );
    expect(heard(romeo)).toEqual([`${juliet.bare} items ${TUNE} item new`]);
    expect(heard(laptop).toSorted()).toEqual([
      `${juliet.bare} items ${TUNE} item new`,
      `${juliet.bare} items urn:private item a`,
    ]);
    // Presence again is not a device that comes online. XEP-0163 §4.3.3
    await want(laptop, ...nodes);
    await stage().settled();
    expect(heard(laptop)).toEqual([]);
  });

  it('tells of what is removed: when it is asked to, and when the node says so', async () => {
    const phone = await stage().online(await stage().account('juliet'), 'phone');
    const bare = phone.jid.split('/')[0];
    await want(phone, 'urn:quiet', 'urn:loud');
    await phone.ask(publish('urn:quiet', item('a'), options({ max_items: '9', notify_delete: '0' })));
    await phone.ask(publish('urn:quiet', item('b')));
    await phone.ask(publish('urn:loud', item('a'), options({ notify_retract: '1' })));
    await settle(stage(), phone);
    await phone.ask(retract('urn:quiet', 'a'));
    await phone.ask(retract('urn:quiet', 'b', 'true'));
    await phone.ask(retract('urn:loud', 'a'));
    await phone.ask(owner('set', xml('purge', { node: 'urn:loud' })));
    await phone.ask(owner('set', xml('delete', { node: 'urn:loud' })));
    await phone.ask(owner('set', xml('delete', { node: 'urn:quiet' })));
    await stage().settled();
    expect(heard(phone)).toEqual([
      `${bare} items urn:quiet retract b`,
      `${bare} items urn:loud retract a`,
      `${bare} purge urn:loud`,
      `${bare} delete urn:loud`,
    ]);
  });

  it('says which item had to go for a new one, where there are several', async () => {
    const phone = await stage().online(await stage().account('juliet'), 'phone');
    await want(phone, 'urn:two');
    await settle(stage(), phone);
    const bare = phone.jid.split('/')[0];
    for (const id of ['a', 'b', 'c']) await phone.ask(publish('urn:two', item(id), options({ max_items: '2' })));
    await stage().settled();
    expect(heard(phone)).toEqual([
      `${bare} items urn:two item a`,
      `${bare} items urn:two item b`,
      `${bare} items urn:two retract a`,
      `${bare} items urn:two item c`,
    ]);
  });

  it('has the changes of one account made one after the other, whichever device asks', async () => {
    const juliet = await stage().account('juliet');
    const phone = await stage().online(juliet, 'phone');
    const laptop = await stage().online(juliet, 'laptop');
    await want(laptop, 'urn:order');
    await settle(stage(), laptop);
    const max = options({ max_items: 'max' });
    await Promise.all(
      Array.from({ length: 20 }, (_, i) => (i % 2 ? phone : laptop).ask(publish('urn:order', item(`${i}`), max))),
    );
    await stage().settled();
    const told = heard(laptop).map((line) => line.split(' ').at(-1)!);
    expect(told).toHaveLength(20);
    expect(idsIn(await phone.ask(readItems('urn:order')))).toEqual(told);
  });

  it('reaches a device that was away, when it is back', async () => {
    const juliet = await stage().account('juliet');
    const phone = await stage().online(juliet, 'phone');
    const laptop = await stage().online(juliet, 'laptop');
    await want(phone, TUNE);
    await settle(stage(), phone);
    const managed = await Managed.enable(phone);
    phone.close();
    await laptop.ask(publish(TUNE, item('a')));
    const back = await returned(stage(), juliet);
    expect((await managed.resume(back)).getName()).toBe('resumed');
    await stage().settled();
    expect(heard(back)).toEqual([`${juliet.bare} items ${TUNE} item a`]);
  });
});

it('an event reaches a device that is resumed after a restart of the server', async () => {
  const first = await open();
  const juliet = await first.account('juliet');
  const phone = await first.online(juliet, 'phone');
  const { info } = await want(phone, TUNE);
  await settle(first, phone);
  const managed = await Managed.enable(phone);
  phone.close();
  await first.settled();
  await first.server.stop();
  const second = await open({ database: first.database, archive: first.archive, now: first.clock.now() });
  const laptop = await second.online(juliet, 'laptop');
  await laptop.ask(publish(TUNE, item('a')));
  const back = await returned(second, juliet);
  expect((await managed.resume(back)).getName()).toBe('resumed');
  // What it can do was known to the server before.
  answer(back, await back.next(isQuestion), info);
  await second.settled();
  expect(heard(back)).toEqual([`${juliet.bare} items ${TUNE} item a`]);
  await second.close();
  await first.database.drop();
});
