import { describe, expect, it } from 'vitest';
import { type Element, NS, xml } from '@interoffice/wire';
import type { TestClient } from '../../../../test/support/client.js';
import { bodiesOf, enter, freshRoom, make, said } from '../../../../test/support/in-rooms.js';
import { Managed } from '../../../../test/support/managed.js';
import { inBothLanes } from '../../../../test/support/on-stage.js';
import { open, type Stage } from '../../../../test/support/stage.js';

const message = (to: string, id: string, body: string): Element =>
  xml('message', { to, type: 'chat', id }, xml('body', {}, body));
const bodies = (client: TestClient): (string | null)[] =>
  client.received
    .splice(0)
    .filter(({ name }) => name === 'message')
    .map((stanza) => stanza.getChildText('body'));
const settle = async (stage: Stage): Promise<void> => {
  await stage.settled();
  await stage.settled();
};

async function scene(stage: Stage) {
  const [romeo, juliet] = [await stage.account('romeo'), await stage.account('juliet')];
  const desk = await stage.online(romeo, 'desk');
  const phone = await stage.online(juliet, 'phone');
  await stage.settled();
  return { romeo, juliet, desk, phone };
}

inBothLanes('a message that is sent again', (stage) => {
  it('is recorded and delivered once, and acknowledged like the first', async () => {
    const { desk, phone, juliet, romeo } = await scene(stage());
    const managed = await Managed.enable(desk);
    desk.send(message(juliet.bare, 'm1', 'once'));
    desk.send(message(juliet.bare, 'm1', 'once'));
    await settle(stage());
    // The second leaves no row in the journal: it counts once the counters are written.
    expect(await managed.ask()).toBe(1);
    expect(await managed.answer()).toBe(2);
    expect(bodies(phone)).toEqual(['once']);
    expect(stage().archive.rows.filter(({ author }) => author === romeo.bare)).toHaveLength(1);
    expect(stage().log.count('message.sent.again')).toBeGreaterThan(0);
  });

  it('is not acknowledged before the first is durable', async () => {
    const { desk, phone, juliet } = await scene(stage());
    const managed = await Managed.enable(desk);
    stage().archive.hold();
    desk.send(message(juliet.bare, 'm1', 'once'));
    desk.send(message(juliet.bare, 'm1', 'once'));
    expect(await managed.ask()).toBe(0);
    stage().archive.resume();
    expect(await managed.answer()).toBe(2);
    expect(bodies(phone)).toEqual(['once']);
  });

  // These two ids have the same hash of 32 bits (recent-messages.spec.ts).
  it('is not taken for sent again because it says the same under an id with the same hash', async () => {
    const { desk, phone, juliet } = await scene(stage());
    desk.send(message(juliet.bare, 'costarring', 'ok'));
    desk.send(message(juliet.bare, 'liquid', 'ok'));
    await settle(stage());
    expect(bodies(phone)).toEqual(['ok', 'ok']);
  });

  it('is known by its origin-id, whatever else its client adds', async () => {
    const { desk, phone, juliet } = await scene(stage());
    const again = (id: string, ...more: Element[]): Element =>
      xml(
        'message',
        { to: juliet.bare, type: 'chat', id },
        xml('body', {}, 'once'),
        xml('origin-id', { xmlns: NS.sid, id: 'o1' }),
        ...more,
      );
    desk.send(again('m1'));
    desk.send(again('m2', xml('delay', { xmlns: NS.delay, stamp: '2026-11-20T09:00:00Z' })));
    await settle(stage());
    expect(bodies(phone)).toEqual(['once']);
  });

  // T-05
  it('with other words, or by somebody else, is another message: recorded, delivered and told apart', async () => {
    const { desk, phone, juliet } = await scene(stage());
    const nurse = await stage().online(await stage().account('nurse'), 'desk');
    const before = stage().log.count('message.id.reused');
    desk.send(message(juliet.bare, 'm1', 'yes'));
    desk.send(message(juliet.bare, 'm1', 'no'));
    nurse.send(message(juliet.bare, 'm1', 'yes'));
    await settle(stage());
    expect(new Map(bodies(phone).map((body, _, all) => [body, all.filter((other) => other === body).length]))).toEqual(
      new Map([
        ['yes', 2],
        ['no', 1],
      ]),
    );
    expect(stage().log.count('message.id.reused')).toBe(before + 1);
    expect(stage().archive.rows.filter(({ receiver }) => receiver === juliet.bare)).toHaveLength(3);
  });

  it('to somebody else is another message, and one without an id always is', async () => {
    const { desk, phone, juliet } = await scene(stage());
    const nurse = await stage().online(await stage().account('nurse'), 'desk');
    desk.send(message(juliet.bare, 'm1', 'fire drill'));
    desk.send(message((nurse.jid.split('/') as [string])[0], 'm1', 'fire drill'));
    for (let i = 0; i < 2; i++) desk.write(`<message to='${juliet.bare}' type='chat'><body>ok</body></message>`);
    await settle(stage());
    expect(bodies(phone)).toEqual(['fire drill', 'ok', 'ok']);
    expect(bodies(nurse)).toEqual(['fire drill']);
  });

  it('after a stream that was cut is known however many came between', async () => {
    const { desk, phone, juliet, romeo } = await scene(stage());
    desk.send(message(juliet.bare, 'first', 'once'));
    for (let i = 0; i < 100; i++) desk.send(message(juliet.bare, `m${i}`, String(i)));
    await settle(stage());
    expect(bodies(phone)).toHaveLength(101);
    desk.close();
    await settle(stage());
    const again = await stage().online(romeo, 'desk');
    again.send(message(juliet.bare, 'first', 'once'));
    again.send(message(juliet.bare, 'first', 'twice'));
    again.send(message(juliet.bare, 'new', 'new'));
    await settle(stage());
    expect(bodies(phone)).toEqual(['twice', 'new']);
    stage().advance(86_400_001);
    again.send(message(juliet.bare, 'first', 'once'));
    await settle(stage());
    expect(bodies(phone)).toEqual(['once']);
  });

  it('while the first still waits for its commit waits with it', async () => {
    const { desk, phone, juliet, romeo } = await scene(stage());
    stage().archive.hold();
    for (let i = 0; i < 100; i++) desk.send(message(juliet.bare, `m${i}`, String(i)));
    desk.close();
    const again = await stage().online(romeo, 'desk');
    for (let i = 0; i < 100; i++) again.send(message(juliet.bare, `m${i}`, String(i)));
    stage().archive.resume();
    await settle(stage());
    await again.ask(xml('iq', { to: 'im.example', type: 'get' }, xml('ping', { xmlns: NS.ping })));
    await settle(stage());
    expect(bodies(phone)).toEqual(Array.from({ length: 100 }, (_, i) => String(i)));
  });

  it('waits for it also when another stream was cut in between', async () => {
    const { desk, phone, juliet, romeo } = await scene(stage());
    stage().archive.hold();
    for (let i = 0; i < 100; i++) desk.send(message(juliet.bare, `m${i}`, String(i)));
    desk.close();
    const between = await stage().online(romeo, 'desk');
    between.close();
    const again = await stage().online(romeo, 'desk');
    for (let i = 0; i < 100; i++) again.send(message(juliet.bare, `m${i}`, String(i)));
    stage().archive.resume();
    await settle(stage());
    await again.ask(xml('iq', { to: 'im.example', type: 'get' }, xml('ping', { xmlns: NS.ping })));
    await settle(stage());
    expect(bodies(phone)).toEqual(Array.from({ length: 100 }, (_, i) => String(i)));
  });

  it('is known from memory, without a question to the journal, however much was sent since it came up', async () => {
    const { desk, phone, juliet, romeo } = await scene(stage());
    for (let i = 0; i < 300; i++) {
      desk.send(message(juliet.bare, `m${i}`, String(i)));
      if (i % 50 === 49) await settle(stage());
    }
    expect(bodies(phone)).toHaveLength(300);
    desk.close();
    await settle(stage());
    const { sentIds } = stage().archive;
    stage().archive.sentIds = () => Promise.reject(new Error('nobody has to ask'));
    const again = await stage().online(romeo, 'desk');
    again.send(message(juliet.bare, 'm7', '7'));
    again.send(message(juliet.bare, 'm8', 'other words'));
    await settle(stage());
    stage().archive.sentIds = sentIds;
    expect(bodies(phone)).toEqual(['other words']);
  });

  it('in a room is said once, also when its client writes it a little differently', async () => {
    const { desk, phone, romeo } = await scene(stage());
    const room = freshRoom();
    await make(stage(), desk, room, { nick: 'Romeo' });
    await enter(stage(), phone, room, 'Juliet');
    desk.received = [];
    desk.send(said(room, 'once', { id: 'g1' }));
    await settle(stage());
    desk.close();
    await settle(stage());
    const again = await stage().online(romeo, 'desk');
    await enter(stage(), again, room, 'Romeo');
    again.write(`<message type='groupchat' id='g1' to='${room}'><body >once</body></message>`);
    await settle(stage());
    expect(bodiesOf(phone)).toEqual(['once']);
  });
});

describe('what was sent before a restart', () => {
  const after = (first: Stage): Promise<Stage> =>
    open({ database: first.database, archive: first.archive, now: first.clock.now() });

  it('is known when the stream had been cut, or the server had crashed', async () => {
    const first = await open();
    const { desk, phone, juliet, romeo } = await scene(first);
    desk.send(message(juliet.bare, 'm1', 'once'));
    await settle(first);
    expect(bodies(phone)).toEqual(['once']);
    // The first process is not stopped: it counts as crashed, and nobody's stream has ended.
    const second = await after(first);
    const again = await second.online(romeo, 'desk');
    again.send(message(juliet.bare, 'm1', 'once'));
    await settle(second);
    expect(second.archive.rows).toHaveLength(1);
    again.close();
    await settle(second);
    await second.server.stop();
    const third = await after(first);
    const oncemore = await third.online(romeo, 'desk');
    oncemore.send(message(juliet.bare, 'm1', 'once'));
    await settle(third);
    expect(third.archive.rows).toHaveLength(1);
    await third.close();
    await first.close();
  });

  it('is answered with an error of type wait while the journal cannot be asked', async () => {
    const first = await open();
    const { desk, phone, juliet, romeo } = await scene(first);
    desk.send(message(juliet.bare, 'm1', 'once'));
    await settle(first);
    bodies(phone);
    const second = await after(first);
    const again = await second.online(romeo, 'desk');
    const { sentIds } = second.archive;
    second.archive.sentIds = () => Promise.reject(new Error('the database is away'));
    again.send(message(juliet.bare, 'm1', 'once'));
    const answer = await again.next(({ attrs }) => attrs['id'] === 'm1');
    expect(String(answer)).toMatch(/type="wait".*resource-constraint/);
    second.archive.sentIds = sentIds;
    again.send(message(juliet.bare, 'm1', 'once'));
    await settle(second);
    expect(second.archive.rows).toHaveLength(1);
    await second.close();
    await first.close();
  });

  it('is asked for once, however often stanzas come again while the journal is slow', async () => {
    const first = await open();
    const { desk, phone, juliet, romeo } = await scene(first);
    desk.send(message(juliet.bare, 'm1', 'once'));
    await settle(first);
    bodies(phone);
    const second = await after(first);
    const again = await second.online(romeo, 'desk');
    const { sentIds } = second.archive;
    let questions = 0;
    let answer: () => void = () => undefined;
    const slow = new Promise<void>((resolve) => (answer = resolve));
    second.archive.sentIds = async (query) => {
      questions++;
      await slow;
      return sentIds.call(second.archive, query);
    };
    for (let turn = 0; turn < 5; turn++) {
      again.send(message(juliet.bare, 'm1', 'once'));
      expect(String(await again.next(({ attrs }) => attrs['id'] === 'm1'))).toContain('type="wait"');
    }
    expect(questions).toBe(1);
    answer();
    await settle(second);
    again.send(message(juliet.bare, 'm1', 'once'));
    again.send(message(juliet.bare, 'm2', 'more'));
    await settle(second);
    expect(second.archive.rows).toHaveLength(2);
    await second.close();
    await first.close();
  });

  it('is not asked for when everything had ended by its own word', async () => {
    const first = await open();
    const { desk, phone, juliet, romeo } = await scene(first);
    desk.send(message(juliet.bare, 'm1', 'once'));
    await settle(first);
    await desk.leave();
    await phone.leave();
    await first.server.stop();
    const second = await after(first);
    second.archive.sentIds = () => Promise.reject(new Error('nobody has to ask'));
    const again = await second.online(romeo, 'desk');
    again.send(message(juliet.bare, 'm2', 'more'));
    await settle(second);
    expect(second.archive.rows).toHaveLength(2);
    await second.close();
    await first.database.drop();
  });
});
