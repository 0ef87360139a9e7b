import type { Count, Log } from '@interoffice/telemetry';
import {
  decodeAttribute,
  type Element,
  errorReply,
  gone,
  internalServerError,
  type Jid,
  jidMalformed,
  remoteServerNotFound,
  resourceConstraint,
  type Scanner,
  serviceUnavailable,
  type StanzaError,
  StreamError,
  tryJid,
} from '@interoffice/wire';
import type { Addresses, Target } from './address.js';
import type { Arrived } from './arrived.js';
import { isSame } from './child-parts.js';
import { Canonical } from './canonical.js';
import { type Compilation, type Compiled, slotOf } from './compile.js';
import type { Courtesies } from './courtesies.js';
import type { Duplicates } from './duplicates.js';
import type { Hosted } from './host.js';
import { isWorthKeeping } from './worth-keeping.js';
import type { IqRouter } from './iq-router.js';
import type { Passage } from './passage.js';
import { Patience } from './patience.js';
import type { Phase } from './phases.js';
import type { PresenceRouter } from './presence-router.js';
import { isFull, type Recorder } from './recorder.js';
import type { Session } from './session.js';
import type { StanzaIds } from './stanza-ids.js';
import { type Kind, typeAt } from './stanza-type.js';
import { against, COURTESY, type Dropped, PASSED, passedAbout, refuse, type Refused, SENT_BEFORE } from './verdict.js';

export interface EnteringParts {
  readonly compiled: Compilation;
  readonly addresses: Addresses;
  readonly canonical: Canonical;
  readonly passage: Passage;
  readonly ids: StanzaIds;
  readonly duplicates: Duplicates;
  readonly recorder: Recorder;
  readonly courtesies: Courtesies;
  readonly iqs: IqRouter;
  readonly presences: PresenceRouter;
  /** Forces the second lane for every stanza: the tests run everything in both. */
  readonly treeLaneOnly: boolean;
  readonly epoch: () => number;
  readonly log: Log;
  /** Messages of our own devices, and of people at other servers. */
  readonly arrived: { readonly clients: Arrived; readonly peers: Arrived };
  readonly counts: { readonly fast: Count; readonly tree: Count; readonly refused: Count };
}

/**
 * A stanza has come in: whose is it, may it pass. Runs admit, stamp, screen, address and welcome, then hands messages to
 * the recorder. Synchronous from end to end; the one thing it may ask for is to see the stanza again once an account has
 * been loaded.
 */
export class Entering {
  readonly #admit: readonly (readonly Compiled<'admit'>[])[];
  readonly #stamp: readonly (readonly Compiled<'stamp'>[])[];
  readonly #screen: readonly (readonly Compiled<'screen'>[])[];
  readonly #welcome: readonly (readonly Compiled<'welcome'>[])[];
  readonly #patience = new Patience();

  constructor(private readonly parts: EnteringParts) {
    this.#admit = parts.compiled.hooks('admit');
    this.#stamp = parts.compiled.hooks('stamp');
    this.#screen = parts.compiled.hooks('screen');
    this.#welcome = parts.compiled.hooks('welcome');
  }

  /**
   * One stanza of a bound device. A promise: nothing was done; show it once more when it settles, for then the account it
   * is meant for is in memory. Throws a StreamError when the stream has to end.
   */
  enter(session: Session, bytes: Buffer, scan: Scanner): Promise<unknown> | undefined {
    const kind = kindAt(bytes, scan);
    if (!kind) throw new StreamError('unsupported-stanza-type', 'Only message, presence and iq may be sent here.');
    this.#checkFrom(session, bytes, scan);
    const target = this.#address(session, bytes, scan);
    if (target === 'malformed') return this.#malformedAddress(session, kind, bytes, scan);
    if (target instanceof Promise) return this.#wait(session, target) ?? this.#unreachable(session, kind, bytes, scan);
    const passage = this.#place(kind, session, bytes, scan, target);
    const journal = kind === 'message' ? this.#prepare(passage) : undefined;
    if (journal) return this.#wait(session, journal) ?? this.#unreachable(session, kind, bytes, scan);
    session.received++;
    if (kind === 'message') this.#edge(session).arrived++;
    else session.leftNoRow();
    if (kind === 'iq') this.#iq(passage);
    else if (kind === 'presence') this.#presence(passage, scan.toStart < 0);
    else this.#message(passage);
    return undefined;
  }

  /** Undefined: it could not be read the last time either, so the author is told instead of waiting again. */
  #wait(session: Session, work: Promise<unknown>): Promise<unknown> | undefined {
    // Another server keeps what it has not been told is decided: it is asked for patience as long as it takes.
    if (session.border) return work.catch(() => afterMs(ASK_AGAIN_MS));
    if (session.loadFailed || this.#patience.isOut) {
      session.loadFailed = false;
      void this.#patience.watch(work);
      return undefined;
    }
    return this.#patience.wait(work).then((isDone) => void (session.loadFailed = !isDone));
  }

  #unreachable(session: Session, kind: Kind, bytes: Buffer, scan: Scanner): undefined {
    const error = resourceConstraint('The database cannot be asked at the moment; nothing was sent. Try again soon.');
    return this.#answerUnplaced(session, error, { kind, bytes, scan });
  }

  #place(kind: Kind, session: Session, bytes: Buffer, scan: Scanner, target: Target): Passage {
    const { passage, canonical, counts } = this.parts;
    const needsTo = kind === 'message' && (scan.toStart < 0 || target.former !== undefined);
    // What is said in a room is said by a person; what is asked of it may hold what rooms say. XEP-0045 §7.8.2
    const toRoom = target.class === 'room' && typeAt(kind, bytes, scan.typeStart, scan.typeEnd) !== 'groupchat';
    const peer = session.border && session.jid.domain;
    const isOffice = session.border?.isOffice === true;
    const isProven = peer === undefined ? canonical.isProven(scan, toRoom) : canonical.isForeignProven(scan, isOffice);
    if (!needsTo && !this.parts.treeLaneOnly && isProven) {
      passage.over(kind, session, bytes, scan);
      if (kind === 'message') counts.fast.inc();
    } else {
      const edit = needsTo ? readdressing(session, target) : undefined;
      const isToOurRoom = target.class === 'room' || target.class === 'occupant';
      canonical.make(bytes, scan, { toRoom, peer, isOffice, isToOurRoom, edit });
      passage.over(kind, session, canonical.bytes, canonical.scan);
      if (kind === 'message') counts.tree.inc();
    }
    passage.towards(target);
    return passage;
  }

  /** What the journal has to be asked before the message can be decided about. */
  #prepare(p: Passage): Promise<unknown> | undefined {
    return this.parts.duplicates.prepare(p) ?? p.target.hosted?.prepare(p);
  }

  #message(p: Passage): void {
    const { ids, recorder, duplicates } = this.parts;
    const { session } = p;
    if (duplicates.isKnown(p)) return this.#passOver(p);
    ids.next();
    p.idHigh = ids.high;
    p.idLow = ids.low;
    p.atMs = ids.atMs;
    const against = this.#decide(p);
    if (against) return this.#recordAgainst(p, against);
    if (p.target.hosted) return this.#host(p, p.target.hosted);
    const lost = misdirected(p);
    if (lost) return this.#recordAgainst(p, lost);
    if (isFull(recorder, session)) return this.#tellToWait(p);
    const verdict = this.#worth(p);
    session.appended(recorder.append(p, verdict, session, session.received, p.target));
    duplicates.remember(session);
  }

  /** Whether it gets a row. */
  #worth(p: Passage): typeof PASSED {
    const edge = this.#edge(p.session);
    if (isWorthKeeping(p)) {
      edge.recorded++;
      return PASSED;
    }
    edge.fleeting++;
    p.session.leftNoRow();
    return COURTESY;
  }

  #edge(session: Session): Arrived {
    return session.border ? this.parts.arrived.peers : this.parts.arrived.clients;
  }

  /** To an address that a feature answers for. */
  #host(p: Passage, hosted: Hosted): void {
    const { recorder, duplicates } = this.parts;
    const { session } = p;
    const outcome = this.#received(p, hosted);
    if (outcome.verdict === 'refused' || outcome.verdict === 'dropped') return this.#recordAgainst(p, outcome);
    if (isFull(recorder, session)) return this.#tellToWait(p);
    if (outcome.verdict === 'taken') {
      session.leftNoRow();
      this.#edge(session).carriedOut++;
      this.parts.courtesies.carryOut(p, outcome.carryOut);
    } else {
      const verdict = this.#worth(p);
      const kept = outcome.about === undefined ? verdict : passedAbout(outcome.about);
      session.appended(recorder.append(p, kept, session, session.received, outcome.to));
    }
    duplicates.remember(session);
  }

  #received(p: Passage, hosted: Hosted): ReturnType<Hosted['receive']> {
    try {
      return hosted.receive(p);
    } catch (error) {
      // Fail closed, as for hooks.
      this.parts.log.error('feature.failed', { feature: p.target.jid.domain, phase: 'welcome', error: error as Error });
      return refuse(internalServerError(), 'the host of the address failed');
    }
  }

  /** Its place in the batch makes sure that it is acknowledged no earlier than the message it repeats. */
  #passOver(p: Passage): void {
    const { recorder } = this.parts;
    const { session } = p;
    session.leftNoRow();
    if (isFull(recorder, session)) return this.#tellToWait(p);
    this.#edge(session).repeated++;
    session.appended(recorder.append(p, SENT_BEFORE, session, session.received, p.target));
  }

  /** Admit, stamp, screen, welcome, in this order; the first that says no ends it. */
  #decide(p: Passage): Refused | Dropped | undefined {
    const slot = slotOf(p.kind, p.type, p.target.class);
    return (
      this.#ask('admit', this.#admit[slot]!, p) ??
      this.#ask('stamp', this.#stamp[slot]!, p) ??
      this.#ask('screen', this.#screen[slot]!, p) ??
      this.#crosses(p) ??
      this.#ask('welcome', this.#welcome[slot]!, p)
    );
  }

  /** What somebody at another server sends has to be allowed in. Fails closed, as hooks do. */
  #crosses(p: Passage): Refused | Dropped | undefined {
    const { border } = p.session;
    if (!border) return undefined;
    try {
      return border.judge(p);
    } catch (error) {
      this.parts.log.error('feature.failed', { feature: 'border', phase: 'screen', error: error as Error });
      return refuse(internalServerError(), 'the border failed');
    }
  }

  #ask<P extends Exclude<Phase, 'copy'>>(
    phase: P,
    hooks: readonly Compiled<P>[],
    p: Passage,
  ): Refused | Dropped | undefined {
    for (let i = 0; i < hooks.length; i++) {
      const hook = hooks[i]!;
      if (hook.mask !== 0 && (hook.mask & p.bits) === 0) continue;
      try {
        const decision = this.#call(hook, phase, p);
        if (decision) return decision;
      } catch (error) {
        // Fail closed: a policy that could not be asked has not agreed.
        this.parts.log.error('feature.failed', { feature: hook.feature, phase, error: error as Error });
        return refuse(internalServerError(), `${hook.feature} failed in ${phase}`);
      }
    }
    return undefined;
  }

  #call(hook: Compiled<Phase>, phase: Phase, p: Passage): Refused | Dropped | undefined {
    if (phase === 'stamp') return (hook as Compiled<'stamp'>).run(p, p.additions);
    if (phase !== 'welcome') return (hook as Compiled<'admit' | 'screen'>).run(p);
    return p.target.account ? (hook as Compiled<'welcome'>).run(p, p.target.account) : undefined;
  }

  #presence(p: Passage, isBroadcast: boolean): void {
    const decision = this.#decide(p);
    if (decision?.verdict === 'refused') return this.#bounce(p, decision.error);
    if (decision) return;
    if (p.target.former) this.#moved(p, p.target.former);
    else this.parts.presences.route(p, isBroadcast);
  }

  /** Questions to oneself and to the server need nobody's leave. */
  #iq(p: Passage): void {
    const isOwn = p.target.class === 'server' || p.target.account === p.session.account;
    const isForeign = !isOwn || p.session.border !== undefined;
    const decision = isForeign ? this.#decide(p) : undefined;
    if (!decision && p.target.former) return this.#moved(p, p.target.former);
    if (!decision) return this.parts.iqs.route(p);
    if (p.type !== 'get' && p.type !== 'set') return;
    this.#bounce(p, decision.verdict === 'refused' ? decision.error : serviceUnavailable());
  }

  /** Messages are forwarded from a former address; who asks anything else is told where to ask. RFC 6120 §8.3.3.5 */
  #moved(p: Passage, former: Jid): void {
    if (p.type === 'result' || p.type === 'unavailable') return;
    const { local = '', domain, bare } = p.target.account!.jid;
    const alternative = `xmpp:${encodeURIComponent(local)}@${domain}`;
    this.#bounce(p, gone(`${former.bare} is now ${bare}.`, { alternative }));
  }

  /** What was refused is recorded as well; the author hears of it when the record is durable. */
  #recordAgainst(p: Passage, decision: Refused | Dropped): void {
    const { recorder, log, counts } = this.parts;
    const { session } = p;
    const decisionId = decision.decisionId ?? this.parts.ids.text;
    // A refusal has a row, but is not among what passed.
    session.leftNoRow();
    counts.refused.inc();
    log.info('stanza.refused', {
      from: session.jid.toString(),
      to: p.target.jid.toString(),
      verdict: decision.verdict,
      because: decision.because,
      decisionId,
    });
    if (isFull(recorder, session)) return this.#tellToWait(p);
    this.#edge(session).recorded++;
    const back = decision.verdict === 'refused' ? decision : p.target;
    session.appended(recorder.append(p, against(decision, decisionId), session, session.received, back));
  }

  #tellToWait(p: Passage): void {
    p.session.leftNoRow();
    this.#edge(p.session).turnedAway++;
    this.parts.counts.refused.inc();
    this.#bounce(
      p,
      resourceConstraint('The archive cannot take messages at the moment; this one was not sent. Try again soon.'),
    );
  }

  #bounce(p: Passage, error: StanzaError): void {
    if (p.type !== 'error') p.session.send(errorReply(p.tree(), error));
  }

  /** RFC 6120 §8.1.2.1: a client may name itself, by its full or bare JID, and nobody else. */
  #checkFrom(session: Session, bytes: Buffer, scan: Scanner): void {
    if (scan.fromStart < 0) return;
    const from = addressAt(bytes, scan.fromStart, scan.fromEnd)?.toString();
    if (from === session.jid.toString() || from === session.account.bare) return;
    throw new StreamError('invalid-from', 'A stanza may only come from the account that logged in on this stream.');
  }

  /** What the `to` attribute means; the same as last time for most messages. */
  #address(session: Session, bytes: Buffer, scan: Scanner): Target | Promise<unknown> | 'malformed' {
    const { addresses, epoch } = this.parts;
    if (scan.toStart < 0) return this.#ownAccount(session);
    const last = session.lastTo;
    if (last && session.lastEpoch === epoch() && isSame(last, bytes, scan.toStart, scan.toEnd))
      return session.lastTarget!;
    const jid = addressAt(bytes, scan.toStart, scan.toEnd);
    if (!jid) return 'malformed';
    const target = addresses.find(jid);
    if (!target) return addresses.load(jid);
    // Forwarding ends without anything being told to the session.
    if (target.former) return target;
    // Not from Node's shared pool: it lives as long as the session.
    session.lastTo = Buffer.allocUnsafeSlow(scan.toEnd - scan.toStart);
    bytes.copy(session.lastTo, 0, scan.toStart, scan.toEnd);
    session.lastTarget = target;
    session.lastEpoch = epoch();
    return target;
  }

  #ownAccount(session: Session): Target {
    return (session.ownTarget ??= this.parts.addresses.own(session.account));
  }

  /** RFC 6120 §8.3.3.8. The stanza is answered and goes nowhere. */
  #malformedAddress(session: Session, kind: Kind, bytes: Buffer, scan: Scanner): undefined {
    return this.#answerUnplaced(session, jidMalformed('The address in "to" is not a valid JID.'), {
      kind,
      bytes,
      scan,
    });
  }

  #answerUnplaced(
    session: Session,
    error: StanzaError,
    stanza: { kind: Kind; bytes: Buffer; scan: Scanner },
  ): undefined {
    const { passage, canonical, counts } = this.parts;
    session.received++;
    session.leftNoRow();
    if (stanza.kind === 'message') {
      this.#edge(session).arrived++;
      this.#edge(session).turnedAway++;
    }
    counts.refused.inc();
    canonical.make(stanza.bytes, stanza.scan);
    passage.over(stanza.kind, session, canonical.bytes, canonical.scan);
    if (passage.type !== 'error' && passage.type !== 'result') session.send(errorReply(passage.tree(), error));
    return undefined;
  }
}

/** The address in an attribute's value, whose references have not been resolved yet: `R&amp;D` is a legal resource. */
function addressAt(bytes: Buffer, start: number, end: number): Jid | undefined {
  return tryJid(decodeAttribute(bytes.toString('utf8', start, end)));
}

const ASK_AGAIN_MS = 500;

function afterMs(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}

function unavailable(because: string): Refused {
  return refuse(serviceUnavailable(), because);
}

/**
 * Not made where it is used: what a function's inner one keeps is allocated with every call, needed or not. RFC 6120
 * §8.1.1.1: a message without `to` is meant for the sender's own account. What is forwarded is delivered and recorded as
 * if it had been sent to the new address.
 */
function readdressing(session: Session, target: Target): (stanza: Element) => void {
  const to = target.former ? target.jid : session.account.jid;
  return (stanza) => void (stanza.attrs['to'] = to.toString());
}

/** Addresses to which no message can go: refused before the record says otherwise. RFC 6121 §8.5 */
function misdirected(p: Passage): Refused | Dropped | undefined {
  const { target, type } = p;
  if (target.class === 'nobody') return unavailable('no such account');
  if (target.class === 'elsewhere') {
    return refuse(remoteServerNotFound('This server has no connection to that domain.'), 'no route to the domain');
  }
  if (target.class === 'server' || target.class === 'service') {
    return unavailable('the server itself takes no messages');
  }
  if (!target.account!.facts.isActive) return unavailable('the account is suspended');
  if (type === 'groupchat' && target.class === 'account') return unavailable('groupchat to an account');
  if (target.class !== 'device' || type === 'chat' || target.account!.sessions.has(target.jid.resource!))
    return undefined;
  // RFC 6121 §8.5.3.2.1: other types to a device that is not there go nowhere else.
  if (type === 'headline' || type === 'error') return { verdict: 'dropped', because: 'the device is not there' };
  return unavailable('the device is not there');
}

const MESSAGE = Buffer.from('message');
const PRESENCE = Buffer.from('presence');
const IQ = Buffer.from('iq');

function kindAt(bytes: Buffer, scan: Scanner): Kind | undefined {
  let start = scan.nameStart;
  // A prefix on a stanza's name is legal when bound to jabber:client; the scanner has checked the binding.
  for (let i = start; i < scan.nameEnd; i++) if (bytes[i] === 58) start = i + 1;
  if (isSame(MESSAGE, bytes, start, scan.nameEnd)) return 'message';
  if (isSame(IQ, bytes, start, scan.nameEnd)) return 'iq';
  return isSame(PRESENCE, bytes, start, scan.nameEnd) ? 'presence' : undefined;
}
