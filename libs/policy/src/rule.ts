import { Failure } from '@interoffice/telemetry';
import { tryJid } from '@interoffice/wire';
import { DIRECTIONS, type Direction, STANZA_CLASSES, type StanzaClass } from './stanza-class.js';

/** Whom on our side a rule is about. A group is the directory's, by its name; `everybody` includes rooms and services. */
export type Who = 'everybody' | { readonly account: string } | { readonly group: string } | { readonly office: string };

/** One sentence of the policy. */
export interface Rule {
  /** Stable and unique: shown to the sender through the decision, and to the administrator. */
  readonly id: string;
  readonly effect: 'allow' | 'deny';
  /** `partner.example`, `*.partner.example` (what is below it, not itself) or `*`. */
  readonly peers: readonly string[];
  readonly directions: readonly Direction[];
  readonly classes: readonly StanzaClass[];
  readonly who: readonly Who[];
  /** Why there is such a rule, for whoever reads a refusal. */
  readonly reason: string;
  /** Who answers for it. */
  readonly owner: string;
  /** From this moment on the rule says nothing; milliseconds since 1970. */
  readonly expiresAt: number | undefined;
}

/** The side of a stanza that is ours: an account, or a room with the office it belongs to. */
export interface OwnSide {
  /** Bare JID. */
  readonly address: string;
  readonly office: string;
  /** The directory groups of an account, by name; a room has none. */
  readonly groups: ReadonlySet<string>;
}

/** What one policy may hold at the most. */
export const RULE_LIMITS = { rules: 10_000, perList: 1_000 } as const;

/** The part of a domain pattern that is compared, and how. */
export interface PeerPattern {
  readonly kind: 'all' | 'domain' | 'below';
  readonly domain: string;
}

/** Reads `partner.example`, `*.partner.example` or `*`; undefined for anything else. */
export function peerPattern(text: string): PeerPattern | undefined {
  if (text === '*') return { kind: 'all', domain: '' };
  const isBelow = text.startsWith('*.');
  const written = isBelow ? text.slice(2) : text;
  const jid = tryJid(written);
  // A local part or a resource is no domain; a single label below which everything lies would be a whole top-level domain.
  if (jid === undefined || jid.local !== undefined || jid.resource !== undefined) return undefined;
  if (isBelow && !jid.domain.includes('.')) return undefined;
  return { kind: isBelow ? 'below' : 'domain', domain: jid.domain };
}

/** True for the domains a pattern names; `domain` as it stands in a JID. */
export function namesPeer(pattern: PeerPattern, domain: string): boolean {
  if (pattern.kind === 'all') return true;
  return pattern.kind === 'domain' ? domain === pattern.domain : domain.endsWith(`.${pattern.domain}`);
}

/** True for the people and rooms a rule is about. */
export function isAbout(who: Who, side: OwnSide): boolean {
  if (who === 'everybody') return true;
  if ('account' in who) return who.account === side.address;
  return 'group' in who ? side.groups.has(who.group) : who.office === side.office;
}

/** A rule with its patterns read. */
export interface ReadRule {
  readonly rule: Rule;
  readonly patterns: readonly PeerPattern[];
}

/**
 * Checks all rules. Throws POLICY_INVALID with a line for each thing that is wrong: an empty list would name nobody and
 * must not pass for "all", and two rules of one name cannot be told apart in a refusal.
 */
export function readRules(rules: readonly Rule[]): ReadRule[] {
  const faults: string[] = [];
  const ids = new Set<string>();
  if (rules.length > RULE_LIMITS.rules) faults.push(`${rules.length} rules; ${RULE_LIMITS.rules} is the most`);
  const read = rules.map((rule): ReadRule => {
    const fault = (text: string): number => faults.push(`rule ${rule.id || '(without id)'}: ${text}`);
    if (rule.id.trim() === '') fault('it has no id');
    if (ids.has(rule.id)) fault('another rule has the same id');
    ids.add(rule.id);
    if (rule.reason.trim() === '') fault('it gives no reason');
    if (rule.owner.trim() === '') fault('it names no owner');
    for (const [name, values, known] of [
      ['peers', rule.peers, undefined],
      ['directions', rule.directions, DIRECTIONS],
      ['classes', rule.classes, STANZA_CLASSES],
      ['who', rule.who, undefined],
    ] as const) {
      if (values.length === 0) fault(`${name} is empty: it would say nothing`);
      if (values.length > RULE_LIMITS.perList) fault(`${values.length} ${name}; ${RULE_LIMITS.perList} is the most`);
      const strange = known === undefined ? [] : values.filter((one) => !(known as readonly unknown[]).includes(one));
      for (const one of strange) fault(`${name} has ${one}; expected ${known!.join(', ')}`);
    }
    const patterns = rule.peers.flatMap((text) => {
      const pattern = peerPattern(text);
      if (pattern === undefined) fault(`${text} is no domain; expected partner.example, *.partner.example or *`);
      return pattern ?? [];
    });
    return { rule: { ...rule, who: rule.who.map(normal) }, patterns };
  });
  if (faults.length > 0) throw new Failure('POLICY_INVALID', faults.join('\n'));
  return read;
}

/** An address as JIDs are compared (RFC 7622): a rule about `Anna@Office.example` is about Anna. */
function normal(who: Who): Who {
  return who === 'everybody' || !('account' in who) ? who : { account: tryJid(who.account)?.bare ?? who.account };
}
