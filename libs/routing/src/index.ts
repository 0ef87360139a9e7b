export { Account, Accounts, type AccountFacts, type AccountSource, type Forward, type Party } from './accounts.js';
export type { Additions } from './additions.js';
export { Addressed } from './addressed.js';
export { deviceOf, type AddressClass, type Target } from './address.js';
export { Chronicle } from './chronicle.js';
export { Compilation, compile } from './compile.js';
export {
  areOnSpeakingTerms,
  blockedBy,
  hasBlocked,
  rosterOf,
  showsPresenceTo,
  type Contact,
  type Roster,
  type Subscription,
} from './contacts.js';
export { deliver, type Delivering, type Outcome } from './delivery.js';
export type { Note } from './entry.js';
export { acknowledge, Device } from './device.js';
export type { ExplainedStep } from './explain.js';
export { Doubtful, REMEMBERED_MS, type SentMessages } from './duplicates.js';
export { facet, survivingFacet, survivingFlag, type Facet } from './facet.js';
export {
  atOnce,
  forNobodyToo,
  forOthers,
  get,
  on,
  set,
  type AccountNodes,
  type Answer,
  type Asked,
  type Awaitable,
  type Feature,
  type Hook,
  type Identity,
  type Kept,
  type Place,
  type Reply,
  type Spec,
  type Take,
  type Watch,
} from './feature.js';
export { take, type Abroad, type Accepted, type Handover, type Host, type Hosted, type Taken } from './host.js';
export type { Outlet } from './outlet.js';
export type { Passage } from './passage.js';
export { Position } from './position.js';
export { PHASES, WHEN_A_HANDLER_THROWS, type Phase, type Phases } from './phases.js';
export { Questions } from './questions.js';
export type { Destination, Recorder, Released } from './recorder.js';
export { renamed, Routing, type RoutingParts } from './routing.js';
export {
  type Border,
  Session,
  type Broadcast,
  type RecordedStanza,
  type SessionContext,
  type Stay,
} from './session.js';
export { Sessions } from './sessions.js';
export { idText, momentOf, StanzaIds } from './stanza-ids.js';
export type { Kind, StanzaType } from './stanza-type.js';
export { FORMS, type Form, type Sent, Unacknowledged } from './unacknowledged.js';
export { isWorthKeeping } from './worth-keeping.js';
export { drop, refuse, type Dropped, type Refused, type Verdict } from './verdict.js';
