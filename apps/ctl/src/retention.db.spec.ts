import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PostgresAuditLog } from '@interoffice/api';
import {
  deriveVerifiers,
  LocalSource,
  PeopleDirectory,
  PostgresLoginTokens,
  PostgresRecords,
} from '@interoffice/directory';
import { silentLog, systemClock } from '@interoffice/telemetry';
import { parseJid } from '@interoffice/wire';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRetention } from '../../appliance/src/compliance/retention.js';
import { retentionOperations } from '../../appliance/src/compliance/retention-operations.js';
import { Control, controlSocketOf } from '../../appliance/src/control.js';
import { KeptJournal } from '../../../test/support/kept-journal.js';
import { testNotary } from '../../../test/support/notary.js';
import { party } from '../../../test/support/recordable.js';

const PROGRAM = path.resolve(import.meta.dirname, '../dist/main.js');
const PASSWORD = 'correct horse battery';

/** The steps of one story, in their order. */
describe('interoffice archive hold, retention and dispose', () => {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'ctl-'));
  let kept: KeptJournal;
  let control: Control;

  beforeAll(async () => {
    kept = await KeptJournal.open();
    const { database } = kept;
    const records = new PostgresRecords(database);
    const verifiers = await deriveVerifiers(PASSWORD);
    for (const [name, role] of [
      ['first', 'officer'],
      ['second', 'officer'],
      ['adam', 'admin'],
    ] as const) {
      await records.create({ jid: parseJid(`${name}@im.example`), person: { name }, role, roleScope: '*', verifiers });
    }
    const common = { clock: systemClock, log: silentLog };
    const source = new LocalSource({ records, secret: randomBytes(32), domains: ['im.example'] });
    const tokens = new PostgresLoginTokens(database, systemClock);
    const directory = new PeopleDirectory({ records, sources: [source], tokens, ...common });
    const audit = new PostgresAuditLog(database);
    const opened = openRetention({ database, notary: testNotary('im.example/archive'), audit, ...common });
    const people = { directory } as unknown as Parameters<typeof retentionOperations>[0]['people'];
    control = new Control(
      controlSocketOf(dataDir),
      retentionOperations({ people, audit, clock: systemClock, kept: opened }),
    );
    await control.listen();
    for (const body of ['gold', 'silver', 'bronze']) {
      kept.say({ from: party(101, 'romeo@im.example'), to: party(103, 'nurse@im.example'), body });
    }
    await kept.settled();
  });
  afterAll(async () => {
    await control?.close();
    await kept?.close();
    rmSync(dataDir, { recursive: true, force: true });
  });

  async function archive(args: readonly string[], who?: string): Promise<{ code: number; out: string; error: string }> {
    const as = who === undefined ? [] : ['--as', `${who}@im.example`];
    const program = spawn(process.execPath, [PROGRAM, 'archive', ...args, ...as, '--data-dir', dataDir]);
    let [out, error] = ['', ''];
    program.stdout.on('data', (text: Buffer) => (out += text.toString()));
    program.stderr.on('data', (text: Buffer) => (error += text.toString()));
    program.stdin.end(`${PASSWORD}\n`);
    const [code] = (await once(program, 'close')) as [number];
    return { code, out, error };
  }

  it('says what a rule would take away, and makes it with a second person', async () => {
    const rule = ['--kind', 'chat', '--keep', '30 days'];
    const preview = await archive(['retention', 'preview', ...rule], 'first');
    expect(preview).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^Would remove 3 messages, 0\.\d{3} GB; 0 kept by holds\./),
    });
    const set = await archive(['retention', 'set', ...rule, '--reason', 'works council'], 'first');
    expect(set.out).toMatch(/^Change 1 waits for a second person until /);
    const own = await archive(['retention', 'approve', '1', '--reason', 'myself'], 'first');
    expect(own).toMatchObject({ code: 1, error: expect.stringContaining('needs a second person') });
    expect((await archive(['retention', 'list'], 'second')).out).toContain('Waiting for a second person:');
    const approved = await archive(['retention', 'approve', '1', '--reason', 'looked at it'], 'second');
    expect(approved).toMatchObject({ code: 0, out: 'Change 1: done.\n' });
    expect((await archive(['retention', 'list'], 'first')).out).toMatch(/chat +30 days/);
    const longer = await archive(
      ['retention', 'set', '--rule', '1', '--keep', '40 days', '--reason', 'longer'],
      'first',
    );
    expect(longer.out).toBe('The rule is in force: it keeps no less than before.\n');
  });

  it('places a hold, disposes of the rest, and releases the hold', async () => {
    const hold = ['hold', 'add', 'Gold', '--matter', 'case 7', '--reason', 'a letter', '--words', 'GOLD'];
    expect(await archive(hold, 'first')).toMatchObject({ code: 0, out: 'Hold 1 is in force.\n' });
    expect((await archive(['hold', 'list'], 'second')).out).toContain('“GOLD”');
    expect((await archive(['dispose', '--preview'])).out).toMatch(
      /^Would remove 2 messages, about 0\.000 GB; 1 kept by holds\./,
    );
    expect(await kept.kept()).toHaveLength(3);
    const disposed = await archive(['dispose', '--json']);
    expect(JSON.parse(disposed.out)).toMatchObject([{ removed: 2, held: 1 }]);
    expect(await kept.kept()).toHaveLength(1);
    expect((await archive(['hold', 'release', '1', '--reason', 'settled'], 'second')).code).toBe(0);
    expect((await archive(['dispose'])).out).toMatch(/^CERTIFICATE/);
    expect(await kept.kept()).toEqual([]);
    expect((await archive(['dispose'])).out).toBe('No rule has ended for anything: nothing was taken away.\n');
  });

  it('is for officers alone', async () => {
    const hold = ['hold', 'add', 'x', '--matter', 'y', '--reason', 'because', '--words', 'z'];
    expect(await archive(hold, 'adam')).toMatchObject({ code: 1, error: expect.stringContaining('FORBIDDEN') });
    expect(await archive(['retention', 'list'], 'adam')).toMatchObject({ code: 1 });
    expect(await archive(['retention', 'set', '--keep', 'a while', '--reason', 'because'], 'first')).toMatchObject({
      code: 2,
    });
  });
});
