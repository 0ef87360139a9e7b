// Who may talk to whom across our border. Without a rule that allows it nothing passes, and a rule that denies is
// stronger than any that allows, wherever they stand: the order of the rules means nothing.
import { type Clock } from '@interoffice/telemetry';
import { isAbout, namesPeer, type OwnSide, type ReadRule, readRules, type Rule } from './rule.js';
import { type Direction, DIRECTIONS, STANZA_CLASSES, type StanzaClass } from './stanza-class.js';

/** A stanza that is about to cross the border. */
export interface Crossing {
  /** The other server's domain, as it stands in a JID. */
  readonly peer: string;
  readonly direction: Direction;
  /** All of them must be allowed; see `classesOf`. */
  readonly classes: readonly StanzaClass[];
  readonly ours: OwnSide;
}

/** What was decided, and by what. `rule` is undefined when no rule spoke: then it is denied. */
export interface PolicyDecision {
  readonly isAllowed: boolean;
  readonly rule: Rule | undefined;
  /** For a person: which rule or the lack of which. */
  readonly because: string;
  readonly version: number;
}

/** One rule that names the peer, and what it had to say. */
export interface ConsideredRule {
  readonly id: string;
  readonly effect: Rule['effect'];
  readonly outcome: 'applies' | 'expired' | 'other direction' | 'other class' | 'other people';
  readonly reason: string;
  readonly owner: string;
}

/** A decision with all that led to it. */
export interface PolicyExplanation {
  readonly decision: PolicyDecision;
  /** In the order in which they are written. */
  readonly considered: readonly ConsideredRule[];
}

/** Peers remembered with the rules that name them; who comes to our door is not ours to choose, so there is an end. */
const MOST_PEERS = 10_000;

/**
 * The rules of one version. Decides from memory, and the same for the same moment; throws POLICY_INVALID for rules that
 * cannot be meant. A new version is a new object.
 */
export class Policy {
  readonly #rules: readonly ReadRule[];
  readonly #byPeer = new Map<string, readonly Rule[]>();

  constructor(
    rules: readonly Rule[],
    readonly version: number,
    private readonly clock: Clock,
  ) {
    this.#rules = readRules(rules);
  }

  /** Whether this stanza may cross. Denied where no rule allows each of its classes, or where one denies any of them. */
  decide(crossing: Crossing): PolicyDecision {
    const rules = this.#naming(crossing.peer);
    const nowMs = this.clock.now();
    let allowing: Rule | undefined;
    for (const kind of crossing.classes) {
      let allowed: Rule | undefined;
      for (const rule of rules) {
        if (outcome(rule, kind, { crossing, nowMs }) !== 'applies') continue;
        if (rule.effect === 'deny') return this.#denied(rule);
        allowed ??= rule;
      }
      if (allowed === undefined) return this.#unspoken(crossing, kind);
      allowing ??= allowed;
    }
    if (allowing === undefined) throw new Error('a stanza without a class');
    return {
      isAllowed: true,
      rule: allowing,
      because: `rule ${allowing.id} allows it: ${allowing.reason}`,
      version: this.version,
    };
  }

  /** The same decision with every rule that names the peer. */
  explain(crossing: Crossing): PolicyExplanation {
    const nowMs = this.clock.now();
    const considered = this.#naming(crossing.peer).map((rule): ConsideredRule => {
      const outcomes = crossing.classes.map((kind) => outcome(rule, kind, { crossing, nowMs }));
      const { id, effect, reason, owner } = rule;
      return { id, effect, reason, owner, outcome: outcomes.find((one) => one === 'applies') ?? outcomes[0]! };
    });
    return { decision: this.decide(crossing), considered };
  }

  /**
   * Whether anybody of ours may exchange anything with this domain now. To all others no connection is opened, not even
   * to say no: asks.md 7.
   */
  isPeer(domain: string): boolean {
    return DIRECTIONS.some((direction) => STANZA_CLASSES.some((kind) => this.mayEver(domain, direction, kind)));
  }

  /** Whether there may be anybody of ours for whom this passes now; false: for nobody. */
  mayEver(domain: string, direction: Direction, kind: StanzaClass): boolean {
    const nowMs = this.clock.now();
    const speaking = this.#naming(domain).filter(
      (rule) => !isExpired(rule, nowMs) && rule.directions.includes(direction) && rule.classes.includes(kind),
    );
    const isShut = speaking.some(({ effect, who }) => effect === 'deny' && who.includes('everybody'));
    return !isShut && speaking.some(({ effect }) => effect === 'allow');
  }

  /** Of these groups those that rules about the peer name: the others decide nothing. */
  groupsThatDecide(domain: string, groups: ReadonlySet<string>): readonly string[] {
    const named = this.#naming(domain).flatMap(({ who }) => who);
    const decide = named.flatMap((one) => (one !== 'everybody' && 'group' in one ? one.group : []));
    return [...new Set(decide)].filter((group) => groups.has(group));
  }

  /** When the next rule ends by itself; undefined: none does. */
  get nextExpiryMs(): number | undefined {
    const nowMs = this.clock.now();
    const ends = this.#rules.flatMap(({ rule: { expiresAt } }) => expiresAt ?? []).filter((atMs) => atMs > nowMs);
    return ends.length === 0 ? undefined : ends.reduce((one, other) => Math.min(one, other));
  }

  #naming(domain: string): readonly Rule[] {
    let rules = this.#byPeer.get(domain);
    if (rules === undefined) {
      rules = this.#rules
        .filter(({ patterns }) => patterns.some((pattern) => namesPeer(pattern, domain)))
        .map(({ rule }) => rule);
      if (this.#byPeer.size >= MOST_PEERS) this.#byPeer.clear();
      this.#byPeer.set(domain, rules);
    }
    return rules;
  }

  #denied(rule: Rule): PolicyDecision {
    return { isAllowed: false, rule, because: `rule ${rule.id} denies it: ${rule.reason}`, version: this.version };
  }

  #unspoken({ peer, direction }: Crossing, kind: StanzaClass): PolicyDecision {
    const way = direction === 'out' ? `to ${peer}` : `from ${peer}`;
    return { isAllowed: false, rule: undefined, because: `no rule allows ${kind} ${way}`, version: this.version };
  }
}

interface Moment {
  readonly crossing: Crossing;
  readonly nowMs: number;
}

function outcome(rule: Rule, kind: StanzaClass, { crossing, nowMs }: Moment): ConsideredRule['outcome'] {
  if (isExpired(rule, nowMs)) return 'expired';
  if (!rule.directions.includes(crossing.direction)) return 'other direction';
  if (!rule.classes.includes(kind)) return 'other class';
  return rule.who.some((who) => isAbout(who, crossing.ours)) ? 'applies' : 'other people';
}

function isExpired({ expiresAt }: Rule, nowMs: number): boolean {
  return expiresAt !== undefined && expiresAt <= nowMs;
}
