import { describe, expect, it } from 'vitest';
import { MemoryRecords } from '@interoffice/directory';
import { Failure } from '@interoffice/telemetry';
import { parseJid } from '@interoffice/wire';
import { MemoryAuditLog } from '../audit/memory-audit-log.js';
import { Renames } from './renames.js';

const clock = { at: 1_000_000, now: () => clock.at };
const by = { actor: 'admin@x', role: 'admin', address: '192.0.2.1' };
const [old, now] = [parseJid('anna@x'), parseJid('berta@x')];

async function scene() {
  const records = new MemoryRecords(clock);
  for (const [jid, directory] of [
    [old, 'local'],
    [parseJid('carl@x'), 'ad'],
  ] as const) {
    await records.adopt({ jid, directory, directoryId: jid.bare, person: {} });
  }
  const told: string[] = [];
  let away = false;
  const audit = new MemoryAuditLog(clock);
  const xmpp = {
    accountRenamed: async (former: typeof old, { jid }: { jid: typeof old }) => {
      if (away) throw new Failure('DATABASE_UNREACHABLE', 'gone');
      return told.push(`${former.bare} ${jid.bare}`);
    },
  };
  const forwardForMs = (directory: string): number => (directory === 'ad' ? 5000 : 9000);
  const renames = new Renames({ records, xmpp, audit, domains: ['x'], forwardForMs, clock });
  return { records, audit, told, renames, setAway: (isAway: boolean) => void (away = isAway) };
}

describe('renaming', () => {
  it('does the rest when it is asked again after the database was away half-way', async () => {
    const { renames, told, audit, setAway } = await scene();
    setAway(true);
    await expect(renames.rename(old, now, by)).rejects.toMatchObject({ code: 'DATABASE_UNREACHABLE' });
    setAway(false);
    expect((await renames.rename(old, now, by)).jid.bare).toBe('berta@x');
    expect(told).toEqual(['anna@x berta@x']);
    expect(audit.deeds.map(({ action, subject }) => `${action} ${subject}`)).toEqual(['account.rename anna@x']);
    // To another address than the one it was given it is asked by the one it has.
    const third = renames.rename(old, parseJid('third@x'), by);
    await expect(third).rejects.toMatchObject({ code: 'ACCOUNT_NOT_FOUND' });
  });

  it('forwards for as long as the source of the person says', async () => {
    const { renames, records } = await scene();
    await renames.rename(old, now, by);
    await renames.rename(parseJid('carl@x'), parseJid('karl@x'), by);
    expect(await records.forward('anna@x', clock.at + 8999)).toMatchObject({ directory: 'local' });
    expect(await records.forward('anna@x', clock.at + 9000)).toBeUndefined();
    expect(await records.forward('carl@x', clock.at + 4999)).toMatchObject({ directory: 'ad' });
    expect(await records.forward('carl@x', clock.at + 5000)).toBeUndefined();
  });

  it('tells nobody when the address is somebody’s, or the audit log cannot be written', async () => {
    const { renames, told, audit, records } = await scene();
    await expect(renames.rename(old, parseJid('carl@x'), by)).rejects.toMatchObject({ code: 'ADDRESS_TAKEN' });
    audit.record = () => Promise.reject(new Failure('AUDIT_UNAVAILABLE', 'gone'));
    await expect(renames.rename(old, now, by)).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' });
    expect(await records.find('anna@x')).toBeDefined();
    expect(told).toEqual([]);
  });
});
