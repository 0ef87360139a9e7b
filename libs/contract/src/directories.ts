import { z } from 'zod';

const moment = z.iso.datetime();
const some = <T extends z.ZodType>(item: T) => z.object({ count: z.int(), first: z.array(item) });

/** One server of a directory, as it answered last. */
export const DirectoryServer = z
  .object({
    url: z.string(),
    working: z.boolean(),
    latencyMs: z.number().optional().describe('Of the latest answers, in the middle.'),
    lastError: z.string().optional(),
    since: moment.optional().describe('Since when it is as it is.'),
    pausedUntil: moment.optional().describe('Not asked again before then, unless all others fail.'),
  })
  .meta({ id: 'DirectoryServer' });
export type DirectoryServer = z.infer<typeof DirectoryServer>;

/** One run of a sync. */
export const DirectorySync = z
  .object({
    kind: z.enum(['full', 'changes', 'online']),
    startedAt: moment,
    endedAt: moment.optional(),
    outcome: z
      .enum(['running', 'done', 'partial', 'failed', 'held'])
      .describe('`partial`: people are up to date, groups could not be read.'),
    detail: z.string().optional().describe('Why it failed or was held.'),
    counts: z.record(z.string(), z.int()),
  })
  .meta({ id: 'DirectorySync' });
export type DirectorySync = z.infer<typeof DirectorySync>;

/** Somebody whom a sync would change, or has changed. */
export const DirectoryChange = z
  .object({ jid: z.string(), name: z.string().optional(), why: z.string().optional() })
  .meta({ id: 'DirectoryChange' });
export type DirectoryChange = z.infer<typeof DirectoryChange>;

/** A sync that was stopped because it would have shut out too many; nothing is done until somebody decides. */
export const HeldSync = z
  .object({ id: z.string(), at: moment, why: z.string(), refused: some(DirectoryChange), of: z.int() })
  .meta({ id: 'HeldSync' });
export type HeldSync = z.infer<typeof HeldSync>;

/** One directory source. */
export const Directory = z
  .object({
    name: z.string(),
    domains: z.array(z.string()),
    servers: z.array(DirectoryServer),
    people: z.int().describe('Accounts that come from it.'),
    refused: z.int().describe('Of these, who may not be used as the directory has it.'),
    groups: z.int(),
    syncs: z.array(DirectorySync).describe('The latest of each kind, the newest first.'),
    nextFullAt: moment.optional(),
    progress: z.object({ done: z.int(), expected: z.int() }).optional().describe('Of a full sync that runs now.'),
    held: HeldSync.optional(),
  })
  .meta({ id: 'Directory' });
export type Directory = z.infer<typeof Directory>;

export const DirectoryList = z.object({ items: z.array(Directory), total: z.int() }).meta({ id: 'DirectoryList' });
export type DirectoryList = z.infer<typeof DirectoryList>;

/** What the next full sync would do. */
export const DirectoryPreview = z
  .object({
    added: some(DirectoryChange),
    changed: some(DirectoryChange),
    refused: some(DirectoryChange),
    readmitted: some(DirectoryChange),
    held: z.string().optional().describe('Why the guard would stop it.'),
  })
  .meta({ id: 'DirectoryPreview' });
export type DirectoryPreview = z.infer<typeof DirectoryPreview>;

/** `POST /api/v1/directories/{name}/sync`. */
export const SyncNow = z.strictObject({ kind: z.enum(['full', 'changes']).default('changes') }).meta({ id: 'SyncNow' });
export type SyncNow = z.infer<typeof SyncNow>;

/** `POST /api/v1/directories/{name}/held/{id}`. */
export const HeldDecision = z.strictObject({ decision: z.enum(['apply', 'reject']) }).meta({ id: 'HeldDecision' });
export type HeldDecision = z.infer<typeof HeldDecision>;

/** `POST /api/v1/directories/{name}/examine`: the directory doctor. */
export const Examination = z
  .strictObject({ login: z.string().max(1000).optional().describe('Somebody whose log-in is tried, by search only.') })
  .meta({ id: 'Examination' });
export type Examination = z.infer<typeof Examination>;

export const Finding = z
  .object({
    name: z.string(),
    state: z.enum(['good', 'warning', 'bad']),
    detail: z.string(),
    remedy: z.string().optional(),
  })
  .meta({ id: 'Finding' });
export type Finding = z.infer<typeof Finding>;

export const Findings = z.object({ items: z.array(Finding) }).meta({ id: 'Findings' });
export type Findings = z.infer<typeof Findings>;

/** `GET /api/v1/accounts/{jid}/explain`: what decides about one person. */
export const AccountExplanation = z
  .object({
    account: z.string(),
    directory: z.string(),
    dn: z.string().optional(),
    server: z.string().optional().describe('The one that answered.'),
    state: z.string(),
    mayLogIn: z.boolean(),
    because: z.array(z.string()).describe('The deciding facts first.'),
    filters: z.array(z.object({ name: z.string(), passed: z.boolean(), detail: z.string() })),
    names: z.array(z.string()).describe('Everything this person may type to log in.'),
    formerNames: z.array(z.string()),
    groups: z.array(
      z.object({ name: z.string(), dn: z.string(), via: z.array(z.string()).describe('Empty: a direct member.') }),
    ),
    rooms: z.array(
      z.object({
        room: z.string(),
        affiliation: z.string().describe('What holds now; `none` until what the directory says is carried out.'),
        because: z
          .string()
          .optional()
          .describe('The group by which it follows; absent: from nothing in the directory.'),
      }),
    ),
    teams: z
      .array(
        z.object({
          name: z.string(),
          as: z.enum(['member', 'viewer']).describe('A viewer has the people in the contact list without belonging.'),
          because: z.string(),
        }),
      )
      .describe('Groups of the contact list that follow from the directory.'),
    roles: z.array(z.object({ role: z.string(), scope: z.string(), because: z.string() })),
  })
  .meta({ id: 'AccountExplanation' });
export type AccountExplanation = z.infer<typeof AccountExplanation>;

/** Somebody who was shut out, and how long it took. */
export const Departure = z
  .object({
    account: z.string(),
    why: z.string(),
    by: z.string(),
    detectedAt: moment,
    closedAt: moment,
    seconds: z.number(),
    streams: z.int(),
    apiSessions: z.int(),
    rooms: z.array(z.object({ room: z.string(), heir: z.string().nullable() })),
  })
  .meta({ id: 'Departure' });
export type Departure = z.infer<typeof Departure>;

export const DepartureList = z.object({ items: z.array(Departure) }).meta({ id: 'DepartureList' });
export type DepartureList = z.infer<typeof DepartureList>;
