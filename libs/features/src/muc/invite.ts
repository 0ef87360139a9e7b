import { hasBlocked, type Passage, refuse, type Refused, take, type Taken } from '@interoffice/routing';
import {
  copyOf,
  type Element,
  itemNotFound,
  type Jid,
  jidMalformed,
  NS,
  type StanzaError,
  tryJid,
  xml,
} from '@interoffice/wire';
import { isAtLeast } from './affiliation.js';
import { changeAffiliations } from './change.js';
import { answerWith, denied } from './errors.js';
import { shownAs, tell } from './invitation.js';
import type { MucParts } from './parts.js';
import type { Room } from './room.js';

/** Invitations that go by way of the room, and their refusal. XEP-0045 §7.8.2 */
export function receiveInvitation(parts: MucParts, room: Room, p: Passage): Refused | Taken | undefined {
  const user = p.tree().getChild('x', NS.mucUser);
  const invites = user?.getChildren('invite') ?? [];
  const decline = user?.getChild('decline');
  if (invites.length > 0) return invite(parts, { room, p, invites });
  return decline ? passDecline(parts, { room, p, decline }) : undefined;
}

interface Inviting {
  readonly room: Room;
  readonly p: Passage;
  readonly invites: readonly Element[];
}

function invite(parts: MucParts, { room, p, invites }: Inviting): Refused | Taken {
  const occupant = room.occupantOf(p.session);
  if (!occupant) return refuse(denied('forbidden', 'Only who is in the room can invite to it.'), 'not an occupant');
  const { config } = room;
  const isAdministrator = isAtLeast(occupant.affiliation, 'admin');
  if (config.isMembersOnly && !isAdministrator && !config.membersInvite) {
    return refuse(denied('forbidden', 'Only administrators of this room may invite people to it.'), 'may not invite');
  }
  const wanted: { to: Jid; element: Element }[] = [];
  for (const element of invites) {
    const to = tryJid(String(element.attrs['to'] ?? ''));
    if (!to) return refuse(jidMalformed('An invitation has no valid address.'), 'malformed invitee');
    wanted.push({ to, element: copyOf(element) });
  }
  const message = copyOf(p.tree());
  const { session } = p;
  return take(() => {
    for (const { to, element } of wanted) {
      void invitePerson(parts, { room, session, to, element, message }).catch((error: unknown) => {
        parts.log.error('room.invitation.failed', { room: room.jid.bare, error: error as Error });
        answerWith(session, message, tryAgain());
      });
    }
  });
}

interface Invitation {
  readonly room: Room;
  readonly session: Passage['session'];
  readonly to: Jid;
  readonly element: Element;
  readonly message: Element;
}

async function invitePerson(parts: MucParts, { room, session, to, element, message }: Invitation): Promise<void> {
  const account = await parts.accounts.load(to.bare);
  if (!account?.facts.isActive) {
    return answerWith(session, message, itemNotFound(`There is no ${to.bare} to invite.`));
  }
  const occupant = room.occupantOf(session);
  // Who has blocked the inviter is not reached by way of a room either: T-07 of security.md. Nobody is told.
  if (!occupant || hasBlocked(account, session.jid) || hasBlocked(account, room.jid)) return;
  if (room.config.isMembersOnly && !isAtLeast(room.affiliationOf(to.bare), 'member')) {
    // He is invited below, with the words of who invites him.
    const change = {
      jid: to.bare,
      affiliation: 'member',
      nick: undefined,
      reason: undefined,
      isInvited: true,
    } as const;
    await room.inOrder(() => changeAffiliations(parts, { room, by: session, changes: [change] }));
  }
  const inner = xml('invite', { from: shownAs(room, session) }, ...element.getChildElements().map(copyOf));
  const id = message.attrs['id'] as string | undefined;
  if (!tell(parts, { room, by: session, account, payload: inner, id })) answerWith(session, message, tryAgain());
}

function passDecline(
  parts: MucParts,
  { room, p, decline }: { room: Room; p: Passage; decline: Element },
): Refused | Taken {
  const named = tryJid(String(decline.attrs['to'] ?? ''));
  const inviter = named?.bare === room.jid.bare ? room.occupants.get(named.resource ?? '')?.account.jid : named;
  if (!inviter) return refuse(itemNotFound('Nobody is there to be told.'), 'declines to nobody');
  // Only to who could have invited: a room is no way to write to anybody.
  if ([...room.of(inviter.bare)].length === 0)
    return refuse(itemNotFound('Nobody is there to be told.'), 'declines to a stranger');
  const inner = xml('decline', { from: p.session.jid.bare }, ...decline.getChildElements().map(copyOf));
  const message = copyOf(p.tree());
  const { session } = p;
  const account = parts.accounts.peek(inviter.bare);
  if (!account) return refuse(itemNotFound('Nobody is there to be told.'), 'declines to nobody');
  return take(() => {
    const id = message.attrs['id'] as string | undefined;
    if (!tell(parts, { room, by: session, account, payload: inner, id })) answerWith(session, message, tryAgain());
  });
}

function tryAgain(): StanzaError {
  return denied('resource-constraint', 'Nothing can be recorded at the moment; try again soon.');
}
