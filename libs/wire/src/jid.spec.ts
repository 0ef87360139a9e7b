import { describe, expect, it } from 'vitest';
import { escapeNode, unescapeNode } from './jid-escaping.js';
import { JID_CACHE_GENERATION, JidMalformed, MAX_PART_BYTES, jid, parseJid, sameBare, tryJid } from './jid.js';
import { preparePassword } from './precis.js';

describe('an address', () => {
  // RFC 7622 §3.5, table 1
  it.each([
    ['juliet@example.com', 'juliet@example.com'],
    ['juliet@example.com/foo', 'juliet@example.com/foo'],
    ['juliet@example.com/foo bar', 'juliet@example.com/foo bar'],
    ['juliet@example.com/foo@bar', 'juliet@example.com/foo@bar'],
    ['foo\\20bar@example.com', 'foo\\20bar@example.com'],
    ['fussball@example.com', 'fussball@example.com'],
    ['fu\u{DF}ball@example.com', 'fu\u{DF}ball@example.com'],
    ['\u{3C0}@example.com', '\u{3C0}@example.com'],
    ['\u{3A3}@example.com/foo', '\u{3C3}@example.com/foo'],
    ['\u{3C3}@example.com/foo', '\u{3C3}@example.com/foo'],
    ['\u{3C2}@example.com/foo', '\u{3C2}@example.com/foo'],
    ['king@example.com/\u{265A}', 'king@example.com/\u{265A}'],
    ['example.com', 'example.com'],
    ['example.com/foobar', 'example.com/foobar'],
    ['a.example.com/b@example.net', 'a.example.com/b@example.net'],
    ['Juliet@EXAMPLE.com.', 'juliet@example.com'],
    ['\u{FF21}\u{FF22}@example.com', 'ab@example.com'],
    ['e\u{301}@example.com/e\u{301}\u{2003}x', '\u{E9}@example.com/\u{E9} x'],
    ['a@B\u{DC}CHER.example', 'a@b\u{FC}cher.example'],
    ['a@xn--bcher-kva.example', 'a@b\u{FC}cher.example'],
    ['a@stra\u{DF}e.example', 'a@stra\u{DF}e.example'],
    ['a@\u{4F8B}\u{3002}example', 'a@\u{4F8B}.example'],
    ['a@127.0.0.1', 'a@127.0.0.1'],
    ['a@[::1]/r', 'a@[::1]/r'],
    ['l\u{B7}l@example.com', 'l\u{B7}l@example.com'],
    ['\u{5E9}\u{5DC}\u{5D5}\u{5DD}1@example.com', '\u{5E9}\u{5DC}\u{5D5}\u{5DD}1@example.com'],
    ['\u{915}\u{94D}\u{200D}\u{937}@example.com', '\u{915}\u{94D}\u{200D}\u{937}@example.com'],
  ])('%s is %s', (text, normal) => {
    expect(parseJid(text).toString()).toBe(normal);
    expect(parseJid(normal).toString()).toBe(normal);
  });

  // RFC 7622 §3.5, table 2, and RFC 8265 §3.5
  it.each([
    '"juliet"@example.com',
    'foo bar@example.com',
    'juliet@example.com/ foo',
    '@example.com/',
    'henry\u{2163}@example.com',
    '\u{265A}@example.com',
    'juliet@',
    '/foobar',
    '',
    'a@example.com/',
    'a@b@c',
    'a@ex ample.com',
    'a@example..com',
    'a@-example.com',
    'a@example-.com',
    'a@ab--c.example',
    'a@example.com:5222',
    'a@ex%61mple.com',
    'a@\u{FF05}.com',
    'a@b\u{FF1A}80',
    'a@xn--\u{E9}.com',
    'a@xn--a.example',
    'a@[::g]',
    'a@[1.2.3.4.5]',
    'a\u{0}@example.com',
    'a@example.com/\u{0}',
    'a@example.com/\u{D800}',
    'a\u{AD}b@example.com',
    'a\u{200D}b@example.com',
    'a\u{B7}b@example.com',
    '\u{375}a@example.com',
    'a\u{5F3}@example.com',
    'a\u{30FB}b@example.com',
    '\u{5D0}\u{661}\u{6F1}@example.com',
    '\u{5D0}a@example.com',
    'a\u{5D0}@example.com',
    '\u{1F600}@example.com',
    '\u{1100}@example.com',
    '\u{640}@example.com',
    `${'a'.repeat(MAX_PART_BYTES + 1)}@example.com`,
    `a@example.com/${'a'.repeat(MAX_PART_BYTES + 1)}`,
    `a@${'a'.repeat(64)}.com`,
    `a@${'abc.'.repeat(100)}com`,
    'x'.repeat(4000),
  ])('%j is no address', (text) => {
    expect(() => parseJid(text)).toThrow(JidMalformed);
    expect(tryJid(text)).toBeUndefined();
  });

  it('has parts of 1,023 bytes at most, counted in UTF-8', () => {
    expect(parseJid(`a@b.c/${'\u{E9}'.repeat(511)}x`).resource).toHaveLength(512);
    expect(tryJid(`a@b.c/${'\u{E9}'.repeat(512)}`)).toBeUndefined();
  });

  it('names an account without and a device with its resource', () => {
    const device = jid('Romeo', 'im.example', 'Phone');
    expect(device).toMatchObject({ local: 'romeo', domain: 'im.example', resource: 'Phone', bare: 'romeo@im.example' });
    expect(device.isBare).toBe(false);
    expect(device.toBare().isBare).toBe(true);
    expect(device.withResource().toBare().toString()).toBe('romeo@im.example');
    expect(device.withResource('x').equals(jid('romeo', 'im.example', 'x'))).toBe(true);
    expect(sameBare(device, parseJid('ROMEO@im.example/other'))).toBe(true);
    expect(JSON.stringify({ device })).toBe('{"device":"romeo@im.example/Phone"}');
    expect(() => device.withResource('')).toThrow(JidMalformed);
  });

  it('is remembered in a cache that stays bounded', () => {
    const first = tryJid('cached@im.example');
    expect(tryJid('cached@im.example')).toBe(first);
    for (let n = 0; n < JID_CACHE_GENERATION; n++) tryJid(`u${n}@im.example`);
    expect(tryJid('cached@im.example')).toBe(first);
    for (let n = 0; n < 2 * JID_CACHE_GENERATION; n++) tryJid(`v${n}@im.example`);
    expect(tryJid('cached@im.example')).not.toBe(first);
  });
});

describe('a password', () => {
  it('is composed, has one kind of space, and keeps its case', () => {
    expect(preparePassword('Pa\u{A0}ss e\u{301}')).toBe('Pa ss \u{E9}');
    expect(preparePassword('correct horse battery staple')).toBe('correct horse battery staple');
  });

  it('is refused before any look-up when it is empty or has control characters', () => {
    expect(preparePassword('')).toBeUndefined();
    expect(preparePassword('a\u{0}b')).toBeUndefined();
    expect(preparePassword('\u{E9}\u{7}')).toBeUndefined();
  });
});

describe('XEP-0106 escaping', () => {
  it.each([
    ['space cadet', 'space\\20cadet'],
    ['call me "ishmael"', 'call\\20me\\20\\22ishmael\\22'],
    ["d'artagnan", 'd\\27artagnan'],
    ['/.fanboy', '\\2f.fanboy'],
    ['<foo>', '\\3cfoo\\3e'],
    ['user@host', 'user\\40host'],
    ['c:\\net', 'c\\3a\\net'],
    ['c:\\cool stuff', 'c\\3a\\cool\\20stuff'],
    ['c:\\5commas', 'c\\3a\\5c5commas'],
    ['\\20', '\\5c20'],
  ])('writes %s as %s', (name, local) => {
    expect(escapeNode(name)).toBe(local);
    expect(unescapeNode(escapeNode(name))).toBe(name);
  });
});
