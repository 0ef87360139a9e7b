import { afterTurns } from '@interoffice/telemetry';

/** A busy loop answers a few sockets per turn: this many turns make steps worth a statement. */
const GATHER_TURNS = 16;

interface Waiting<Q, A> {
  readonly question: Q;
  readonly settle: (answer: A) => void;
  readonly fail: (error: unknown) => void;
}

/**
 * Questions for the database, asked together: those of a few turns of the event loop, and those that come while the ones
 * before them are on their way. Under load one statement answers dozens; on an idle server a question waits for
 * microseconds. `ask` answers in the order of the questions; when it rejects, everybody whose question it was hears so.
 */
export class Gathering<Q, A> {
  #waiting: Waiting<Q, A>[] = [];
  #isAsking = false;

  constructor(
    private readonly ask: (questions: readonly Q[]) => Promise<readonly A[]>,
    /** The most questions of one statement; the others wait for the next. */
    private readonly most = 500,
  ) {}

  one(question: Q): Promise<A> {
    const { promise, resolve, reject } = Promise.withResolvers<A>();
    this.#waiting.push({ question, settle: resolve, fail: reject });
    if (!this.#isAsking) this.#askSoon();
    return promise;
  }

  #askSoon(): void {
    this.#isAsking = true;
    afterTurns(GATHER_TURNS, () => void this.#askThem(this.#waiting.splice(0, this.most)));
  }

  async #askThem(them: readonly Waiting<Q, A>[]): Promise<void> {
    try {
      const answers = await this.ask(them.map(({ question }) => question));
      for (let i = 0; i < them.length; i++) them[i]!.settle(answers[i]!);
    } catch (error) {
      for (const { fail } of them) fail(error);
    }
    this.#isAsking = false;
    if (this.#waiting.length > 0) this.#askSoon();
  }
}
