import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');
const files = ['libs', 'apps'].flatMap((dir) =>
  readdirSync(path.join(root, dir), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name) && !/node_modules|dist|\.spec\.|\.d\.ts$/.test(name))
    .map((name) => `${dir}/${name}`),
);
const sources = files.map((file) => ({ file, text: readFileSync(path.join(root, file), 'utf8') }));

describe('the sources', () => {
  //
  it('take no random number from Math.random', () => {
    for (const { file, text } of sources) expect(text, file).not.toMatch(/Math\.random/);
  });

  //
  it('draw tokens and ids of at least 128 bits, unless the line says why fewer do', () => {
    const short: string[] = [];
    for (const { file, text } of sources) {
      text.split('\n').forEach((line, i) => {
        const bytes = /random(?:Bytes|Text)\((\d+)\)/.exec(line);
        if (bytes && Number(bytes[1]) < 16) short.push(`${file}:${i + 1} ${line.trim()}`);
      });
    }
    expect(short).toEqual([]);
  });

  //
  it('compare no secret with the ordinary operators', () => {
    const secret =
      /\b(\w*(?:token|password|passwd|secret|digest|signature|storedKey|serverKey|proof|hmac)\w*)\s*[!=]==?\s*(\w+)/gi;
    const harmless = /^(undefined|null|typeof|true|false|'|")/;
    const found: string[] = [];
    for (const { file, text } of sources) {
      for (const [all, name, other] of text.matchAll(secret)) {
        if (harmless.test(other!) || /(?:length|type|kind|Mode|Name|name|Id)$/.test(name!)) continue;
        found.push(`${file}: ${all}`);
      }
    }
    expect(found).toEqual([]);
  });

  // W-09
  it('show no message content through fields that make links or markup', () => {
    for (const { file, text } of sources) {
      if (file.startsWith('apps/console/'))
        expect(text, file).not.toMatch(/\b(UrlField|FileField|RichTextField|dangerouslySetInnerHTML)\b/);
    }
  });
});
