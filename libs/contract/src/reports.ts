import { z } from 'zod';
import { listOf, listQuery } from './lists.js';

/** What somebody of ours says of whom they have blocked. XEP-0377 */
export const Report = z
  .object({
    id: z.string(),
    at: z.iso.datetime(),
    reporter: z.string(),
    about: z.string().describe('Whom it is about: a device, an account or a whole domain.'),
    peer: z.string().describe('Their server.'),
    reason: z.enum(['spam', 'abuse', 'other']),
    note: z.string().describe('In the words of who reports.'),
    messages: z.array(z.string()).describe('Ids of messages in the archive; what they say is for officers.'),
    state: z.enum(['open', 'done']),
    handledAt: z.iso.datetime().optional(),
    handledBy: z.string().optional(),
  })
  .meta({ id: 'Report' });
export type Report = z.infer<typeof Report>;

export const ReportList = listOf(Report).meta({ id: 'ReportList' });
export type ReportList = z.infer<typeof ReportList>;

/** `GET /api/v1/reports`. */
export const ReportListQuery = z.strictObject({
  state: z.enum(['open', 'done']).optional(),
  text: z.string().max(200).optional().describe('Part of who reports, or of whom.'),
  ...listQuery(['at']),
});
export type ReportListQuery = z.infer<typeof ReportListQuery>;

/** `PATCH /api/v1/reports/{id}`. */
export const ReportChange = z.strictObject({ state: z.enum(['open', 'done']) });
export type ReportChange = z.infer<typeof ReportChange>;
