import { PostgresAuditLog } from '@interoffice/api';
import { checkDisposals, parseVerifierKey } from '@interoffice/archive';
import { silentLog } from '@interoffice/telemetry';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KeptJournal } from '../../../../test/support/kept-journal.js';
import { testNotary } from '../../../../test/support/notary.js';
import { party } from '../../../../test/support/recordable.js';
import { type ApplianceRetention, openRetention } from './retention.js';

const DAY_MS = 86_400_000;
const notary = testNotary('archive.im.example');
let kept: KeptJournal;
let opened: ApplianceRetention;
let audit: PostgresAuditLog;
const clock = { at: 0, now: () => clock.at };
beforeEach(async () => {
  clock.at = Date.UTC(2026, 9, 1, 12);
  kept = await KeptJournal.open();
  audit = new PostgresAuditLog(kept.database);
  opened = openRetention({ database: kept.database, notary, audit, clock, log: silentLog });
  kept.say({ from: party(101, 'romeo@im.example'), to: party(103, 'nurse@im.example'), body: 'parting' });
  await kept.settled();
});
afterEach(async () => {
  await opened.daily?.stop();
  await kept.close();
});

describe('the daily disposal', () => {
  // C-02, C-09
  it('runs once in a night, by the clock, and has begin and end in the audit log', async () => {
    await kept.rule(95);
    const { daily } = opened;
    await daily!.check();
    // Midnight, and half past one: the day before has not ended.
    for (const hours of [12, 13.5]) {
      clock.at = Date.UTC(2026, 9, 1, 12) + hours * 3_600_000;
      await daily!.check();
    }
    expect(await kept.kept()).toHaveLength(1);
    // The month of June and 95 days end on the fourth of October.
    for (let day = 2; day <= 4; day++) {
      clock.at = Date.UTC(2026, 9, day, 2, 5);
      await daily!.check();
      await daily!.check();
      expect(await kept.kept(), `day ${day}`).toHaveLength(day < 4 ? 1 : 0);
    }
    const { deeds } = await audit.list({ descending: false, offset: 0, limit: 10 });
    expect(deeds.map(({ actor, action, subject }) => ({ actor, action, subject }))).toEqual([
      { actor: 'system', action: 'disposal.begin', subject: '2026-06 class 0' },
      { actor: 'system', action: 'disposal.done', subject: '2026-06 class 0' },
    ]);
    expect(deeds[1]!.details).toMatchObject({ removed: 1, certificate: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(await checkDisposals(kept.database, [parseVerifierKey(notary.key)])).toEqual([]);
  });

  it('takes nothing away that it cannot note in the audit log', async () => {
    await kept.rule(30);
    await opened.daily!.check();
    const failing = openRetention({
      database: kept.database,
      notary,
      clock,
      log: silentLog,
      audit: { list: (query) => audit.list(query), record: () => Promise.reject(new Error('no room')) },
    });
    clock.at += 3 * DAY_MS;
    await expect(failing.daily!.run()).rejects.toThrow('no room');
    expect(await kept.kept()).toHaveLength(1);
    await opened.daily!.check();
    expect(await kept.kept()).toEqual([]);
  });
});
