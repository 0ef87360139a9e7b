import './events.js';

export { NOWHERE_OUTWARD, type Outward } from './outward.js';
export { readsArchive } from './archive-devices.js';
export { BOOKMARKS, Bookmarks, type Bookmark } from './bookmarks/bookmark-list.js';
export { bookmarks } from './bookmarks/bookmarks.js';
export { BlockList } from './blocking/block-list.js';
export { blocking } from './blocking/blocking.js';
export { Reports } from './blocking/report.js';
export { RenamedBlocks } from './blocking/renamed-blocks.js';
export { Capabilities } from './caps/capabilities.js';
export { caps } from './caps/caps.js';
export { carbons, lateCopy } from './carbons/carbons.js';
export { CatchUp } from './catch-up.js';
export { type DataPolicy } from './disco/data-policy.js';
export { disco, type DiscoParts } from './disco/disco.js';
export { type EncryptionRules, encryptionPolicy, keyPublication } from './e2ee-policy/e2ee-policy.js';
export { lastActivity } from './last-activity/last-activity.js';
export { forDevice } from './for-device.js';
export { LastSeen } from './last-activity/last-seen.js';
export { mam } from './mam/mam.js';
export { Marks } from './offline/marks.js';
export { offline } from './offline/offline.js';
export { pep } from './pep/pep.js';
export { ping } from './ping/ping.js';
export { presence } from './presence/presence.js';
export { PrivateElements } from './private-storage/private-elements.js';
export { privateStorage } from './private-storage/private-storage.js';
export { Resends } from './resends/resends.js';
export { UncleanEnds } from './resends/unclean-ends.js';
export { Book } from './roster/book.js';
export { Contacts } from './roster/contacts.js';
export { RenamedContacts } from './roster/renamed-contacts.js';
export { roster } from './roster/roster.js';
export { subscribing } from './roster/subscribing.js';
export { Subscriptions } from './roster/subscriptions.js';
export { type Team, TeamRosters } from './roster/team-rosters.js';
export { type FoundPerson, peopleSearch, type SearchPeople } from './search/people-search.js';
export { session } from './session/session.js';
export type { Sql } from './sql.js';
export { HeldStreams, type HeldStream } from './stream-management/held-streams.js';
export { StreamManaging } from './stream-management/stream-management.js';
export { stanzaId } from './stanza-id/stanza-id.js';
export { type TeamRoom, TeamRooms } from './teams/team-rooms.js';
export { time } from './time/time.js';
export { vcard, type FindPerson, type Person } from './vcard/vcard.js';
export { version } from './version/version.js';
export { Muc } from './muc/muc.js';
export {
  type AdministrationParts,
  RoomAdministration,
  type RoomFacts,
  type RoomPerson,
  type RoomPlan,
} from './muc/administration.js';
export { AFFILIATIONS, type Affiliation } from './muc/affiliation.js';
export { RoomListing, type RoomQuery, type RoomSummary } from './muc/listing.js';
export { DEFAULT_CONFIG, type RoomConfig } from './muc/config.js';
export { RoomDirectory } from './muc/directory.js';
export { type HandedOver, OrphanedRooms } from './muc/orphans.js';
export type { MucOptions, RoomRules } from './muc/parts.js';
export { RoomRecords } from './muc/records.js';
export { RenamedPerson } from './muc/renamed-person.js';
export type { RoomTemplate } from './muc/template.js';
