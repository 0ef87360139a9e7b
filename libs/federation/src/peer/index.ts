export { CallableAddresses } from './addresses.js';
export { type Attempt, type Stage } from './attempt.js';
export { askAboutKey, call, type CallOutcome, type CallParts, type Pair } from './call.js';
export { type HostMetaParts, resolveByHostMeta } from './host-meta.js';
export { type HostMetaFault } from './host-meta-page.js';
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
export { judgeFor, type Route, routeFault } from './route.js';
export { type Target } from './targets.js';
export { Gateway, type GatewayParts } from './gateway.js';
export type { SeenCertificate } from '../link/seen-certificates.js';
export type { GatewayReport } from '../link/shapes.js';
