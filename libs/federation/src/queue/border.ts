import { type Account, type Passage, refuse, type Refused } from '@interoffice/routing';
import {
  classesOf,
  type Direction,
  type OwnSide,
  type Policy,
  type PolicyDecision,
  type StanzaClass,
} from '@interoffice/policy';
import { type Element, NS, policyViolation } from '@interoffice/wire';
import type { Decisions } from './decisions.js';

export interface BorderParts {
  /** The rules that hold now. */
  readonly policy: () => Policy;
  /** The directory's groups that an account belongs to, by name. */
  readonly groupsOf: (account: Account) => ReadonlySet<string>;
  /** True for the address of a room of ours, or of somebody in one. */
  readonly isRoom: (domain: string) => boolean;
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

  /** True when a stanza that the server makes for an account may go to a domain. */
  mayTell(account: Account, peer: string, classes: readonly StanzaClass[]): boolean {
    return this.parts.policy().decide({ peer, direction: 'out', classes, ours: this.#side(account) }).isAllowed;
  }

  /** True when anybody of ours may exchange anything with the domain. */
  isPeer(domain: string): boolean {
    return this.parts.policy().isPeer(domain);
  }

  /** Undefined: it may cross. */
  #decide(p: Passage, direction: Direction, peer: string, ours: OwnSide): Refused | undefined {
    const classes = isJustWords(p) && !this.parts.isRoom(p.target.jid.domain) ? JUST_WORDS : this.#classes(p);
    const decision = this.parts.policy().decide({ peer, direction, classes, ours });
    if (decision.isAllowed) return undefined;
    const { rule, because, version: policyVersion } = decision;
    const [from, to] = [p.session.account.bare, p.target.jid.bare];
    const decisionId = this.parts.deny({ direction, from, to, peer, classes, rule: rule?.id, because, policyVersion });
    return refusalOf(decision, decisionId);
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

/** A message of nothing but words: all its children are of jabber:client. */
function isJustWords(p: Passage): boolean {
  if (p.kind !== 'message' || p.type === 'groupchat') return false;
  const { scan } = p;
  for (let i = 0; i < scan.children; i++) if (scan.childNsStart(i) >= 0) return false;
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
