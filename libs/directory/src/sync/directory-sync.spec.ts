import { MemoryGroups } from '../memory/memory-groups.js';
import { MemoryRecords } from '../memory/memory-records.js';
import { MemorySyncRecords } from '../memory/memory-sync-records.js';
import { systemClock } from '@interoffice/telemetry';
import { syncKeepsTheContract } from './sync.contract.js';

syncKeepsTheContract(async () => {
  const records = new MemoryRecords(systemClock);
  return { records, groups: new MemoryGroups(records), syncs: new MemorySyncRecords() };
});
