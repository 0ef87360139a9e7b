import { z } from 'zod';
import { listOf, listQuery } from './lists.js';

const address = z.string().min(1).max(3071);
/** What XML can carry (XML 1.0 §2.2): the room tells it to clients. */
const WRITABLE = /^[\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]*$/u;
const UNWRITABLE = 'holds a character that cannot be written';
/** As long as owners themselves may make it. */
const text = z.string().max(1000).regex(WRITABLE, UNWRITABLE);
const flag = (says: string) => z.boolean().describe(says);
const reason = text.trim().min(3, 'say why, in at least 3 characters').max(500);

/** How somebody belongs to a room. */
export const Affiliation = z
  .enum(['owner', 'admin', 'member', 'none', 'outcast'])
  .meta({ id: 'Affiliation', description: 'How somebody belongs to a room; `outcast`: may not enter.' });
export type Affiliation = z.infer<typeof Affiliation>;

/** How a room is set up. What was said in it, the subject too, is not told here. */
const settings = {
  title: text,
  description: text,
  language: text.describe('Spoken there, such as `en`.'),
  public: flag('Found by who looks for rooms.'),
  membersOnly: flag('Only members may enter.'),
  moderated: flag('Who comes in has to be given voice.'),
  nonAnonymous: flag("Everybody sees everybody's address; otherwise moderators do."),
  membersInvite: flag('Where only members may enter: members too may invite.'),
  membersSeeMembers: flag('Everybody may read who the members are.'),
  participantsSetSubject: flag('Everybody with voice may change the subject; otherwise moderators.'),
  privateMessages: z
    .enum(['anyone', 'participants', 'moderators', 'none'])
    .describe('Who may write to one occupant by way of the room.'),
  historyReadable: flag('Who is there may read what was said before. The company keeps it in any case.'),
  historyLength: z.int().min(0).max(50).describe('Messages shown to who comes in.'),
  slowModeSeconds: z.int().min(0).max(86_400).describe('Between two messages of one participant; 0: none.'),
  maxUsers: z.int().min(0).max(100_000).describe('0: as many as the service allows.'),
};

/** What may be set of a room, all of it optional. */
const wanted = z.object(settings).partial().shape;

/** The end of a room. */
export const RoomEnd = z
  .object({ at: z.iso.datetime(), by: z.string(), reason: z.string().optional(), alternate: z.string().optional() })
  .meta({ id: 'RoomEnd' });
export type RoomEnd = z.infer<typeof RoomEnd>;

/** A room in a list. */
export const RoomSummary = z
  .object({
    jid: z.string(),
    title: z.string(),
    description: z.string(),
    office: z.string().describe('Empty: of no office.'),
    template: z.string().optional(),
    public: settings.public,
    membersOnly: settings.membersOnly,
    persistent: flag('It stays when everybody has left.'),
    members: z.int().describe('Owners, administrators and members.'),
    occupants: z.int().describe('People who are there now.'),
    createdBy: z.string(),
    createdAt: z.iso.datetime(),
    retired: RoomEnd.optional(),
  })
  .meta({ id: 'RoomSummary' });
export type RoomSummary = z.infer<typeof RoomSummary>;

export const RoomList = listOf(RoomSummary).meta({ id: 'RoomList' });
export type RoomList = z.infer<typeof RoomList>;

export const RoomState = z.enum(['open', 'retired']).meta({ id: 'RoomState' });
export type RoomState = z.infer<typeof RoomState>;

/** `GET /api/v1/rooms`. */
export const RoomListQuery = z.strictObject({
  text: text.max(200).optional().describe('Part of the title or address.'),
  office: text.max(200).optional(),
  state: RoomState.optional(),
  ...listQuery(['title', 'jid', 'office', 'members', 'createdAt']),
});
export type RoomListQuery = z.infer<typeof RoomListQuery>;

/** One room, with how it is set up. */
export const Room = RoomSummary.extend({ ...settings, hasPassword: z.boolean() }).meta({ id: 'Room' });
export type Room = z.infer<typeof Room>;

/** `POST /api/v1/rooms`. What is left out is as the template says, or else as usual. */
export const NewRoom = z
  .strictObject({
    jid: address.describe('Address, or only the part before the @.'),
    template: text.max(200).optional().describe('One of `GET /api/v1/rooms/templates`.'),
    office: text.max(200).optional().describe("Without it the template's, or the office of who asks."),
    owners: z.array(address).max(50).optional().describe('Accounts; without any, who asks.'),
    members: z.array(address).max(1000).default([]).describe('Accounts; they find the room among their bookmarks.'),
    ...wanted,
  })
  .meta({ id: 'NewRoom' });
export type NewRoom = z.infer<typeof NewRoom>;

/** `PATCH /api/v1/rooms/{jid}`: what is left out stays as it is. */
export const RoomChange = z
  .strictObject({
    ...wanted,
    password: text.min(1).nullable().optional().describe('Asked of who enters; null: none is.'),
    persistent: z.literal(true).optional().describe('It is to stay. A room that is to end is retired.'),
  })
  .refine((changes) => Object.keys(changes).length > 0, 'say what to change')
  .meta({ id: 'RoomChange' });
export type RoomChange = z.infer<typeof RoomChange>;

/** Somebody who belongs to a room, or is there now. */
export const RoomPerson = z
  .object({
    jid: z.string().describe('Bare address, or the domain of all who may not enter.'),
    name: z.string().optional(),
    affiliation: Affiliation,
    nick: z.string().optional().describe('Under which the person is there, or which is reserved.'),
    reason: z.string().optional(),
    role: z.enum(['moderator', 'participant', 'visitor', 'none']).describe('`none`: not there now.'),
  })
  .meta({ id: 'RoomPerson' });
export type RoomPerson = z.infer<typeof RoomPerson>;

/** `GET /api/v1/rooms/{jid}/people`: everybody, owners first. */
export const RoomPeople = z.object({ items: z.array(RoomPerson) }).meta({ id: 'RoomPeople' });
export type RoomPeople = z.infer<typeof RoomPeople>;

/** `PUT /api/v1/rooms/{jid}/people/{person}`. `none` takes somebody off the list. */
export const Relate = z
  .strictObject({ affiliation: Affiliation, reason: reason.optional() })
  .meta({ id: 'Relate', description: 'How the person is to belong to the room; the reason is shown there.' });
export type Relate = z.infer<typeof Relate>;

/** `POST /api/v1/rooms/{jid}/retire`. */
export const Retire = z
  .strictObject({
    reason: reason.describe('Shown to everybody who is there or comes later.'),
    alternate: address.optional().describe('The room people should go to instead.'),
  })
  .meta({ id: 'Retire' });
export type Retire = z.infer<typeof Retire>;

/** A kind of rooms, as the settings of the server have it. */
export const RoomTemplate = z
  .object({
    name: z.string(),
    office: z.string().optional(),
    description: z.string().optional(),
    public: settings.public,
    membersOnly: settings.membersOnly,
    moderated: settings.moderated,
    nonAnonymous: settings.nonAnonymous,
    membersInvite: settings.membersInvite,
    slowModeSeconds: z.int(),
  })
  .meta({ id: 'RoomTemplate' });
export type RoomTemplate = z.infer<typeof RoomTemplate>;

export const RoomTemplates = z
  .object({ domain: z.string().describe('Of all rooms.'), items: z.array(RoomTemplate) })
  .meta({ id: 'RoomTemplates' });
export type RoomTemplates = z.infer<typeof RoomTemplates>;
