import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Stage } from '../testing/stage.contract.js';

type Event =
  | 'write'
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

/** Plays the steps, then lets everything come to rest in fine weather; gives what was written and said. */
async function play(stage: Stage, steps: readonly Step[]): Promise<{ written: string[]; said: string[] }> {
  const written: string[] = [];
  const said: string[] = [];
  const acts: Record<Event, () => void> = {
    write: () => stage.write(written[written.push(`w${written.length}`) - 1]!),
    deliver: () => stage.server.deliver(said[said.push(`d${said.length}`) - 1]!),
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
  return { written, said };
}

describe('a stream that outlasts its lines, whatever happens to them', () => {
  it('loses nothing, doubles nothing and keeps the order, both ways, as long as the server can resume', async () => {
    await fc.assert(
      fc.asyncProperty(story(ALWAYS), async (steps) => {
        const stage = new Stage();
        const { written, said } = await play(stage, steps);
        expect(stage.server.recorded).toEqual(written);
        expect(stage.received).toEqual(said);
        expect(stage.state).toEqual({ is: 'connected' });
        expect(stage.outbox.isEmpty).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  it('records once and in order what was written, also when the server cannot resume and the page is reloaded', async () => {
    await fc.assert(
      fc.asyncProperty(story([...ALWAYS, 'forget', 'reload']), async (steps) => {
        const stage = new Stage();
        const { written } = await play(stage, steps);
        expect(stage.server.recorded).toEqual(written);
        expect(new Set(stage.received).size).toBe(stage.received.length);
        expect(stage.state).toEqual({ is: 'connected' });
        expect(stage.outbox.isEmpty).toBe(true);
      }),
      { numRuns: 200 },
    );
  });
});
