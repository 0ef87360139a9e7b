import { expect, it } from 'vitest';
import { type Element, NS, xml } from '@interoffice/wire';
import type { TestClient } from '../../../../test/support/client.js';
import { inBothLanes } from '../../../../test/support/on-stage.js';

const enable = (client: TestClient): Promise<Element> =>
  client.ask(xml('iq', { type: 'set' }, xml('enable', { xmlns: NS.carbons })));
const chat = (to: string, ...children: Element[]): Element =>
  xml('message', { to, type: 'chat' }, xml('body', {}, 'Hist!'), ...children);

inBothLanes('carbons', (stage) => {
  const scene = async () => {
    const [romeo, juliet] = [await stage().account('romeo'), await stage().account('juliet')];
    const phone = await stage().online(juliet, 'phone');
    const laptop = await stage().online(juliet, 'laptop');
    const desk = await stage().online(romeo, 'desk');
    await stage().settled();
    for (const client of [phone, laptop, desk]) client.received = [];
    return { romeo, juliet, phone, laptop, desk };
  };

  it("carry the id of each account's own archive", async () => {
    const { romeo, juliet, phone, laptop, desk } = await scene();
    const hall = await stage().online(romeo, 'hall', -1);
    await Promise.all([enable(laptop), enable(hall)]);
    desk.received = [];
    phone.send(chat(desk.jid));
    const [sent, received] = [await laptop.next(), await hall.next(({ name }) => name === 'message')];
    const inner = (carbon: Element, direction: string): Element =>
      carbon
        .getChild(direction, NS.carbons)!
        .getChild('forwarded', NS.forward)!
        .getChild('message', NS.client)!
        .getChild('stanza-id', NS.sid)!;
    expect(inner(sent, 'sent').attrs['by']).toBe(juliet.bare);
    expect(inner(received, 'received').attrs['by']).toBe(romeo.bare);
    expect(inner(sent, 'sent').attrs['id']).toBe(inner(received, 'received').attrs['id']);
    expect(sent.attrs['from']).toBe(juliet.bare);
    expect(received.attrs['from']).toBe(romeo.bare);
  });

  it('are not sent to a device that gets the message itself', async () => {
    const { juliet, phone, laptop, desk } = await scene();
    await Promise.all([enable(phone), enable(laptop)]);
    desk.send(chat(juliet.bare));
    await stage().settled();
    for (const client of [phone, laptop]) {
      expect(client.received).toHaveLength(1);
      expect(client.received[0]!.getChildText('body')).toBe('Hist!');
    }
  });

  it('are sent when a device that is gone was named and another gets the message', async () => {
    const { juliet, phone, laptop, desk } = await scene();
    const tablet = await stage().online(juliet, 'tablet', -1);
    await Promise.all([enable(tablet), enable(phone)]);
    for (const client of [phone, laptop]) client.received = [];
    desk.send(chat(`${juliet.bare}/gone`));
    await stage().settled();
    expect(phone.received.map((message) => message.getChildText('body'))).toEqual(['Hist!']);
    expect(
      tablet.received
        .filter(({ name }) => name === 'message')
        .map((message) => message.getChild('received', NS.carbons) !== undefined),
    ).toEqual([true]);
  });

  it('are not made of what one sends to oneself, nor of what is refused', async () => {
    const { juliet, phone, laptop, desk } = await scene();
    await Promise.all([enable(phone), enable(laptop), enable(desk)]);
    phone.send(chat(laptop.jid));
    phone.send(xml('message', { to: `${juliet.bare}/gone`, id: 'refused' }, xml('body', {}, 'x')));
    await stage().settled();
    expect(laptop.received.map((message) => message.getChildText('body'))).toEqual(['Hist!']);
    expect(phone.received.map(({ attrs }) => attrs['type'])).toEqual(['error']);
  });

  it('are not made where only the hint says so', async () => {
    const { phone, laptop, desk } = await scene();
    await enable(laptop);
    phone.send(chat(desk.jid, xml('no-copy', { xmlns: NS.hints })));
    await stage().settled();
    expect(laptop.received).toEqual([]);
  });
});
