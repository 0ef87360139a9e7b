import { describe, expect, it } from 'vitest';
import { type Element, NS, xml } from '@interoffice/wire';
import type { TestClient } from '../../../../test/support/client.js';
import { Managed } from '../../../../test/support/managed.js';
import { inBothLanes, onStage } from '../../../../test/support/on-stage.js';
import { type Actor, open, RESUME_WITHIN_MS, type Stage } from '../../../../test/support/stage.js';

const SM = NS.streamManagement;
const chat = (to: string, body: string): Element => xml('message', { to, type: 'chat' }, xml('body', {}, body));
const ping = (): Element => xml('iq', { to: 'im.example', type: 'get', id: 'p' }, xml('ping', { xmlns: NS.ping }));
const bodies = (client: TestClient): (string | null)[] =>
  client.received
    .splice(0)
    .filter(({ name }) => name === 'message')
    .map((message) => message.getChildText('body'));

/** Juliet's phone with stream management, and romeo's desk without. */
async function scene(stage: Stage, options: { max?: string } = {}) {
  const [romeo, juliet] = [await stage.account('romeo'), await stage.account('juliet')];
  const desk = await stage.online(romeo, 'desk');
  const phone = await stage.online(juliet, 'phone');
  await stage.settled();
  const managed = await Managed.enable(phone, { resume: 'true', ...options });
  return { romeo, juliet, desk, phone, managed };
}

/** Logged in, with nothing bound. */
async function returned(stage: Stage, actor: Actor): Promise<TestClient> {
  const client = await stage.connect();
  await client.restart();
  await client.authenticate(actor.user, actor.password);
  await client.restart();
  return client;
}

const settle = async (stage: Stage): Promise<void> => {
  await stage.settled();
  await stage.settled();
};

inBothLanes('acknowledgements', (stage) => {
  it('count what is decided, from the moment they are enabled', async () => {
    const { managed, phone, romeo } = await scene(stage());
    expect(await managed.ask()).toBe(0);
    phone.send(chat(romeo.bare, '1'));
    await settle(stage());
    expect(await managed.ask()).toBe(1);
    await phone.ask(ping());
    // A question leaves no row in the journal: it is acknowledged once the counters are written, or a crash would forget it.
    expect(await managed.ask()).toBe(1);
    expect(await managed.answer()).toBe(2);
  });

  //
  it('are given at once and do not cover a message that is not durable; its turn comes when it is', async () => {
    const { managed, phone, romeo } = await scene(stage());
    stage().archive.hold();
    phone.send(chat(romeo.bare, '1'));
    phone.send(ping());
    expect(await managed.ask()).toBe(0);
    expect(await managed.ask()).toBe(0);
    stage().archive.resume();
    expect(await managed.answer()).toBe(2);
  });

  it('are asked for after sixteen stanzas, and by the clock', async () => {
    const { desk, phone, managed, juliet } = await scene(stage());
    desk.send(chat(juliet.bare, 'one'));
    await settle(stage());
    const asked = (): number => phone.received.filter((element) => element.is('r', SM)).length;
    expect(asked()).toBe(0);
    stage().server.watchdogRound();
    stage().server.watchdogRound();
    await settle(stage());
    expect(asked()).toBe(1);
    for (let i = 0; i < 40; i++) desk.send(chat(juliet.bare, String(i)));
    await settle(stage());
    expect(asked()).toBe(3);
    expect(managed.bodies()).toHaveLength(41);
  });

  //
  it('that are higher than what was sent end the stream with the counts', async () => {
    const { managed, phone } = await scene(stage());
    managed.acknowledge(3);
    expect(await phone.closed()).toMatch(
      /undefined-condition.*<handled-count-too-high xmlns="urn:xmpp:sm:3" h="3" send-count="0"\/>/,
    );
  });

  it.each(['-1', 'many', '4294967296', ''])('of %j are no count', async (h) => {
    const { managed, phone } = await scene(stage());
    managed.acknowledge(h);
    expect(await phone.closed()).toContain('bad-format');
  });

  //
  it('go on over 2³²', async () => {
    const { managed, phone, romeo } = await scene(stage());
    const session = stage().sessionOf(phone);
    session.received += 2 ** 32 - 1;
    phone.send(chat(romeo.bare, '1'));
    await settle(stage());
    expect(await managed.ask()).toBe(0);
    phone.send(chat(romeo.bare, '2'));
    await settle(stage());
    expect(await managed.ask()).toBe(1);
  });
});

onStage('enabling stream management', {}, (stage) => {
  it('is refused before a resource is bound', async () => {
    const client = await returned(stage(), await stage().account('juliet'));
    client.send(xml('enable', { xmlns: SM }));
    const failed = await client.next();
    expect(failed.is('failed', SM)).toBe(true);
    expect(failed.getChild('unexpected-request', NS.stanzas)).toBeDefined();
  });

  //
  it('a second time ends the stream', async () => {
    const { phone } = await scene(stage());
    phone.send(xml('enable', { xmlns: SM }));
    expect(await phone.closed()).toContain('policy-violation');
  });

  it('without resume gives no id, and a cut ends the session', async () => {
    const juliet = await stage().account('juliet');
    const phone = await stage().online(juliet, 'phone');
    const managed = await Managed.enable(phone, {});
    expect(managed.id).toBe('');
    phone.close();
    await settle(stage());
    expect(
      stage()
        .server.devices()
        .filter(({ bare }) => bare === juliet.bare),
    ).toEqual([]);
  });

  it('grants the shorter of both times', async () => {
    expect((await scene(stage())).managed.maxSeconds).toBe(RESUME_WITHIN_MS / 1000);
    expect((await scene(stage(), { max: '60' })).managed.maxSeconds).toBe(60);
  });

  it('acknowledgements without it end the stream', async () => {
    const phone = await stage().online(await stage().account('juliet'), 'phone');
    phone.send(xml('r', { xmlns: SM }));
    expect(await phone.closed()).toContain('policy-violation');
  });

  it('gives an id of 128 random bits that nobody else can use', async () => {
    const { managed, phone } = await scene(stage());
    expect(Buffer.from(managed.id, 'base64url')).toHaveLength(16);
    phone.close();
    const thief = await returned(stage(), await stage().account('mallory'));
    //
    const answer = await managed.resume(thief);
    expect(answer.getChild('item-not-found', NS.stanzas)).toBeDefined();
    expect(answer.attrs['h']).toBeUndefined();
  });
});

inBothLanes('a stream that was cut', (stage) => {
  it('goes on with every stanza once and in order, on both sides', async () => {
    const { desk, phone, managed, juliet, romeo } = await scene(stage());
    for (const body of ['1', '2', '3']) desk.send(chat(juliet.bare, body));
    await settle(stage());
    expect(managed.bodies()).toEqual(['1', '2', '3']);
    for (const body of ['4', '5']) desk.send(chat(juliet.bare, body));
    await settle(stage());
    // The client never got 4 and 5.
    phone.close();
    desk.send(chat(juliet.bare, '6'));
    desk.send(xml('presence', { to: juliet.bare }, xml('status', {}, 'between')));
    desk.send(chat(juliet.bare, '7'));
    await settle(stage());
    const back = await returned(stage(), juliet);
    const resumed = await managed.resume(back);
    expect(resumed.attrs).toMatchObject({ previd: managed.id, h: '0' });
    desk.send(chat(juliet.bare, '8'));
    await settle(stage());
    const got = managed.take().map((stanza) => stanza.getChildText('body') ?? stanza.getChildText('status'));
    expect(got).toEqual(['4', '5', '6', 'between', '7', '8']);
    managed.acknowledge();
    back.send(chat(romeo.bare, 'thanks'));
    await settle(stage());
    expect(await managed.ask()).toBe(1);
    expect(bodies(desk)).toEqual(['thanks']);
    expect(stage().sessionOf(back).unacknowledged!.size).toBe(0);
  });

  it('can be cut again and again, also while it catches up', async () => {
    const { desk, managed, juliet } = await scene(stage());
    const seen: (string | null)[] = [];
    for (let round = 0; round < 4; round++) {
      managed.client.close();
      for (let i = 0; i < 150; i++) desk.send(chat(juliet.bare, `${round}.${i}`));
      await settle(stage());
      const back = await returned(stage(), juliet);
      await managed.resume(back);
      await back.until(() => back.received.length > 10, 'some of it');
      seen.push(...managed.bodies());
    }
    await settle(stage());
    seen.push(...managed.bodies());
    const all = Array.from({ length: 4 }, (_, round) => Array.from({ length: 150 }, (_, i) => `${round}.${i}`)).flat();
    expect(seen).toEqual(all);
  });

  it('stays available to others until its time is up, and is gone then', async () => {
    const { desk, phone, juliet } = await scene(stage());
    phone.send(xml('presence', { to: desk.jid }));
    await desk.next(({ name }) => name === 'presence');
    phone.close();
    await settle(stage());
    expect(desk.received).toEqual([]);
    stage().advance(RESUME_WITHIN_MS - 1);
    await stage().server.managing.sweep();
    expect(desk.received).toEqual([]);
    expect(
      stage()
        .server.devices()
        .find(({ bare }) => bare === juliet.bare),
    ).toMatchObject({ kind: 'none' });
    stage().advance(1);
    await stage().server.managing.sweep();
    expect((await desk.next()).attrs).toMatchObject({ type: 'unavailable', from: phone.jid });
  });

  it('whose time is up is refused with the count, and what it missed comes to the next device', async () => {
    const { desk, phone, managed, juliet, romeo } = await scene(stage());
    phone.send(chat(romeo.bare, 'mine'));
    desk.send(chat(juliet.bare, '1'));
    await settle(stage());
    expect(managed.bodies()).toEqual(['1']);
    managed.acknowledge();
    desk.send(chat(juliet.bare, '2'));
    await settle(stage());
    phone.close();
    desk.send(chat(juliet.bare, '3'));
    await settle(stage());
    stage().advance(RESUME_WITHIN_MS);
    await stage().server.managing.sweep();
    const back = await returned(stage(), juliet);
    const failed = await managed.resume(back);
    expect(failed.is('failed', SM)).toBe(true);
    expect(failed.attrs['h']).toBe('1');
    expect(failed.getChild('item-not-found', NS.stanzas)).toBeDefined();
    // XEP-0198 §5: the client may bind at once.
    await back.ask(xml('iq', { type: 'set' }, xml('bind', { xmlns: NS.bind })));
    back.send(xml('presence'));
    await settle(stage());
    expect(bodies(back)).toEqual(['2', '3']);
  });

  it('by its client closing the connection without a word goes on as well', async () => {
    const { desk, phone, managed, juliet } = await scene(stage());
    stage().connectionOf(phone).abandon();
    expect(await phone.closed()).toContain('</stream:stream>');
    desk.send(chat(juliet.bare, '1'));
    await settle(stage());
    expect((await managed.resume(await returned(stage(), juliet))).is('resumed', SM)).toBe(true);
    await settle(stage());
    expect(managed.bodies()).toEqual(['1']);
  });

  it('that its client closed politely is not kept', async () => {
    const { phone, managed, juliet } = await scene(stage());
    await phone.leave();
    const answer = await managed.resume(await returned(stage(), juliet));
    expect(answer.is('failed', SM)).toBe(true);
  });

  it('ends when another client binds its resource', async () => {
    const { desk, phone, managed, juliet } = await scene(stage());
    phone.close();
    desk.send(chat(juliet.bare, '1'));
    await settle(stage());
    const other = await stage().online(juliet, 'phone');
    await settle(stage());
    expect(bodies(other)).toEqual(['1']);
    expect((await managed.resume(await returned(stage(), juliet))).is('failed', SM)).toBe(true);
  });

  //
  it('that is still there is closed with conflict; of two that resume, the last goes on', async () => {
    const { desk, phone, managed, juliet } = await scene(stage());
    const [one, two] = [await returned(stage(), juliet), await returned(stage(), juliet)];
    const resume = `<resume xmlns='${SM}' h='0' previd='${managed.id}'/>`;
    one.write(resume);
    two.write(resume);
    expect(await phone.closed()).toContain('conflict');
    await settle(stage());
    desk.send(chat(juliet.bare, '1'));
    await settle(stage());
    const winners = [one, two].filter(({ isClosed }) => !isClosed);
    expect(winners).toHaveLength(1);
    expect(bodies(winners[0]!)).toEqual(['1']);
    expect(
      stage()
        .server.devices()
        .filter(({ bare }) => bare === juliet.bare),
    ).toHaveLength(1);
  });

  //
  it('does not go on with a count that is too high, and can still be resumed with the true one', async () => {
    const { desk, phone, managed, juliet } = await scene(stage());
    phone.close();
    desk.send(chat(juliet.bare, '1'));
    await settle(stage());
    const liar = await returned(stage(), juliet);
    liar.send(xml('resume', { xmlns: SM, previd: managed.id, h: '7' }));
    expect(await liar.closed()).toContain('handled-count-too-high');
    expect((await managed.resume(await returned(stage(), juliet))).is('resumed', SM)).toBe(true);
    await settle(stage());
    expect(managed.bodies()).toEqual(['1']);
  });

  //
  it('stanzas pipelined behind a resumption that fails end the stream, as before any binding', async () => {
    const { juliet, romeo } = await scene(stage());
    const client = await returned(stage(), juliet);
    client.write(`<resume xmlns='${SM}' h='0' previd='unknown'/><message to='${romeo.bare}'><body>x</body></message>`);
    expect(await client.closed()).toContain('not-authorized');
  });

  it('is told what was decided of its last words, not more and not less', async () => {
    const { desk, phone, managed, juliet, romeo } = await scene(stage());
    stage().archive.hold();
    phone.send(chat(romeo.bare, 'last words'));
    phone.close();
    const back = await returned(stage(), juliet);
    back.send(xml('resume', { xmlns: SM, previd: managed.id, h: '0' }));
    stage().archive.resume();
    const resumed = await back.next((element) => element.is('resumed', SM));
    expect(resumed.attrs['h']).toBe('1');
    expect(bodies(desk)).toEqual(['last words']);
  });

  it('gets copies of what its other device sent and received meanwhile, if it asked for copies', async () => {
    const { desk, managed, juliet, romeo } = await scene(stage());
    await managed.client.ask(xml('iq', { type: 'set' }, xml('enable', { xmlns: NS.carbons })));
    managed.handled++;
    managed.client.received = [];
    const laptop = await stage().online(juliet, 'laptop');
    await settle(stage());
    managed.take();
    managed.client.close();
    desk.send(chat(laptop.jid, 'to the laptop'));
    laptop.send(chat(romeo.bare, 'from the laptop'));
    await settle(stage());
    await managed.resume(await returned(stage(), juliet));
    await settle(stage());
    const copies = managed.take().map((message) => {
      const copy = message.getChild('received', NS.carbons) ?? message.getChild('sent', NS.carbons);
      return `${copy?.name} ${copy?.getChild('forwarded', NS.forward)?.getChild('message')?.getChildText('body')}`;
    });
    expect(copies).toEqual(['received to the laptop', 'sent from the laptop']);
  });

  it('is sent copies again that it did not acknowledge', async () => {
    const { desk, managed, juliet } = await scene(stage());
    await managed.client.ask(xml('iq', { type: 'set' }, xml('enable', { xmlns: NS.carbons })));
    managed.handled++;
    const laptop = await stage().online(juliet, 'laptop');
    await settle(stage());
    managed.take();
    desk.send(chat(laptop.jid, 'to the laptop'));
    await settle(stage());
    managed.client.close();
    await managed.resume(await returned(stage(), juliet));
    await settle(stage());
    const [again, ...more] = managed.take();
    expect(String(again)).toMatch(/urn:xmpp:carbons:2.*to the laptop/);
    expect(more).toEqual([]);
  });

  it('does not miss a chat state of the past', async () => {
    const { desk, managed, juliet } = await scene(stage());
    managed.client.close();
    desk.send(xml('message', { to: juliet.bare, type: 'chat' }, xml('composing', { xmlns: NS.chatStates })));
    desk.send(chat(juliet.bare, 'done'));
    await settle(stage());
    await managed.resume(await returned(stage(), juliet));
    await settle(stage());
    expect(managed.bodies()).toEqual(['done']);
  });

  it('whoever asked a device that never came back is told so', async () => {
    const { desk, phone, managed } = await scene(stage());
    managed.client.close();
    await settle(stage());
    desk.send(xml('iq', { type: 'get', id: 'q', to: phone.jid }, xml('query', { xmlns: NS.version })));
    await settle(stage());
    expect(desk.received).toEqual([]);
    stage().advance(RESUME_WITHIN_MS);
    await stage().server.managing.sweep();
    expect(String(await desk.next())).toContain('service-unavailable');
  });

  it('ends with its account', async () => {
    const { phone, managed, juliet } = await scene(stage());
    phone.close();
    await settle(stage());
    await stage().records.setState(juliet.bare, 'suspended');
    await stage().server.accountChanged((await stage().records.find(juliet.bare))!);
    expect(
      stage()
        .server.devices()
        .filter(({ bare }) => bare === juliet.bare),
    ).toEqual([]);
    expect(managed.id).not.toBe('');
  });
});

onStage('a client that does not keep up', {}, (stage) => {
  //
  it('is served from the journal as fast as it reads: nothing is buffered without bound, nothing is missing', async () => {
    const { desk, managed, juliet } = await scene(stage());
    const line = stage().connectionOf(managed.client);
    desk.send(chat(juliet.bare, '0'));
    await settle(stage());
    line.isChoked = true;
    let buffered = 300_000;
    Object.defineProperty(line, 'bufferedBytes', { get: () => buffered, configurable: true });
    for (let i = 1; i <= 250; i++) desk.send(chat(juliet.bare, String(i)));
    await settle(stage());
    // One page of the journal, and no more until it has been taken.
    expect(managed.client.received.filter(({ name }) => name === 'message').length).toBeLessThanOrEqual(101);
    line.isChoked = false;
    buffered = 0;
    await managed.client.until(
      () => managed.client.received.filter(({ name }) => name === 'message').length >= 251,
      'all of it',
    );
    desk.send(chat(juliet.bare, 'now'));
    await settle(stage());
    expect(managed.bodies()).toEqual([...Array.from({ length: 251 }, (_, i) => String(i)), 'now']);
  });

  it('that is cut off for it goes on where it was', async () => {
    const { desk, managed, juliet } = await scene(stage());
    desk.send(chat(juliet.bare, '1'));
    await settle(stage());
    stage().connectionOf(managed.client).overflow();
    desk.send(chat(juliet.bare, '2'));
    await settle(stage());
    await managed.resume(await returned(stage(), juliet));
    await settle(stage());
    expect(managed.bodies()).toEqual(['1', '2']);
  });

  it('or does not acknowledge is cut off, and goes on where it was', async () => {
    const { desk, phone, managed, juliet } = await scene(stage());
    const total = 4200;
    for (let i = 0; i < total; i++) {
      desk.send(chat(juliet.bare, String(i)));
      if (i % 100 === 0) await settle(stage());
    }
    expect(await phone.closed()).toContain('resource-constraint');
    const seen = managed.bodies().slice(0, 4000);
    managed.handled = seen.length;
    await settle(stage());
    const back = await returned(stage(), juliet);
    await managed.resume(back);
    await back.until(() => back.received.filter(({ name }) => name === 'message').length >= 200, 'the rest');
    expect([...seen, ...managed.bodies()]).toEqual(Array.from({ length: total }, (_, i) => String(i)));
  });

  //
  it('may be away for 100,000 messages: none is kept in memory, and all come', async () => {
    const { desk, managed, juliet } = await scene(stage());
    const session = stage().sessionOf(managed.client);
    managed.client.close();
    const total = 100_000;
    for (let i = 0; i < total; i++) {
      desk.write(`<message to='${juliet.bare}' type='chat'><body>${i}</body></message>`);
      if (i % 200 === 0) await stage().settled();
    }
    await settle(stage());
    expect(session.unacknowledged!.size).toBe(0);
    const back = await returned(stage(), juliet);
    expect((await managed.resume(back)).is('resumed', SM)).toBe(true);
    let next = 0;
    while (next < total) {
      await back.until(() => back.received.some(({ name }) => name === 'message'), 'more');
      for (const body of managed.bodies()) expect(body).toBe(String(next++));
      managed.acknowledge();
    }
  }, 180_000);
});

describe('a restart of the server', () => {
  /** The next server on the same tables, with what the first has recorded. */
  const restarted = async (first: Stage): Promise<Stage> => {
    const second = await open({ database: first.database, archive: first.archive, now: first.clock.now() });
    return second;
  };

  it('does not end a session: the client goes on with every stanza once and in order', async () => {
    const first = await open();
    const { desk, managed, juliet, romeo } = await scene(first);
    await managed.client.ask(xml('iq', { type: 'set' }, xml('enable', { xmlns: NS.carbons })));
    managed.handled++;
    desk.send(chat(juliet.bare, '1'));
    await settle(first);
    managed.bodies();
    desk.send(chat(juliet.bare, '2'));
    managed.client.send(chat(romeo.bare, 'mine'));
    await settle(first);
    await first.server.stop();
    expect(managed.client.raw).toContain('system-shutdown');

    const second = await restarted(first);
    const desk2 = await second.online(romeo, 'desk');
    await settle(second);
    desk2.received = [];
    // Somebody writes before the client is back: its session counts as there.
    desk2.send(chat(juliet.bare, '3'));
    await settle(second);
    const back = await returned(second, juliet);
    const resumed = await managed.resume(back);
    expect(resumed.is('resumed', SM), String(resumed)).toBe(true);
    expect(resumed.attrs['h']).toBe('2');
    desk2.send(chat(juliet.bare, '4'));
    await settle(second);
    expect(managed.bodies()).toEqual(['2', '3', '4']);
    expect(second.sessionOf(back).flags()).toContain('carbons.wanted');
    expect(second.sessionOf(back).isWilling).toBe(true);
    await second.close();
    await first.database.drop();
  });

  it('that was a crash resumes a client that neither got nor sent anything since the last writing', async () => {
    const first = await open();
    const { desk, managed, juliet, romeo } = await scene(first);
    desk.send(chat(juliet.bare, '1'));
    await settle(first);
    managed.bodies();
    await first.server.managing.flush();
    const second = await restarted(first);
    const desk2 = await second.online(romeo, 'desk');
    desk2.send(chat(juliet.bare, '2'));
    await settle(second);
    expect((await managed.resume(await returned(second, juliet))).is('resumed', SM)).toBe(true);
    await settle(second);
    expect(managed.bodies()).toEqual(['2']);
    await second.close();
    await first.close();
  });

  it.each(['received', 'sent'])('that was a crash refuses one that has %s something since', async (what) => {
    const first = await open();
    const { desk, managed, juliet, romeo } = await scene(first);
    await first.server.managing.flush();
    if (what === 'received') desk.send(chat(juliet.bare, '1'));
    else managed.client.send(chat(romeo.bare, 'mine'));
    await settle(first);
    managed.bodies();
    const second = await restarted(first);
    const back = await returned(second, juliet);
    const failed = await managed.resume(back);
    expect(failed.is('failed', SM)).toBe(true);
    // What was written may be behind what the client was told: it sends all again, and what is known is dropped.
    expect(failed.attrs['h']).toBeUndefined();
    expect(second.server.devices()).toEqual([]);
    await second.close();
    await first.close();
  });

  it('that was a crash just after a stream went on does not take the counters of its cut for true', async () => {
    const first = await open();
    const { desk, managed, juliet } = await scene(first);
    managed.client.close();
    await settle(first);
    await first.server.managing.flush();
    await managed.resume(await returned(first, juliet));
    desk.send(chat(juliet.bare, '1'));
    await settle(first);
    expect(managed.bodies()).toEqual(['1']);
    const second = await restarted(first);
    expect((await managed.resume(await returned(second, juliet))).is('failed', SM)).toBe(true);
    await second.close();
    await first.close();
  });

  it('ends sessions nobody comes back for, and says so', async () => {
    const first = await open();
    const { managed, juliet, romeo } = await scene(first);
    await first.server.stop();
    const second = await restarted(first);
    const desk = await second.online(romeo, 'desk');
    desk.received = [];
    second.advance(RESUME_WITHIN_MS + 1000);
    await second.server.managing.sweep(true);
    expect(second.server.devices().map(({ bare }) => bare)).toEqual([romeo.bare]);
    expect((await managed.resume(await returned(second, juliet))).is('failed', SM)).toBe(true);
    await second.close();
    await first.database.drop();
  });
});
