import type { Clock, Log, Metrics } from '@interoffice/telemetry';
import { type Jid, Scanner, StreamError, type Vocabulary } from '@interoffice/wire';
import type { BoundDevice, C2sStream } from '@interoffice/stream';
import type { Account, Accounts } from './accounts.js';
import { Addresses } from './address.js';
import { Answers } from './answers.js';
import { Canonical } from './canonical.js';
import { type Compilation, compile } from './compile.js';
import { Courtesies } from './courtesies.js';
import { Entering } from './entering.js';
import './events.js';
import { explain, type ExplainedStep } from './explain.js';
import type { Feature } from './feature.js';
import { IqRouter } from './iq-router.js';
import { Passage } from './passage.js';
import { PresenceRouter } from './presence-router.js';
import type { Questions } from './questions.js';
import type { Recorder, Released } from './recorder.js';
import { Releasing } from './released.js';
import { Session } from './session.js';
import type { Sessions } from './sessions.js';
import type { StanzaIds } from './stanza-ids.js';

export interface RoutingParts {
  readonly domains: ReadonlySet<string>;
  readonly vocabulary: Vocabulary;
  readonly features: readonly Feature[];
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly questions: Questions;
  readonly ids: StanzaIds;
  /** Made with the callback that takes its released batches. */
  readonly recorder: (released: (batch: Released) => void) => Recorder;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly treeLaneOnly?: boolean;
}

/** Routing of one process, put together from its stations. */
export class Routing {
  readonly compiled: Compilation;
  readonly recorder: Recorder;
  readonly addresses: Addresses;
  readonly courtesies: Courtesies;
  readonly #entering: Entering;

  constructor(private readonly parts: RoutingParts) {
    const { metrics, log, vocabulary } = parts;
    const canonical = new Canonical(vocabulary);
    this.compiled = compile(parts.features, vocabulary);
    this.addresses = new Addresses(parts.domains, parts.accounts);
    const leaving = new Passage();
    leaving.use(new Scanner(vocabulary));
    const outcome = (name: string) =>
      metrics.counter('interoffice_routing_messages_total', 'Messages by what became of them', { outcome: name });
    const releasing = new Releasing({
      compiled: this.compiled,
      passage: leaving,
      log,
      counts: {
        delivered: outcome('delivered'),
        waiting: outcome('waiting'),
        undeliverable: outcome('undeliverable'),
        ignored: outcome('ignored'),
      },
    });
    this.recorder = parts.recorder(releasing.released);
    const refused = metrics.counter('interoffice_routing_refused_total', 'Stanzas answered with an error');
    this.courtesies = new Courtesies(this.recorder);
    const lane = (name: string) =>
      metrics.counter('interoffice_routing_lane_total', 'Messages by the lane they came by', { lane: name });
    this.#entering = new Entering({
      ...parts,
      compiled: this.compiled,
      addresses: this.addresses,
      canonical,
      passage: new Passage(),
      recorder: this.recorder,
      iqs: new IqRouter(new Answers(this.compiled, log, refused), parts.questions, this.courtesies),
      presences: new PresenceRouter(this.compiled, this.courtesies, log),
      treeLaneOnly: parts.treeLaneOnly ?? false,
      epoch: () => parts.accounts.epoch,
      counts: { fast: lane('fast'), tree: lane('tree'), refused },
    });
  }

  /**
   * A stream's peer is authenticated and wants a resource. RFC 6120 §7. The device that held the same resource is
   * closed with `<conflict/>` (§7.7.2.2). Rejects when the account cannot be read.
   */
  async bind(stream: C2sStream, jid: Jid): Promise<BoundDevice> {
    const { accounts } = this.parts;
    // Who has just logged in exists, even if he did not when somebody wrote to him last.
    if (accounts.peek(jid.bare) === null) accounts.forget(jid.bare);
    const account = await accounts.load(jid.bare);
    if (!account?.facts.isActive) throw new StreamError('not-authorized', 'This account is not active.');
    if (!stream.isOpen) throw new StreamError('connection-timeout', 'The stream ended while the account was read.');
    const session = new Session(account, jid, stream, this.parts.clock.now());
    this.#replace(account.sessions.get(session.resource));
    this.parts.sessions.add(session);
    this.#watch((watch) => watch.bound?.(session));
    this.parts.log.info('session.bound', { jid: jid.toString(), remote: stream.remoteAddress });
    return {
      jid,
      element: (bytes, scan) => this.#entering.enter(session, bytes, scan),
      gone: () => this.#gone(session),
    };
  }

  /** Tells features that a device has become available; the presence feature calls it. */
  announceAvailable(session: Session): void {
    this.#watch((watch) => watch.available?.(session));
  }

  /** What would be decided about a chat message between two addresses, station by station. Nothing is sent. */
  async explain(from: Jid, to: Jid): Promise<readonly ExplainedStep[]> {
    const { accounts, vocabulary } = this.parts;
    const [author] = await Promise.all([
      accounts.load(from.bare),
      this.addresses.isOurs(to.domain) && accounts.load(to.bare),
    ]);
    const target = this.addresses.find(to);
    if (!author || !target) return [{ step: 'author', outcome: 'fails', because: `${from.bare} has no account here` }];
    return explain({ compiled: this.compiled, vocabulary, author, from, target });
  }

  /** Tells features that a device takes messages from now on; the presence feature calls it. */
  announceWilling(session: Session): void {
    this.#watch((watch) => watch.willing?.(session));
  }

  /** Ends a device's stream with an error: an administrator, a suspension, another bind. */
  disconnect(session: Session, error: StreamError): void {
    session.stream.fail(error);
  }

  /** Ends all streams of an account. Returns how many there were. */
  disconnectAll(account: Account, error: StreamError): number {
    const open = [...account.sessions.values()];
    for (const session of open) this.disconnect(session, error);
    return open.length;
  }

  #replace(former: Session | undefined): void {
    if (!former) return;
    this.parts.log.info('session.replaced', { jid: former.jid.toString() });
    former.stream.fail(new StreamError('conflict', 'The same resource was bound by another stream.'));
    // Now, not when its socket has closed: contacts must see the old device go before the new one comes.
    this.#gone(former);
  }

  #gone(session: Session): void {
    if (!this.parts.sessions.remove(session)) return;
    this.parts.questions.gone(session);
    this.#watch((watch) => watch.gone?.(session));
    this.parts.log.info('session.gone', { jid: session.jid.toString() });
  }

  #watch(tell: (watch: Compilation['watches'][number]['watch']) => void): void {
    for (const { feature, watch } of this.compiled.watches) {
      try {
        tell(watch);
      } catch (error) {
        this.parts.log.error('feature.failed', { feature, phase: 'watch', error: error as Error });
      }
    }
  }
}
