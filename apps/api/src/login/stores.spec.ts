import { MemoryAuditLog } from '../audit/memory-audit-log.js';
import { MemoryApiSessions } from './memory-api-sessions.js';
import { storesKeepTheContract } from './stores.contract.js';

storesKeepTheContract(async () => {
  const clock = { at: 1_700_000_000_000, now: () => clock.at };
  return { sessions: new MemoryApiSessions(clock), audit: new MemoryAuditLog(clock), clock };
});
