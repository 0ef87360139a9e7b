import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { MAY_IMPORT } from './drawing.js';
import { faultOf, featureFault, importsOf, partOf } from './imports.js';

const root = path.resolve(import.meta.dirname, '../..');

function sources(dir: string): string[] {
  return readdirSync(path.join(root, dir)).flatMap((name) => {
    if (/^(node_modules|dist.*)$/.test(name)) return [];
    const file = `${dir}/${name}`;
    if (statSync(path.join(root, file)).isDirectory()) return sources(file);
    return /\.tsx?$/.test(name) && !name.endsWith('.d.ts') ? [file] : [];
  });
}

const files = ['libs', 'apps']
  .flatMap(sources)
  .map((file) => ({ file, text: readFileSync(path.join(root, file), 'utf8') }));
const imports = files.flatMap(({ file, text }) => importsOf(file, text));
const code = files.filter(({ file }) => !file.endsWith('.spec.ts'));

describe('the architecture', () => {
  it('lets imports point down only', () => {
    expect(imports.length).toBeGreaterThan(100);
    expect(imports.map(faultOf).filter((fault) => fault !== undefined)).toEqual([]);
  });

  it('lets no feature import another', () => {
    expect(imports.map(featureFault).filter((fault) => fault !== undefined)).toEqual([]);
  });

  it('gives each lib one door with named exports', () => {
    for (const { file, text } of files) {
      const inside = partOf(file).split('/').slice(2).join('/');
      if (file.endsWith('/index.ts')) expect(file.split('/src/')[1]).toBe(path.join(inside, 'index.ts'));
      expect(text, file).not.toMatch(/^export \*/m);
    }
  });

  it('keeps order free of numbers and the environment in one place', () => {
    for (const { file, text } of code) {
      expect(text, `${file} declares a priority`).not.toMatch(/\bpriority:\s*-?\d/);
      if (!/^libs\/config\/|^apps\/console\/|vite\.config/.test(file)) {
        expect(text, `${file} reads the environment; only libs/config does`).not.toMatch(/process\.env\b/);
      }
    }
  });

  it('lets commands load what they run only when they run it: a gateway holds no code of databases', () => {
    const heavy = /^import (?!type\b)[^;]*?from '@interoffice\/(archive|api|appliance|directory|server|storage)'/ms;
    for (const { file, text } of code.filter((one) => one.file.startsWith('apps/ctl/src/')))
      expect(text, `${file} imports at its head; use await import() where it is needed`).not.toMatch(heavy);
  });

  it('keeps the chat room in small files', () => {
    const room = code.filter(({ file }) => file.startsWith('libs/features/src/muc/'));
    expect(room.length).toBeGreaterThan(20);
    for (const { file, text } of room) expect(text.split('\n').length, file).toBeLessThanOrEqual(300);
  });

  it('forgets no part in the drawing', () => {
    const parts = new Set(files.map(({ file }) => partOf(file)));
    for (const part of parts) expect(Object.keys(MAY_IMPORT)).toContain(part);
  });
});

describe('the architecture test', () => {
  it('names the file, what it imports and what it may import', () => {
    expect(faultOf({ file: 'libs/routing/src/address.ts', from: '@interoffice/archive' })).toBe(
      'libs/routing/src/address.ts imports archive; routing may import: cluster stream telemetry wire.',
    );
  });

  it('fails when an import points up, sideways, past a door or at a banned package', () => {
    const faulty: [string, string][] = [
      ['libs/wire/src/jid.ts', '@interoffice/routing'],
      ['libs/wire/src/jid.ts', 'node:fs'],
      ['libs/transport/src/tcp.ts', '@interoffice/archive'],
      ['libs/archive/src/journal.ts', '@interoffice/directory'],
      ['libs/routing/src/entering.ts', '@interoffice/storage'],
      ['libs/features/src/mam/mam.ts', '@interoffice/transport'],
      ['libs/stream/src/c2s.ts', '@nestjs/common'],
      ['libs/routing/src/x.ts', 'typeorm'],
      ['libs/routing/src/x.ts', '@interoffice/wire/src/jid.js'],
      ['libs/routing/src/x.ts', '../../wire/src/jid.js'],
      ['apps/console/src/App.tsx', '@interoffice/storage'],
      ['libs/nowhere/src/x.ts', '@interoffice/wire'],
    ];
    for (const [file, from] of faulty) expect(faultOf({ file, from }), `${file} → ${from}`).toBeDefined();
    expect(featureFault({ file: 'libs/features/src/mam/mam.ts', from: '../offline/marks.js' })).toBeDefined();
  });

  it('passes what the drawing allows', () => {
    expect(faultOf({ file: 'libs/routing/src/address.ts', from: '@interoffice/wire' })).toBeUndefined();
    expect(faultOf({ file: 'libs/stream/src/sasl/scram.ts', from: '../authenticator.js' })).toBeUndefined();
    expect(featureFault({ file: 'libs/features/src/mam/mam.ts', from: '../own-copy.js' })).toBeUndefined();
  });

  it('sees every form of import', () => {
    const text = `import a from 'a';\nimport {\n  b,\n} from "b";\nimport 'c';\nexport { d } from 'd';\nconst e = await import('e');`;
    expect(importsOf('x.ts', text).map(({ from }) => from)).toEqual(['a', 'b', 'c', 'd', 'e']);
  });
});
