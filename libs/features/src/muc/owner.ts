import { type Asked, refuse, type Reply, type Session } from '@interoffice/routing';
import { badRequest, type Element, type Form, NS, notAcceptable, readForm, tryJid, xml } from '@interoffice/wire';
import { ownerless } from './admin.js';
import { isAtLeast } from './affiliation.js';
import { type AffiliationChange, changeAffiliations, expel, noted } from './change.js';
import type { RoomConfig } from './config.js';
import { configForm, readConfigForm, type Submitted } from './config-form.js';
import { destroy } from './destroy.js';
import { denied } from './errors.js';
import type { MucParts } from './parts.js';
import { ROOM_RECORD } from './record-names.js';
import type { Room } from './room.js';
import { giveAll, STATUS } from './show.js';

const OWNERS_ONLY = 'Only an owner of this room may do that.';

function isOwner(room: Room, { account }: Session): boolean {
  return room.affiliationOf(account.bare) === 'owner';
}

/** The form. XEP-0045 §10.1.3, §10.2 */
export function readSettings(room: Room, { session }: Asked): Reply {
  if (!isOwner(room, session)) return refuse(denied('forbidden', OWNERS_ONLY), 'not an owner');
  return xml('query', { xmlns: NS.mucOwner }, configForm(room));
}

/** A filled-in form, its cancellation, or the end of the room. XEP-0045 §10.1 to §10.9 */
export async function changeSettings(parts: MucParts, room: Room, { child, session }: Asked): Promise<Reply> {
  if (!isOwner(room, session)) return refuse(denied('forbidden', OWNERS_ONLY), 'not an owner');
  const end = child.getChild('destroy');
  const form = child.getChild('x', NS.dataForms);
  return room.inOrder(async () => {
    if (end) return destroyByOwner(parts, room, { session, end });
    if (!form) return refuse(badRequest('Send a form, or <destroy/>.'), 'neither form nor destroy');
    if (form.attrs['type'] === 'cancel') return cancel(parts, room, session);
    return submit(parts, room, { session, form: readForm(form) });
  });
}

async function destroyByOwner(
  parts: MucParts,
  room: Room,
  { session, end }: { session: Session; end: Element },
): Promise<Reply> {
  const jid = end.attrs['jid'] as string | undefined;
  const alternate = jid === undefined ? undefined : tryJid(jid)?.toString();
  if (jid !== undefined && alternate === undefined)
    return refuse(badRequest('The other room has no valid address.'), 'malformed alternate');
  await destroy(parts, room, { by: session, reason: end.getChildText('reason') ?? undefined, alternate });
  return undefined;
}

/** Who does not set up the room he has made has not made one. XEP-0045 §10.1.3 */
async function cancel(parts: MucParts, room: Room, session: Session): Promise<Reply> {
  if (room.isLocked) await destroy(parts, room, { by: session, reason: undefined, alternate: undefined });
  return undefined;
}

async function submit(
  parts: MucParts,
  room: Room,
  { session, form }: { session: Session; form: Form },
): Promise<Reply> {
  // §10.1.2: an empty form takes the room as it is.
  if (form.names.length > 0 && form.formType !== undefined && form.formType !== NS.mucRoomConfig) {
    return refuse(badRequest('That is not the form of a room.'), 'another form');
  }
  const wanted = readConfigForm(form, room.config);
  if ('fault' in wanted) return refuse(notAcceptable(`${wanted.fault} cannot have that value.`), wanted.fault);
  const people = peopleOf(room, wanted);
  const fault = ownerless(room, people);
  if (fault) return fault;
  await setConfig(parts, { room, by: session, config: wanted.config });
  if (people.length > 0) await changeAffiliations(parts, { room, by: session, changes: people });
  return undefined;
}

/** Lists of a form stand for all who are to be on them: who is left out goes. */
function peopleOf(room: Room, { admins, owners }: Submitted): AffiliationChange[] {
  const changes = new Map<string, AffiliationChange['affiliation']>();
  const set = (wanted: readonly string[] | undefined, affiliation: 'admin' | 'owner'): void => {
    if (!wanted) return;
    for (const [jid] of room.withAffiliation(affiliation)) if (!wanted.includes(jid)) changes.set(jid, 'none');
    for (const jid of wanted) if (room.affiliationOf(jid) !== affiliation) changes.set(jid, affiliation);
  };
  set(admins, 'admin');
  set(owners, 'owner');
  return [...changes].map(([jid, affiliation]) => ({ jid, affiliation, nick: undefined, reason: undefined }));
}

export interface Configuring {
  readonly room: Room;
  readonly by: Session;
  readonly config: RoomConfig;
}

/** Recorded, kept, then told, with what it means for who is there. XEP-0045 §10.2.1 */
export async function setConfig(parts: MucParts, { room, by, config: wanted }: Configuring): Promise<void> {
  const before = room.config;
  const isRevealed = wanted.isNonAnonymous && !before.isNonAnonymous;
  const config = isRevealed ? { ...wanted, nonAnonymousSinceMs: parts.clock.now() } : wanted;
  const codes = codesOf(before, config);
  const statuses = codes.map((code) => xml('status', { code: String(code) }));
  const told = xml(
    'message',
    { xmlns: NS.client, from: room.jid.bare, type: 'groupchat' },
    xml('x', { xmlns: NS.mucUser }, ...statuses),
  );
  const { password, ...open } = config;
  const kept = xml(
    'message',
    { xmlns: NS.client, from: room.jid.bare },
    xml('x', { xmlns: NS.mucUser }, ...codes.map((code) => xml('status', { code: String(code) }))),
    // The record says that there is a password, not which.
    xml('config', { xmlns: ROOM_RECORD }, JSON.stringify({ ...open, hasPassword: password !== undefined })),
  );
  if (codes.length > 0) await noted(parts, { room, by, stanza: kept });
  await parts.records.change(room.id, { config, isLocked: false });
  const wasLocked = room.isLocked;
  room.config = config;
  room.isLocked = false;
  if (config.isMembersOnly && !before.isMembersOnly) await expelStrangers(parts, room);
  if (codes.length > 0 && !wasLocked) giveAll(parts, room, told);
}

async function expelStrangers(parts: MucParts, room: Room): Promise<void> {
  const strangers = [...room.occupants.values()].filter(({ affiliation }) => !isAtLeast(affiliation, 'member'));
  const why = { statuses: [STATUS.nowMembersOnly] };
  await Promise.all(strangers.map((occupant) => expel(parts, room, occupant, why)));
}

function codesOf(before: RoomConfig, after: RoomConfig): number[] {
  const codes: number[] = [];
  if (before.isLogged !== after.isLogged) codes.push(after.isLogged ? STATUS.logged : STATUS.notLogged);
  if (before.isNonAnonymous !== after.isNonAnonymous) {
    codes.push(after.isNonAnonymous ? STATUS.nowNonAnonymous : STATUS.nowSemiAnonymous);
  }
  const { isLogged: _logged, isNonAnonymous: _shown, nonAnonymousSinceMs: _since, ...rest } = after;
  const others = Object.entries(rest).some(([key, value]) => !isSame(before[key as keyof RoomConfig], value));
  if (others) codes.push(STATUS.configChanged);
  return codes;
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
