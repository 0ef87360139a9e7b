import { afterEach, beforeEach, describe } from 'vitest';
import { randomBytes } from 'node:crypto';
import { silentLog, systemClock } from '@interoffice/telemetry';
import { parseJid } from '@interoffice/wire';
import { openDatabase, type TestDatabase } from '../../../../test/support/database.js';
import { keepsTheContract, type ContractStage } from '../directory.contract.js';
import { LocalSource } from '../local/local-source.js';
import { deriveVerifiers } from '../local/scram.js';
import { PeopleDirectory } from '../people-directory.js';
import { PostgresLoginTokens } from './postgres-login-tokens.js';
import { PostgresRecords } from './postgres-records.js';
import { groupsKeepTheContract } from './groups.contract.js';
import { PostgresGroups } from './postgres-groups.js';
import { recordsKeepTheContract } from './records.contract.js';

const opened: TestDatabase[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((database) => database.drop()));
});

async function open(): Promise<TestDatabase> {
  const database = await openDatabase();
  opened.push(database);
  return database;
}

describe('in PostgreSQL', () => {
  recordsKeepTheContract(async () => {
    const database = await open();
    const clock = { at: 1_700_000_000_000, now: () => clock.at };
    return { records: new PostgresRecords(database), tokens: new PostgresLoginTokens(database, clock), clock };
  });
  groupsKeepTheContract(async () => {
    const database = await open();
    return { records: new PostgresRecords(database), groups: new PostgresGroups(database) };
  });
});

describe('a directory of local accounts in PostgreSQL', () => {
  let stage: ContractStage;
  beforeEach(async () => {
    const records = new PostgresRecords(await open());
    await records.create({
      jid: parseJid('juliet@im.example'),
      person: { name: 'Juliet Capulet' },
      role: 'employee',
      roleScope: '*',
      verifiers: await deriveVerifiers('R0m30MyR0m30'),
    });
    const source = new LocalSource({ records, secret: randomBytes(32), domains: ['im.example'] });
    stage = {
      directory: new PeopleDirectory({ records, sources: [source], clock: systemClock, log: silentLog }),
      account: 'juliet@im.example',
      password: 'R0m30MyR0m30',
      name: 'Juliet Capulet',
      keepsVerifiers: true,
      suspend: (account) => records.setState(account, 'suspended'),
    };
  });
  keepsTheContract(() => stage);
});
