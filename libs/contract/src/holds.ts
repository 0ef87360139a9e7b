import { z } from 'zod';

const address = z.string().trim().min(1).max(3071);
const line = (most: number) => z.string().trim().min(1).max(most);
/** Why somebody does it: kept in the audit log for ever. */
const reason = z.string().trim().min(3, 'say why, in at least 3 characters').max(500);
const many = <T extends z.ZodType>(item: T) => z.array(item).max(1000).default([]);
const moment = z.iso.datetime({ offset: true });

export const HoldId = z.string().regex(/^[1-9]\d{0,14}$/, 'a number');
export const HoldState = z.enum(['open', 'released']);
export type HoldState = z.infer<typeof HoldState>;

/** `POST /api/v1/holds`. At least one condition; of each kind one is enough, different kinds must all be met. */
export const NewHold = z
  .strictObject({
    name: line(200),
    matter: line(200).describe('The case, as the company calls it.'),
    reason,
    office: line(200).optional().describe('Messages of this office; left out: of the offices of who places it.'),
    people: many(address).describe('Addresses, of now or of before: what they wrote and what was sent to them.'),
    rooms: many(address),
    peers: many(line(255)).describe('Domains of other servers.'),
    words: many(line(200)).describe('Texts as for a search: all words of one of them.'),
    from: moment.optional(),
    until: moment.optional().describe('Not included.'),
  })
  .refine(
    ({ people, rooms, peers, words, from, until }) =>
      [people, rooms, peers, words].some((all) => all.length > 0) || from !== undefined || until !== undefined,
    { error: 'say whom or what is held: people, rooms, peers, words or a period', path: ['people'] },
  )
  .refine(({ from, until }) => from === undefined || until === undefined || Date.parse(from) < Date.parse(until), {
    error: 'ends before it begins',
    path: ['until'],
  })
  .meta({ id: 'NewHold' });
export type NewHold = z.infer<typeof NewHold>;

/** What no rule of retention takes away. */
export const Hold = z
  .object({
    id: HoldId,
    office: z.string().describe('An office; * for all.'),
    name: z.string(),
    matter: z.string(),
    reason: z.string(),
    people: z.array(z.string()),
    rooms: z.array(z.string()),
    peers: z.array(z.string()),
    words: z.array(z.string()),
    from: moment.optional(),
    until: moment.optional(),
    placedBy: z.string(),
    placedAt: moment,
    releasedBy: z.string().optional(),
    releasedAt: moment.optional(),
    releaseReason: z.string().optional(),
  })
  .meta({ id: 'Hold' });
export type Hold = z.infer<typeof Hold>;

/** `GET /api/v1/holds`. The latest first; pages by `after`. */
export const HoldQuery = z.strictObject({
  state: HoldState.optional(),
  after: HoldId.optional().describe('`next` of the page before.'),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
export type HoldQuery = z.infer<typeof HoldQuery>;

export const HoldPage = z
  .object({
    items: z.array(Hold),
    next: HoldId.optional().describe('`after` of the next page; absent on the last.'),
  })
  .meta({ id: 'HoldPage' });
export type HoldPage = z.infer<typeof HoldPage>;

/** `POST /api/v1/holds/{id}/release`. What it held is under the rules of retention again. */
export const HoldRelease = z.strictObject({ reason });
export type HoldRelease = z.infer<typeof HoldRelease>;
