import { expect, it } from 'vitest';
import { NS, xml } from '@interoffice/wire';
import type { TestClient } from '../../../../test/support/client.js';
import { inBothLanes } from '../../../../test/support/on-stage.js';
import type { Actor } from '../../../../test/support/stage.js';

inBothLanes('presence', (stage) => {
  const scene = async () => {
    const [romeo, juliet] = [await stage().account('romeo'), await stage().account('juliet')];
    return { romeo, juliet, desk: await stage().online(romeo, 'desk'), phone: await stage().online(juliet, 'phone') };
  };
  const befriend = async (desk: TestClient, phone: TestClient): Promise<void> => {
    for (const [one, other] of [
      [desk, phone],
      [phone, desk],
    ] as const) {
      one.send(xml('presence', { to: other.jid.split('/')[0]!, type: 'subscribe' }));
      await other.next(({ attrs }) => attrs['type'] === 'subscribe');
      other.send(xml('presence', { to: one.jid.split('/')[0]!, type: 'subscribed' }));
      await one.next(({ attrs }) => attrs['type'] === 'subscribed');
    }
    await stage().settled();
    for (const client of [desk, phone]) client.received = [];
  };
  const heard = (client: TestClient): string[] =>
    client.received.splice(0).map(({ attrs }) => `${attrs['from']} ${attrs['type'] ?? 'available'}`);

  it('of a device whose connection breaks ends for everybody who could see it', async () => {
    const { desk, phone } = await scene();
    await befriend(desk, phone);
    const other = await stage().online(await stage().account('mercutio'), 'hall');
    desk.send(xml('presence', { to: other.jid }));
    await stage().settled();
    other.received = [];
    desk.close();
    await stage().settled();
    expect(heard(phone)).toEqual([`${desk.jid} unavailable`]);
    expect(heard(other)).toEqual([`${desk.jid} unavailable`]);
  });

  it('behind a message that waits for its commit says whom it is from', async () => {
    const { juliet, desk, phone } = await scene();
    await befriend(desk, phone);
    stage().archive.hold();
    desk.send(xml('message', { to: juliet.bare, type: 'chat' }, xml('body', {}, 'first')));
    desk.send(xml('presence', {}, xml('show', {}, 'away')));
    desk.send(xml('presence', { to: phone.jid }, xml('show', {}, 'dnd')));
    // Answered at once: what was sent before it has come in.
    await desk.ask(xml('iq', { type: 'get', to: stage().domain }, xml('ping', { xmlns: NS.ping })));
    stage().archive.resume();
    await stage().settled();
    expect(heard(phone)).toEqual([`${desk.jid} chat`, `${desk.jid} available`, `${desk.jid} available`]);
  });

  it('of one device is seen by the others of its account', async () => {
    const { juliet, phone } = await scene();
    const laptop = await stage().online(juliet, 'laptop');
    await stage().settled();
    expect(heard(phone)).toEqual([`${laptop.jid} available`]);
    expect(heard(laptop)).toEqual([`${phone.jid} available`]);
  });

  it('that ends by word is seen by the device itself, and ends what was told directly once', async () => {
    const { juliet, desk, phone } = await scene();
    desk.send(xml('presence', { to: juliet.bare }));
    desk.send(xml('presence', { to: juliet.bare }));
    desk.send(xml('presence', { type: 'unavailable' }));
    await stage().settled();
    expect(heard(phone)).toEqual([`${desk.jid} available`, `${desk.jid} available`, `${desk.jid} unavailable`]);
    expect(heard(desk)).toEqual([`${desk.jid} unavailable`]);
    desk.close();
    await stage().settled();
    expect(heard(phone)).toEqual([]);
  });

  it('that was taken back from somebody directly is not taken back again', async () => {
    const { juliet, desk, phone } = await scene();
    desk.send(xml('presence', { to: phone.jid }));
    desk.send(xml('presence', { to: juliet.bare, type: 'unavailable' }));
    desk.send(xml('presence', { to: `${juliet.bare}/gone` }));
    desk.send(xml('presence', { to: `${juliet.bare}/gone`, type: 'unavailable' }));
    desk.close();
    await stage().settled();
    expect(heard(phone)).toEqual([`${desk.jid} available`, `${desk.jid} unavailable`]);
  });

  it('is answered to a probe of somebody who may see it, and denied to others', async () => {
    const { romeo, juliet, desk, phone } = await scene();
    const probe = (to: Actor): void => desk.send(xml('presence', { to: to.bare, type: 'probe' }));
    probe(juliet);
    await stage().settled();
    expect(heard(desk)).toEqual([`${juliet.bare} unsubscribed`]);
    await befriend(desk, phone);
    probe(juliet);
    probe(romeo);
    await stage().settled();
    expect(heard(desk)).toEqual([`${phone.jid} available`, `${desk.jid} available`]);
  });

  it('with a malformed priority is refused and changes nothing', async () => {
    const { desk } = await scene();
    for (const priority of ['129', '-129', 'high', '1.5']) {
      desk.send(xml('presence', {}, xml('priority', {}, priority)));
      expect(String(await desk.next())).toContain('bad-request');
    }
    expect(stage().sessionOf(desk).presence!.priority).toBe(0);
    for (const [priority, value] of [
      ['', 0],
      [' +5 ', 5],
      ['-128', -128],
      ['127', 127],
    ] as const) {
      desk.send(xml('presence', {}, xml('priority', {}, priority)));
      await desk.next();
      expect(stage().sessionOf(desk).presence!.priority).toBe(value);
    }
  });

  it('told to many devices of one account ends with one word to each of them', async () => {
    const { juliet, desk, phone } = await scene();
    for (let i = 0; i < 40; i++) desk.send(xml('presence', { to: `${juliet.bare}/${i}` }));
    await stage().settled();
    desk.close();
    await stage().settled();
    expect(heard(phone)).toEqual([`${desk.jid} unavailable`]);
  });
});
