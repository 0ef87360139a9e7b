import { inflateSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ExportDocument } from '../document-writer.js';
import type { ExportedMessage } from '../message.js';
import { pdf } from './pdf.js';

const BODIES = [
  'Die Müllabfuhr kommt',
  'Привет',
  '明日の会議は東京で',
  '한국어',
  'مرحبا بالعالم',
  'שלום',
  '🌹',
  '\u{20000}\u202e\u0007',
];
const messages = BODIES.map((body, nth): ExportedMessage => {
  const id = `000000000000000${nth}`;
  const who = { from: 'romeo@im.example', fromName: 'Łukasz', to: 'juliet@im.example' };
  const at = '2026-06-01T10:00:00.000123Z';
  return {
    id,
    at,
    conversation: 'juliet@im.example romeo@im.example',
    act: 'message',
    verdict: 'passed',
    ...who,
    body,
    policyVersion: 0,
  };
});
const document: ExportDocument = {
  conversation: messages[0]!.conversation,
  day: '2026-06-01',
  part: 1,
  messages,
  domain: 'im.example',
};
let made: Buffer;
let text: string;

beforeAll(async () => {
  made = await pdf.render(document);
  text = made.toString('latin1');
});

/** All streams, unpacked. */
function streams(): Buffer[] {
  const found = [...text.matchAll(/<<([^]*?)>>\s*stream\r?\n([^]*?)\r?\nendstream/g)];
  return found.map(([, dictionary, bytes]) => {
    const stored = Buffer.from(bytes!, 'latin1');
    return dictionary!.includes('FlateDecode') ? inflateSync(stored) : stored;
  });
}

describe('a transcript in PDF', () => {
  it('is PDF/A-2b: says so, has its colours’ profile, and embeds every font it names (ISO 19005-2 §6.2.2, §6.2.11, §6.6)', () => {
    expect(text.startsWith('%PDF-1.7\n%')).toBe(true);
    expect(text).toMatch(/<pdfaid:part>2<\/pdfaid:part>\s*<pdfaid:conformance>B<\/pdfaid:conformance>/);
    expect(text).toMatch(/\/S \/GTS_PDFA1/);
    const descriptors = text.match(/\/Type \/FontDescriptor/g) ?? [];
    expect(descriptors.length).toBeGreaterThan(4);
    expect(text.match(/\/FontFile[23]? \d+ 0 R/g)).toHaveLength(descriptors.length);
    expect(text.match(/\/Subtype \/Type0/g)).toHaveLength(descriptors.length);
    for (const forbidden of ['/Encrypt', '/JavaScript', '/Launch', '/LZWDecode', '/Subtype /Type1', '/SMask'])
      expect(text, forbidden).not.toContain(forbidden);
    expect(text).toMatch(/\/ID \[<[0-9a-f]{32}> <[0-9a-f]{32}>\]/);
  });

  it('draws no character that its fonts do not have (§6.2.11.8)', () => {
    const drawn = streams()
      .map((stream) => stream.toString('latin1'))
      .filter((stream) => stream.includes(' Tf'));
    expect(drawn.length).toBeGreaterThan(0);
    const glyphs = drawn.join().match(/<((?:[0-9a-f]{4})+)>/g) ?? [];
    expect(glyphs.length).toBeGreaterThan(20);
    for (const run of glyphs) expect(run.slice(1, -1).match(/.{4}/g)).not.toContain('0000');
  });

  it('says which characters the text has, for who searches it', () => {
    const maps = streams()
      .map((stream) => stream.toString('latin1'))
      .filter((stream) => stream.includes('begincmap'));
    const all = maps.join('').toLowerCase();
    for (const character of ['П', '明', '한', 'ל']) {
      const code = character.charCodeAt(0).toString(16).padStart(4, '0');
      expect(all.includes(code), character).toBe(true);
    }
  });

  it('is the same whenever it is made', async () => {
    expect((await pdf.render(document)).equals(made)).toBe(true);
  });
});
