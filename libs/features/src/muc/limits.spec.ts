import { expect, it } from 'vitest';
import { NS, xml } from '@interoffice/wire';
import type { TestClient } from '../../../../test/support/client.js';
import { bodiesOf, conditionOf, enter, freshRoom, joining, make, said } from '../../../../test/support/in-rooms.js';
import { onStage } from '../../../../test/support/on-stage.js';

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
