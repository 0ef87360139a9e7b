import { describe, expect, it } from 'vitest';
import { Additions } from './additions.js';

describe('what is added to a stanza', () => {
  it('grows as far as features add, and is empty again for the next', () => {
    const out = new Additions();
    const child = Buffer.from(`<x xmlns='urn:x'>${'a'.repeat(1000)}</x>`);
    for (let i = 0; i < 10; i++) out.child(child);
    out.id(0x0102_0304, 0xffff_fffe);
    expect(out.bytes.toString('latin1', 0, out.length)).toBe(`${child.toString().repeat(10)}01020304fffffffe`);
    out.clear();
    out.child(Buffer.from('<y/>'));
    expect(out.bytes.toString('latin1', 0, out.length)).toBe('<y/>');
  });
});
