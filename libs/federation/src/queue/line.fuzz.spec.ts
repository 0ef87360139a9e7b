import fc from 'fast-check';
import { expect, it } from 'vitest';
import { LineStage } from './line-stage.contract.js';

/** What can happen between a journal and a peer. */
const someEvent = fc.oneof(
  { weight: 6, arbitrary: fc.record({ what: fc.constant('record' as const), count: fc.integer({ min: 1, max: 40 }) }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant('found' as const), count: fc.integer({ min: 1, max: 5 }) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      what: fc.constant('acknowledge' as const),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ what: fc.constantFrom('up', 'cut', 'refuse', 'choke', 'relieve') }) },
  {
    weight: 2,
    arbitrary: fc.record({
      what: fc.constantFrom('unreadable', 'readable', 'wait', 'courtesy', 'turn', 'turn', 'turn'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('restart' as const) }) },
);
type Event = typeof someEvent extends fc.Arbitrary<infer E> ? E : never;

/** The peer's side: what it took, and whether each stream brought what it had to. */
class Peer {
  readonly took: number[] = [];
  #stream: ReturnType<LineStage['open']> | undefined;
  #acknowledged = 0;
  /** Where the mark stood when the stream came up. */
  #from = 0;

  constructor(private readonly stage: LineStage) {}

  up(): void {
    this.#check();
    this.#from = Number(this.stage.line.mark);
    this.#stream = this.stage.open();
    this.#acknowledged = 0;
    this.stage.line.up(this.#stream);
  }

  down(how: 'cut' | 'refused'): void {
    this.#check();
    this.#stream = undefined;
    this.stage.line.down(how);
  }

  restarted(): void {
    this.#check();
    this.#stream = undefined;
  }

  choke(isChoked: boolean): void {
    if (!this.#stream) return;
    this.#stream.isChoked = isChoked;
    if (!isChoked) this.stage.line.relieved();
  }

  acknowledge(share: number): void {
    if (!this.#stream) return;
    const more = Math.floor((this.#stream.came.length - this.#acknowledged) * share);
    const taken = this.#stream.came.slice(this.#acknowledged, this.#acknowledged + more).map(Number);
    this.#acknowledged += more;
    // A courtesy has no number; what came before, over an earlier stream, is known by its own.
    for (const id of taken) if (!Number.isNaN(id) && id > (this.took.at(-1) ?? 0)) this.took.push(id);
    if (more > 0) this.stage.line.acknowledged(more);
  }

  /** Over each stream every message from the mark on, in order and without a gap, but for what was given up. */
  #check(): void {
    const got = this.#stream?.came.map(Number).filter((id) => !Number.isNaN(id)) ?? [];
    const givenUp = new Set(this.stage.givenUp.map((text) => Number.parseInt(text, 10)));
    const expected: number[] = [];
    for (let id = this.#from + 1; id <= (got.at(-1) ?? 0); id++)
      if (!givenUp.has(id) || got.includes(id)) expected.push(id);
    expect(got).toEqual(expected);
  }
}

async function happen(stage: LineStage, peer: Peer, event: Event): Promise<void> {
  switch (event.what) {
    case 'record':
      stage.record(event.count);
      break;
    case 'found': {
      // Durable, and told only after somebody may have read it.
      const first = stage.rows.length + 1;
      stage.record(event.count, { quietly: true });
      await stage.settled();
      for (let n = 0; n < event.count; n++) stage.tell(first + n);
      break;
    }
    case 'acknowledge':
      peer.acknowledge(event.share);
      break;
    case 'up':
      peer.up();
      break;
    case 'cut':
    case 'refuse':
      peer.down(event.what === 'cut' ? 'cut' : 'refused');
      break;
    case 'choke':
    case 'relieve':
      peer.choke(event.what === 'choke');
      break;
    case 'unreadable':
    case 'readable':
      stage.isUnreadable = event.what === 'unreadable';
      break;
    case 'wait':
      stage.pass(1_000);
      await stage.settled();
      break;
    case 'turn':
      // What is being read comes to half of its way.
      await new Promise<void>((resolve) => setImmediate(resolve));
      break;
    case 'courtesy':
      stage.line.carry(stage.courtesy('?'));
      break;
    case 'restart':
      peer.restarted();
      stage.restart();
      break;
  }
}

it('the peer has every message once and in order, whatever happens in between', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(someEvent, { minLength: 20, maxLength: 60 }), async (events) => {
      const stage = new LineStage();
      const peer = new Peer(stage);
      for (const event of events) await happen(stage, peer, event);
      // In the end all is well, and goes on.
      stage.isUnreadable = false;
      await stage.settled();
      peer.up();
      for (let rounds = 0; rounds < 2_000 && Number(stage.line.mark) < stage.rows.length; rounds++) {
        stage.pass(1_000);
        await stage.settled();
        peer.acknowledge(1);
      }
      const all = stage.rows.map(({ id }) => Number(id));
      expect(
        peer.took.concat(stage.givenUp.map((text) => Number.parseInt(text, 10))).toSorted((a, b) => a - b),
      ).toEqual(all);
      expect(stage.marks).toEqual(stage.marks.toSorted((a, b) => a - b));
      expect(Number(stage.line.mark)).toBe(all.length);
    }),
    { numRuns: 150 },
  );
});
