import { expect, it } from 'vitest';
import { NS, xml } from '@interoffice/wire';
import {
  administer,
  bodiesOf,
  conditionOf,
  configure,
  enter,
  freshRoom,
  joining,
  make,
  said,
} from '../../../../test/support/in-rooms.js';
import type { TestClient } from '../../../../test/support/client.js';
import { inBothLanes, onStage } from '../../../../test/support/on-stage.js';

const ask = (to: string, namespace: string) => xml('iq', { type: 'get', to }, xml('query', { xmlns: namespace }));

inBothLanes('a room', (stage) => {
  const scene = async (config: Record<string, string> = {}) => {
    const [romeo, juliet] = [await stage().account('romeo'), await stage().account('juliet')];
    const desk = await stage().online(romeo, 'desk');
    const phone = await stage().online(juliet, 'phone');
    const room = freshRoom();
    await make(stage(), phone, room, { nick: 'Juliet', config });
    await enter(stage(), desk, room, 'Romeo');
    phone.received = [];
    return { romeo, juliet, desk, phone, room };
  };

  it('reflects nothing, not even to its author, before it is durable', async () => {
    const { desk, phone, room } = await scene();
    stage().archive.hold();
    desk.send(said(room, 'What light?'));
    await new Promise((resolve) => setImmediate(resolve));
    expect([bodiesOf(desk), bodiesOf(phone)]).toEqual([[], []]);
    stage().archive.resume();
    await stage().settled();
    expect([bodiesOf(desk), bodiesOf(phone)]).toEqual([['What light?'], ['What light?']]);
  });

  it('lets somebody speak who has just sent that he comes in', async () => {
    const { phone, room } = await scene();
    const hall = await stage().online(await stage().account('mercutio'), 'hall');
    hall.write([joining(room, 'Mercutio'), said(room, 'Good e’en!')].map(String).join(''));
    await stage().settled();
    expect(bodiesOf(phone)).toEqual(['Good e’en!']);
    expect(bodiesOf(hall)).toEqual(['Good e’en!']);
  });

  it('says a message that is sent again once', async () => {
    const { desk, phone, room } = await scene();
    desk.send(said(room, 'Once', { id: 'o1' }));
    desk.send(said(room, 'Once', { id: 'o1' }));
    await stage().settled();
    expect(bodiesOf(phone)).toEqual(['Once']);
  });

  it('keeps one row for what is said, whoever hears it, and rows for who came, who left and what was changed', async () => {
    const { desk, phone, room, romeo, juliet } = await scene({ roomname: 'Orchard' });
    await configure(phone, room, { roomsecret: 'sesame' });
    desk.send(said(room, 'Hist!'));
    await administer(phone, room, { jid: romeo.bare, affiliation: 'member' });
    desk.send(xml('presence', { to: `${room}/Romeo`, type: 'unavailable' }));
    await stage().settled();
    const rows = stage().archive.rows.filter((row) => row.room === room);
    const kinds = rows.map(({ kind, author }) => [
      kind,
      author === romeo.bare ? 'romeo' : author === juliet.bare ? 'juliet' : author,
    ]);
    expect(kinds).toEqual([
      [5, 'juliet'],
      [1, 'juliet'],
      [5, 'romeo'],
      [1, 'juliet'],
      [3, 'romeo'],
      [1, 'juliet'],
      [6, 'romeo'],
    ]);
    expect(rows.every(({ receiver }) => receiver === room)).toBe(true);
    // A password is nobody's business, a compliance officer's neither.
    expect(rows.map(({ stanza }) => stanza.toString()).join('')).not.toContain('sesame');
  });

  it('keeps what is said in it out of the archives of people', async () => {
    const { desk, room } = await scene();
    desk.send(said(room, 'Hist!'));
    await stage().settled();
    desk.received = [];
    const fin = await desk.ask(xml('iq', { type: 'set' }, xml('query', { xmlns: NS.mam })));
    expect(fin.getChild('fin')!.attrs['complete']).toBe('true');
    expect(desk.received).toEqual([]);
  });

  // T-06
  it('lets nobody correct or retract what another has said, whatever his nick', async () => {
    const { desk, phone, room } = await scene();
    desk.send(said(room, 'I love thee', { id: 'l1' }));
    await stage().settled();
    const id = String(phone.received.splice(0)[0]!.getChild('stanza-id')!.attrs['id']);
    desk.send(xml('presence', { to: `${room}/Romeo`, type: 'unavailable' }));
    await stage().settled();
    const hall = await stage().online(await stage().account('mercutio'), 'hall');
    await enter(stage(), hall, room, 'Romeo');
    phone.received = [];
    hall.send(
      xml(
        'message',
        { to: room, type: 'groupchat', id: 'f1' },
        xml('body', {}, 'I hate thee'),
        xml('replace', { xmlns: NS.correct, id: 'l1' }),
      ),
    );
    hall.send(xml('message', { to: room, type: 'groupchat', id: 'f2' }, xml('retract', { xmlns: NS.retract, id })));
    hall.send(
      xml(
        'message',
        { to: room, type: 'groupchat', id: 'f3' },
        xml('retract', { xmlns: NS.retract, id: 'f'.repeat(16) }),
      ),
    );
    await stage().settled();
    expect(hall.received.splice(0).map(conditionOf)).toEqual(['forbidden', 'forbidden', 'item-not-found']);
    expect(phone.received).toEqual([]);
  });

  it('links corrections, retractions and what moderators do to the original, which stays as it was', async () => {
    const { desk, phone, room } = await scene();
    desk.send(said(room, 'I hate thee', { id: 'c1' }));
    desk.send(
      xml(
        'message',
        { to: room, type: 'groupchat', id: 'c2' },
        xml('body', {}, 'I love thee'),
        xml('replace', { xmlns: NS.correct, id: 'c1' }),
      ),
    );
    await stage().settled();
    const [original] = phone.received.splice(0);
    const id = String(original!.getChild('stanza-id')!.attrs['id']);
    const moderate = xml(
      'moderate',
      { xmlns: NS.moderate, id },
      xml('retract', { xmlns: NS.retract }),
      xml('reason', {}, 'unkind'),
    );
    expect((await phone.ask(xml('iq', { type: 'set', to: room }, moderate))).attrs['type']).toBe('result');
    const changes = stage().archive.rows.filter(({ about }) => about === id);
    expect(changes.map(({ body }) => body)).toEqual(['I love thee', undefined]);
    expect(stage().archive.rows.find((row) => row.id === id)!.body).toBe('I hate thee');
    await stage().settled();
    phone.received = [];
    await phone.ask(xml('iq', { type: 'set', to: room }, xml('query', { xmlns: NS.mam })));
    const shown = phone.received.map((m) => m.getChild('result')!.getChild('forwarded')!.getChild('message')!);
    expect(shown[0]!.getChild('retracted', NS.retract)!.getChildText('reason')).toBe('unkind');
    expect(String(shown[0])).not.toContain('hate');
  });

  it('serves all devices of a person under one nick, and tells the others when the last one goes', async () => {
    const { romeo, desk, phone, room } = await scene();
    const tablet = await stage().online(romeo, 'tablet');
    await enter(stage(), tablet, room, 'Romeo');
    expect(phone.received).toEqual([]);
    phone.send(said(room, 'Hark'));
    await stage().settled();
    expect([bodiesOf(desk), bodiesOf(tablet)]).toEqual([['Hark'], ['Hark']]);
    phone.received = [];
    desk.send(xml('presence', { to: `${room}/Romeo`, type: 'unavailable' }));
    await stage().settled();
    expect(phone.received).toEqual([]);
    tablet.close();
    await stage().settled();
    expect(phone.received.splice(0).map(({ attrs }) => attrs['type'])).toEqual(['unavailable']);
  });

  it('is left by who says that he is not available any more', async () => {
    const { desk, phone, room } = await scene();
    desk.send(xml('presence', { type: 'unavailable' }));
    await stage().settled();
    expect(phone.received.splice(0).map(({ attrs }) => [attrs['from'], attrs['type']])).toEqual([
      [`${room}/Romeo`, 'unavailable'],
    ]);
  });

  it('has one row for who leaves, however many times he says so', async () => {
    const { desk, romeo, room } = await scene();
    desk.send(xml('presence', { to: `${room}/Romeo`, type: 'unavailable' }));
    desk.send(xml('presence', { type: 'unavailable' }));
    await desk.leave();
    await stage().settled();
    const rows = stage().archive.rows.filter((row) => row.room === room && row.author === romeo.bare);
    expect(rows.map(({ kind }) => kind)).toEqual([5, 6]);
  });

  it('lets in again who has just left', async () => {
    const { desk, phone, room } = await scene();
    desk.write(
      [xml('presence', { to: `${room}/Romeo`, type: 'unavailable' }), joining(room, 'Romeo')].map(String).join(''),
    );
    await stage().settled();
    expect(phone.received.splice(0).map(({ attrs }) => attrs['type'])).toEqual(['unavailable', undefined]);
    phone.send(said(room, 'Again?'));
    await stage().settled();
    expect(bodiesOf(desk)).toEqual(['Again?']);
  });

  it('is a new one for who leaves as the last and comes again at once', async () => {
    const room = freshRoom();
    const hall = await stage().online(await stage().account('mercutio'), 'hall');
    await make(stage(), hall, room, { nick: 'Mercutio' });
    hall.write(
      [xml('presence', { to: `${room}/Mercutio`, type: 'unavailable' }), joining(room, 'Mab')].map(String).join(''),
    );
    await stage().settled();
    const codes = hall.received
      .flatMap((e) => e.getChild('x', NS.mucUser)?.getChildren('status') ?? [])
      .map(({ attrs }) => attrs['code']);
    expect(codes).toEqual(['110', '201', '110']);
  });

  it('lets in under his latest nick who has changed it before he was in', async () => {
    const { phone, room } = await scene();
    const hall = await stage().online(await stage().account('mercutio'), 'hall');
    const renaming = xml('presence', { to: `${room}/Queen Mab` });
    hall.write([joining(room, 'Mercutio'), renaming, said(room, 'Hi')].map(String).join(''));
    await stage().settled();
    expect(phone.received.find((e) => e.is('message'))!.getChildText('body')).toBe('Hi');
    phone.send(said(room, 'Who is there?'));
    await stage().settled();
    expect(bodiesOf(hall)).toEqual(['Hi', 'Who is there?']);
  });

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

  it('wakes as it was when nobody has been there for a while', async () => {
    const { desk, phone, room } = await scene({ persistentroom: '1', roomname: 'The tomb' });
    desk.send(said(room, 'Eyes, look your last!'));
    phone.send(xml('message', { to: room, type: 'groupchat' }, xml('subject', {}, 'Farewell')));
    await stage().settled();
    for (const [client, nick] of [
      [desk, 'Romeo'],
      [phone, 'Juliet'],
    ] as const) {
      client.send(xml('presence', { to: `${room}/${nick}`, type: 'unavailable' }));
    }
    await stage().settled();
    const { rooms } = stage().server.muc;
    stage().advance(600_000);
    rooms.sweep();
    expect([...rooms.awake()].map(({ jid }) => jid.bare)).not.toContain(room);
    desk.received = [];
    desk.send(joining(room, 'Romeo'));
    await desk.next((e) => e.getChildText('subject') === 'Farewell');
    expect(bodiesOf(desk)).toEqual(['Eyes, look your last!']);
    expect(String(await desk.ask(ask(room, NS.discoInfo)))).toContain('The tomb');
  });

  it('is not kept after the last one has left, unless it is to stay', async () => {
    const { desk, phone, room } = await scene();
    await Promise.all([desk.leave(), phone.leave()]);
    await stage().settled();
    const hall = await stage().online(await stage().account('mercutio'), 'hall');
    const [self] = await enter(stage(), hall, room, 'Mercutio');
    expect(
      self!
        .getChild('x', NS.mucUser)!
        .getChildren('status')
        .map(({ attrs }) => attrs['code']),
    ).toContain('201');
  });

  it('answers a configuration it cannot have with the name of the field', async () => {
    const { phone, room } = await scene();
    const answer = await configure(phone, room, { passwordprotectedroom: '1', roomsecret: '' });
    expect(conditionOf(answer)).toBe('not-acceptable');
    expect(String(answer)).toContain('roomsecret');
  });
});

onStage('large rooms', { rooms: { quietAbove: 3, mostOccupants: 5 } }, (stage) => {
  it('do not announce participants above a bound, and let nobody in above another', async () => {
    const room = freshRoom();
    const clients: TestClient[] = [];
    for (let i = 0; i < 5; i++) {
      const client = await stage().online(await stage().account(`p${i}`), 'desk');
      if (i === 0) await make(stage(), client, room, { nick: 'p0' });
      else await enter(stage(), client, room, `p${i}`);
      clients.push(client);
    }
    const seen = (i: number): unknown[] => clients[i]!.received.map(({ attrs }) => String(attrs['from']).split('/')[1]);
    expect(seen(0)).toEqual(['p1', 'p2']);
    clients[4]!.send(said(room, 'I am here'));
    await stage().settled();
    expect(bodiesOf(clients[0]!)).toEqual(['I am here']);
    const late = await stage().online(await stage().account('late'), 'desk');
    late.send(joining(room, 'late'));
    expect(conditionOf(await late.next((e) => e.attrs['type'] === 'error'))).toBe('service-unavailable');
  });
});

onStage('rooms where administrators alone make them', { rooms: { creation: 'admins' } }, (stage) => {
  it('are not made by employees', async () => {
    const desk = await stage().online(await stage().account('romeo'), 'desk');
    desk.send(joining(freshRoom(), 'Romeo'));
    expect(conditionOf(await desk.next((e) => e.attrs['type'] === 'error'))).toBe('not-allowed');
  });
});

onStage('somebody who makes one room after the other', {}, (stage) => {
  // T-10
  it('is in a thousand at most, and leaves them all when he goes', async () => {
    const client = await stage().online(await stage().account('romeo'), 'desk');
    for (let i = 0; i < 1001; i++) {
      client.send(joining(freshRoom(), 'Romeo'));
      if (i % 30 !== 29) continue;
      await stage().settled();
      client.received = client.received.filter((e) => e.attrs['type'] === 'error');
      stage().advance(60_000);
    }
    await stage().settled();
    const errors = client.received.filter((e) => e.attrs['type'] === 'error').map(conditionOf);
    expect(errors).toEqual(['resource-constraint']);
    client.close();
    await stage().settled();
    expect(stage().server.muc.rooms.size).toBe(0);
  });

  // T-10
  it('gets no error for an error, whatever he sends it to', async () => {
    const client = await stage().online(await stage().account('romeo'), 'desk');
    const room = freshRoom();
    await make(stage(), client, room, { nick: 'Romeo' });
    const error = xml('error', { type: 'cancel' }, xml('forbidden', { xmlns: NS.stanzas }));
    for (const to of [
      room,
      `${room}/Romeo`,
      `${room}/Nobody`,
      freshRoom(),
      `${freshRoom()}/x`,
      'conference.im.example',
    ]) {
      for (const kind of ['message', 'presence', 'iq']) client.send(xml(kind, { to, type: 'error', id: 'e' }, error));
    }
    await stage().settled();
    expect(client.received.filter((e) => e.attrs['type'] === 'error')).toEqual([]);
  });

  // T-08
  it('is told to wait', async () => {
    const desk = await stage().online(await stage().account('romeo'), 'desk');
    for (let i = 0; i < 31; i++) desk.send(joining(freshRoom(), 'Romeo'));
    expect(conditionOf(await desk.next((e) => e.attrs['type'] === 'error'))).toBe('resource-constraint');
    stage().advance(60_000);
    desk.send(joining(freshRoom(), 'Romeo'));
    await stage().settled();
    expect(desk.received.filter((e) => e.attrs['type'] === 'error')).toEqual([]);
  });
});
