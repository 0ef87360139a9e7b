import { describe, expect, it } from 'vitest';
import { unzip } from '../../../../../test/support/unzip.js';
import type { ExportDocument } from '../document-writer.js';
import type { ExportedMessage } from '../message.js';
import { eml, emlDay } from './eml.js';
import { rsmf } from './rsmf.js';

const said = (nth: number, more: Partial<ExportedMessage> = {}): ExportedMessage => ({
  id: `000000000000000${nth}`,
  at: `2026-06-01T10:00:0${nth}.000123Z`,
  conversation: 'juliet@im.example romeo@im.example',
  act: 'message',
  verdict: 'passed',
  from: 'romeo@im.example',
  fromName: 'Romeo "R" Montague',
  to: 'juliet@im.example',
  body: `line ${nth}`,
  policyVersion: 0,
  ...more,
});
const documentOf = (...messages: ExportedMessage[]): ExportDocument => ({
  conversation: messages[0]!.conversation,
  day: '2026-06-01',
  part: 1,
  messages,
  domain: 'im.example',
});

/** Headers, unfolded, and what stands below, by RFC 5322. */
function opened(mail: Buffer): { headers: ReadonlyMap<string, string>; below: string } {
  const text = mail.toString('latin1');
  const end = text.indexOf('\r\n\r\n');
  const unfolded = text
    .slice(0, end)
    .replaceAll(/\r\n[ \t]/g, ' ')
    .split('\r\n');
  const headers = new Map(
    unfolded.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)]),
  );
  return { headers, below: text.slice(end + 4) };
}
const decoded = (base64: string): string => Buffer.from(base64, 'base64').toString('utf8');
const words = (header: string): string =>
  header.replaceAll(/=\?UTF-8\?B\?([^?]*)\?= ?/g, (_, base64: string) => decoded(base64));

describe('eml', () => {
  it('is a mail from who wrote it to who was to read it', async () => {
    const { headers, below } = opened(
      await eml.render(documentOf(said(1, { about: '0000000000000000', act: 'correction' }))),
    );
    expect(Object.fromEntries(headers)).toMatchObject({
      date: 'Mon, 1 Jun 2026 10:00:01 +0000',
      from: String.raw`"Romeo \"R\" Montague" <romeo@im.example>`,
      to: '<juliet@im.example>',
      subject: 'line 1',
      'message-id': '<0000000000000001@im.example>',
      'in-reply-to': '<0000000000000000@im.example>',
      'x-interoffice-act': 'correction',
    });
    expect(decoded(below)).toBe('line 1');
  });

  // W-11
  it('has no header that a message has made', async () => {
    const body = 'hello\r\nBcc: all@im.example\r\n\r\nfree text';
    const evil = said(1, { subject: 'a\r\nBcc: all@im.example', fromName: 'R\r\nBcc: x@y', body });
    for (const format of [eml, emlDay, rsmf]) {
      const { headers } = opened(await format.render(documentOf(evil)));
      expect(headers.has('bcc')).toBe(false);
    }
  });

  it('writes every language, in lines that mail programs take', async () => {
    const name = 'Łukasz 東京の山田さん العربية '.repeat(4).trim();
    const mail = await eml.render(documentOf(said(1, { fromName: name, body: 'Привет 你好 🌹 '.repeat(50) })));
    for (const line of mail.toString('latin1').split('\r\n')) expect(line.length).toBeLessThan(79);
    expect(mail.every((byte) => byte < 128)).toBe(true);
    const { headers, below } = opened(mail);
    expect(words(headers.get('from')!)).toBe(`${name}<romeo@im.example>`);
    expect(decoded(below)).toBe('Привет 你好 🌹 '.repeat(50));
  });

  it('gives addresses that mail does not know a form that it does', async () => {
    const odd = ['жора@im.example', String.raw`a\20b"c@im.example`, 'rooms.im.example', 'x@bücher.example'];
    const specs = [];
    for (const from of odd) {
      const { headers } = opened(await eml.render(documentOf(said(1, { from, fromName: undefined! }))));
      specs.push(/<([^>]*)>$/.exec(headers.get('from')!)?.[1]);
    }
    expect(specs).toEqual([
      `utf-8.${Buffer.from('жора@im.example').toString('hex').slice(0, 56)}@invalid`,
      String.raw`"a\\20b\"c"@im.example`,
      'server@rooms.im.example',
      'x@xn--bcher-kva.example',
    ]);
  });
});

describe('eml-day', () => {
  it('has all that was said that day, what was done later, and what is not there', async () => {
    const attachments = [{ url: 'https://files.im.example/a.pdf', name: 'a.pdf' }];
    const document = documentOf(
      said(1, { attachments }),
      said(2, { act: 'retraction', about: said(1).id, body: undefined!, changeReason: 'wrong room' }),
      said(3, { verdict: 'refused', refusedBecause: 'rule no-swords denies it', decisionId: 'd7' }),
    );
    const { headers, below } = opened(await emlDay.render(document));
    expect(headers.get('x-interoffice-messages')).toBe('3');
    expect(headers.get('subject')).toBe('juliet@im.example and romeo@im.example, 2026-06-01 UTC');
    expect(decoded(below)).toBe(
      [
        'juliet@im.example and romeo@im.example, 2026-06-01 UTC',
        '',
        '[2026-06-01 10:00:01.000123 UTC] Romeo "R" Montague <romeo@im.example> [0000000000000001]',
        '    line 1',
        '    (file a.pdf https://files.im.example/a.pdf (its content is not in the archive))',
        '',
        '[2026-06-01 10:00:02.000123 UTC] Romeo "R" Montague <romeo@im.example> – takes back 0000000000000001 [0000000000000002]',
        '    (reason: wrong room)',
        '',
        '[2026-06-01 10:00:03.000123 UTC] Romeo "R" Montague <romeo@im.example> [0000000000000003]',
        '    line 3',
        '    (refused: not delivered (rule no-swords denies it, decision d7))',
        '',
      ].join('\r\n'),
    );
  });
});

describe('rsmf', () => {
  it('is a mail with rsmf.zip, as version 2.0.0 of the format says', async () => {
    const document = documentOf(
      said(1),
      said(2, { act: 'correction', about: said(1).id, body: 'better' }),
      said(3, { act: 'reaction', about: said(1).id, body: undefined!, reactions: ['👍'], from: 'juliet@im.example' }),
      said(4, { act: 'moderation', about: said(2).id, body: undefined! }),
    );
    const { headers, below } = opened(await rsmf.render(document));
    expect(headers.get('x-rsmf-version')).toBe('2.0.0');
    expect(headers.get('x-rsmf-eventcount')).toBe('4');
    const parts = below.split('--interoffice-part');
    expect(parts[2]).toContain('filename="rsmf.zip"');
    const zip = unzip(Buffer.from(parts[2]!.slice(parts[2]!.indexOf('\r\n\r\n')), 'base64'));
    const manifest = JSON.parse(zip.get('rsmf_manifest.json')!.toString()) as Record<string, never>;
    expect(manifest).toMatchObject({
      version: '2.0.0',
      participants: [{ id: 'romeo@im.example', display: 'Romeo "R" Montague' }, { id: 'juliet@im.example' }],
      conversations: [{ platform: 'xmpp', type: 'direct', participants: ['romeo@im.example', 'juliet@im.example'] }],
      events: [
        {
          id: said(1).id,
          type: 'message',
          edits: [{ participant: 'romeo@im.example', previous: 'line 1', new: 'better' }],
          reactions: [{ value: '👍', count: 1, participants: ['juliet@im.example'] }],
        },
        { type: 'message', parent: said(1).id, deleted: true },
        { type: 'unknown', body: '👍' },
        { type: 'unknown', custom: expect.arrayContaining([{ name: 'act', value: 'moderation' }]) },
      ],
    });
  });
});
