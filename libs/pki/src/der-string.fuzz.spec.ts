import { assert, property, stringMatching, uint8Array } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeDerString, encodeDerString } from './der-string.js';

describe('strings inside names', () => {
  it('come back as they went in', () => {
    assert(
      property(stringMatching(/^[ -~]{0,400}$/), (text) => {
        expect(decodeDerString('ia5', encodeDerString('ia5', text))).toBe(text);
        expect(decodeDerString('utf8', encodeDerString('utf8', `ü${text}`))).toBe(`ü${text}`);
      }),
      { numRuns: 300 },
    );
  });

  //
  it('are not read when they hold a control character, broken UTF-8 or a wrong length', () => {
    expect(decodeDerString('utf8', encodeDerString('utf8', 'good.example\0.evil.example'))).toBeUndefined();
    expect(decodeDerString('ia5', encodeDerString('ia5', 'é'))).toBeUndefined();
    assert(
      property(uint8Array({ maxLength: 40 }), (bytes) => {
        const read = decodeDerString('utf8', Uint8Array.from([0x0c, ...bytes]).buffer);
        expect(Array.from(read ?? '').every((character) => character >= ' ')).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
