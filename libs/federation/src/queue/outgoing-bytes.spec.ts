import { describe, expect, it } from 'vitest';
import { readAttribute, writeOutgoing } from './outgoing-bytes.js';

const TO = Buffer.from(" to='bob@tokyo.example'");

function outgoing(stanza: string, to = TO): string {
  const around = Buffer.from(`<before/>${stanza}<behind/>`);
  const start = '<before/>'.length;
  const target = Buffer.alloc(around.length + to.length + 4, 0x2e);
  const end = writeOutgoing({ bytes: around, start, end: start + Buffer.byteLength(stanza) }, to, target, 4);
  expect(target.toString('utf8', 0, 4)).toBe('....');
  return target.toString('utf8', 4, end);
}

describe('stanzas that go to other servers', () => {
  it.each([
    [
      'lose the namespace of clients and keep their receiver',
      "<message xmlns='jabber:client' from='a@b/c' to='x@y'><body>hi</body></message>",
      "<message from='a@b/c' to='x@y'><body>hi</body></message>",
    ],
    [
      'lose it wherever it stands',
      `<message from='a@b/c' xmlns="jabber:client" to='x@y'/>`,
      "<message from='a@b/c' to='x@y'/>",
    ],
    [
      'are given a receiver where they have none',
      "<presence xmlns='jabber:client' from='a@b/c'/>",
      "<presence to='bob@tokyo.example' from='a@b/c'/>",
    ],
    [
      'keep what only looks like either',
      `<iq xmlns='jabber:client' id=' to=' type="get" from='a@b'><query xmlns='jabber:client'/></iq>`,
      `<iq to='bob@tokyo.example' id=' to=' type="get" from='a@b'><query xmlns='jabber:client'/></iq>`,
    ],
    ['may have no attributes at all', '<presence/>', "<presence to='bob@tokyo.example'/>"],
    [
      'keep what follows the tag',
      '<message><body>to=</body></message>',
      "<message to='bob@tokyo.example'><body>to=</body></message>",
    ],
    ['keep umlauts', "<message from='ä@ö' to='x@y'>ü</message>", "<message from='ä@ö' to='x@y'>ü</message>"],
  ])('%s', (_, stanza, expected) => {
    expect(outgoing(stanza)).toBe(expected);
  });

  it('are read by attribute, whatever stands in the others', () => {
    const stanza = `<message id=' from=' note="a > b" from='a@b/R&amp;D' type='groupchat'><x from='c'/></message>`;
    const at = { bytes: Buffer.from(stanza), start: 0 };
    expect(readAttribute(at, Buffer.from(' from='))).toBe('a@b/R&D');
    expect(readAttribute(at, Buffer.from(' type='))).toBe('groupchat');
    expect(readAttribute(at, Buffer.from(' to='))).toBeUndefined();
    expect(readAttribute({ bytes: Buffer.from('<presence/>'), start: 0 }, Buffer.from(' to='))).toBeUndefined();
  });

  it('may be left without a receiver by who adds it himself', () => {
    expect(outgoing("<presence from='a@b/c'/>", Buffer.alloc(0))).toBe("<presence from='a@b/c'/>");
  });
});
