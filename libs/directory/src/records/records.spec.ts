import { systemClock } from '@interoffice/telemetry';
import { MemoryGroups } from '../memory/memory-groups.js';
import { MemoryLoginTokens } from '../memory/memory-login-tokens.js';
import { MemoryRecords } from '../memory/memory-records.js';
import { groupsKeepTheContract } from './groups.contract.js';
import { recordsKeepTheContract } from './records.contract.js';

recordsKeepTheContract(async () => {
  const clock = { at: 1_700_000_000_000, now: () => clock.at };
  return { records: new MemoryRecords(clock), tokens: new MemoryLoginTokens(clock), clock };
});

groupsKeepTheContract(async () => {
  const records = new MemoryRecords(systemClock);
  return { records, groups: new MemoryGroups(records) };
});
