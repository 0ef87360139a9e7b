import { describe, expect, it } from 'vitest';
import { LineStage } from './line-stage.contract.js';

/** Lets what was begun come to its end: everything here settles within some turns of promises. */
describe('the line to a peer', () => {
  it('sends what was recorded before it, and then what comes', async () => {
    const stage = new LineStage();
    stage.record(3);
    stage.line.up(stage.open());
    await stage.settled();
    expect(stage.got).toEqual([1, 2, 3]);
    expect(stage.line.isLive).toBe(true);
    stage.record(2);
    expect(stage.got).toEqual([1, 2, 3, 4, 5]);
    expect(stage.reads).toBeLessThanOrEqual(3);
  });

  it('moves its mark with what the peer has taken, and with nothing else', async () => {
    const stage = new LineStage();
    stage.line.up(stage.open());
    await stage.settled();
    stage.record(5);
    expect([stage.line.mark, stage.line.unacknowledged]).toEqual([0n, 5]);
    stage.line.acknowledged(3);
    expect([stage.line.mark, stage.line.unacknowledged, stage.handedOver]).toEqual([3n, 2, [1, 2, 3]]);
    expect(stage.marks).toEqual([3]);
  });

  it('sends again over the next stream what was not taken over the one before', async () => {
    const stage = new LineStage();
    stage.line.up(stage.open());
    await stage.settled();
    stage.record(4);
    stage.line.acknowledged(1);
    stage.line.down('cut');
    stage.record(2);
    expect(stage.got).toEqual([1, 2, 3, 4]);
    stage.line.up(stage.open());
    await stage.settled();
    expect(stage.got).toEqual([2, 3, 4, 5, 6]);
  });

  it('goes on from its mark after a restart, however much waits', async () => {
    const stage = new LineStage({ mark: 100n });
    stage.record(1_500, { quietly: true });
    stage.line.up(stage.open());
    await stage.settled();
    // A window at a time.
    expect([stage.got[0], stage.got.length]).toEqual([101, 1_000]);
    stage.line.acknowledged(1_000);
    await stage.settled();
    expect([stage.got.length, stage.got.at(-1), stage.line.isLive]).toEqual([1_400, 1_500, true]);
  });

  it('asks what was taken after a hundred, and of fewer when half a second has passed', async () => {
    const stage = new LineStage();
    stage.line.up(stage.open());
    await stage.settled();
    stage.record(100);
    expect(stage.asked).toBe(1);
    stage.record(1);
    expect(stage.asked).toBe(1);
    stage.pass(500);
    expect(stage.asked).toBe(2);
  });

  it('waits while the peer takes less than it is sent, and sends the rest from the journal', async () => {
    const stage = new LineStage();
    const stream = stage.open();
    stage.line.up(stream);
    await stage.settled();
    stream.isChoked = true;
    stage.record(5);
    await stage.settled();
    expect([stage.got, stage.line.isLive]).toEqual([[], false]);
    stream.isChoked = false;
    stage.line.relieved();
    await stage.settled();
    expect([stage.got, stage.line.isLive]).toEqual([[1, 2, 3, 4, 5], true]);
  });

  it('sends no row twice that it has found in the journal before it was told of it', async () => {
    const stage = new LineStage();
    stage.line.up(stage.open());
    stage.record(2, { quietly: true });
    await stage.settled();
    expect(stage.got).toEqual([1, 2]);
    stage.tell(1);
    stage.tell(2);
    stage.record(1);
    expect(stage.got).toEqual([1, 2, 3]);
  });

  it('asks the journal again while it cannot be read', async () => {
    const stage = new LineStage();
    stage.isUnreadable = true;
    stage.record(2);
    stage.line.up(stage.open());
    await stage.settled();
    expect(stage.got).toEqual([]);
    stage.isUnreadable = false;
    stage.pass(1_000);
    await stage.settled();
    expect(stage.got).toEqual([1, 2]);
  });

  describe('gives up', () => {
    it('what is too old, the oldest first, whether there is a stream or not', async () => {
      const stage = new LineStage({ maxAgeMs: 60_000 });
      stage.record(450);
      stage.pass(30_000);
      stage.record(2);
      stage.pass(30_001);
      await stage.line.age();
      expect(stage.givenUp.length).toBe(450);
      expect([stage.givenUp[0], stage.givenUp.at(-1)]).toEqual(['1 too-old', '450 too-old']);
      expect(stage.line.mark).toBe(450n);
      stage.line.up(stage.open());
      await stage.settled();
      expect(stage.got).toEqual([451, 452]);
    });

    it('nothing that is under way, however old it has become', async () => {
      const stage = new LineStage({ maxAgeMs: 60_000 });
      stage.line.up(stage.open());
      await stage.settled();
      stage.record(1);
      stage.pass(60_001);
      await stage.line.age();
      expect(stage.givenUp).toEqual([]);
      stage.line.acknowledged(1);
      expect(stage.handedOver).toEqual([1]);
    });

    // F-10
    it('the one message over which the peer ends its streams, and no other', async () => {
      const stage = new LineStage();
      stage.poison = 7;
      stage.record(20);
      for (let streams = 1; stage.line.mark < 20n && streams < 30; streams++) {
        const stream = stage.open();
        stage.line.up(stream);
        await stage.answered(stream);
      }
      expect(stage.givenUp).toEqual(['7 refused-again']);
      expect(stage.handedOver).toEqual([1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20]);
      // Once beside others, and three times by itself.
      expect(stage.ended).toBe(4);
    });
  });

  describe('carries what is not recorded', () => {
    it('behind the messages before it', async () => {
      const stage = new LineStage();
      const stream = stage.open();
      stage.line.up(stream);
      await stage.settled();
      stream.isChoked = true;
      stage.record(2);
      expect(stage.line.carry(stage.courtesy('a'))).toBe(true);
      stage.record(1);
      stream.isChoked = false;
      stage.line.relieved();
      await stage.settled();
      expect(stage.said).toEqual(['1', '2', 'a', '3']);
      stage.line.acknowledged(4);
      expect([stage.handedOver, stage.lost]).toEqual([[1, 2, 3], []]);
    });

    it('not without a stream, nor without bound', async () => {
      const stage = new LineStage();
      expect(stage.line.carry(stage.courtesy('a'))).toBe(false);
      const stream = stage.open();
      stage.line.up(stream);
      await stage.settled();
      stream.isChoked = true;
      const taken = Array.from({ length: 1_001 }, (_, n) => stage.line.carry(stage.courtesy(String(n))));
      expect([taken.indexOf(false), stage.lost]).toEqual([1_000, []]);
    });

    it('once the stream is there that is expected, behind the messages before it', async () => {
      const stage = new LineStage();
      stage.line.expect();
      stage.record(1);
      expect(stage.line.carry(stage.courtesy('a'))).toBe(true);
      stage.record(1);
      stage.line.up(stage.open());
      await stage.settled();
      expect([stage.said, stage.lost]).toEqual([['1', 'a', '2'], []]);
    });

    it('not any longer when the peer cannot be reached', () => {
      const stage = new LineStage();
      stage.line.expect();
      stage.line.carry(stage.courtesy('a'));
      stage.line.unreachable();
      expect([stage.lost, stage.line.carry(stage.courtesy('b'))]).toEqual([['a'], false]);
    });

    it('and says which of it nobody can be sure of when the line goes down', async () => {
      const stage = new LineStage();
      const stream = stage.open();
      stage.line.up(stream);
      await stage.settled();
      for (const name of ['a', 'b']) stage.line.carry(stage.courtesy(name));
      stage.line.acknowledged(1);
      stream.isChoked = true;
      stage.line.carry(stage.courtesy('c'));
      stage.line.down('cut');
      expect(stage.lost).toEqual(['b', 'c']);
    });
  });
});
