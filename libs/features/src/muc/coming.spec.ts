import { expect, it } from 'vitest';
import { NS, xml } from '@interoffice/wire';
import { bodiesOf, enter, freshRoom, joining, make, said, romeoAndJuliet } from '../../../../test/support/in-rooms.js';
import { inBothLanes } from '../../../../test/support/on-stage.js';

const ask = (to: string, namespace: string) => xml('iq', { type: 'get', to }, xml('query', { xmlns: namespace }));

inBothLanes('coming and going', (stage) => {
  const scene = (config?: Record<string, string>) => romeoAndJuliet(stage(), config);

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
});
