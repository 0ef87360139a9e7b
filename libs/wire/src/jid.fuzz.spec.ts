import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeNode, unescapeNode } from './jid-escaping.js';
import { JidMalformed, jid, parseJid } from './jid.js';

const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.string({
    unit: fc.constantFrom('a', 'Z', '@', '/', '.', '-', '\u{DF}', '\u{130}', '\u{1E9E}', '\u{5D0}', '\u{661}'),
    maxLength: 12,
  }),
);

function tryParse(text: string): string | undefined {
  try {
    return parseJid(text).toString();
  } catch (error) {
    expect(error).toBeInstanceOf(JidMalformed);
    return undefined;
  }
}

describe('an address, given anything', () => {
  it('is refused, or has a normal form that is its own normal form', () => {
    fc.assert(
      fc.property(anyText, anyText, anyText, (local, domain, resource) => {
        for (const text of [`${local}@${domain}/${resource}`, `${local}@im.example`, domain, `a@b/${resource}`]) {
          const once = tryParse(text);
          if (once !== undefined) expect(tryParse(once)).toBe(once);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('keeps its parts apart', () => {
    fc.assert(
      fc.property(anyText, anyText, (local, resource) => {
        try {
          const made = jid(local, 'im.example', resource);
          expect(parseJid(made.toString())).toEqual(made);
        } catch (error) {
          expect(error).toBeInstanceOf(JidMalformed);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('gives back any name that was escaped', () => {
    const names = fc.string({
      unit: fc.constantFrom('a', ' ', '\\', '2', '0', '5', 'c', '@', '/', ':'),
      maxLength: 10,
    });
    fc.assert(
      fc.property(names, (name) => {
        expect(unescapeNode(escapeNode(name))).toBe(name);
      }),
    );
  });
});
