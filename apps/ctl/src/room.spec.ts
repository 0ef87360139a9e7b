import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { MemoryAuditLog } from '@interoffice/api';
import type { Room, RoomPerson } from '@interoffice/contract';
import { Control, controlSocketOf } from '../../appliance/src/control.js';
import { roomOperations } from '../../appliance/src/room-operations.js';
import { type Actor, DOMAIN, open, type Stage } from '../../../test/support/stage.js';
import { run } from './program.js';

const PROGRAM = path.resolve(import.meta.dirname, '../dist/main.js');
const TEMPLATE = {
  name: 'project',
  office: 'Verona',
  description: 'A project',
  membersOnly: true,
  public: false,
  moderated: false,
  nonAnonymous: true,
  membersInvite: true,
  slowMode: 0,
};

/** Against the rooms of a whole server. */
describe('interoffice room', () => {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'ctl-'));
  let stage: Stage;
  let audit: MemoryAuditLog;
  let control: Control;
  let romeo: Actor;
  let juliet: Actor;

  beforeAll(async () => {
    stage = await open({ templates: [TEMPLATE] });
    audit = new MemoryAuditLog(stage.clock);
    const settings = { domains: [DOMAIN] } as unknown as Parameters<typeof roomOperations>[0]['settings'];
    control = new Control(controlSocketOf(dataDir), roomOperations({ xmpp: stage.server, audit, settings }));
    await control.listen();
    [romeo, juliet] = [await stage.account('romeo'), await stage.account('juliet')];
  });
  afterAll(async () => {
    await control?.close();
    await stage?.close();
    rmSync(dataDir, { recursive: true, force: true });
  });

  interface Outcome {
    readonly code: number | null;
    readonly out: string;
    readonly error: string;
  }

  /** In this process: what it prints is taken from where it goes. */
  async function room(...args: string[]): Promise<Outcome> {
    let [out, error] = ['', ''];
    const output = vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((out += String(text)), true));
    const errors = vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((error += String(text)), true));
    try {
      return { code: await run(['room', ...args]), out, error };
    } finally {
      output.mockRestore();
      errors.mockRestore();
    }
  }
  const here = (...args: string[]): Promise<Outcome> => room(...args, '--data-dir', dataDir);

  /** As the built command, in a process of its own. */
  function built(args: readonly string[], input = ''): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [PROGRAM, 'room', ...args, '--data-dir', dataDir]);
      let [out, error] = ['', ''];
      child.stdout.on('data', (text: Buffer) => (out += text.toString()));
      child.stderr.on('data', (text: Buffer) => (error += text.toString()));
      child.on('error', reject).on('close', (code) => resolve({ code, out, error }));
      child.stdin.end(input);
    });
  }

  it('makes a room by its name alone', async () => {
    expect(await here('create', 'plain')).toEqual({
      code: 0,
      out: `plain@conference.${DOMAIN} is there, with 0 people who belong to it.\n`,
      error: '',
    });
  });

  it('makes a room of a kind, with what is said beside it, and writes down that it did', async () => {
    const who = ['--owner', romeo.bare, '--member', juliet.bare, '--member', romeo.bare];
    const { code, out } = await here(
      'create',
      'verona',
      '--template',
      'project',
      '--title',
      'V',
      ...who,
      '--public',
      '--json',
    );
    expect(code).toBe(0);
    expect(JSON.parse(out) as Room).toMatchObject({
      jid: `verona@conference.${DOMAIN}`,
      title: 'V',
      description: 'A project',
      office: 'Verona',
      template: 'project',
      membersOnly: true,
      public: true,
      members: 2,
    });
    expect(audit.deeds.at(-1)).toMatchObject({
      actor: 'operator',
      action: 'room.create',
      details: { template: 'project', public: true, owners: [romeo.bare] },
    });
  });

  it('lists rooms, for people and for programs', async () => {
    const { out } = await here('list', '--text', 'VERONA');
    expect(out).toMatch(/^ADDRESS +TITLE +OFFICE +MEMBERS +THERE NOW$/m);
    expect(out).toMatch(/^verona@\S+ +V +Verona +2 +0 +members only$/m);
    expect(JSON.parse((await here('list', '--json')).out)).toHaveLength(2);
    expect((await here('list', '--state', 'retired')).out).toBe('No rooms.\n');
  });

  it('changes how a room is set up, and shows it without what could trouble the terminal', async () => {
    const title = 'Verona\u0085\u202Eanorev';
    const { code, out } = await here('set', 'verona', '--title', title, '--no-members-only', '--slow-mode', '10');
    expect(code).toBe(0);
    expect(out).toContain('Set up       open, slow mode 10 s\n');
    expect(out).toContain('Title        Verona anorev\n');
  });

  it('takes a password from standard input and prints it nowhere', async () => {
    const locked = await built(['set', 'verona', '--password-stdin', '--json'], 'sesame\n');
    expect(locked).toMatchObject({ code: 0, error: '' });
    expect(JSON.parse(locked.out) as Room).toMatchObject({ hasPassword: true });
    expect(locked.out).not.toContain('sesame');
    expect(await built(['set', 'verona', '--password-stdin'])).toMatchObject({ code: 1, out: '' });
    const unlocked = await here('set', 'verona', '--no-password', '--json');
    expect(JSON.parse(unlocked.out) as Room).toMatchObject({ hasPassword: false });
  });

  it('says who belongs to a room, and changes it', async () => {
    const { out, error } = await here('members', 'verona', '--add', juliet.bare, '--as', 'admin', '--json');
    expect(error).toBe('');
    expect((JSON.parse(out) as RoomPerson[]).map(({ jid, affiliation }) => `${affiliation} ${jid}`).toSorted()).toEqual(
      [`admin ${juliet.bare}`, `owner ${romeo.bare}`],
    );
    expect((await here('members', 'verona', '--remove', juliet.bare)).out).not.toContain(juliet.bare);
    const last = await here('members', 'verona', '--remove', romeo.bare);
    expect(last).toMatchObject({ code: 1, out: '' });
    expect(last.error).toMatch(/^interoffice: Nobody would own .* \[NO_OWNER\]\n$/);
  });

  it('retires a room for a reason, and sends people to another', async () => {
    const { code, out } = await here('retire', 'verona', '--reason', 'it is done', '--alternate', 'plain');
    expect({ code, out }).toEqual({
      code: 0,
      out: `verona@conference.${DOMAIN} is retired; what was said there stays in the archive.\n`,
    });
    expect((await here('show', `verona@conference.${DOMAIN}`)).out).toContain(`by ${DOMAIN}: it is done\n`);
    expect((await here('retire', 'verona', '--reason', 'again')).error).toContain('[ROOM_RETIRED]');
  });

  it('ends with 1 and a line that says why when it is refused', async () => {
    for (const [args, failure] of [
      [['show', 'nowhere'], 'NO_SUCH_ROOM'],
      [['create', 'plain'], 'ROOM_EXISTS'],
      [['create', 'x', '--template', 'y'], 'NO_SUCH_TEMPLATE'],
      [['create', 'x', '--owner', 'nobody@im.example'], 'NO_SUCH_ACCOUNT'],
      [['create', 'x@im.example'], 'BAD_ADDRESS'],
      [['set', 'plain', '--history-length', '1000'], 'MALFORMED_REQUEST'],
      [['set', 'plain', '--title', 'a\u001b[31m'], 'MALFORMED_REQUEST'],
    ] as const) {
      const { code, out, error } = await here(...args);
      expect({ code, out }).toEqual({ code: 1, out: '' });
      expect(error).toMatch(new RegExp(`^interoffice: .+ \\[${failure}\\]\\n$`));
    }
  });

  it('ends with 2 when it is used wrongly', async () => {
    for (const args of [
      ['create'],
      ['set', 'plain'],
      ['set', 'plain', '--max-users', 'x'],
      ['retire', 'plain'],
      ['move'],
    ]) {
      expect([args, (await here(...args)).code]).toEqual([args, 2]);
    }
  });

  it('explains itself, with an example', async () => {
    for (const verb of ['list', 'create', 'show', 'set', 'members', 'retire']) {
      const { code, out } = await room(verb, '--help');
      expect(code).toBe(0);
      expect(out).toContain(`Example:\n  interoffice room ${verb} `);
    }
  });
});
