import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { MemoryAuditLog } from '@interoffice/api';
import { loadSettings } from '@interoffice/config';
import { Policy, type Rule } from '@interoffice/policy';
import { Failure, systemClock } from '@interoffice/telemetry';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RecordingLog } from '../../../test/support/recording-log.js';
import { PolicyReload } from './policy-reload.js';

const WHO = { actor: 'anna@corp.example', role: 'peers', address: '192.0.2.1' };
const rules = (...names: string[]): string => `domain: corp.example
federation:
  rules:
${names
  .map(
    (name) => `    - name: ${name}
      effect: allow
      peers: [${name}.example]
      classes: [chat]
      reason: contract 17
      owner: it@corp.example
`,
  )
  .join('')}`;

let home: string;
let file: string;
let log: RecordingLog;
let audit: MemoryAuditLog;
/** What holds, as the server has it. */
let held: { rules: readonly Rule[]; policy: Policy };
let database: Failure | undefined;
let reload: PolicyReload;
beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'policy-'));
  file = path.join(home, 'interoffice.yaml');
  writeFileSync(file, rules('one'));
  log = new RecordingLog();
  audit = new MemoryAuditLog(systemClock);
  database = undefined;
  const read = (): ReturnType<typeof loadSettings> => loadSettings({ file, environment: {} });
  const begin = read().federation.rules;
  held = { rules: begin, policy: new Policy(begin, 1, systemClock) };
  let version = 1;
  reload = new PolicyReload({
    file,
    read,
    xmpp: {
      get federation() {
        return held as unknown as PolicyReload['parts']['xmpp']['federation'];
      },
      changeRules: (next, number) => {
        held = { rules: next, policy: new Policy(next, number, systemClock) };
        return Promise.resolve();
      },
    },
    versions: { numberOf: () => (database ? Promise.reject(database) : Promise.resolve((version += 1))) },
    audit,
    clock: systemClock,
    log,
  });
});
afterEach(() => {
  reload.stop();
  rmSync(home, { recursive: true, force: true });
});

const names = (): string[] => held.rules.map(({ id }) => id);

// F-07
describe('the rules in the settings file', () => {
  it('hold as soon as they are read again, and who had them read stands in the audit log with what changed', async () => {
    writeFileSync(file, rules('two', 'three'));
    expect(await reload.reload(WHO)).toEqual({
      version: 2,
      rules: 2,
      changes: { added: ['two', 'three'], removed: ['one'], changed: [] },
    });
    expect([names(), held.policy.version]).toEqual([['two', 'three'], 2]);
    expect(audit.deeds).toMatchObject([
      { ...WHO, action: 'policy.change', details: { version: 2, added: ['two', 'three'], removed: ['one'] } },
    ]);
  });

  it('change nothing where they say what held before', async () => {
    expect(await reload.reload(WHO)).toMatchObject({ version: 1, changes: { added: [], removed: [], changed: [] } });
    expect(audit.deeds).toEqual([]);
  });

  it('deny everything when none is left', async () => {
    writeFileSync(file, 'domain: corp.example\n');
    await reload.reload(WHO);
    expect(held.policy.isPeer('one.example')).toBe(false);
  });

  it('do not hold where one key is not understood: those of before do, and it is an alarm until the file is right', async () => {
    writeFileSync(file, rules('two').replace('classes', 'class'));
    await expect(reload.reload(WHO)).rejects.toThrow('interoffice.yaml:7: unknown key class');
    await expect(reload.reload(WHO)).rejects.toThrow('interoffice.yaml:7');
    expect([names(), audit.deeds]).toEqual([['one'], []]);
    expect(reload.problem?.text).toContain('interoffice.yaml:7');
    // Once, however often it is read.
    expect(log.events.filter(({ name }) => name === 'appliance.policy.refused')).toHaveLength(1);
    writeFileSync(file, rules('two'));
    await reload.reload(WHO);
    expect([names(), reload.problem]).toEqual([['two'], undefined]);
  });

  it('do not hold while the audit log cannot be written', async () => {
    audit.record = () => Promise.reject(new Failure('AUDIT_UNAVAILABLE', 'the disk is full'));
    writeFileSync(file, rules('two'));
    await expect(reload.reload(WHO)).rejects.toThrow('the disk is full');
    expect([names(), reload.problem?.text]).toMatchObject([['one'], expect.stringContaining('the disk is full')]);
  });

  it('are followed when the file changes, once the database can be written again', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      database = new Failure('DATABASE_UNREACHABLE', 'it is away');
      writeFileSync(file, rules('two'));
      const first = reload.follow();
      await vi.advanceTimersByTimeAsync(1_000);
      await first;
      expect([names(), reload.problem?.text]).toMatchObject([['one'], expect.stringContaining('it is away')]);
      database = undefined;
      await vi.advanceTimersByTimeAsync(10_000);
      await vi.waitFor(() => expect(names()).toEqual(['two']));
      expect(audit.deeds).toMatchObject([{ actor: 'settings' }]);
    } finally {
      vi.useRealTimers();
    }
  });

  it('are followed by themselves within seconds', async () => {
    reload.start();
    for (const name of ['two', 'three']) {
      writeFileSync(file, rules(name));
      await vi.waitFor(() => expect(names()).toEqual([name]), { timeout: 10_000, interval: 100 });
    }
  }, 20_000);
});
