import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { signatureLine } from '@interoffice/archive';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { damagesOf } from '../support/damaged-exports.js';
import { ROOT, RunningAppliance } from './appliance.js';
import { run } from './line-process.js';
import { Slixmpp } from './slixmpp.js';

const VERIFY = path.join(ROOT, 'docs/compliance/verify');
const MESSAGES = 40;

/**
 * An auditor's machine: a folder with what docs/compliance/verify says to take there, and nothing of ours; no network. The
 * commands are those of the page.
 */
class AuditorsMachine {
  constructor(readonly folder: string) {}

  static async with(exported: string, policy: string, parent = tmpdir()): Promise<AuditorsMachine> {
    const folder = await mkdtemp(path.join(parent, 'interop-auditor-'));
    for (const file of ['verify.py', 'vectors.jsonl']) await cp(path.join(VERIFY, file), path.join(folder, file));
    await cp(exported, path.join(folder, 'export'), { recursive: true });
    await writeFile(path.join(folder, 'policy.txt'), policy);
    return new AuditorsMachine(folder);
  }

  /** In a network namespace of its own that has not even a loopback. */
  type(command: string): Promise<{ code: number | null; text: string; complaints: string }> {
    const alone = [
      '--net',
      '--map-root-user',
      'env',
      '-i',
      'PATH=/usr/bin:/bin',
      'sh',
      '-c',
      `cd '${this.folder}' && ${command}`,
    ];
    return run('/usr/bin/unshare', alone);
  }
}

/** The commands of the one block of the page. */
async function commandsOfThePage(): Promise<string[]> {
  const page = await readFile(path.join(VERIFY, 'README.md'), 'utf8');
  const [, block = ''] = /```sh\n([^`]+)```/.exec(page) ?? [];
  return block.trim().split('\n');
}

// C-05; the steps of one story, in their order
describe('an export in the hands of an auditor', () => {
  let demo: RunningAppliance;
  let scratch: string;
  let policy: string;
  let exported: string;

  beforeAll(async () => {
    demo = await RunningAppliance.demo();
    scratch = await mkdtemp(path.join(tmpdir(), 'interop-export-'));
    const { jid, password } = demo.person('employee');
    const sender = new Slixmpp({ jid, password, port: demo.port('c2s'), ca: demo.ready.ca });
    await sender.heard('online');
    for (let n = 0; n < MESSAGES; n++)
      sender.send(demo.person('admin').jid, `${n % 2 === 0 ? 'offer' : 'order'} ${n}: Grüße 語 \u2028 <&>`);
    const officer = demo.person('officer');
    const other = new Slixmpp({
      jid: officer.jid,
      password: officer.password,
      port: demo.port('c2s'),
      ca: demo.ready.ca,
    });
    await other.heard('online');
    sender.send(officer.jid, 'the last one');
    await other.message('the last one');
    await Promise.all([sender.stop(), other.stop()]);
  });
  afterAll(async () => {
    await demo?.remove();
    await rm(scratch, { recursive: true, force: true });
  });

  it('is made by the officer, with a policy that the operator prints', async () => {
    const { jid, password } = demo.person('officer');
    exported = path.join(scratch, 'export');
    const asked = [
      'archive',
      'export',
      '--as',
      jid,
      '--reason',
      'case 17',
      '--text',
      'offer',
      '--out',
      exported,
      '--json',
    ];
    const made = await demo.ctl(asked, password);
    expect({ code: made.code, complaints: made.complaints }).toEqual({ code: 0, complaints: '' });
    expect(JSON.parse(made.text)).toMatchObject({ messages: MESSAGES / 2 });
    const printed = await demo.ctl(['archive', 'seal', '--policy'], '');
    policy = printed.text;
    expect(policy).toMatch(/^log office\.localhost\/archive\+[0-9a-f]{8}\+\S+$/m);
  });

  it('is verified by the three commands of the page, without a network and without our packages', async () => {
    const machine = await AuditorsMachine.with(exported, policy);
    const commands = await commandsOfThePage();
    expect(commands).toHaveLength(3);
    const said = [];
    for (const command of commands) {
      const { code, text, complaints } = await machine.type(command);
      expect({ command, code, complaints }).toEqual({ command, code: 0, complaints: '' });
      said.push(text);
    }
    expect(said[0]).toContain('good: the tree of RFC 6962');
    expect(said[1]).toMatch(new RegExp(`good: ${MESSAGES / 2} records of office\\.localhost/archive`));
    expect(said[2]).toContain(`${MESSAGES / 2} in all`);
    await rm(machine.folder, { recursive: true });
  });

  it('is verified by interoffice archive verify as well', async () => {
    const file = path.join(scratch, 'policy.txt');
    await writeFile(file, policy);
    const { code, text } = await demo.ctl(['archive', 'verify', exported, '--policy', file], '');
    expect({ code, text }).toEqual({ code: 0, text: expect.stringContaining(`good: ${MESSAGES / 2} records`) });
  });

  it('is refused by both verifiers, with a reason, in whatever way it is damaged', async () => {
    const seal = path.join(demo.dataDir, 'seal');
    const [pem] = (await readdir(seal)).filter((name) => name.startsWith('key-'));
    const key = createPrivateKey(await readFile(path.join(seal, pem!)));
    const name = 'office.localhost/archive';
    const signed = async (text: string): Promise<string> => {
      const signature = sign(null, Buffer.from(text), key);
      return `${text}\n${signatureLine({ name, publicKey: createPublicKey(key), kind: 'signature' }, signature)}\n`;
    };
    const damages = damagesOf(name, signed);
    expect(damages.length).toBeGreaterThanOrEqual(20);
    const file = path.join(scratch, 'policy.txt');
    const [, verifyExport = ''] = await commandsOfThePage();
    const wrong: string[] = [];
    for (const { name: damage, damage: apply } of damages) {
      const machine = await AuditorsMachine.with(exported, policy, scratch);
      const copy = path.join(machine.folder, 'export');
      await apply(copy);
      const python = await machine.type(verifyExport);
      if (python.code !== 1 || !python.complaints.startsWith('refused: '))
        wrong.push(`${damage}: verify.py ${python.complaints}`);
      // Our own is held against all of them in its unit tests.
      const ours = damage.includes('bit')
        ? await demo.ctl(['archive', 'verify', copy, '--policy', file], '')
        : undefined;
      if (ours === undefined) continue;
      if (ours.code !== 1 || !ours.complaints.includes('BUNDLE_REFUSED'))
        wrong.push(`${damage}: interoffice ${ours.complaints}`);
    }
    expect(wrong).toEqual([]);
  }, 180_000);

  it('comes from an archive of which every row is what was sealed', async () => {
    const { code, text } = await demo.ctl(['archive', 'verify', '--json'], '');
    expect(code).toBe(0);
    expect(JSON.parse(text)).toMatchObject({ faultCount: 0, unsealed: 0 });
  });
});
