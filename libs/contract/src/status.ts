import { z } from 'zod';

/** One part of the server, from a probe that used it just now. */
export const PartStatus = z
  .object({
    name: z.string(),
    state: z.enum(['working', 'failing', 'off']),
    since: z.iso.datetime().describe('Since when it is in this state.'),
    detail: z.string(),
    remedy: z.string().optional().describe('What to do about it.'),
  })
  .meta({ id: 'PartStatus' });
export type PartStatus = z.infer<typeof PartStatus>;

/** `GET /api/v1/status`. */
export const Status = z
  .object({ working: z.boolean(), checkedAt: z.iso.datetime(), version: z.string(), parts: z.array(PartStatus) })
  .meta({ id: 'Status' });
export type Status = z.infer<typeof Status>;
