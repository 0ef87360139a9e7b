import { describe, expect, it } from 'vitest';
import { Stage } from '../testing/stage.contract.js';

async function connected(): Promise<Stage> {
  const stage = new Stage();
  await stage.clock.advance(3000);
  expect(stage.state).toEqual({ is: 'connected' });
  return stage;
}

describe('a stream that outlasts its lines', () => {
  it('resumes after every cut of one page, and the client sees one session', async () => {
    const stage = await connected();
    for (const n of [1, 2, 3, 4]) {
      stage.write(`before ${n}`);
      stage.server.deliver(`for you ${n}`);
      stage.server.cut();
      stage.write(`during ${n}`);
      expect(stage.state).toMatchObject({ is: 'reconnecting' });
      await stage.clock.advance(5000);
      expect(stage.state).toEqual({ is: 'connected' });
    }
    expect(stage.server.recorded).toEqual([1, 2, 3, 4].flatMap((n) => [`before ${n}`, `during ${n}`]));
    expect(stage.received).toEqual([1, 2, 3, 4].map((n) => `for you ${n}`));
    expect(stage.sessions).toBe(1);
    expect(stage.outbox.waiting).toEqual([]);
  });

  it('delivers once what was written while the line was silently dead', async () => {
    const stage = await connected();
    stage.server.blackHole();
    stage.write('anybody?');
    expect(stage.outbox.waiting).toHaveLength(1);
    await stage.clock.advance(9000);
    expect(stage.state).toEqual({ is: 'connected' });
    await stage.clock.advance(6000);
    expect(stage.server.recorded).toEqual(['anybody?']);
    expect(stage.outbox.waiting).toEqual([]);
  });

  it('finds a dead line by asking, though nothing is written', async () => {
    const stage = await connected();
    stage.server.blackHole();
    await stage.clock.advance(40_000);
    await stage.clock.advance(3000);
    expect(stage.states.map(({ is }) => is)).toContain('reconnecting');
    expect(stage.state).toEqual({ is: 'connected' });
  });

  it('sends again, under the same ids, what a session that cannot be resumed has left', async () => {
    const stage = await connected();
    stage.server.blackHole();
    stage.write('one');
    stage.server.forget();
    stage.write('two');
    await stage.clock.advance(15_000);
    stage.write('three');
    await stage.clock.advance(1000);
    expect(stage.sessions).toBe(2);
    expect(stage.server.recorded).toEqual(['one', 'two', 'three']);
    expect(stage.outbox.waiting).toEqual([]);
  });

  it('keeps what is written between two sessions', async () => {
    const stage = await connected();
    stage.stream.leave();
    stage.write('nobody is there');
    stage.begin();
    stage.write('not bound yet');
    await stage.clock.advance(3000);
    expect(stage.server.recorded).toEqual(['nobody is there', 'not bound yet']);
  });

  it('sends after a reload of the page what the server had not acknowledged', async () => {
    const stage = await connected();
    stage.server.weather = 'refusing';
    stage.server.cut();
    stage.write('before the reload');
    stage.server.weather = 'fine';
    stage.reload();
    await stage.clock.advance(3000);
    expect(stage.server.recorded).toEqual(['before the reload']);
    expect(stage.shelf.items.size).toBe(0);
  });

  it('keeps what was said in a room until the room has let the device of the next session in', async () => {
    const stage = await connected();
    const waiting = (): (string | undefined)[] => stage.outbox.waiting.map(({ id }) => id);
    stage.enterRoom();
    await stage.clock.advance(100);
    stage.say('one');
    await stage.clock.advance(3000);
    stage.server.blackHole();
    stage.say('two');
    stage.server.forget();
    stage.write('not in a room');
    await stage.clock.advance(15_000);
    stage.say('three');
    await stage.clock.advance(3000);
    expect(stage.server.recorded).toEqual(['one', 'not in a room']);
    expect(waiting()).toEqual(['two', 'three']);
    stage.reload();
    await stage.clock.advance(3000);
    expect(waiting()).toEqual(['two', 'three']);
    stage.enterRoom();
    await stage.clock.advance(3000);
    stage.say('four');
    await stage.clock.advance(3000);
    expect(stage.server.recorded).toEqual(['one', 'not in a room', 'two', 'three', 'four']);
    expect(waiting()).toEqual([]);
  });

  it('counts on from what a server that was killed remembers', async () => {
    const stage = await connected();
    ['a', 'b', 'c'].forEach((body) => stage.write(body));
    await stage.clock.advance(100);
    expect(stage.outbox.waiting).toEqual([]);
    stage.server.rewind(2);
    stage.server.cut();
    await stage.clock.advance(3000);
    stage.write('d');
    await stage.clock.advance(100);
    expect(stage.server.recorded).toEqual(['a', 'b', 'c', 'd']);
    expect(stage.outbox.waiting).toEqual([]);
    expect(stage.sessions).toBe(1);
  });

  it('shows a message as waiting until the server has recorded it, and does not take a stalled archive for a dead line', async () => {
    const stage = await connected();
    stage.server.isHolding = true;
    stage.write('hold this');
    await stage.clock.advance(60_000);
    expect(stage.outbox.waiting).toHaveLength(1);
    expect(stage.server.connections).toBe(1);
    stage.server.release();
    await stage.clock.advance(2000);
    expect(stage.outbox.waiting).toEqual([]);
  });

  it('tries again when a handshake is not answered within ten seconds', async () => {
    const stage = await connected();
    stage.server.weather = 'silent';
    stage.server.cut();
    await stage.clock.advance(2000);
    expect(stage.server.connections).toBe(2);
    await stage.clock.advance(10_000);
    expect(stage.state).toMatchObject({ is: 'reconnecting', reason: 'The server did not answer.' });
    stage.server.weather = 'fine';
    await stage.clock.advance(3000);
    expect(stage.state).toEqual({ is: 'connected' });
    expect(stage.sessions).toBe(1);
  });

  it('waits longer after each failure, at most thirty seconds, and says when it tries next', async () => {
    const stage = await connected();
    stage.server.weather = 'refusing';
    stage.server.cut();
    const since = stage.clock.now();
    const waits: number[] = [];
    for (let n = 0; n < 8; n++) {
      const { state } = stage;
      if (state.is !== 'reconnecting' || state.nextTryAt === undefined) throw new Error(state.is);
      expect(state.since).toBe(since);
      waits.push(state.nextTryAt - stage.clock.now());
      await stage.clock.advance(waits.at(-1)! + 5);
    }
    expect(waits).toEqual([750, 1500, 3000, 6000, 12_000, 22_500, 22_500, 22_500]);
  });

  it('tries at once when somebody asks, and tests a line that seems to be there', async () => {
    const stage = await connected();
    stage.server.weather = 'refusing';
    stage.server.cut();
    await stage.clock.advance(60_000);
    stage.server.weather = 'fine';
    stage.stream.check();
    await stage.clock.advance(100);
    expect(stage.state).toEqual({ is: 'connected' });
    stage.server.blackHole();
    stage.stream.check(5000);
    await stage.clock.advance(4999);
    expect(stage.state).toEqual({ is: 'connected' });
    await stage.clock.advance(1);
    expect(stage.state).toMatchObject({ is: 'reconnecting' });
  });

  it('does not take the answer that a frozen page has not read yet for one that is missing', async () => {
    const stage = await connected();
    stage.write('just before');
    await stage.clock.freeze(3_600_000);
    await stage.clock.advance(1000);
    expect(stage.outbox.waiting).toEqual([]);
    expect(stage.server.connections).toBe(1);
  });

  it('does not knock without a pause at a server that lets it in and throws it out', async () => {
    const stage = await connected();
    for (let n = 0; n < 1000; n++) {
      stage.server.cut();
      await stage.clock.advance(60);
    }
    expect(stage.server.connections).toBeLessThan(12);
  });

  it('does not fight for a session that another window has taken over', async () => {
    const stage = await connected();
    stage.server.say(
      "<stream:error xmlns:stream='http://etherx.jabber.org/streams'><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>",
    );
    await stage.clock.advance(600_000);
    expect(stage.state).toEqual({ is: 'replaced' });
    expect(stage.server.connections).toBe(1);
    stage.stream.check();
    await stage.clock.advance(3000);
    expect(stage.state).toEqual({ is: 'connected' });
  });

  //
  it('trusts nothing about a stream whose server acknowledges more than was sent', async () => {
    const stage = await connected();
    stage.write('one');
    await stage.clock.advance(100);
    stage.server.say("<a xmlns='urn:xmpp:sm:3' h='77'/>");
    await stage.clock.advance(3000);
    expect(stage.sessions).toBe(2);
    expect(stage.state).toEqual({ is: 'connected' });
  });

  it('takes a frame that is not XML for the end of the line', async () => {
    const stage = await connected();
    stage.server.say('<message><body>');
    await stage.clock.advance(3000);
    expect(stage.server.connections).toBe(2);
    expect(stage.sessions).toBe(1);
  });

  it('works with a server that does not resume: a cut is the end of the session', async () => {
    const stage = new Stage();
    stage.server.offersResumption = false;
    await stage.clock.advance(1000);
    expect(stage.state).toEqual({ is: 'connected' });
    stage.write('sent');
    await stage.clock.advance(10);
    expect(stage.outbox.waiting).toEqual([]);
    stage.server.cut();
    stage.write('kept');
    await stage.clock.advance(3000);
    expect(stage.sessions).toBe(2);
    expect(stage.server.recorded).toEqual(['sent', 'kept']);
  });

  it('does not keep what nobody would miss', async () => {
    const stage = await connected();
    stage.server.isHolding = true;
    stage.stream.send("<message id='1'><composing xmlns='http://jabber.org/protocol/chatstates'/></message>");
    stage.stream.send('<presence/>');
    expect(stage.outbox.waiting).toEqual([]);
  });
});
