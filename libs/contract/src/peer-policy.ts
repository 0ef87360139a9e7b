import { z } from 'zod';
import { listOf, listQuery } from './lists.js';
import { PeerDirection } from './peers.js';

/** What rules distinguish; `iq` is every question that is none of the others. */
export const PolicyClass = z
  .enum(['chat', 'room', 'presence', 'file', 'call', 'pubsub', 'iq'])
  .meta({ id: 'PolicyClass', description: 'What a stanza is; `iq`: any question that is none of the others.' });
export type PolicyClass = z.infer<typeof PolicyClass>;

/** Whom on our side a rule is about. */
export const PolicyWho = z
  .union([
    z.literal('everybody'),
    z.object({ account: z.string() }),
    z.object({ group: z.string() }),
    z.object({ office: z.string() }),
  ])
  .meta({ id: 'PolicyWho' });
export type PolicyWho = z.infer<typeof PolicyWho>;

const effect = z.enum(['allow', 'deny']).describe('A rule that denies is stronger than any that allows.');

/** One sentence of the policy. */
export const PolicyRule = z
  .object({
    id: z.string(),
    effect,
    peers: z.array(z.string()).describe('`partner.example`, `*.partner.example` for what is below it, or `*`.'),
    directions: z.array(PeerDirection),
    classes: z.array(PolicyClass),
    who: z.array(PolicyWho),
    reason: z.string(),
    owner: z.string().describe('Who answers for it.'),
    expiresAt: z.iso.datetime().optional(),
    expired: z.boolean().describe('It says nothing any more.'),
  })
  .meta({ id: 'PolicyRule' });
export type PolicyRule = z.infer<typeof PolicyRule>;

export const PolicyRuleList = listOf(PolicyRule).meta({ id: 'PolicyRuleList' });
export type PolicyRuleList = z.infer<typeof PolicyRuleList>;

/** `GET /api/v1/policy/rules`. Without a rule nothing passes. */
export const PolicyRuleListQuery = z.strictObject({
  text: z.string().max(200).optional().describe('Part of the name, a peer, the reason or the owner.'),
  effect: effect.optional(),
  ...listQuery(['id', 'owner', 'expiresAt']),
});
export type PolicyRuleListQuery = z.infer<typeof PolicyRuleListQuery>;

/** `GET /api/v1/policy/explain`: may this account exchange that with that peer? */
export const PolicyExplainQuery = z.strictObject({
  account: z.string().min(1).max(3071).describe('One of ours.'),
  peer: z.string().min(1).max(1023).describe('The domain of the other server.'),
  direction: PeerDirection.default('out'),
  class: PolicyClass.default('chat'),
});
export type PolicyExplainQuery = z.infer<typeof PolicyExplainQuery>;

/** A rule that names the peer, and what it had to say. */
export const ConsideredRule = z
  .object({
    id: z.string(),
    effect,
    outcome: z.enum(['applies', 'expired', 'other direction', 'other class', 'other people']),
    reason: z.string(),
    owner: z.string(),
  })
  .meta({ id: 'ConsideredRule' });
export type ConsideredRule = z.infer<typeof ConsideredRule>;

/** What policy decides, and every rule it has looked at. */
export const PolicyExplanation = z
  .object({
    account: z.string(),
    peer: z.string(),
    direction: PeerDirection,
    class: PolicyClass,
    allowed: z.boolean(),
    because: z.string().describe('Which rule, or the lack of which.'),
    rule: z.string().optional().describe('The one that decides; absent: none allows it.'),
    version: z.int(),
    considered: z
      .array(ConsideredRule)
      .describe('As they stand in the settings; those about other peers are left out.'),
  })
  .meta({ id: 'PolicyExplanation' });
export type PolicyExplanation = z.infer<typeof PolicyExplanation>;

/** The rules as a whole: which version holds, and whether the settings file is followed. */
export const PolicyState = z
  .object({
    version: z.int(),
    rules: z.int().describe('How many there are.'),
    since: z.iso.datetime().optional().describe('Since when this version holds.'),
    actor: z.string().optional().describe('Who changed the rules to it; `settings`: the file did.'),
    problem: z
      .object({ text: z.string(), since: z.iso.datetime() })
      .optional()
      .describe('Why the settings file is not followed; the version of before holds meanwhile.'),
  })
  .meta({ id: 'PolicyState' });
export type PolicyState = z.infer<typeof PolicyState>;

const ids = z.array(z.string());

/** What reading the settings file again has changed; nothing: it says what held before. */
export const PolicyReload = PolicyState.extend({
  added: ids,
  removed: ids,
  changed: ids,
  settings: ids.describe('Other settings that hold now, by name.'),
  waiting: ids.describe('Settings that differ and wait for the next start.'),
}).meta({ id: 'PolicyReload' });
export type PolicyReload = z.infer<typeof PolicyReload>;

/** The rules that held from some time on. */
export const PolicyVersion = z
  .object({ version: z.int(), at: z.iso.datetime(), actor: z.string(), rules: z.array(PolicyRule) })
  .meta({ id: 'PolicyVersion' });
export type PolicyVersion = z.infer<typeof PolicyVersion>;

export const PolicyVersionList = listOf(PolicyVersion).meta({ id: 'PolicyVersionList' });
export type PolicyVersionList = z.infer<typeof PolicyVersionList>;
