import { z } from 'zod';

/** An address of a conversation's party. */
const address = z.string().min(1).max(3071);
/** Somebody, by an address or by words of a name. */
const party = address;
export const PARTY =
  'An address, of now or of before, or a name, or words of one: everything of these people is found.';
/** Why somebody looks: kept in the audit log for ever. */
export const reason = z.string().trim().min(3, 'say why, in at least 3 characters').max(500);

export const MessageId = z.string().regex(/^[0-9a-f]{16}$/, '16 hexadecimal digits');

export const SavedSearchId = z.string().regex(/^[1-9]\d{0,15}$/, 'a whole number');

/** One recorded message. `body` is plain text and never markup. */
export const ArchivedMessage = z
  .object({
    id: MessageId,
    at: z.iso.datetime(),
    from: z.string(),
    device: z.string().optional(),
    to: z.string(),
    room: z.string().optional(),
    kind: z.string(),
    verdict: z.enum(['passed', 'refused', 'dropped']).describe('What became of it.'),
    body: z.string().optional(),
    stanza: z.string().optional().describe('The XML as delivered, when one message is asked for.'),
    about: MessageId.optional().describe('The message it corrects, retracts or moderates.'),
    isChanged: z.boolean().describe('Later messages correct, retract or moderate it.'),
    isRelayed: z.boolean().optional().describe('It was passed on here between two other offices.'),
    isEncrypted: z.boolean().optional().describe('End-to-end encrypted by its author: not readable here.'),
    matches: z
      .array(z.tuple([z.number().int(), z.number().int()]))
      .optional()
      .describe('Where the words looked for stand in the body: start and end, in UTF-16 code units, the end excluded.'),
  })
  .meta({ id: 'ArchivedMessage' });
export type ArchivedMessage = z.infer<typeof ArchivedMessage>;

/** A switch that is only ever on: absent, it does not narrow. */
const on = z.enum(['true']).optional();

/** What narrows a search; all of it is text, as in an address. */
export const ArchiveFilter = z
  .strictObject({
    text: z
      .string()
      .trim()
      .min(1)
      .max(200)
      .optional()
      .describe(
        'Words or parts of them (3 letters, 2 of scripts without spaces); phrases in quotation marks. All are found.',
      ),
    participant: party.optional().describe(`Wrote or received it. ${PARTY}`),
    from: party.optional().describe(PARTY),
    to: party.optional().describe(PARTY),
    group: z
      .string()
      .min(1)
      .max(256)
      .optional()
      .describe('A group of the directory: whoever is in it now, wrote or received it.'),
    office: z.string().min(1).max(256).optional().describe('Of one side, when it was said.'),
    room: address.optional(),
    peer: z.string().min(1).max(1023).optional().describe('The domain of the other server.'),
    direction: z.enum(['internal', 'in', 'out', 'relayed']).optional().describe('Which way it crossed our border.'),
    kind: z.enum(['chat', 'normal', 'headline', 'groupchat', 'error']).optional(),
    verdict: z.enum(['passed', 'refused', 'dropped']).optional(),
    file: on.describe('A file was sent with it.'),
    label: z.string().trim().min(1).max(256).optional().describe('The security label it shows (XEP-0258).'),
    edited: on.describe('It was corrected, retracted or moderated later.'),
    since: z.iso.datetime({ offset: true }).optional(),
    until: z.iso.datetime({ offset: true }).optional(),
  })
  .meta({ id: 'ArchiveFilter', description: 'What narrows a search of the archive.' });
export type ArchiveFilter = z.infer<typeof ArchiveFilter>;

/** `GET /api/v1/archive/messages`. The newest first; pages by `after`. */
export const ArchiveQuery = ArchiveFilter.extend({
  after: MessageId.optional().describe('`next` of the page before.'),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  saved: SavedSearchId.optional().describe('The saved search this is: kept in the audit log.'),
  reason,
});
export type ArchiveQuery = z.infer<typeof ArchiveQuery>;

export const ArchivePage = z
  .object({
    items: z.array(ArchivedMessage),
    next: MessageId.optional().describe('`after` of the next page; absent on the last.'),
    indexedUntil: z.iso.datetime().optional().describe('Messages recorded later may be missing from a text search.'),
  })
  .meta({ id: 'ArchivePage' });
export type ArchivePage = z.infer<typeof ArchivePage>;

/** `GET /api/v1/archive/facets`: what the newest hits are made of. */
export const FacetQuery = ArchiveFilter.extend({ reason });
export type FacetQuery = z.infer<typeof FacetQuery>;

const FacetValue = z.object({ value: z.string(), count: z.number().int() });

export const ArchiveFacets = z
  .object({
    looked: z.number().int().describe('So many of the newest hits were looked at: the counts are of these.'),
    isWhole: z.boolean().describe('These are all hits. Otherwise the counts are an estimate of how they are made up.'),
    people: z.array(FacetValue),
    rooms: z.array(FacetValue),
    offices: z.array(FacetValue),
    peers: z.array(FacetValue),
    months: z.array(FacetValue).describe('As 2026-11, in UTC.'),
    kinds: z.array(FacetValue),
    verdicts: z.array(FacetValue),
  })
  .meta({ id: 'ArchiveFacets', description: 'What the newest hits of a search are made of, the most frequent first.' });
export type ArchiveFacets = z.infer<typeof ArchiveFacets>;

/** `POST /api/v1/archive/searches`; `PATCH …/{id}` takes a new name. */
export const NewSavedSearch = z.strictObject({ name: z.string().trim().min(1).max(100), query: ArchiveFilter });
export type NewSavedSearch = z.infer<typeof NewSavedSearch>;
export const RenamedSearch = NewSavedSearch.pick({ name: true });
export type RenamedSearch = z.infer<typeof RenamedSearch>;

export const SavedSearch = NewSavedSearch.extend({ id: SavedSearchId, createdAt: z.iso.datetime() }).meta({
  id: 'SavedSearch',
  description: 'A search that an officer has kept. Nobody else sees it.',
});
export type SavedSearch = z.infer<typeof SavedSearch>;

/** `GET /api/v1/archive/searches`: one's own, by name. */
export const SavedSearches = z.object({ items: z.array(SavedSearch) }).meta({ id: 'SavedSearches' });
export type SavedSearches = z.infer<typeof SavedSearches>;

/** `GET /api/v1/archive/messages/{id}`. */
export const ViewQuery = z.strictObject({ reason });
export type ViewQuery = z.infer<typeof ViewQuery>;

/** `GET /api/v1/archive/messages/{id}/around`: the conversation before and after. */
export const AroundQuery = z.strictObject({ reason, count: z.coerce.number().int().min(1).max(100).default(20) });
export type AroundQuery = z.infer<typeof AroundQuery>;

export const Conversation = z.object({ items: z.array(ArchivedMessage) }).meta({ id: 'Conversation' });
export type Conversation = z.infer<typeof Conversation>;

/** `GET /api/v1/archive/messages/{id}/as-of`: the same as it stood at a moment. */
export const AsOfQuery = z.strictObject({
  reason,
  at: z.iso.datetime({ offset: true }),
  count: z.coerce.number().int().min(1).max(100).default(20),
});
export type AsOfQuery = z.infer<typeof AsOfQuery>;

/** What a message does to an earlier one; `disposed`: its content is not kept any more. */
export const MessageChange = z
  .enum(['original', 'correction', 'retraction', 'moderation', 'disposed'])
  .meta({ id: 'MessageChange' });
export type MessageChange = z.infer<typeof MessageChange>;

/** One version of a message: who did what to it, when, and what it said then. */
export const MessageVersion = ArchivedMessage.extend({
  change: MessageChange,
  reason: z.string().optional().describe('As given by who retracted or moderated it.'),
}).meta({ id: 'MessageVersion' });
export type MessageVersion = z.infer<typeof MessageVersion>;

/** A message as everybody saw it at a moment. */
export const MessageThen = ArchivedMessage.extend({
  state: z.enum(['as-said', 'corrected', 'retracted', 'moderated']).describe('What had been made of it by then.'),
  name: z.string().optional().describe('What its author was called then.'),
}).meta({ id: 'MessageThen' });
export type MessageThen = z.infer<typeof MessageThen>;

/** `GET /api/v1/archive/messages/{id}/versions`: the original and everything that was made of it, oldest first. */
export const MessageVersions = z.object({ items: z.array(MessageVersion) }).meta({ id: 'MessageVersions' });
export type MessageVersions = z.infer<typeof MessageVersions>;

/** The address of a room in a path. */
export const RoomAddress = address;

/** `GET /api/v1/archive/rooms/{room}/present`. */
export const PresentQuery = z.strictObject({ at: z.iso.datetime({ offset: true }), reason });
export type PresentQuery = z.infer<typeof PresentQuery>;

/** A device of somebody that was in the room. */
export const PresentPerson = z
  .object({
    from: z.string(),
    device: z.string().optional(),
    nick: z.string().optional().describe('Under which the person was there.'),
    since: z.iso.datetime(),
    id: MessageId.describe('The record of it.'),
  })
  .meta({ id: 'PresentPerson' });
export type PresentPerson = z.infer<typeof PresentPerson>;

export const PresentPeople = z
  .object({ room: z.string(), at: z.iso.datetime(), items: z.array(PresentPerson) })
  .meta({ id: 'PresentPeople', description: 'Who was in a room at a moment, the first that came first.' });
export type PresentPeople = z.infer<typeof PresentPeople>;

export const ConversationThen = z
  .object({
    at: z.iso.datetime(),
    items: z.array(MessageThen),
    present: z.array(PresentPerson).optional().describe('Of a room: who was there at the moment.'),
  })
  .meta({ id: 'ConversationThen', description: 'A conversation as it stood at a moment.' });
export type ConversationThen = z.infer<typeof ConversationThen>;
