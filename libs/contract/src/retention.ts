import { z } from 'zod';

const line = (most: number) => z.string().trim().min(1).max(most);
/** Why somebody does it: kept in the audit log for ever. */
const reason = z.string().trim().min(3, 'say why, in at least 3 characters').max(500);
const moment = z.iso.datetime({ offset: true });
const days = z.int().min(1).max(36_500).nullable().describe('From the end of the month of a message; null: for ever.');

export const RetentionRuleId = z.string().regex(/^[1-9]\d{0,14}$/, 'a number');
export const RetentionKind = z
  .enum(['chat', 'room', 'headline', 'error'])
  .describe('chat: between people; room: in rooms, with coming and going.');
export type RetentionKind = z.infer<typeof RetentionKind>;

export const RetentionGroup = z
  .strictObject({ key: line(2000).describe('Directory and stable id.'), name: line(500) })
  .meta({ id: 'RetentionGroup' });
export type RetentionGroup = z.infer<typeof RetentionGroup>;

/** Whom a rule covers; what is left out covers everything. */
const scope = {
  group: RetentionGroup.optional(),
  room: line(3071).optional(),
  peer: line(255).optional(),
  kind: RetentionKind.optional(),
};

export const RetentionRule = z
  .object({
    id: RetentionRuleId,
    office: z.string().describe('An office; * for all.'),
    ...scope,
    days,
    madeBy: z.string(),
    approvedBy: z.string().optional(),
    changedAt: moment,
  })
  .meta({ id: 'RetentionRule' });
export type RetentionRule = z.infer<typeof RetentionRule>;

export const RetentionRuleList = z
  .object({ items: z.array(RetentionRule) })
  .meta({ id: 'RetentionRuleList', description: 'The longest of all that cover a message counts; of none: for ever.' });
export type RetentionRuleList = z.infer<typeof RetentionRuleList>;

/** What somebody wants of the rules. */
export const WantedRetention = z
  .discriminatedUnion('action', [
    z.strictObject({
      action: z.literal('add'),
      office: line(200).optional().describe('Left out: the offices of who proposes it.'),
      ...scope,
      days,
    }),
    z.strictObject({ action: z.literal('set'), rule: RetentionRuleId, days }),
    z.strictObject({ action: z.literal('end'), rule: RetentionRuleId }),
  ])
  .meta({ id: 'WantedRetention' });
export type WantedRetention = z.infer<typeof WantedRetention>;

/** `POST /api/v1/retention/changes`. */
export const NewRetentionChange = z
  .strictObject({ change: WantedRetention, reason })
  .meta({ id: 'NewRetentionChange' });
export type NewRetentionChange = z.infer<typeof NewRetentionChange>;

export const RetentionChange = z
  .object({
    id: RetentionRuleId,
    action: z.enum(['add', 'set', 'end']),
    rule: RetentionRuleId.optional(),
    office: z.string(),
    ...scope,
    days,
    reason: z.string(),
    proposedBy: z.string(),
    proposedAt: moment,
    expiresAt: moment,
    state: z
      .enum(['open', 'done', 'refused', 'withdrawn', 'expired'])
      .describe('open: waits for a second person, since it keeps something for less long.'),
    decidedBy: z.string().optional(),
    decidedAt: moment.optional(),
  })
  .meta({ id: 'RetentionChange' });
export type RetentionChange = z.infer<typeof RetentionChange>;

export const RetentionChangeList = z.object({ items: z.array(RetentionChange) }).meta({ id: 'RetentionChangeList' });
export type RetentionChangeList = z.infer<typeof RetentionChangeList>;

/** `POST /api/v1/retention/changes/{id}/decision`. */
export const RetentionDecision = z
  .strictObject({ decision: z.enum(['approve', 'refuse', 'withdraw']), reason })
  .meta({ id: 'RetentionDecision' });
export type RetentionDecision = z.infer<typeof RetentionDecision>;

export const RetentionMonth = z
  .object({
    month: z.string().describe('Such as 2026-06, UTC.'),
    retentionClass: z.int(),
    removed: z.int(),
    held: z.int().describe('Would go by the rules, and stay for a hold.'),
    kept: z.int(),
    isEstimated: z.boolean().describe('Nothing of the month would go: `kept` is an estimate.'),
    bytes: z.int(),
  })
  .meta({ id: 'RetentionMonth' });
export type RetentionMonth = z.infer<typeof RetentionMonth>;

/** `POST /api/v1/retention/previews`; without a change, of what the next disposal takes away. */
export const NewRetentionPreview = z
  .strictObject({ change: WantedRetention.optional() })
  .meta({ id: 'NewRetentionPreview' });
export type NewRetentionPreview = z.infer<typeof NewRetentionPreview>;

/** A preview, and how far it is. */
export const RetentionPreview = z
  .object({
    id: z.string(),
    state: z.enum(['counting', 'done', 'failed']),
    doneRows: z.int(),
    totalRows: z.int().describe('An estimate.'),
    removed: z.int().optional(),
    held: z.int().optional(),
    bytes: z.int().optional(),
    isBytesEstimated: z.boolean().optional(),
    months: z.array(RetentionMonth).optional(),
    problem: z.string().optional(),
  })
  .meta({ id: 'RetentionPreview' });
export type RetentionPreview = z.infer<typeof RetentionPreview>;

export const Disposal = z
  .object({
    number: z.int(),
    retentionClass: z.int(),
    month: z.string(),
    removed: z.int(),
    kept: z.int(),
    held: z.int().describe('Kept by holds alone.'),
    bytesReturned: z.int(),
    removedAt: moment,
    isCertified: z.boolean().describe('False: the signature is still to come.'),
  })
  .meta({ id: 'Disposal' });
export type Disposal = z.infer<typeof Disposal>;

/** `GET /api/v1/retention/disposals`. The latest first; pages by `after`. */
export const DisposalQuery = z.strictObject({
  after: z.coerce.number().int().min(1).optional().describe('`number` of the last of the page before.'),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
export type DisposalQuery = z.infer<typeof DisposalQuery>;

export const DisposalPage = z
  .object({ items: z.array(Disposal), next: z.int().optional() })
  .meta({ id: 'DisposalPage' });
export type DisposalPage = z.infer<typeof DisposalPage>;

/** `GET /api/v1/retention/disposals/{number}`: the signed note. */
export const DisposalCertificate = z
  .object({
    number: z.int(),
    note: z.string().describe('A signed note (C2SP); its first line is interoffice/disposal/v1.'),
  })
  .meta({ id: 'DisposalCertificate' });
export type DisposalCertificate = z.infer<typeof DisposalCertificate>;

/** `GET /api/v1/retention/groups`. */
export const RetentionGroupQuery = z.strictObject({ text: z.string().trim().max(200).default('') });
export type RetentionGroupQuery = z.infer<typeof RetentionGroupQuery>;

export const RetentionGroupList = z.object({ items: z.array(RetentionGroup) }).meta({ id: 'RetentionGroupList' });
export type RetentionGroupList = z.infer<typeof RetentionGroupList>;

/** `GET /api/v1/retention/messages/{id}`: what decides about a message. */
export const RetentionExplanation = z
  .object({
    rules: z.array(RetentionRule).describe('Those that cover it; the first, which keeps it longest, decides.'),
    holds: z.array(z.object({ id: z.string(), name: z.string(), matter: z.string() })),
    isKept: z.boolean().describe('Its content is still there.'),
  })
  .meta({ id: 'RetentionExplanation' });
export type RetentionExplanation = z.infer<typeof RetentionExplanation>;
