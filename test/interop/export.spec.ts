import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RunningAppliance } from './appliance.js';
import { run } from './line-process.js';
import { Slixmpp } from './slixmpp.js';

const TEXTS = [
  'Did the Zeppelin invoice arrive?',
  '=HYPERLINK("https://evil.example","Click")',
  'Wörter, "quoted"; <tags> & 明日の会議 🌹 שלום',
  'first line\nBcc: everybody@office.localhost\n\nlast line',
];
const FORMATS = ['jsonl', 'csv', 'xml', 'eml', 'eml-day', 'rsmf', 'pdf'] as const;

/** What the officer hands over is read by programs that others have made. */
describe('exports, read by Python’s own library,', () => {
  let demo: RunningAppliance;
  const out = mkdtempSync(path.join(tmpdir(), 'interop-export-'));

  beforeAll(async () => {
    demo = await RunningAppliance.demo();
    const [ada, anna] = (['admin', 'employee'] as const).map((role) => {
      const { jid, password } = demo.person(role);
      return new Slixmpp({ jid, password, port: demo.port('c2s'), ca: demo.ready.ca });
    });
    await Promise.all([ada!.heard('online'), anna!.heard('online')]);
    for (const text of TEXTS) {
      ada!.send(demo.person('employee').jid, text);
      await anna!.message(text);
    }
    await Promise.all([ada!.stop(), anna!.stop()]);
  });
  afterAll(async () => {
    await demo?.remove();
    rmSync(out, { recursive: true, force: true });
  });

  /** What the judge finds in an export that was made by the command. */
  async function judged(format: string): Promise<string[]> {
    const { jid, password } = demo.person('officer');
    const folder = path.join(out, format);
    const filters = ['--participant', demo.person('employee').jid];
    const asked = ['--as', jid, '--reason', 'case 17', '--format', format, '--out', folder, '--json', ...filters];
    const made = await demo.ctl(['archive', 'export', ...asked], password);
    expect(made.code, made.complaints).toBe(0);
    expect(JSON.parse(made.text)).toMatchObject({ messages: TEXTS.length, exceptions: 0, folder });
    const judge = path.join(import.meta.dirname, 'export_judge.py');
    const found = await run('/usr/bin/python3', [judge, folder, format]);
    expect(found.code, found.complaints).toBe(0);
    return JSON.parse(found.text) as string[];
  }

  it.each(['jsonl', 'xml', 'eml', 'rsmf'])('hold what was said: %s', async (format) => {
    expect(await judged(format)).toEqual(TEXTS);
  });

  // W-11
  it('hold no formula: csv', async () => {
    expect(await judged('csv')).toEqual(TEXTS.map((text) => (text.startsWith('=') ? `'${text}` : text)));
  });

  it('hold the whole day in one mail: eml-day', async () => {
    const [transcript, ...others] = await judged('eml-day');
    expect(others).toEqual([]);
    for (const text of TEXTS) for (const line of text.split('\n')) expect(transcript).toContain(line);
  });

  it('hold pages: pdf', async () => {
    expect(await judged('pdf')).toEqual(['%PDF-1.7']);
  });

  // C-05
  it('carry the same records, proven, in every form', async () => {
    const records = FORMATS.map((format) => readFileSync(path.join(out, format, 'records.jsonl'), 'utf8'));
    expect(new Set(records).size).toBe(1);
    const positions = records[0]!
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { position: number }).position);
    expect(positions.every((position) => Number.isInteger(position))).toBe(true);
  });

  it('are refused to an administrator', async () => {
    const { jid, password } = demo.person('admin');
    const asked = ['archive', 'export', '--as', jid, '--reason', 'case 17', '--out', path.join(out, 'none')];
    expect(await demo.ctl(asked, password)).toMatchObject({
      code: 1,
      complaints: expect.stringContaining('FORBIDDEN'),
    });
  });
});
