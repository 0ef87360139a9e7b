import type { PolicyRule, PolicyWho } from '@interoffice/contract';
import type { Rule, Who } from '@interoffice/policy';

/** A rule as it crosses HTTP. */
export function ruleOf(
  { id, effect, peers, directions, classes, who, reason, owner, expiresAt }: Rule,
  nowMs: number,
): PolicyRule {
  return {
    id,
    effect,
    peers: [...peers],
    directions: [...directions],
    classes: [...classes],
    who: who.map(whoOf),
    reason,
    owner,
    expiresAt: expiresAt === undefined ? undefined : new Date(expiresAt).toISOString(),
    expired: expiresAt !== undefined && expiresAt <= nowMs,
  };
}

function whoOf(who: Who): PolicyWho {
  return who === 'everybody' ? who : { ...who };
}
