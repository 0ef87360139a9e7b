import { expect, it } from 'vitest';
import { NS, xml } from '@interoffice/wire';
import {
  administer,
  bodiesOf,
  conditionOf,
  configure,
  freshRoom,
  make,
  said,
  romeoAndJuliet,
} from '../../../../test/support/in-rooms.js';
import { inBothLanes } from '../../../../test/support/on-stage.js';

const ask = (to: string, namespace: string) => xml('iq', { type: 'get', to }, xml('query', { xmlns: namespace }));

inBothLanes('a room', (stage) => {
  const scene = (config?: Record<string, string>) => romeoAndJuliet(stage(), config);

  it('delivers a private message once, also when its receiver logs in anew', async () => {
    const { romeo, desk, phone, room } = await scene();
    phone.send(xml('message', { to: `${room}/Romeo`, type: 'chat' }, xml('body', {}, 'Psst')));
    await stage().settled();
    expect(desk.received.splice(0).map((m) => [m.attrs['from'], m.getChildText('body')])).toEqual([
      [`${room}/Juliet`, 'Psst'],
    ]);
    await desk.leave();
    const again = await stage().online(romeo, 'desk');
    await stage().settled();
    expect(again.received.filter((e) => e.is('message'))).toEqual([]);
  });

  // T-07
  it('is no way to somebody who has blocked one: not by message, question or invitation', async () => {
    const { juliet, desk, phone, room } = await scene();
    const block = (jid: string) => xml('block', { xmlns: NS.blocking }, xml('item', { jid }));
    const romeo = desk.jid.split('/')[0]!;
    await phone.ask(xml('iq', { type: 'set' }, block(romeo)));
    await stage().settled();
    phone.received = [];
    desk.send(xml('message', { to: `${room}/Juliet`, type: 'chat', id: 'p' }, xml('body', {}, 'Psst')));
    desk.send(xml('iq', { to: `${room}/Juliet`, type: 'get', id: 'q' }, xml('query', { xmlns: NS.version })));
    const invite = xml('x', { xmlns: NS.mucUser }, xml('invite', { to: juliet.bare }, xml('reason', {}, 'Psst')));
    desk.send(xml('message', { to: room, id: 'i' }, invite));
    await stage().settled();
    expect(phone.received).toEqual([]);
    expect(desk.received.map((e) => [e.attrs['id'], conditionOf(e)])).toEqual([
      ['q', 'service-unavailable'],
      ['p', 'service-unavailable'],
    ]);
  });

  it('makes participants wait in slow mode, and no moderator', async () => {
    const { desk, phone, room } = await scene({ slow_mode_duration: '20' });
    for (const text of ['1', '2']) desk.send(said(room, text));
    for (const text of ['a', 'b']) phone.send(said(room, text));
    await stage().settled();
    const error = desk.received.find((e) => e.attrs['type'] === 'error')!;
    expect([conditionOf(error), error.getChild('error')!.attrs['type']]).toEqual(['policy-violation', 'wait']);
    expect(new Set(bodiesOf(phone))).toEqual(new Set(['1', 'a', 'b']));
    stage().advance(20_000);
    desk.send(said(room, '3'));
    await stage().settled();
    expect(bodiesOf(phone)).toEqual(['3']);
  });

  // T-09
  it('is as if it were not there for who may not know of it', async () => {
    const { desk, room } = await scene();
    const [phone2, hidden] = [await stage().online(await stage().account('juliet'), 'phone'), freshRoom()];
    await make(stage(), phone2, hidden, { config: { publicroom: '0', membersonly: '1' } });
    const nowhere = freshRoom();
    for (const namespace of [NS.discoInfo, NS.discoItems]) {
      const [known, unknown] = [await desk.ask(ask(hidden, namespace)), await desk.ask(ask(nowhere, namespace))];
      const told = (error: typeof known): string => String(error.getChild('error'));
      expect(told(known)).toBe(told(unknown));
    }
    const rooms = await desk.ask(ask('conference.im.example', NS.discoItems));
    expect(String(rooms)).toContain(room);
    expect(String(rooms)).not.toContain(hidden);
  });

  it('finds rooms by words, and shows nobody what he may not find', async () => {
    const { desk, room } = await scene({ roomname: 'Capulet’s feast', roomdesc: 'Masks welcome' });
    const search = async (q: string, namespace: string = NS.channelSearch) => {
      const field = xml('field', { var: 'q' }, xml('value', {}, q));
      const form = xml(
        'x',
        { xmlns: NS.dataForms, type: 'submit' },
        xml('field', { var: 'FORM_TYPE' }, xml('value', {}, NS.channelSearchParams)),
        field,
      );
      return desk.ask(
        xml('iq', { type: 'get', to: 'conference.im.example' }, xml('search', { xmlns: namespace }, form)),
      );
    };
    const item = (await search('masks'))
      .getChild('result', NS.channelSearch)!
      .getChildren('item')
      .find(({ attrs }) => attrs['address'] === room)!;
    expect([item.getChildText('name'), item.getChildText('nusers'), item.getChildText('service-type')]).toEqual([
      'Capulet’s feast',
      '2',
      'xep-0045',
    ]);
    expect(String(await search('no such feast'))).not.toContain(room);
    expect(String((await search('masks', NS.muclumbus)).getChild('result', NS.muclumbus))).toContain(room);
    expect(conditionOf(await search(''))).toBe('bad-request');
  });

  // T-08
  it('changes everything a list asks for, or nothing', async () => {
    const { desk, phone, room, romeo, juliet } = await scene();
    const answer = await administer(
      phone,
      room,
      { jid: romeo.bare, affiliation: 'member' },
      { jid: juliet.bare, affiliation: 'outcast' },
    );
    expect(conditionOf(answer)).toBe('conflict');
    await stage().settled();
    expect(desk.received).toEqual([]);
  });

  it('changes nothing when the database cannot keep it', async () => {
    const { desk, phone, room, romeo } = await scene();
    stage().beforeSql = (name) => {
      if (name === 'rooms.relate') throw new Error('the database is away');
    };
    const answer = await administer(phone, room, { jid: romeo.bare, affiliation: 'admin' });
    stage().beforeSql = () => undefined;
    expect(conditionOf(answer)).toBe('internal-server-error');
    await stage().settled();
    expect(desk.received).toEqual([]);
    expect(conditionOf(await desk.ask(ask(room, NS.mucOwner)))).toBe('forbidden');
  });

  it('answers a configuration it cannot have with the name of the field', async () => {
    const { phone, room } = await scene();
    const answer = await configure(phone, room, { passwordprotectedroom: '1', roomsecret: '' });
    expect(conditionOf(answer)).toBe('not-acceptable');
    expect(String(answer)).toContain('roomsecret');
  });
});
