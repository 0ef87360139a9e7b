import { MemoryArchive, type PassedStanza, type WaitingQuery } from '@interoffice/archive';
import { describe, expect, it } from 'vitest';
import { type Element, NS, xml } from '@interoffice/wire';
import type { TestClient } from '../../../../test/support/client.js';
import { administer, bodiesOf, enter, freshRoom, joining, make, said } from '../../../../test/support/in-rooms.js';
import { Managed } from '../../../../test/support/managed.js';
import { onStage } from '../../../../test/support/on-stage.js';
import { type Actor, open, RESUME_WITHIN_MS, type Stage } from '../../../../test/support/stage.js';

/** An archive that takes its time over what has waited for an account. */
class SlowArchive extends MemoryArchive {
  readonly read = Promise.withResolvers<void>();

  override async after(query: WaitingQuery): Promise<readonly PassedStanza[]> {
    await this.read.promise;
    return super.after(query);
  }
}

/** Logged in, with nothing bound. */
async function returned(stage: Stage, actor: Actor): Promise<TestClient> {
  const client = await stage.connect();
  await client.restart();
  await client.authenticate(actor.user, actor.password);
  await client.restart();
  return client;
}

/** Juliet's phone is in a room with stream management; romeo's desk is there without. */
async function scene(stage: Stage) {
  const [romeo, juliet] = [await stage.account('romeo'), await stage.account('juliet')];
  const desk = await stage.online(romeo, 'desk');
  const phone = await stage.online(juliet, 'phone');
  const room = freshRoom();
  await make(stage, desk, room, { nick: 'Romeo', config: { persistentroom: '1' } });
  const managed = await Managed.enable(phone);
  phone.send(xml('presence', { to: `${room}/Juliet` }, xml('x', { xmlns: NS.muc })));
  await stage.settled();
  managed.take();
  desk.received = [];
  return { romeo, juliet, desk, phone, room, managed };
}

const groupchats = (elements: readonly Element[]): (string | null)[] =>
  elements.filter((e) => e.is('message') && e.attrs['type'] === 'groupchat').map((e) => e.getChildText('body'));
const from = (element: Element): string => String(element.attrs['from']).split('/')[1]!;

onStage('a device whose stream is cut while it is in a room', {}, (stage) => {
  it('stays in the room, and gets each message once and in order when it resumes', async () => {
    const { desk, phone, room, managed, juliet } = await scene(stage());
    desk.send(said(room, '1'));
    await stage().settled();
    phone.close();
    await stage().settled();
    for (const text of ['2', '3']) desk.send(said(room, text));
    await stage().settled();
    expect(desk.received.filter((e) => e.is('presence'))).toEqual([]);
    expect(bodiesOf(desk)).toEqual(['1', '2', '3']);
    const back = await returned(stage(), juliet);
    expect((await managed.resume(back)).getName()).toBe('resumed');
    await stage().settled();
    desk.send(said(room, '4'));
    await stage().settled();
    const got = managed.take();
    expect(groupchats(got)).toEqual(['1', '2', '3', '4']);
    const missed = got.filter((e) => e.is('message')).slice(0, 3);
    for (const message of missed) {
      expect(message.attrs['to']).toBe(managed.client.jid);
      expect(message.getChild('delay', NS.delay)!.attrs['from']).toBe(room);
    }
  });

  it('gets what was said before it was thrown out, then that, and nothing that was said later', async () => {
    const { desk, phone, room, managed, juliet } = await scene(stage());
    phone.close();
    await stage().settled();
    desk.send(said(room, 'before'));
    await administer(desk, room, { nick: 'Juliet', role: 'none' });
    desk.send(said(room, 'after'));
    await stage().settled();
    const back = await returned(stage(), juliet);
    await managed.resume(back);
    await stage().settled();
    const got = managed.take();
    expect(groupchats(got)).toEqual(['before']);
    expect(got.at(-1)!.attrs['type']).toBe('unavailable');
  });

  it('leaves when its time is up, and that is on record', async () => {
    const { desk, phone, room, juliet } = await scene(stage());
    phone.close();
    await stage().settled();
    stage().advance(RESUME_WITHIN_MS + 1000);
    await stage().server.managing.sweep();
    await stage().settled();
    expect(desk.received.splice(0).map((e) => [from(e), e.attrs['type']])).toEqual([['Juliet', 'unavailable']]);
    const [left] = stage().archive.rows.filter((row) => row.room === room && row.kind === 6);
    expect(left!.author).toBe(juliet.bare);
  });

  it('hears a private message that came while it was away', async () => {
    const { desk, phone, room, managed, juliet } = await scene(stage());
    phone.close();
    await stage().settled();
    desk.send(xml('message', { to: `${room}/Juliet`, type: 'chat' }, xml('body', {}, 'Psst')));
    await stage().settled();
    await managed.resume(await returned(stage(), juliet));
    await stage().settled();
    const [message] = managed.take().filter((e) => e.is('message'));
    expect([message!.attrs['from'], message!.attrs['to'], message!.getChildText('body')]).toEqual([
      `${room}/Romeo`,
      managed.client.jid,
      'Psst',
    ]);
  });
});

/** A server that has just begun asks its database before it lets the first message of an account pass. */
async function arrived({ client }: Managed, body: string): Promise<void> {
  await expect.poll(() => client.received.some((e) => e.is('message') && e.getChildText('body') === body)).toBe(true);
}

describe('a server that is started again', () => {
  it('has people back in their rooms as they resume, with nothing missing and nothing twice', async () => {
    const before = await open();
    const { juliet, desk, room, managed, phone } = await scene(before);
    const benvolio = await before.account('benvolio');
    const hall = await before.online(benvolio, 'hall');
    const other = await Managed.enable(hall);
    await enter(before, hall, room, 'Benvolio');
    other.handled = 0;
    desk.send(said(room, '1'));
    await before.settled();
    managed.take();
    managed.acknowledge();
    phone.close();
    hall.close();
    await before.settled();
    desk.send(said(room, '2'));
    await before.settled();
    await before.server.managing.flush();

    const after = await open({ database: before.database, archive: before.archive, now: before.clock.now() + 1000 });
    expect((await managed.resume(await returned(after, juliet))).getName()).toBe('resumed');
    await after.settled();
    const first = managed.take();
    expect(groupchats(first)).toContain('2');
    expect(groupchats(first)).not.toContain('1');
    managed.client.send(said(room, '3'));
    await arrived(managed, '3');
    await after.settled();
    expect(groupchats(managed.take())).toEqual(['3']);
    // Who resumes later has missed nothing, and finds who is there.
    expect((await other.resume(await returned(after, benvolio), other.handled)).getName()).toBe('resumed');
    await after.settled();
    const late = other.take();
    expect(groupchats(late).filter((body) => body === '3')).toEqual(['3']);
    expect(late.filter((e) => e.is('presence')).map(from)).toContain('Juliet');
    expect(
      managed
        .take()
        .filter((e) => e.is('presence'))
        .map(from),
    ).toContain('Benvolio');
    managed.client.send(said(room, '4'));
    await arrived(other, '4');
    await after.settled();
    expect(groupchats(other.take())).toEqual(['4']);
    await after.close();
    await before.close();
  });
});

const slow = new SlowArchive();
onStage(
  'a device that comes into a room while it is being given what had waited for it',
  { archive: slow },
  (stage) => {
    it('misses nothing of what is said there meanwhile', async () => {
      const { desk, room } = await scene(stage());
      const nurse = await stage().account('nurse');
      desk.send(xml('message', { to: nurse.bare, type: 'chat' }, xml('body', {}, 'Nurse!')));
      await stage().settled();
      const tablet = await stage().bound(nurse, 'tablet');
      tablet.send(xml('presence'));
      tablet.send(joining(room, 'Nurse'));
      await tablet.next((element) => element.attrs['from'] === `${room}/Nurse`);
      for (const text of ['1', '2']) desk.send(said(room, text));
      await desk.next((element) => element.getChildText('body') === '2');
      slow.read.resolve();
      await stage().settled();
      desk.send(said(room, '3'));
      await stage().settled();
      expect(tablet.received.filter((e) => e.getChildText('body') === 'Nurse!')).toHaveLength(1);
      const got = tablet.received.filter((e) => e.is('message')).map((e) => e.getChildText('body'));
      expect(got.filter((body) => body !== null)).toEqual(['Nurse!', '1', '2', '3']);
    });
  },
);

const slowToCome = new SlowArchive();

onStage('a device that is still being sent what has waited for its account', { archive: slowToCome }, (stage) => {
  it('gets a page of a room’s archive behind what was said in the room and is on its way to it', async () => {
    const [romeo, juliet] = [await stage().account('romeo'), await stage().account('juliet')];
    const desk = await stage().online(romeo, 'desk');
    const room = freshRoom();
    await make(stage(), desk, room, { nick: 'Romeo', config: { persistentroom: '1' } });
    desk.send(xml('message', { to: juliet.bare, type: 'chat' }, xml('body', {}, 'waits')));
    await stage().settled();
    const phone = await stage().bound(juliet, 'phone');
    phone.send(xml('presence'));
    phone.send(joining(room, 'Juliet'));
    await stage().settled();
    desk.send(said(room, 'on its way'));
    await stage().settled();
    phone.send(xml('iq', { type: 'set', id: 'page', to: room }, xml('query', { xmlns: NS.mam })));
    await stage().settled();
    slowToCome.read.resolve();
    await phone.next((element) => element.is('iq') && element.attrs['id'] === 'page');
    await stage().settled();
    const came = phone.received.filter((element) => String(element).includes('on its way'));
    expect(came.map((element) => element.getChild('result', NS.mam) !== undefined)).toEqual([false, true]);
  });
});
