import { z } from 'zod';
import { PARTY, reason, RoomAddress as address } from './archive.js';

export const ExportId = z.string().regex(/^\d{1,18}$/, 'a number');

export const ExportFormat = z.enum(['jsonl', 'csv', 'xml', 'eml', 'eml-day', 'rsmf', 'pdf']).meta({
  id: 'ExportFormat',
  description: 'eml: a mail for each message; eml-day: one for each conversation and day.',
});
export type ExportFormat = z.infer<typeof ExportFormat>;

/** Which messages; all of what is given must hold. Without any: all. */
export const ExportFilter = z
  .strictObject({
    text: z.string().trim().min(1).max(200).optional().describe('Words, parts of words.'),
    participant: address.optional().describe(`Wrote or received it. ${PARTY}`),
    from: address.optional().describe(PARTY),
    to: address.optional().describe(PARTY),
    room: address.optional(),
    peer: z.string().trim().min(1).max(1023).optional().describe('Came from this server or went there.'),
    since: z.iso.datetime({ offset: true }).optional(),
    until: z.iso.datetime({ offset: true }).optional(),
  })
  .meta({ id: 'ExportFilter' });
export type ExportFilter = z.infer<typeof ExportFilter>;

/** `POST /api/v1/exports`. */
export const NewExport = z
  .strictObject({
    format: ExportFormat,
    filter: ExportFilter.default({}),
    reason,
    splitBytes: z
      .int()
      .min(1_000_000)
      .max(4_000_000_000)
      .default(1_000_000_000)
      .describe('No file of messages becomes larger.'),
  })
  .meta({ id: 'NewExport' });
export type NewExport = z.infer<typeof NewExport>;

export const ExportState = z.enum(['waiting', 'running', 'done', 'failed', 'cancelled']).meta({ id: 'ExportState' });
export type ExportState = z.infer<typeof ExportState>;

/** An export, as it is now. */
export const Export = z
  .object({
    id: ExportId,
    state: ExportState,
    format: ExportFormat,
    filter: ExportFilter,
    reason: z.string(),
    requestedBy: z.string(),
    createdAt: z.iso.datetime(),
    finishedAt: z.iso.datetime().optional(),
    phase: z.string().optional().describe('What it is at.'),
    done: z.int(),
    total: z.int().optional().describe('Of `done`; absent until it is known.'),
    remainingSeconds: z.int().optional(),
    messages: z.int().optional(),
    conversations: z.int().optional(),
    exceptions: z.int().optional().describe('What could not be given; exceptions.jsonl says which and why.'),
    bytes: z.int().optional(),
    manifestSha256: z.string().optional(),
    problem: z.object({ code: z.string(), text: z.string() }).optional().describe('Why it failed.'),
  })
  .meta({ id: 'Export' });
export type Export = z.infer<typeof Export>;

/** `GET /api/v1/exports`: newest first. */
export const ExportListQuery = z.strictObject({
  before: ExportId.optional().describe('`next` of the page before.'),
  limit: z.coerce.number().int().min(1).max(100).default(50),
});
export type ExportListQuery = z.infer<typeof ExportListQuery>;

export const ExportList = z
  .object({
    items: z.array(Export),
    next: ExportId.optional().describe('`before` of the next page; absent on the last.'),
  })
  .meta({ id: 'ExportList' });
export type ExportList = z.infer<typeof ExportList>;

/** `GET /api/v1/exports/{id}/files`. */
export const ExportFiles = z
  .object({ items: z.array(z.object({ name: z.string(), bytes: z.int() })) })
  .meta({ id: 'ExportFiles' });
export type ExportFiles = z.infer<typeof ExportFiles>;
