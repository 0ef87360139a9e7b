import { z } from 'zod';
import { reason } from './archive.js';

/** A stream of which the archive has another number of messages than were accepted. */
export const ArchiveGap = z
  .object({ stream: z.string(), accepted: z.number().int(), recorded: z.number().int() })
  .meta({ id: 'ArchiveGap' });
export type ArchiveGap = z.infer<typeof ArchiveGap>;

/** What was accepted in some minutes, compared with what the archive has. */
export const ReconciledStretch = z
  .object({
    number: z.string(),
    node: z.string(),
    from: z.iso.datetime(),
    to: z.iso.datetime(),
    outcome: z
      .enum(['agrees', 'gap', 'uncounted'])
      .describe('`uncounted`: the process that had counted was killed; the seal still covers these messages.'),
    accepted: z.number().int().optional(),
    recorded: z.number().int(),
    gaps: z.array(ArchiveGap).describe('The first 100.'),
    edges: z
      .array(z.object({ name: z.string(), arrived: z.number().int(), accounted: z.number().int() }))
      .describe('Messages that came in since the start, and those of which it is known what became of them.'),
    acknowledgedBy: z.string().optional(),
  })
  .meta({ id: 'ReconciledStretch' });
export type ReconciledStretch = z.infer<typeof ReconciledStretch>;

/** `GET /api/v1/archive/reconciliations`. */
export const ReconciliationQuery = z.strictObject({
  before: z
    .string()
    .regex(/^\d{1,18}$/)
    .optional()
    .describe('`number` of the last one of the page before.'),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
export type ReconciliationQuery = z.infer<typeof ReconciliationQuery>;

export const ReconciliationHistory = z
  .object({
    items: z.array(ReconciledStretch).describe('The newest first.'),
    openGaps: z.number().int().describe('Gaps that nobody has acknowledged.'),
    agreedAt: z.iso.datetime().optional(),
    problem: z.string().optional(),
  })
  .meta({ id: 'ReconciliationHistory' });
export type ReconciliationHistory = z.infer<typeof ReconciliationHistory>;

/** `POST /api/v1/archive/reconciliations/{number}/acknowledge`: why the gap is there, kept in the audit log. */
export const GapAcknowledgement = z.strictObject({ reason }).meta({ id: 'GapAcknowledgement' });
export type GapAcknowledgement = z.infer<typeof GapAcknowledgement>;

/** The number of a comparison in a path. */
export const ReconciliationNumber = z.string().regex(/^\d{1,18}$/, 'a number');
