import { type ConsideredRule, type Crossing, type OwnSide, Policy } from '@interoffice/policy';
import type { XmppServer } from '@interoffice/server';
import { type Explanation, fact, type Step } from './explanation.js';
import type { OperationParts } from './operation-parts.js';
import { ownSideOf } from './own-side.js';

type Federation = NonNullable<XmppServer['federation']>;
type Denial = NonNullable<Awaited<ReturnType<Federation['decisions']['find']>>>;

/**
 * Who of ours it was about, the rule that spoke, or that none did, what each rule that names the peer said at that moment
 * where its version was kept, and what each says today.
 */
export async function explainDenial(denial: Denial, parts: OperationParts): Promise<Explanation> {
  const { atMs, direction, from, to, peer, classes, rule, because, policyVersion } = denial;
  const { policy } = parts.xmpp.federation!;
  const address = direction === 'out' ? from : to;
  const today = (await ownSideOf(parts, address)) ?? { address, office: '', groups: new Set<string>() };
  const then = sideThen(denial, today);
  const about = { peer, direction, classes };
  const way = direction === 'out' ? `to ${peer}` : `from ${peer}`;
  const kept = await parts.versions.find(policyVersion);
  return {
    verdict: `refused at ${new Date(atMs).toISOString()}: ${because}`,
    steps: [
      { step: `${from} → ${to}`, outcome: 'refused', because: `${classes.join(' and ')} ${way}` },
      fact('rule', rule ?? 'none: nothing passes that no rule allows'),
      fact('policy version', String(policyVersion)),
      fact(`office and groups of ${address} then`, then ? wordsOf(then) : 'not kept with the decision'),
      fact(`office and groups of ${address} today`, wordsOf(today)),
      ...(kept
        ? considered(new Policy(kept.rules, policyVersion, { now: () => atMs }), 'then', {
            ...about,
            ours: then ?? today,
          })
        : []),
      ...considered(policy, 'today', { ...about, ours: today }),
      verdictToday(policy, { ...about, ours: today }),
    ],
  };
}

function sideThen({ office, groups }: Denial, { address }: OwnSide): OwnSide | undefined {
  return office === undefined || groups === undefined ? undefined : { address, office, groups: new Set(groups) };
}

function wordsOf({ office, groups }: OwnSide): string {
  const inGroups = groups.size === 0 ? 'in no group that counts here' : `in ${[...groups].toSorted().join(', ')}`;
  return `${office === '' ? 'of no office' : `of ${office}`}, ${inGroups}`;
}

function considered(policy: Policy, when: 'then' | 'today', crossing: Crossing): Step[] {
  return policy.explain(crossing).considered.map((one) => fact(`rule ${one.id} ${when}`, saying(one)));
}

function saying({ effect, outcome, reason, owner }: ConsideredRule): string {
  return `${effect}, ${outcome}: ${reason} (${owner})`;
}

function verdictToday(policy: Policy, crossing: Crossing): Step {
  const { isAllowed, because, version } = policy.decide(crossing);
  return fact('today', `${isAllowed ? 'it would pass' : 'it would be refused'} by version ${version}: ${because}`);
}
