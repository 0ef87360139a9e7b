import type { Rule } from './rule.js';

/** What is different between two versions of the rules, by their names. */
export interface RuleChanges {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly string[];
}

/** From one set of rules to another. The order of the rules means nothing, so that a change of it is none. */
export function ruleChanges(before: readonly Rule[], after: readonly Rule[]): RuleChanges {
  const [was, is] = [textById(before), textById(after)];
  return {
    added: [...is.keys()].filter((id) => !was.has(id)),
    removed: [...was.keys()].filter((id) => !is.has(id)),
    changed: [...is].filter(([id, text]) => was.has(id) && was.get(id) !== text).map(([id]) => id),
  };
}

/** True when both say the same. */
export function saySame(before: readonly Rule[], after: readonly Rule[]): boolean {
  const { added, removed, changed } = ruleChanges(before, after);
  return added.length + removed.length + changed.length === 0;
}

/** The same text for the same rule, wherever it comes from: JSON has no undefined and keeps another order of keys. */
function textById(rules: readonly Rule[]): Map<string, string> {
  return new Map(
    rules.map(({ id, effect, peers, directions, classes, who, reason, owner, expiresAt }) => [
      id,
      JSON.stringify([effect, peers, directions, classes, who, reason, owner, expiresAt ?? null]),
    ]),
  );
}
