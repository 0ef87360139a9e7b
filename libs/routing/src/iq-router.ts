import {
  badRequest,
  type Element,
  errorReply,
  NS,
  remoteServerNotFound,
  resourceConstraint,
  serviceUnavailable,
  type StanzaError,
} from '@interoffice/wire';
import type { AddressClass, Target } from './address.js';
import type { Answers } from './answers.js';
import type { Courtesies } from './courtesies.js';
import type { Hosted } from './host.js';
import type { Passage } from './passage.js';
import type { Questions } from './questions.js';

/**
 * Payloads that only a user's own server may send to a device. From anybody else they are a forgery: the client might
 * believe them (CVE-2016-9928), so they are refused before they reach one.
 */
const FROM_SERVERS_ONLY: ReadonlySet<string> = new Set([NS.roster, NS.carbons, NS.blocking, NS.mam]);

/** Addresses that the server itself speaks for. */
const ANSWERING: ReadonlySet<AddressClass> = new Set(['server', 'account', 'service', 'room']);

/** IQs: a question gets its answer from the table or from the device it names; an answer goes to who asked. */
export class IqRouter {
  constructor(
    private readonly answers: Answers,
    private readonly questions: Questions,
    private readonly courtesies: Courtesies,
  ) {}

  route(p: Passage): void {
    if (p.type === 'result' || p.type === 'error') return this.#routeAnswer(p);
    const iq = p.tree();
    const fault = faultOf(iq, p.type);
    if (fault) return p.session.send(errorReply(iq, fault));
    const child = childOf(iq)!;
    if (isRelayed(p.target)) return p.target.hosted.relay(p, iq);
    if (ANSWERING.has(p.target.class) || isAccountOfNobody(p.target)) return this.#ask(p, child);
    const error = this.#deliver(p, child);
    if (error) p.session.send(errorReply(iq, error));
  }

  #deliver(p: Passage, child: Element): StanzaError | undefined {
    if (p.target.class === 'elsewhere') return remoteServerNotFound();
    if (p.target.class !== 'device' || FROM_SERVERS_ONLY.has(child.getNS() ?? '')) return serviceUnavailable();
    const outcome = this.courtesies.deliver(p);
    if (outcome === 'full') return resourceConstraint('Too much waits to be recorded; try again soon.');
    return outcome === 'absent' ? serviceUnavailable() : undefined;
  }

  #ask(p: Passage, child: Element): void {
    const { session, target } = p;
    const account = target.account ?? session.account;
    this.answers.answer({ iq: p.tree(), child, from: session.jid, to: target, account, session });
  }

  /** RFC 6120 §8.2.3: an answer that nobody waits for is dropped without a word. */
  #routeAnswer(p: Passage): void {
    if (p.target.class === 'device') {
      this.courtesies.deliver(p);
      return;
    }
    if (isRelayed(p.target)) return p.target.hosted.relay(p, p.tree());
    if (p.id !== undefined) this.questions.answered(p.id, p.session, p.tree());
  }
}

/** Who is behind the address is asked there: somebody in a room, or at another server. */
function isRelayed(target: Target): target is Target & { readonly hosted: Hosted } {
  return target.hosted !== undefined && (target.class === 'occupant' || target.class === 'elsewhere');
}

/** Answered as an account is, on the same way and in the same words, or it would show that there is none. A-05 */
function isAccountOfNobody(target: Target): boolean {
  return target.class === 'nobody' && target.jid.resource === undefined;
}

/** RFC 6120 §8.2.3: an id, a known type, and exactly one child. */
function faultOf(iq: Element, type: string): StanzaError | undefined {
  if (type !== 'get' && type !== 'set') return badRequest('The type of an iq is get, set, result or error.');
  if (!iq.attrs['id']) return badRequest('An iq needs an id.');
  const children = iq.getChildElements();
  if (children.length !== 1) return badRequest('An iq of type get or set has exactly one child element.');
  return undefined;
}

function childOf(iq: Element): Element | undefined {
  return iq.getChildElements()[0];
}
