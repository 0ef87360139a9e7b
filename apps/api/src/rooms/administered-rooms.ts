import type { Jid } from '@interoffice/wire';

type Affiliation = 'outcast' | 'none' | 'member' | 'admin' | 'owner';
type Role = 'none' | 'visitor' | 'participant' | 'moderator';

/** A room in a list. */
export interface ListedRoom {
  readonly jid: string;
  readonly name: string;
  readonly description: string;
  readonly office: string;
  readonly template: string | undefined;
  readonly isPublic: boolean;
  readonly isMembersOnly: boolean;
  readonly isPersistent: boolean;
  readonly members: number;
  readonly occupants: number;
  readonly createdBy: string;
  readonly createdAtMs: number;
  readonly ended:
    | {
        readonly atMs: number;
        readonly by: string;
        readonly reason: string | undefined;
        readonly alternate: string | undefined;
      }
    | undefined;
}

/** What may be set of a room. */
export interface RoomConfig {
  readonly name: string;
  readonly description: string;
  readonly language: string;
  readonly isPersistent: boolean;
  readonly isPublic: boolean;
  readonly isMembersOnly: boolean;
  readonly isModerated: boolean;
  readonly isNonAnonymous: boolean;
  /** Undefined: none is asked for. */
  readonly password: string | undefined;
  readonly maxUsers: number;
  readonly participantsSetSubject: boolean;
  readonly membersInvite: boolean;
  readonly privateMessages: 'anyone' | 'participants' | 'moderators' | 'none';
  readonly membersSeeMembers: boolean;
  readonly isLogged: boolean;
  readonly historyLength: number;
  readonly slowModeSeconds: number;
}

/** A room and how it is set up; never what was said in it. */
export interface AdministeredRoom extends ListedRoom {
  readonly config: Omit<RoomConfig, 'password'> & { readonly hasPassword: boolean };
}

export interface RoomQuery {
  readonly text?: string;
  readonly office?: string;
  /** Undefined: both. */
  readonly state?: 'open' | 'ended';
  readonly sort: 'jid' | 'name' | 'office' | 'createdAt' | 'members';
  readonly descending: boolean;
  readonly offset: number;
  readonly limit: number;
}

export interface RoomPlan {
  readonly jid: string;
  readonly office?: string;
  readonly template?: string;
  readonly config: Partial<RoomConfig>;
  readonly owners: readonly string[];
  readonly members: readonly string[];
}

/** Somebody who belongs to a room, or is there. */
export interface PersonOfRoom {
  readonly jid: string;
  readonly affiliation: Affiliation;
  readonly nick: string | undefined;
  readonly reason: string | undefined;
  readonly role: Role;
}

/** A kind of rooms. Milliseconds. */
export interface KindOfRoom {
  readonly name: string;
  readonly office?: string;
  readonly description?: string;
  readonly membersOnly: boolean;
  readonly public: boolean;
  readonly moderated: boolean;
  readonly nonAnonymous: boolean;
  readonly membersInvite: boolean;
  readonly slowMode: number;
}

/** What the API needs of the XMPP server's rooms. `actor` is in whose name the journal has a change. */
export interface AdministeredRooms {
  /** Of all rooms. */
  readonly domain: string;
  readonly templates: readonly KindOfRoom[];
  /** A room by its address, or by what stands before the @. Throws BAD_ADDRESS. */
  addressOf(text: string): Jid;
  list(query: RoomQuery): Promise<{ readonly rooms: readonly ListedRoom[]; readonly total: number }>;
  find(jid: Jid): Promise<AdministeredRoom | undefined>;
  /** Rejects with ROOM_EXISTS, NO_SUCH_ACCOUNT, NO_SUCH_TEMPLATE, BAD_ADDRESS. */
  create(plan: RoomPlan, actor: Jid): Promise<AdministeredRoom>;
  /** Rejects with NO_SUCH_ROOM. */
  configure(jid: Jid, change: Partial<RoomConfig>, actor: Jid): Promise<AdministeredRoom>;
  people(jid: Jid): Promise<readonly PersonOfRoom[]>;
  /** Rejects with NO_SUCH_ROOM, NO_SUCH_ACCOUNT, NO_OWNER. */
  relate(jid: Jid, person: { jid: string; affiliation: Affiliation; reason?: string }, actor: Jid): Promise<void>;
  /** Rejects with NO_SUCH_ROOM. */
  retire(jid: Jid, why: { reason?: string; alternate?: string }, actor: Jid): Promise<void>;
}
