import type { Clock, Log, Metrics } from '@interoffice/telemetry';
import { type Element, type Jid, parseJid, Scanner, StreamError, type Vocabulary } from '@interoffice/wire';
import type { BoundDevice, C2sStream, StreamEnd } from '@interoffice/stream';
import { Account, type Accounts } from './accounts.js';
import { Addresses } from './address.js';
import { Answers } from './answers.js';
import { Arrived } from './arrived.js';
import { Canonical } from './canonical.js';
import { type Compilation, compile } from './compile.js';
import { Courtesies } from './courtesies.js';
import { Device } from './device.js';
import type { Abroad } from './host.js';
import type { Outlet } from './outlet.js';
import { Doubtful, Duplicates, REMEMBERED_MS, type SentMessages } from './duplicates.js';
import { Entering } from './entering.js';
import './events.js';
import { explain, type ExplainedStep } from './explain.js';
import type { Feature } from './feature.js';
import { IqRouter } from './iq-router.js';
import { Chronicle } from './chronicle.js';
import { answerFor } from './leftovers.js';
import { Passage } from './passage.js';
import { Position } from './position.js';
import { PresenceRouter } from './presence-router.js';
import type { Questions } from './questions.js';
import type { Recorder, Released } from './recorder.js';
import { Releasing } from './released.js';
import { type Border, Session, type SessionContext } from './session.js';
import type { Sessions } from './sessions.js';
import type { StanzaIds } from './stanza-ids.js';
import { Unacknowledged } from './unacknowledged.js';

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
  /** False where nothing is recorded: then nobody can be served from the journal, nor be resumed. */
  readonly isReadable: boolean;
  /** What accounts have sent, read from the journal. */
  readonly sent: SentMessages | undefined;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly treeLaneOnly?: boolean;
  /** What leads to domains that are not ours; undefined: nothing does. */
  readonly abroad?: Abroad;
}

/** Routing of one process, put together from its stations. */
export class Routing {
  readonly compiled: Compilation;
  readonly recorder: Recorder;
  readonly addresses: Addresses;
  readonly courtesies: Courtesies;
  /** For what the server itself has to say. */
  readonly chronicle: Chronicle;
  /** How far the journal has been released. */
  readonly released = new Position();
  /** Messages that came in, by the kind of stream, and what became of them. */
  readonly arrived = { clients: new Arrived(), peers: new Arrived() };
  readonly #entering: Entering;
  readonly #answers: Answers;
  readonly #context: SessionContext;
  readonly #whenReleased: (() => void)[] = [];

  constructor(private readonly parts: RoutingParts) {
    const { metrics, log, vocabulary } = parts;
    const canonical = new Canonical(vocabulary);
    this.compiled = compile(parts.features, vocabulary);
    const hosts = parts.features.flatMap(({ host }) => host ?? []);
    this.addresses = new Addresses(parts.domains, parts.accounts, parts.clock, hosts, parts.abroad);
    const leaving = new Passage();
    leaving.use(new Scanner(vocabulary));
    const outcome = (name: string) =>
      metrics.counter('interoffice_routing_messages_total', 'Messages by what became of them', { outcome: name });
    const releasing = new Releasing({
      compiled: this.compiled,
      passage: leaving,
      position: this.released,
      after: () => {
        for (const tell of this.#whenReleased) tell();
      },
      log,
      counts: {
        delivered: outcome('delivered'),
        waiting: outcome('waiting'),
        undeliverable: outcome('undeliverable'),
        ignored: outcome('ignored'),
      },
    });
    this.recorder = parts.recorder(releasing.released);
    this.#context = {
      released: this.released,
      isReadable: parts.isReadable,
      fellBehind: (session) => this.#watch((watch) => watch.fellBehind?.(session)),
      unwritten: (session) => this.#watch((watch) => watch.unwritten?.(session)),
      // It may be in the middle of a delivery.
      givenUp: (session) => queueMicrotask(() => this.end(session)),
    };
    const refused = metrics.counter('interoffice_routing_refused_total', 'Stanzas answered with an error');
    this.courtesies = new Courtesies(this.recorder);
    this.chronicle = new Chronicle({ ids: parts.ids, recorder: this.recorder, vocabulary });
    const repeated = (name: string) =>
      metrics.counter(
        'interoffice_routing_repeated_total',
        'Messages under an id their author used before: the same message, or the id reused for another',
        { content: name },
      );
    const lane = (name: string) =>
      metrics.counter('interoffice_routing_lane_total', 'Messages by the lane they came by', { lane: name });
    this.#answers = new Answers(this.compiled, log, refused);
    this.#entering = new Entering({
      ...parts,
      compiled: this.compiled,
      addresses: this.addresses,
      canonical,
      passage: new Passage(),
      recorder: this.recorder,
      duplicates: new Duplicates({
        sent: parts.sent,
        clock: parts.clock,
        log,
        counts: { same: repeated('same'), reused: repeated('reused') },
      }),
      iqs: new IqRouter(this.#answers, parts.questions, this.courtesies),
      presences: new PresenceRouter(this.compiled, this.courtesies, log),
      treeLaneOnly: parts.treeLaneOnly ?? false,
      courtesies: this.courtesies,
      epoch: () => this.addresses.epoch,
      arrived: this.arrived,
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
    // Renamed since the stream was authenticated.
    if (accounts.forwardOf(jid.bare)) throw renamed();
    if (!account?.facts.isActive) throw new StreamError('not-authorized', 'This account is not active.');
    if (!stream.isOpen) throw new StreamError('connection-timeout', 'The stream ended while the account was read.');
    const session = this.#open(account, jid, stream);
    this.#watch((watch) => watch.bound?.(session));
    this.parts.log.info('session.bound', { jid: jid.toString(), remote: stream.remoteAddress });
    return this.#device(session, stream);
  }

  // Stream management. XEP-0198

  /** From here on this device's stanzas are counted, and what it is sent is kept until it has acknowledged it. */
  enableManagement(session: Session): void {
    session.unacknowledged = new Unacknowledged();
    session.managedFrom = session.received;
  }

  /** The stream of a device that is about to be resumed is closed with `<conflict/>`, if it is still there. XEP-0198 §5 */
  takeOver(session: Session): void {
    const former = session.stream;
    if (!former) return;
    session.detach();
    this.#doubt(session);
    former.fail(new StreamError('conflict', 'The stream was resumed by another one.'));
    this.#watch((watch) => watch.detached?.(session));
  }

  /** A detached device goes on over another stream. */
  attach(session: Session, stream: C2sStream): BoundDevice {
    session.stream = stream;
    this.parts.log.info('session.resumed', { jid: session.jid.toString(), remote: stream.remoteAddress });
    return this.#device(session, stream);
  }

  /** A device from before a restart, detached; undefined when its resource has been bound meanwhile. */
  restore(account: Account, jid: Jid): Session | undefined {
    if (account.sessions.has(jid.resource ?? '')) return undefined;
    const session = this.#open(account, jid, undefined);
    session.boundAtMs = 0;
    session.detach();
    return session;
  }

  /** Puts a question to an account that is known to the asker by another address only; the answer comes from there. */
  askAccount(session: Session, iq: Element, of: { readonly account: Account; readonly jid: Jid }): void {
    const { account, jid } = of;
    const to = { ...this.addresses.own(account), jid };
    const [child] = iq.getChildElements();
    this.#answers.answer({ iq, child: child!, from: session.jid, to, account, session });
  }

  /** Somebody in whose name the server itself speaks: a device that nobody has bound, which receives nothing. */
  voice(domain: string): Session {
    const jid = parseJid(domain);
    const facts = { id: 0, jid, office: '', isActive: true, role: '' };
    return new Session(new Account(facts), jid, undefined, this.#context);
  }

  /**
   * Somebody at another server, by the address they write from: a device that nobody has bound here, whose stanzas come
   * over `border` and whose answers leave by `outlet`.
   */
  correspondent(jid: Jid, outlet: Outlet, border: Border): Session {
    const facts = { id: 0, jid: jid.toBare(), office: '', isActive: true, role: '' };
    const session = new Session(new Account(facts), jid, outlet, this.#context);
    session.border = border;
    return session;
  }

  /**
   * A stanza of a correspondent's. A promise: nothing was done; show it again when it settles. Throws a StreamError for
   * what no server may send.
   */
  enter(session: Session, bytes: Buffer, scan: Scanner): Promise<unknown> | undefined {
    return this.#entering.enter(session, bytes, scan);
  }

  /** Tells features that a correspondent may be in no room any more. */
  announceShutOut(session: Session): void {
    this.#watch((watch) => watch.shutOut?.(session));
  }

  /** Calls it after each batch that has been released. */
  onReleased(tell: () => void): void {
    this.#whenReleased.push(tell);
  }

  /** Tells features that a device has been restored, with everything that was kept of it. */
  announceKept(session: Session): void {
    this.#watch((watch) => watch.kept?.(session));
  }

  /** Tells features that a device is back from before a restart. */
  announceRestored(session: Session): void {
    this.#watch((watch) => watch.restored?.(session));
  }

  /** Tells features what a device has acknowledged. */
  announceAcknowledged(session: Session): void {
    this.#watch((watch) => watch.acknowledged?.(session));
  }

  /** A detached device is not kept any longer. */
  end(session: Session): void {
    if (session.stream) session.stream.fail(new StreamError('resource-constraint', 'The session cannot be kept.'));
    this.#gone(session, 'cut');
  }

  /** Tells features that a device has become available; the presence feature calls it. */
  announceAvailable(session: Session): void {
    this.#watch((watch) => watch.available?.(session));
  }

  /** Tells features that a device has broadcast its presence; the presence feature calls it. */
  announceBroadcast(session: Session): void {
    this.#watch((watch) => watch.broadcast?.(session));
  }

  /** What would be decided about a chat message between two addresses, station by station. Nothing is sent. */
  async explain(from: Jid, to: Jid): Promise<readonly ExplainedStep[]> {
    const { accounts, vocabulary } = this.parts;
    const [author] = await Promise.all([accounts.load(from.bare), this.addresses.find(to) ?? this.addresses.load(to)]);
    // Of a former address it is only known now whose account is meant.
    if (!this.addresses.find(to)) await this.addresses.load(to);
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
    if (session.stream) session.stream.fail(error);
    else this.end(session);
  }

  /** Ends all streams of an account. Returns how many there were. */
  disconnectAll(account: Account, error: StreamError): number {
    const open = [...account.sessions.values()];
    for (const session of open) this.disconnect(session, error);
    return open.length;
  }

  /**
   * Of an account that has another address, streams under the former one end; so do those that nobody has come back for
   * since a restart. Returns how many.
   */
  readdressed(account: Account): number {
    const former = [...account.sessions.values()].filter(({ jid, stream, boundAtMs }) => {
      return jid.bare !== account.bare || (!stream && boundAtMs === 0);
    });
    for (const session of former) this.disconnect(session, renamed());
    return former.length;
  }

  #replace(former: Session | undefined): void {
    if (!former) return;
    this.parts.log.info('session.replaced', { jid: former.jid.toString() });
    former.stream?.fail(new StreamError('conflict', 'The same resource was bound by another stream.'));
    // Now, not when its socket has closed: contacts must see the old device go before the new one comes.
    this.#gone(former, 'failed');
  }

  #open(account: Account, jid: Jid, stream: C2sStream | undefined): Session {
    const session = new Session(account, jid, stream, this.#context);
    session.boundAtMs = this.parts.clock.now();
    this.#replace(account.sessions.get(session.resource));
    this.parts.sessions.add(session);
    return session;
  }

  #device(session: Session, stream: C2sStream): Device {
    return new Device(session, stream, {
      enter: (from, bytes, scan) => this.#entering.enter(from, bytes, scan),
      left: (device, end) => this.#left(device, end),
      acknowledged: (from) => this.announceAcknowledged(from),
    });
  }

  #left({ session, stream }: Device, end: StreamEnd): void {
    // Another stream has taken over: this one's end says nothing.
    if (session.stream !== stream) return;
    if (end !== 'cut' || !session.isResumable) return this.#gone(session, end);
    session.detach();
    this.#doubt(session);
    this.parts.log.info('session.detached', { jid: session.jid.toString() });
    this.#watch((watch) => watch.detached?.(session));
  }

  /** Its client cannot know what has arrived of what it sent last. */
  #doubt(session: Session): void {
    const { account } = session;
    const former = account.doubtful;
    const inFlight = [former?.inFlight, session.uncommitted > 0 ? session.whenDecided() : undefined];
    // In doubt for the first time since it came into memory: then what it has sent since is remembered.
    const isRemembered = former === undefined || former.isRemembered;
    account.doubtful = new Doubtful(this.parts.clock.now() + REMEMBERED_MS, all(inFlight), isRemembered);
  }

  #gone(session: Session, end: StreamEnd): void {
    if (!this.parts.sessions.remove(session)) return;
    this.parts.questions.gone(session);
    if (end !== 'closed') this.#doubt(session);
    this.#watch((watch) => watch.gone?.(session, end));
    answerFor(session, (bare) => this.parts.accounts.peek(bare));
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

/**
 * The account has another address: its devices are to log in again. `reset` says just that (RFC 6120 §4.9.3.16); after
 * `conflict` clients stay away, and `host-gone` is about the domain.
 */
export function renamed(): StreamError {
  return new StreamError('reset', 'This account has another address now. Please log in again.');
}

/** Of several streams that were cut one after the other, each may have left something on its way. */
function all(waits: readonly (Promise<void> | undefined)[]): Promise<void> | undefined {
  const waiting = waits.filter((wait) => wait !== undefined);
  return waiting.length > 1 ? Promise.all(waiting).then(() => undefined) : waiting[0];
}
