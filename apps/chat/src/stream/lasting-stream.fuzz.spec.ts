import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Stage } from '../testing/stage.contract.js';

type Event =
  | 'write'
  | 'say'
  | 'enter'
  | 'deliver'
  | 'cut'
  | 'black hole'
  | 'refuse'
  | 'silence'
  | 'clear up'
  | 'reload'
  | 'forget'
  | 'wake';
type Step = readonly [event: Event, waitMs: number];

const ALWAYS: readonly Event[] = [
  'write',
  'write',
  'say',
  'enter',
  'deliver',
  'cut',
  'black hole',
  'refuse',
  'silence',
  'clear up',
  'wake',
];

function story(events: readonly Event[]): fc.Arbitrary<Step[]> {
  const waits = fc.oneof(fc.constantFrom(0, 1, 4, 6, 11, 25), fc.nat(20_000));
  return fc.array(fc.tuple(fc.constantFrom(...events), waits), { maxLength: 60 });
}

/** What was written to one person, said in the room, and delivered. */
interface Told {
  readonly written: string[];
  readonly inRoom: string[];
  readonly said: string[];
}

/** Plays the steps, then lets everything come to rest in fine weather and in the room. */
async function play(stage: Stage, steps: readonly Step[]): Promise<Told> {
  const told: Told = { written: [], inRoom: [], said: [] };
  const next = (of: string[], name: string): string => of[of.push(`${name}${of.length}`) - 1]!;
  const acts: Record<Event, () => void> = {
    write: () => stage.write(next(told.written, 'w')),
    say: () => stage.say(next(told.inRoom, 'r')),
    enter: () => stage.enterRoom(),
    deliver: () => stage.server.deliver(next(told.said, 'd')),
    cut: () => stage.server.cut(),
    'black hole': () => stage.server.blackHole(),
    refuse: () => (stage.server.weather = 'refusing'),
    silence: () => (stage.server.weather = 'silent'),
    'clear up': () => (stage.server.weather = 'fine'),
    reload: () => stage.reload(),
    forget: () => stage.server.forget(),
    wake: () => stage.stream.check(5000),
  };
  await stage.clock.advance(100);
  for (const [event, waitMs] of steps) {
    acts[event]();
    await stage.clock.advance(waitMs);
  }
  stage.server.weather = 'fine';
  await stage.clock.advance(180_000);
  stage.enterRoom();
  await stage.clock.advance(60_000);
  return told;
}

/** Each once and in order; what is said in a room may wait for the room. */
function expectRecorded(stage: Stage, { written, inRoom }: Told): void {
  const recorded = (name: string): string[] => stage.server.recorded.filter((id) => id.startsWith(name));
  expect([recorded('w'), recorded('r')]).toEqual([written, inRoom]);
}

describe('a stream that outlasts its lines, whatever happens to them', () => {
  it('loses nothing, doubles nothing and keeps the order, both ways, as long as the server can resume', async () => {
    await fc.assert(
      fc.asyncProperty(story(ALWAYS), async (steps) => {
        const stage = new Stage();
        const told = await play(stage, steps);
        expectRecorded(stage, told);
        expect(stage.received).toEqual(told.said);
        expect(stage.state).toEqual({ is: 'connected' });
        expect(stage.outbox.waiting).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  it('records once and in order what was written, also when the server cannot resume and the page is reloaded', async () => {
    await fc.assert(
      fc.asyncProperty(story([...ALWAYS, 'forget', 'reload']), async (steps) => {
        const stage = new Stage();
        expectRecorded(stage, await play(stage, steps));
        expect(new Set(stage.received).size).toBe(stage.received.length);
        expect(stage.state).toEqual({ is: 'connected' });
        expect(stage.outbox.waiting).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });
});
