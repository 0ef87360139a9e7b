import { type Count, evenly, type Log } from '@interoffice/telemetry';
import {
  badRequest,
  type Element,
  errorReply,
  internalServerError,
  PayloadMalformed,
  reply,
  resourceConstraint,
  serviceUnavailable,
  StanzaError,
} from '@interoffice/wire';
import type { Target } from './address.js';
import { answerKey, type Compilation } from './compile.js';
import { showsPresenceTo } from './contacts.js';
import type { Answer, Asked, Place, Reply } from './feature.js';

/** Questions of one device that wait for their turn; beyond this the next is refused with `<resource-constraint/>`. */
const MOST_WAITING = 256;

/**
 * What is also said of an address that is nobody's comes a multiple of this after the question: for an account the database
 * may have been asked. Several times what that takes. A-05
 */
const STRANGER_STEP_MS = 10;

/** Where the answers for an address are found. */
const PLACES: Readonly<Record<Target['class'], Place>> = {
  server: 'server',
  account: 'account',
  device: 'account',
  nobody: 'account',
  elsewhere: 'account',
  service: 'rooms',
  room: 'room',
  occupant: 'room',
};

/**
 * The table of IQ answers. Its one duty: every `get` and `set` is answered exactly once (RFC 6120 §8.2.3), in the order
 * one device asked. What a handler returns is the result, `refuse(…)` the error, a throw `internal-server-error`,
 * no entry in the table `service-unavailable`.
 */
export class Answers {
  constructor(
    private readonly compiled: Compilation,
    private readonly log: Log,
    private readonly refused: Count,
  ) {}

  /** Answers `asked` to the device that asked; returns once the answer was sent or has been queued behind earlier ones. */
  answer(asked: Asked): void {
    const { session } = asked;
    if (this.#find(asked)?.atOnce === true) return this.#answerAtOnce(asked);
    if (session.asking >= MOST_WAITING)
      return this.#send(asked, resourceConstraint('Too many questions wait for their answer; ask again in a moment.'));
    if (session.asking > 0)
      return this.#later(
        asked,
        session.answers.then(() => this.#run(asked)),
      );
    const outcome = this.#run(asked);
    if (outcome instanceof Promise) return this.#later(asked, outcome);
    this.#send(asked, outcome);
  }

  #answerAtOnce(asked: Asked): void {
    const outcome = this.#run(asked);
    if (outcome instanceof Promise) this.#later(asked, outcome);
    else this.#send(asked, outcome);
  }

  /** Queued work counts until its answer is out; the next question of the device runs behind it. */
  #later(asked: Asked, outcome: Promise<Reply | StanzaError>): void {
    const { session } = asked;
    session.asking++;
    session.answers = outcome.then((result) => {
      session.asking--;
      this.#send(asked, result);
    });
  }

  #run(asked: Asked): Reply | StanzaError | Promise<Reply | StanzaError> {
    const entry = this.#find(asked);
    const outcome = this.#outcome(asked, entry);
    if (!isStranger(asked)) return outcome;
    return evenly(STRANGER_STEP_MS, outcome, (said) => entry?.nobody === true || isError(said));
  }

  #outcome(asked: Asked, entry: Answer | undefined): Reply | StanzaError | Promise<Reply | StanzaError> {
    try {
      if (!entry) return serviceUnavailable();
      const outcome = entry.answer(asked);
      return outcome instanceof Promise ? outcome.catch((error: unknown) => this.#fault(asked, error)) : outcome;
    } catch (error) {
      return this.#fault(asked, error);
    }
  }

  #find({ iq, child, to, session }: Asked): Answer | undefined {
    const place = PLACES[to.class];
    const entry = this.#entry(iq, place, child);
    if (to.class === 'nobody' && entry?.nobody !== true) return undefined;
    if (place === 'account' && to.account !== session.account && !entry?.others) return undefined;
    // Other servers' people are told of this server what is meant for others, and nothing of what is meant for ours.
    if (place === 'server' && session.border && !entry?.others) return undefined;
    return entry;
  }

  #entry(iq: Element, place: Place, child: Element): Answer | undefined {
    return this.compiled.answers.get(answerKey(String(iq.attrs['type']), place, child.getNS() ?? '', child.getName()));
  }

  #fault({ child }: Asked, error: unknown): StanzaError {
    if (error instanceof PayloadMalformed) return badRequest(error.message);
    this.log.error('iq.answer.failed', { namespace: child.getNS(), error: error as Error });
    return internalServerError('The server failed to answer; its log names the cause.');
  }

  /** An answer that cannot be written, say for a control character from a directory, is a fault of ours as well. */
  #send(asked: Asked, outcome: Reply | StanzaError): void {
    try {
      this.#write(asked, outcome);
    } catch (error) {
      this.#write(asked, this.#fault(asked, error));
    }
  }

  #write({ iq, session, to }: Asked, outcome: Reply | StanzaError): void {
    let answer: Element;
    if (outcome instanceof StanzaError) answer = errorReply(iq, outcome);
    else if (outcome !== undefined && 'verdict' in outcome) answer = errorReply(iq, outcome.error);
    else answer = reply(iq, outcome);
    if (answer.attrs['type'] === 'error') this.refused.inc();
    answer.attrs['to'] = session.jid.toString();
    // RFC 6120 §8.1.2.1: what an account's server answers for it comes from the bare JID, or from no one when no one was asked.
    if (iq.attrs['to'] === undefined) delete answer.attrs['from'];
    else answer.attrs['from'] = to.jid.toString();
    session.send(answer);
  }
}

/** Does it ask about an account that does not show it its presence, or that is not there? */
function isStranger({ to, session }: Asked): boolean {
  if (PLACES[to.class] !== 'account' || to.account === session.account) return false;
  return to.account === undefined || !showsPresenceTo(to.account, session.account.bare);
}

function isError(outcome: Reply | StanzaError): boolean {
  return outcome instanceof StanzaError || (outcome !== undefined && 'verdict' in outcome);
}
