import { ROLES, type Role } from './affiliation.js';

export type PrivateMessages = 'anyone' | 'participants' | 'moderators' | 'none';

/** How a room is set up. XEP-0045 §10.2, XEP-0500, XEP-0433 */
export interface RoomConfig {
  readonly name: string;
  readonly description: string;
  readonly language: string;
  /** It stays when the last occupant has left. */
  readonly isPersistent: boolean;
  /** It is found by who looks for rooms. */
  readonly isPublic: boolean;
  readonly isMembersOnly: boolean;
  readonly isModerated: boolean;
  /** Everybody sees everybody's address; otherwise moderators do. */
  readonly isNonAnonymous: boolean;
  /** Since when, ms since 1970: what was said before stays as anonymous as it was. */
  readonly nonAnonymousSinceMs: number;
  /** Undefined: none is asked for. */
  readonly password: string | undefined;
  /** 0: as many as the service allows. */
  readonly maxUsers: number;
  /** Those with voice may change the subject; otherwise moderators. */
  readonly participantsSetSubject: boolean;
  /** In a members-only room: members too may invite; otherwise administrators. */
  readonly membersInvite: boolean;
  readonly privateMessages: PrivateMessages;
  /** Whose presence is shown. */
  readonly presenceBroadcast: readonly Role[];
  /** Everybody may read who the members are, not administrators alone. */
  readonly membersSeeMembers: boolean;
  /** Occupants may read what was said before they came. */
  readonly isLogged: boolean;
  /** Messages shown to who comes in. */
  readonly historyLength: number;
  /** Seconds a participant has to wait between two messages; 0: none. XEP-0500 */
  readonly slowModeSeconds: number;
}

/** What a room is until somebody says otherwise. */
export const DEFAULT_CONFIG: RoomConfig = {
  name: '',
  description: '',
  language: '',
  isPersistent: false,
  isPublic: true,
  isMembersOnly: false,
  isModerated: false,
  isNonAnonymous: false,
  nonAnonymousSinceMs: 0,
  password: undefined,
  maxUsers: 0,
  participantsSetSubject: false,
  membersInvite: false,
  privateMessages: 'anyone',
  presenceBroadcast: ROLES.filter((role) => role !== 'none'),
  membersSeeMembers: true,
  isLogged: true,
  historyLength: 20,
  slowModeSeconds: 0,
};

/** The settings of a room as the database has them: what is new since then has its default. */
export function readConfig(stored: Readonly<Record<string, unknown>>): RoomConfig {
  return {
    ...DEFAULT_CONFIG,
    ...stored,
    password: typeof stored['password'] === 'string' ? stored['password'] : undefined,
  };
}
