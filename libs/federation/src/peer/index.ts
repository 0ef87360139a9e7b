export { CallableAddresses } from './addresses.js';
export { type Attempt, type Stage } from './attempt.js';
export { askAboutKey, call, type CallOutcome, type CallParts, type Pair } from './call.js';
export { checkRecords, type PublishedAt, type PublishedRecord } from './published-records.js';
export {
  type Lookups,
  lookupsOf,
  resolvePeer,
  type ResolvedTarget,
  type ResolveFailure,
  type ResolveParts,
  resolveTarget,
} from './resolve.js';
export { type Target } from './targets.js';
