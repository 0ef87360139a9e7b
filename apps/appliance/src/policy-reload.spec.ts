import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { MemoryAuditLog } from '@interoffice/api';
import { loadSettings } from '@interoffice/config';
import { Policy, type Rule } from '@interoffice/policy';
import type { FollowedSettings } from '@interoffice/server';
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
let held: { rules: readonly Rule[]; policy: Policy; isOn: boolean };
/** What of the settings it goes by beside the rules, and how often it began to talk to others. */
let followed: FollowedSettings[];
let began: number;
let beginning: Failure | undefined;
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
  held = { rules: begin, policy: new Policy(begin, 1, systemClock), isOn: true };
  followed = [];
  began = 0;
  beginning = undefined;
  let version = 1;
  reload = new PolicyReload({
    file,
    read,
    xmpp: {
      get federation() {
        return held as unknown as PolicyReload['parts']['xmpp']['federation'];
      },
      changeRules: (next, number) => {
        held = { rules: next, policy: new Policy(next, number, systemClock), isOn: true };
        return Promise.resolve();
      },
      followSettings: (settings) => void followed.push(settings),
    },
    first: read().federation,
    begin: () => (beginning ? Promise.reject(beginning) : Promise.resolve(void began++)),
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
      settings: { followed: [], waiting: [] },
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

describe('the first rule of a server that began without any', () => {
  beforeEach(() => {
    held = { rules: [], policy: new Policy([], 0, systemClock), isOn: false };
  });

  it('opens the ways to other servers, and holds then', async () => {
    expect(await reload.reload(WHO)).toMatchObject({ version: 2, changes: { added: ['one'] } });
    expect([began, names()]).toEqual([1, ['one']]);
    writeFileSync(file, rules('two'));
    await reload.reload(WHO);
    expect([began, names()]).toEqual([1, ['two']]);
  });

  it('does not hold where they cannot be opened, and is an alarm until they can', async () => {
    beginning = new Failure('PORT_BUSY', 'another program listens there');
    await expect(reload.reload(WHO)).rejects.toThrow('another program');
    expect([names(), audit.deeds, reload.problem?.text]).toEqual([[], [], expect.stringContaining('another program')]);
    beginning = undefined;
    await reload.reload(WHO);
    expect([names(), reload.problem]).toEqual([['one'], undefined]);
  });
});

describe('other settings of federation', () => {
  const withPeers = (more: string): string => `${rules('one')}${more}`;

  it('of strangers, new contacts and peers hold at once, and stand in the audit log by their names', async () => {
    writeFileSync(
      file,
      withPeers(
        '  strangers: ask\n  new-contacts: 7\n  peers: [{ domain: one.example, strangers: refuse, keys: ["q83v"] }]\n',
      ),
    );
    const names = ['federation.strangers', 'federation.new-contacts', 'federation.peers (one.example)'];
    expect(await reload.reload(WHO)).toMatchObject({ version: 1, settings: { followed: names, waiting: [] } });
    expect(audit.deeds).toMatchObject([{ ...WHO, action: 'policy.change', details: { version: 1, settings: names } }]);
    const { peers, strangers } = followed[0]!;
    expect(peers).toMatchObject([{ domain: 'one.example', pins: ['q83v'], mayDialBack: false }]);
    expect([strangers.wishOf('one.example'), strangers.wishOf('two.example'), strangers.newContactsPerHour]).toEqual([
      'refuse',
      'ask',
      7,
    ]);
    // Once.
    expect(await reload.reload(WHO)).toMatchObject({ settings: { followed: [], waiting: [] } });
    expect(followed).toHaveLength(1);
  });

  it('that cannot be followed are named, each time, and stay as they were', async () => {
    writeFileSync(
      file,
      withPeers(
        '  give-up-after: 5 days\n  peers: [{ domain: one.example, office: true }, { domain: two.example, office: true, via: one.example }]\n',
      ),
    );
    const waiting = [
      'federation.give-up-after',
      'federation.peers (one.example): office',
      'federation.peers (two.example): office',
      'federation.peers (two.example): via',
    ];
    expect(await reload.reload(WHO)).toMatchObject({ settings: { followed: [], waiting } });
    expect(await reload.reload(WHO)).toMatchObject({ settings: { waiting } });
    writeFileSync(file, withPeers('  strangers: ask\n  peers: [{ domain: one.example, office: true }]\n'));
    await reload.reload(WHO);
    expect(followed).toMatchObject([{ peers: [{ domain: 'one.example', isOffice: false, via: undefined }] }]);
  });

  it('do not hold where a file that they name cannot be read', async () => {
    writeFileSync(file, withPeers('  peers: [{ domain: one.example, ca: [missing.pem] }]\n'));
    await expect(reload.reload(WHO)).rejects.toThrow('missing.pem');
    expect([followed, audit.deeds]).toEqual([[], []]);
  });
});
