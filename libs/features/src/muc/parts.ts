import type { ArchiveReader } from '@interoffice/archive';
import type { Account, Accounts, Addressed, Chronicle, Delivering, Session, Target } from '@interoffice/routing';
import type { Clock, Log } from '@interoffice/telemetry';
import type { Element, Vocabulary } from '@interoffice/wire';
import type { RoomConfig } from './config.js';
import type { RoomDirectory } from './directory.js';
import type { Occupant } from './occupant.js';
import type { RoomRecords } from './records.js';
import type { Rooms } from './rooms.js';

/** What the company says about rooms. */
export interface RoomRules {
  /** May this person make a room? */
  readonly mayCreate: (account: Account) => boolean;
  /** Of a room nobody has configured. */
  readonly config: RoomConfig;
  /** Occupants a room may have. */
  readonly mostOccupants: number;
  /** In a room with more occupants only moderators' presence is shown. */
  readonly quietAbove: number;
}

/** What the room service is given by the server. */
export interface MucOptions {
  /** The service's domain, such as `conference.corp.example`. */
  readonly domain: string;
  readonly records: RoomRecords;
  /** Undefined where nothing is recorded: rooms have no history then. */
  readonly archive: ArchiveReader | undefined;
  readonly accounts: Pick<Accounts, 'peek' | 'load'>;
  readonly chronicle: () => Chronicle;
  /** Where something for an account goes. */
  readonly targetOf: (account: Account) => Target;
  /** A message of the journal was given to a device of the account: it does not wait for the next one. */
  readonly delivered: (account: Account, m: Delivering) => void;
  /** Puts a question of one person's to another's account, as if it had been sent to it by way of the room. */
  readonly askAccount: (session: Session, iq: Element, of: Occupant) => void;
  readonly directory: RoomDirectory;
  /** Who speaks in the service's name. */
  readonly voice: () => Session;
  /** How far the journal has been released. */
  readonly released: () => string;
  readonly vocabulary: () => Vocabulary;
  /** 256 random bits of this installation: occupant-ids are derived from them. */
  readonly secret: Buffer;
  readonly rules: RoomRules;
  readonly clock: Clock;
  readonly log: Log;
}

/** What the parts of the room service share. */
export interface MucParts extends MucOptions {
  readonly rooms: Rooms;
  /** The service as the author of what nobody else answers for. */
  readonly self: Session;
  readonly addressed: Addressed;
}
