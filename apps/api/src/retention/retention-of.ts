import type {
  Disposal as DoneDisposal,
  RetentionChange as KeptChange,
  RetentionRule as KeptRule,
  RuleScope,
} from '@interoffice/archive';
import type { Disposal, RetentionChange, RetentionRule } from '@interoffice/contract';

/** A rule as the API tells it. */
export function ruleOf({ changedAtMs, approvedBy, ...same }: KeptRule): RetentionRule {
  return {
    ...scopeOf(same),
    id: same.id,
    madeBy: same.madeBy,
    ...(approvedBy !== undefined && { approvedBy }),
    changedAt: new Date(changedAtMs).toISOString(),
  };
}

export function changeOf({
  ruleId,
  rule,
  proposedAtMs,
  expiresAtMs,
  decidedAtMs,
  decidedBy,
  ...same
}: KeptChange): RetentionChange {
  return {
    ...same,
    ...scopeOf(rule),
    ...(ruleId !== undefined && { rule: ruleId }),
    proposedAt: new Date(proposedAtMs).toISOString(),
    expiresAt: new Date(expiresAtMs).toISOString(),
    ...(decidedBy !== undefined && { decidedBy }),
    ...(decidedAtMs !== undefined && { decidedAt: new Date(decidedAtMs).toISOString() }),
  };
}

export function disposalOf({ removedAtMs, ...same }: DoneDisposal): Disposal {
  return { ...same, removedAt: new Date(removedAtMs).toISOString() };
}

function scopeOf({ office, group, room, peer, kind, days }: RuleScope & { readonly days: number | undefined }) {
  return {
    office,
    ...(group && { group: { ...group } }),
    ...(room !== undefined && { room }),
    ...(peer !== undefined && { peer }),
    ...(kind !== undefined && { kind }),
    days: days ?? null,
  };
}
