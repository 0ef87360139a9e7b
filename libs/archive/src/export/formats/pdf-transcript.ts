import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Font, create } from 'fontkit';
import Pdf from 'pdfkit';
import type { ExportDocument } from '../document-writer.js';
import { spoken, titleOf } from '../transcript.js';
import { linesOfText, type Measure } from './text-lines.js';
import { sfntOf } from './woff.js';

/** In this order they are asked for a character; the last has nearly all. All under the SIL Open Font License. */
const FILES = [
  ...['latin', 'latin-ext', 'cyrillic', 'greek', 'vietnamese'].map(
    (part) => `noto-sans/files/noto-sans-${part}-400-normal`,
  ),
  'noto-sans-arabic/files/noto-sans-arabic-arabic-400-normal',
  'unifontex/files/unifontex-latin-400-normal',
];
const SIZE = 9;
const LEADING = 13;
const MARGIN = 56;
const INDENT = 14;
const PARAGRAPH = 5;
const INK = { head: '#555555', body: '#000000', note: '#7a3b00' } as const;

let fonts: readonly Font[] | undefined;

/** Opened once: to read them takes longer than a page. */
function allFonts(): readonly Font[] {
  const { resolve } = createRequire(import.meta.url);
  return (fonts ??= FILES.map((file) => create(sfntOf(readFileSync(resolve(`@fontsource/${file}.woff`)))) as Font));
}

/** The transcript: PDF/A-2b by construction (fonts embedded, sRGB, XMP), the same bytes for the same document. */
export async function pdfOf(document: ExportDocument): Promise<Buffer> {
  const last = new Date(document.messages.at(-1)!.at);
  const doc = new Pdf({
    subset: 'PDF/A-2b',
    pdfVersion: '1.7',
    size: 'A4',
    margin: MARGIN,
    // Nothing is drawn in a font that is not embedded, not even by default.
    font: allFonts()[0] as never,
    info: {
      Title: titleOf(document),
      Creator: 'Interoffice',
      Producer: 'Interoffice',
      CreationDate: last,
      ModDate: last,
    },
    lang: 'en',
  });
  const chunks: Buffer[] = [];
  doc.on('data', (chunk: Buffer) => chunks.push(chunk));
  const ended = new Promise((resolve) => doc.once('end', resolve));
  new Transcript(doc).write(document);
  doc.end();
  await ended;
  return Buffer.concat(chunks);
}

class Transcript implements Measure {
  readonly #fonts = allFonts();
  #y = MARGIN;

  constructor(private readonly doc: PDFKit.PDFDocument) {
    for (const [index, font] of this.#fonts.entries()) doc.registerFont(String(index), font as never);
  }

  write(document: ExportDocument): void {
    this.#say(titleOf(document), INK.body, 0);
    for (const message of document.messages) {
      const { head, body, notes } = spoken(message);
      this.#y += PARAGRAPH;
      this.#say(head, INK.head, 0);
      if (body !== '') this.#say(body, INK.body, INDENT);
      for (const note of notes) this.#say(`(${note})`, INK.note, INDENT);
    }
  }

  fontOf(character: string): number {
    const point = character.codePointAt(0)!;
    return Math.max(
      0,
      this.#fonts.findIndex((font) => font.hasGlyphForCodePoint(point)),
    );
  }

  isShaping(font: number): boolean {
    return font < this.#fonts.length - 1;
  }

  widthOf(text: string, font: number): number {
    return this.doc.font(String(font)).fontSize(SIZE).widthOfString(text);
  }

  #say(text: string, colour: string, indent: number): void {
    const width = this.doc.page.width - 2 * MARGIN - indent;
    for (const line of linesOfText(this.#drawable(text), this, width)) {
      if (this.#y + LEADING > this.doc.page.height - MARGIN) this.#nextPage();
      for (const piece of line) this.#draw(piece.text, { ...piece, x: MARGIN + indent + piece.x, colour });
      this.#y += LEADING;
    }
  }

  #draw(text: string, { font, x, colour }: { font: number; x: number; colour: string }): void {
    const drawn = this.doc.font(String(font)).fontSize(SIZE).fillColor(colour);
    // Fonts of different make stand on the same line.
    const baseline = this.#y + SIZE;
    drawn.text(text, x, baseline, { lineBreak: false, baseline: 'alphabetic' });
  }

  #nextPage(): void {
    this.doc.addPage();
    this.#y = MARGIN;
  }

  /** PDF/A-2 has no place for characters without a glyph, and none for those that are no text. */
  #drawable(text: string): string {
    const clean = text
      .replaceAll(/\r\n?/g, '\n')
      .replaceAll(/[\p{Cf}\p{Cc}\ufe00-\ufe0f]/gu, (one) => (one === '\n' ? one : one === '\t' ? ' ' : ''));
    return Array.from(clean, (one) => (one === '\n' || this.#hasGlyph(one) ? one : codeOf(one))).join('');
  }

  #hasGlyph(character: string): boolean {
    const point = character.codePointAt(0)!;
    return this.#fonts.some((font) => font.hasGlyphForCodePoint(point));
  }
}

/** As Unicode names it: a reader finds out what it was. */
function codeOf(character: string): string {
  return `[U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}]`;
}
