import { expect, it } from 'vitest';
import { type Element, NS, xml } from '@interoffice/wire';
import type { TestClient } from '../../../../test/support/client.js';
import { inBothLanes, onStage } from '../../../../test/support/on-stage.js';
import { open } from '../../../../test/support/stage.js';

const messages = (client: TestClient): (string | null)[] =>
  client.received
    .splice(0)
    .filter(({ name }) => name === 'message')
    .map((message) => message.getChildText('body'));
const chat = (to: string, body: string): Element => xml('message', { to, type: 'chat' }, xml('body', {}, body));

inBothLanes('a message to somebody who is away', (stage) => {
  const pair = async () => {
    const [romeo, juliet] = [await stage().account('romeo'), await stage().account('juliet')];
    return { juliet, desk: await stage().online(romeo, 'desk') };
  };

  it('waits also for who has never been there, with the time it was sent', async () => {
    const { juliet, desk } = await pair();
    const sentAt = new Date(stage().clock.now()).toISOString();
    desk.send(chat(juliet.bare, 'Hark'));
    await stage().settled();
    stage().advance(3_600_000);
    const phone = await stage().online(juliet, 'phone');
    const got = await phone.next(({ name }) => name === 'message');
    expect(got.getChild('delay', NS.delay)!.attrs).toMatchObject({ from: 'im.example', stamp: sentAt });
    const later = await stage().online(juliet, 'laptop');
    await stage().settled();
    expect(messages(later)).toEqual([]);
  });

  it('waits when its device has said that it is not available, and comes once', async () => {
    const { juliet, desk } = await pair();
    const phone = await stage().online(juliet, 'phone');
    desk.send(chat(juliet.bare, '1'));
    await stage().settled();
    phone.send(xml('presence', { type: 'unavailable' }));
    desk.send(chat(juliet.bare, '2'));
    await stage().settled();
    expect(messages(phone)).toEqual(['1']);
    phone.send(xml('presence'));
    await stage().settled();
    expect(messages(phone)).toEqual(['2']);
    desk.send(chat(juliet.bare, '3'));
    await stage().settled();
    expect(messages(phone)).toEqual(['3']);
  });

  it('comes in pages, in order, and before nothing is lost of what comes meanwhile', async () => {
    const { juliet, desk } = await pair();
    const bodies = Array.from({ length: 230 }, (_, i) => String(i));
    for (const body of bodies) desk.send(chat(juliet.bare, body));
    await stage().settled();
    const phone = await stage().bound(juliet, 'phone');
    phone.send(xml('presence'));
    desk.send(chat(juliet.bare, 'meanwhile'));
    await stage().settled();
    const got = messages(phone);
    expect(got.filter((body) => body !== 'meanwhile')).toEqual(bodies);
    expect(got).toHaveLength(231);
  });

  it('comes as fast as the device takes it: the next page waits until the last one has been read', async () => {
    const { juliet, desk } = await pair();
    for (let i = 0; i < 150; i++) desk.send(chat(juliet.bare, String(i)));
    await stage().settled();
    const phone = await stage().bound(juliet, 'phone');
    const looks = [2_000_000, 2_000_000, 0];
    Object.defineProperty(stage().connectionOf(phone), 'bufferedBytes', { get: () => looks.shift() ?? 0 });
    phone.send(xml('presence'));
    for (let i = 0; i < 150; i++) {
      expect((await phone.next(({ name }) => name === 'message')).getChildText('body')).toBe(String(i));
    }
    expect(looks).toEqual([]);
  });

  it('is not pushed at a device that reads the archive itself', async () => {
    const { juliet, desk } = await pair();
    desk.send(chat(juliet.bare, 'Hark'));
    await stage().settled();
    const phone = await stage().bound(juliet, 'phone');
    await phone.ask(xml('iq', { type: 'set' }, xml('query', { xmlns: NS.mam })));
    phone.received = [];
    phone.send(xml('presence'));
    await stage().settled();
    expect(messages(phone)).toEqual([]);
  });

  it('waits on when the archive cannot be read, and comes with the next device', async () => {
    const { juliet, desk } = await pair();
    desk.send(chat(juliet.bare, 'Hark'));
    await stage().settled();
    const { after } = stage().archive;
    stage().archive.after = () => Promise.reject(new Error('the database is away'));
    const phone = await stage().online(juliet, 'phone');
    await stage().settled();
    expect(messages(phone)).toEqual([]);
    stage().archive.after = after;
    expect(stage().log.count('offline.delivery.failed')).toBeGreaterThan(0);
    await phone.leave();
    const laptop = await stage().online(juliet, 'laptop');
    await stage().settled();
    expect(messages(laptop)).toEqual(['Hark']);
  });
});

onStage('the marks of delivered messages', {}, (stage) => {
  it('are written when the server stops, so that nothing comes again after it', async () => {
    const first = await open({ database: stage().database });
    const juliet = await first.account('juliet');
    const phone = await first.online(juliet, 'phone');
    const desk = await first.online(await first.account('romeo'), 'desk');
    desk.send(chat(juliet.bare, 'Hark'));
    await phone.next();
    await first.close();
    const second = await open({ database: stage().database });
    const [row] = first.archive.rows;
    second.archive.rows.push(row!);
    const laptop = await second.online(juliet, 'laptop');
    await second.settled();
    expect(messages(laptop)).toEqual([]);
    await second.close();
  });

  it('that cannot be written are written the next time', async () => {
    const other = await open({ database: stage().database });
    const juliet = await other.account('juliet');
    const phone = await other.online(juliet, 'phone');
    const desk = await other.online(await other.account('romeo'), 'desk');
    desk.send(chat(juliet.bare, 'Hark'));
    await phone.next();
    other.beforeSql = (name) => (name === 'marks.move' ? Promise.reject(new Error('the database is away')) : undefined);
    await other.server.stop();
    expect(other.log.count('offline.mark.failed')).toBe(1);
    other.beforeSql = () => undefined;
    await other.close();
    expect(other.log.count('offline.mark.failed')).toBe(1);
  });
});
