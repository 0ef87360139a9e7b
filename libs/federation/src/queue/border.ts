import { type Account, type Passage, refuse, type Refused } from '@interoffice/routing';
import {
  classesOf,
  type Direction,
  isOfNoClass,
  type OwnSide,
  type Policy,
  type PolicyDecision,
  type StanzaClass,
} from '@interoffice/policy';
import { type Element, type Jid, NS, policyViolation, tryJid } from '@interoffice/wire';
import type { Decisions } from './decisions.js';
import type { Traffic } from './traffic.js';

export interface BorderParts {
  /** The rules that hold now. */
  readonly policy: () => Policy;
  /** The directory's groups that an account belongs to, by name. */
  readonly groupsOf: (account: Account) => ReadonlySet<string>;
  /** True for the address of a room of ours, or of somebody in one. */
  readonly isRoom: (domain: string) => boolean;
  readonly traffic: Traffic;
  /** Keeps a refusal; returns its id. */
  readonly deny: Decisions['deny'];
}

const JUST_WORDS: readonly StanzaClass[] = ['chat'];
const NO_GROUPS: ReadonlySet<string> = new Set();

/** What may cross to and from other servers: asks policy about each stanza, once per way it goes. */
export class Border {
  constructor(private readonly parts: BorderParts) {}

  /** Undefined: it may go out. */
  out(p: Passage): Refused | undefined {
    return this.#decide(p, 'out', p.target.jid.domain, this.#side(p.session.account));
  }

  /** Undefined: it may come in. */
  in(p: Passage): Refused | undefined {
    return this.#decide(p, 'in', p.session.jid.domain, this.#receiver(p));
  }

  /** True when presence that an account has broadcast may go to a domain. */
  mayShow(account: Account, peer: string): boolean {
    return this.#may(peer, ['presence'], this.#side(account));
  }

  /** True when a stanza that the server makes for an account may go out. */
  mayTell(account: Account, stanza: Element): boolean {
    const to = String(stanza.attrs['to']);
    return this.#may(domainOf(to), this.#classesOf(stanza, to), this.#side(account));
  }

  /**
   * True when what a room, or an account in answer to something, sends to somebody elsewhere may go there. Errors and the
   * answers to questions always may: what they answer was let in.
   */
  mayAnswer(stanza: Element, ours: { readonly address: string; readonly office: string }): boolean {
    const { type, to } = stanza.attrs as { type?: string; to?: string };
    if (type === 'error' || stanza.getName() === 'iq') return true;
    return this.#may(domainOf(String(to)), this.#classesOf(stanza, ours.address), { ...ours, groups: NO_GROUPS });
  }

  /** Undefined: what one peer sends another may pass through here, by the rules for both ways. */
  mayRelay(stanza: Element, from: Jid, to: Jid): Refused | undefined {
    const classes = this.#classesOf(stanza, to.bare);
    const other = (jid: Jid): OwnSide => ({ address: jid.bare, office: '', groups: NO_GROUPS });
    const ways = [
      { peer: from.domain, direction: 'in', classes, ours: other(to) },
      { peer: to.domain, direction: 'out', classes, ours: other(from) },
    ] as const;
    for (const way of ways) {
      const decision = this.parts.policy().decide(way);
      if (decision.isAllowed) continue;
      const { rule, because, version: policyVersion } = decision;
      const { peer, direction } = way;
      const about = { direction, from: from.bare, to: to.bare, peer, classes, office: '', groups: [] };
      return refusalOf(decision, this.parts.deny({ ...about, rule: rule?.id, because, policyVersion }));
    }
    return undefined;
  }

  /** True when anybody of ours may exchange anything with the domain. */
  isPeer(domain: string): boolean {
    return this.parts.policy().isPeer(domain);
  }

  /** True when the server itself may ask a peer's something, and hear the answer. */
  mayAsk(peer: string, domain: string): boolean {
    const ours = { address: domain, office: '', groups: NO_GROUPS };
    const may = (direction: Direction): boolean =>
      this.parts.policy().decide({ peer, direction, classes: ['iq'], ours }).isAllowed;
    return may('out') && may('in');
  }

  /** True when anybody of the domain may hear and speak in any room of ours. */
  mayMeet(domain: string): boolean {
    const policy = this.parts.policy();
    return policy.mayEver(domain, 'in', 'room') && policy.mayEver(domain, 'out', 'room');
  }

  /** Undefined: it may cross. */
  #decide(p: Passage, direction: Direction, peer: string, ours: OwnSide): Refused | undefined {
    const classes = isJustWords(p) && !this.parts.isRoom(p.target.jid.domain) ? JUST_WORDS : this.#classes(p);
    const policy = this.parts.policy();
    const decision = policy.decide({ peer, direction, classes, ours });
    if (decision.isAllowed) {
      this.parts.traffic.passed(peer, direction, classes);
      return undefined;
    }
    this.parts.traffic.refused(peer, direction);
    const { rule, because, version: policyVersion } = decision;
    const [from, to] = [p.session.account.bare, p.target.jid.bare];
    const side = { office: ours.office, groups: policy.groupsThatDecide(peer, ours.groups) };
    const what = { direction, from, to, peer, classes, rule: rule?.id, because, policyVersion, ...side };
    const decisionId = this.parts.deny(what);
    return refusalOf(decision, decisionId);
  }

  #may(peer: string, classes: readonly StanzaClass[], ours: OwnSide): boolean {
    const { isAllowed } = this.parts.policy().decide({ peer, direction: 'out', classes, ours });
    if (isAllowed) this.parts.traffic.passed(peer, 'out', classes);
    return isAllowed;
  }

  /** `other`: the side that may be a room of ours. */
  #classesOf(stanza: Element, other: string): readonly StanzaClass[] {
    return classesOf({
      kind: stanza.getName() as 'message' | 'presence' | 'iq',
      type: stanza.attrs['type'],
      isOfRoom: this.parts.isRoom(domainOf(other)),
      namespaces: namespacesOf(stanza),
    });
  }

  #classes(p: Passage): readonly StanzaClass[] {
    const stanza = p.tree();
    const isOfRoom = this.parts.isRoom(p.target.jid.domain) || this.parts.isRoom(p.session.jid.domain);
    return classesOf({ kind: p.kind, type: stanza.attrs['type'], isOfRoom, namespaces: namespacesOf(stanza) });
  }

  #side(account: Account): OwnSide {
    return { address: account.bare, office: account.facts.office, groups: this.parts.groupsOf(account) };
  }

  #receiver({ target }: Passage): OwnSide {
    if (target.account) return this.#side(target.account);
    return { address: target.jid.bare, office: target.party.office.toString(), groups: NO_GROUPS };
  }
}

/** The sender reads who decided, and what to ask the administrator about; which rule it was stands behind the id. */
function refusalOf({ because, rule }: PolicyDecision, decisionId: string): Refused {
  const why = rule
    ? `The company's policy does not allow this: ${rule.reason}`
    : 'The company allows no such exchange.';
  const error = policyViolation(`${why} (decision ${decisionId})`, {
    type: 'cancel',
    appCondition: { name: 'decision', xmlns: DECISION, attrs: { id: decisionId } },
  });
  return { ...refuse(error, because), decisionId };
}

/** Ours: names the decision in errors. */
const DECISION = 'urn:interoffice:policy:0';

/**
 * A message to one person of nothing but words, as nearly all are: what stands beside them says nothing about its class.
 * Of more children than the scanner lists it cannot be told here, nor of a namespace that is written with references.
 */
function isJustWords(p: Passage): boolean {
  if (p.kind !== 'message' || p.type === 'groupchat' || !p.scan.canonical) return false;
  const { bytes, scan } = p;
  for (let i = 0; i < scan.children; i++) {
    const start = scan.childNsStart(i);
    if (start < 0) continue;
    const namespace = bytes.toString('latin1', start, scan.childNsEnd(i));
    if (namespace.includes('&') || !isOfNoClass(namespace)) return false;
  }
  return true;
}

function* namespacesOf(stanza: Element): Iterable<string> {
  for (const child of stanza.getChildElements()) {
    const namespace = child.getNS() ?? '';
    if (namespace !== NS.client) yield namespace;
    if (namespace !== NS.jingle) continue;
    for (const content of child.getChildElements())
      for (const description of content.getChildElements()) yield description.getNS() ?? '';
  }
}

function domainOf(address: string): string {
  return tryJid(address)?.domain ?? '';
}
