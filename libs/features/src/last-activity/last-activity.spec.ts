import { expect, it } from 'vitest';
import { NS, xml } from '@interoffice/wire';
import type { TestClient } from '../../../../test/support/client.js';
import { inBothLanes } from '../../../../test/support/on-stage.js';
import { open } from '../../../../test/support/stage.js';

const ask = (client: TestClient, to: string) =>
  client.ask(xml('iq', { type: 'get', to }, xml('query', { xmlns: NS.last })));

inBothLanes('the last activity', (stage) => {
  it('of an account is how long its last device has been gone, also after a restart', async () => {
    const [romeo, juliet] = [await stage().account('romeo'), await stage().account('juliet')];
    const desk = await stage().bound(romeo, 'desk');
    const phone = await stage().online(juliet, 'phone');
    expect(String(await ask(desk, romeo.bare))).toContain('has never been online');
    phone.send(xml('presence', { to: romeo.bare, type: 'subscribed' }));
    desk.send(xml('presence', { to: juliet.bare, type: 'subscribe' }));
    await stage().settled();
    expect((await ask(desk, juliet.bare)).getChild('query')!.attrs['seconds']).toBe('0');
    await phone.leave();
    await stage().settled();
    stage().advance(90_500);
    expect((await ask(desk, juliet.bare)).getChild('query')!.attrs['seconds']).toBe('90');
    const later = await open({ database: stage().database });
    later.advance(stage().clock.now() - later.clock.now() + 9500);
    const again = await later.bound(romeo, 'desk');
    expect((await ask(again, juliet.bare)).getChild('query')!.attrs['seconds']).toBe('100');
    await later.close();
  });

  it('of somebody who has blocked the asker is unknown', async () => {
    const [romeo, juliet] = [await stage().account('romeo'), await stage().account('juliet')];
    const [desk, phone] = [await stage().online(romeo, 'desk'), await stage().online(juliet, 'phone')];
    await phone.ask(xml('iq', { type: 'set' }, xml('block', { xmlns: NS.blocking }, xml('item', { jid: romeo.bare }))));
    expect(String(await ask(desk, juliet.bare))).toContain('service-unavailable');
  });

  it('of the server is how long it has been running', async () => {
    const client = await stage().bound(await stage().account('romeo'));
    const before = Number((await ask(client, 'im.example')).getChild('query')!.attrs['seconds']);
    stage().advance(7000);
    expect(Number((await ask(client, 'im.example')).getChild('query')!.attrs['seconds'])).toBe(before + 7);
  });

  it('that cannot be written is a warning and nothing more', async () => {
    const phone = await stage().online(await stage().account('juliet'), 'phone');
    stage().beforeSql = (name) =>
      name === 'last-seen.put' ? Promise.reject(new Error('the database is away')) : undefined;
    await phone.leave();
    await stage().settled();
    stage().beforeSql = () => undefined;
    expect(stage().log.count('last-activity.failed')).toBeGreaterThan(0);
  });

  it('of people who leave together is written in one statement', async () => {
    const phones = await Promise.all(
      ['romeo', 'juliet', 'nurse', 'tybalt'].map(async (name) => stage().online(await stage().account(name))),
    );
    let statements = 0;
    stage().beforeSql = (name) => void (statements += Number(name === 'last-seen.put'));
    await Promise.all(phones.map((phone) => phone.leave()));
    await stage().settled();
    stage().beforeSql = () => undefined;
    expect(statements).toBe(1);
  });
});
