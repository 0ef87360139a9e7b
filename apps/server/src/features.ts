import {
  type AdministrationParts,
  BlockList,
  blocking,
  Book,
  BOOKMARKS,
  Bookmarks,
  bookmarks,
  Capabilities,
  caps,
  carbons,
  CatchUp,
  Contacts,
  type DataPolicy,
  disco,
  encryptionPolicy,
  type EncryptionRules,
  keyPublication,
  type FindPerson,
  forDevice,
  HeldStreams,
  lastActivity,
  LastSeen,
  lateCopy,
  mam,
  Marks,
  Muc,
  offline,
  OrphanedRooms,
  peopleSearch,
  pep,
  ping,
  presence,
  PrivateElements,
  privateStorage,
  Resends,
  Reports,
  RoomAdministration,
  RoomDirectory,
  RoomListing,
  RoomRecords,
  type RoomRules,
  type RoomTemplate,
  roster,
  type SearchPeople,
  session,
  type Outward,
  type Sql,
  stanzaId,
  StreamManaging,
  subscribing,
  Subscriptions,
  TeamRooms,
  TeamRosters,
  UncleanEnds,
  time,
  vcard,
  version,
} from '@interoffice/features';
import type { ArchiveReader } from '@interoffice/archive';
import type { Account, Accounts, Feature, Questions, Routing, Session } from '@interoffice/routing';
import type { Clock, Log } from '@interoffice/telemetry';
import { NS, type Vocabulary } from '@interoffice/wire';

/** The domain of the rooms, and what the company says about them. */
export interface RoomParts {
  readonly domain: string;
  readonly rules: RoomRules;
  /** Kinds of rooms that administrators make; undefined: none. */
  readonly templates?: readonly RoomTemplate[];
}

/** What features are given. */
export interface FeatureParts {
  readonly sql: Sql;
  readonly accounts: Accounts;
  readonly archive: ArchiveReader | undefined;
  /** An account has blocked these addresses. */
  readonly blocked: (account: Account, jids: readonly string[]) => void;
  /** Undefined: all domains are ours. */
  readonly outward: Outward | undefined;
  readonly findPerson: FindPerson;
  readonly searchPeople: SearchPeople;
  readonly announce: Readonly<Record<'available' | 'broadcast' | 'willing', (session: Session) => void>>;
  readonly routing: () => Routing;
  readonly questions: Questions;
  readonly rooms: RoomParts;
  /** 256 random bits of this installation. */
  readonly secret: Buffer;
  readonly vocabulary: Vocabulary;
  /** How long a device is kept whose stream was cut. */
  readonly resumeWithinMs: number;
  readonly company: string;
  readonly version: string;
  readonly adminAddresses: readonly string[];
  readonly dataPolicy: DataPolicy;
  /** What offices say of messages that the archive cannot read. */
  readonly encryption: EncryptionRules;
  readonly clock: Clock;
  readonly log: Log;
}

/** Everything this server does, in one list. The order decides nothing but the order within a phase. */
export function features(parts: FeatureParts): {
  readonly list: readonly Feature[];
  readonly managing: StreamManaging;
  /** Through which the server itself puts rooms among somebody's bookmarks. */
  readonly bookmarks: Bookmarks;
  readonly muc: Muc;
  readonly rooms: RoomAdministration;
  readonly orphans: OrphanedRooms;
  /** What groups of the directories give: contacts, and rooms. */
  readonly teams: { readonly rosters: TeamRosters; readonly rooms: TeamRooms };
  readonly start: () => Promise<void>;
  readonly stop: () => Promise<void>;
} {
  const { sql, accounts, archive, clock, log } = parts;
  const book = new Book(new Contacts(sql));
  const subscriptions = new Subscriptions(book, (jid) => accounts.load(jid.bare), clock, parts.outward);
  const missed = forDevice(lateCopy);
  const catchUp = archive && new CatchUp({ archive, log });
  const waiting = catchUp && offline({ marks: new Marks(sql), catchUp, forDevice: missed, log });
  const { routing, resumeWithinMs } = parts;
  const held = new HeldStreams(sql);
  const resuming = { archive, catchUp, forDevice: missed, lateCopy, resumeWithinMs };
  const managing = new StreamManaging({ ...resuming, held, accounts, routing, clock, log });
  const resends = new Resends({ ends: new UncleanEnds(sql), clock, log });
  const interests = new Capabilities(parts.questions, clock);
  const stored = new PrivateElements(sql);
  const presets = { [NS.bookmarks]: BOOKMARKS };
  const mayPublish = keyPublication(parts.encryption);
  const personal = pep({
    sql,
    accounts,
    interests,
    presets,
    mayPublish,
    mirrors: () => [bookmarked.mirror],
    clock,
    log,
  });
  const bookmarked = new Bookmarks(personal.nodes, stored);
  const muc = new Muc({
    ...parts.rooms,
    records: new RoomRecords(sql),
    directory: new RoomDirectory(sql),
    archive,
    accounts,
    chronicle: () => routing().chronicle,
    targetOf: (account) => routing().addresses.own(account),
    askAccount: (asker, iq, of) => routing().askAccount(asker, iq, of),
    delivered: (account, m) => waiting?.delivered(account, m),
    voice: () => routing().voice(parts.rooms.domain),
    released: () => routing().released.text,
    vocabulary: () => parts.vocabulary,
    secret: parts.secret,
    clock,
    log,
  });
  const list: Feature[] = [
    disco({
      features: () => list,
      serverName: 'Interoffice',
      contacts: { 'admin-addresses': parts.adminAddresses },
      dataPolicy: parts.dataPolicy,
      services: [{ jid: parts.rooms.domain, name: 'Rooms' }],
    }),
    session(),
    ping(),
    version({ name: 'Interoffice', version: parts.version }),
    time(clock),
    lastActivity({ lastSeen: new LastSeen(sql), clock, log }),
    roster(book, subscriptions),
    subscribing(subscriptions),
    presence({ accounts, clock, announce: parts.announce, outward: parts.outward }),
    encryptionPolicy(parts.encryption),
    blocking(new BlockList(sql), accounts, { reports: new Reports(sql, clock), blocked: parts.blocked }),
    stanzaId(),
    carbons(),
    vcard(parts.findPerson, parts.company),
    peopleSearch(parts.searchPeople),
    caps(interests),
    personal.feature,
    privateStorage(stored, [bookmarked.stored]),
    bookmarks(),
    ...(archive ? [mam(archive)] : []),
    ...(waiting ? [waiting] : []),
    muc.feature,
    managing.feature,
    ...(archive ? [resends.feature] : []),
  ];
  const administration = (invite: AdministrationParts['invite']): RoomAdministration =>
    new RoomAdministration(muc.parts, {
      listing: new RoomListing(sql),
      templates: parts.rooms.templates ?? [],
      voiceOf: (actor) => routing().voice(actor.bare),
      invite,
      uninvite: (account, room) => bookmarked.remove(account, room),
    });
  const rooms = administration((account, { jid, name }) =>
    bookmarked.add(account, { room: jid, name, autojoin: true }),
  );
  return {
    list,
    managing,
    bookmarks: bookmarked,
    muc,
    rooms,
    orphans: new OrphanedRooms(sql, rooms),
    teams: {
      rosters: new TeamRosters({ sql, book, accounts, log }),
      rooms: new TeamRooms({
        sql,
        accounts,
        office: administration,
        bookmark: (account, bookmark) => bookmarked.add(account, bookmark),
        log,
      }),
    },
    start: async () => {
      // In the journal everybody has left rooms with the start; those who come back stand behind that.
      await muc.start();
      await managing.start();
      if (archive) await resends.start();
    },
    stop: async () => {
      muc.stop();
      await managing.stop();
      await waiting?.stop();
      if (archive) await resends.stop();
    },
  };
}
