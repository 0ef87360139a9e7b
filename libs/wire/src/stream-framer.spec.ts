import { describe, expect, it, vi } from 'vitest';
import type { FrameSink, Limits } from './framer.js';
import { NS } from './namespaces.js';
import { MAX_ELEMENTS, Scanner } from './scan.js';
import { MAX_TAG_BYTES, TagScanner } from './scan-tag.js';
import { serialize } from './serialize.js';
import { StreamFramer } from './stream-framer.js';
import type { StreamHeader } from './stream-header.js';
import { toTree } from './tree.js';
import { Vocabulary } from './vocabulary.js';
import { XmlError } from './xml-error.js';

const HEADER = `<stream:stream xmlns="jabber:client" xmlns:stream="${NS.stream}" to="im.example" version="1.0">`;
const vocabulary = new Vocabulary();
const scanner = new Scanner(vocabulary);

class Ear implements FrameSink {
  readonly heard: string[] = [];
  header: StreamHeader | undefined;
  hasClosed = false;
  onElement: (xml: string) => void = () => undefined;

  opened(header: StreamHeader): void {
    this.header = header;
  }
  element(buf: Buffer, scan: Scanner): void {
    const xml = buf.toString('utf8', scan.start, scan.end);
    this.heard.push(xml);
    this.onElement(xml);
  }
  closed(): void {
    this.hasClosed = true;
  }
}

function feed(framer: StreamFramer, bytes: string | Buffer): void {
  const from = typeof bytes === 'string' ? Buffer.from(bytes) : bytes;
  const buf = Buffer.alloc(from.length + 1);
  from.copy(buf);
  framer.feed(buf, from.length);
}

function listen(limits: Partial<Limits> = {}, content?: string): { ear: Ear; framer: StreamFramer } {
  const ear = new Ear();
  const framer = new StreamFramer(scanner, ear, { limits: { maxBytes: 262_144, ...limits }, content });
  return { ear, framer };
}

/** The condition the stream would be closed with. */
function fault(bytes: string | Buffer, limits: Partial<Limits> = {}): string {
  const { ear, framer } = listen(limits);
  try {
    feed(framer, bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(XmlError);
    // After a fault nothing is read.
    const before = ear.heard.length;
    feed(framer, '<presence/>');
    expect(ear.heard).toHaveLength(before);
    return error instanceof XmlError ? error.condition : '';
  }
  return `none: ${ear.heard.join('')}`;
}
const faultInside = (stanza: string | Buffer, limits?: Partial<Limits>): string =>
  fault(Buffer.concat([Buffer.from(HEADER), Buffer.from(stanza)]), limits);

describe('a stream header', () => {
  it('tells who speaks to whom in which language', () => {
    const { ear, framer } = listen();
    feed(
      framer,
      `<?xml version='1.0' encoding="utf-8" standalone='no' ?>\n<s:stream xmlns='jabber:client' xmlns:s='${NS.stream}' xmlns:db='urn:db' to='im&#46;example' from='romeo@im.example' id='7' version='1.0' xml:lang='de'>`,
    );
    expect(ear.header).toMatchObject({
      to: 'im.example',
      from: 'romeo@im.example',
      id: '7',
      version: '1.0',
      lang: 'de',
    });
    expect(ear.header?.namespaces.content).toBe('jabber:client');
    feed(framer, '<s:error/><db:result/><presence/></s:stream >');
    expect(ear.heard).toEqual(['<s:error/>', '<db:result/>', '<presence/>']);
    expect(ear.hasClosed).toBe(true);
  });

  it('may come byte by byte, after white space, and again after a restart', () => {
    const { ear, framer } = listen();
    for (const c of ` \n${HEADER}<auth/>`) feed(framer, c);
    expect(ear.heard).toEqual(['<auth/>']);
    framer.restart();
    feed(framer, ` <?xml version="1.0"?>${HEADER}<iq/>`);
    expect(ear.heard).toEqual(['<auth/>', '<iq/>']);
  });

  it('belongs to the namespace this port speaks', () => {
    // X-11 (framing half)
    const stream = `xmlns:stream='${NS.stream}'`;
    expect(fault(`<stream:stream xmlns='jabber:server' ${stream}>`)).toBe('invalid-namespace');
    expect(fault(`<stream:stream ${stream}>`)).toBe('invalid-namespace');
    expect(fault(`<stream:stream xmlns='jabber:client' xmlns:stream='urn:x'>`)).toBe('invalid-namespace');
    expect(fault(`<stream xmlns='jabber:client'>`)).toBe('invalid-namespace');
    expect(fault(`<stream:stream xmlns='jabber:client'>`)).toBe('bad-namespace-prefix');
    expect(fault(`<stream:features xmlns='jabber:client' ${stream}>`)).toBe('bad-format');
    expect(fault(`<stream:stream xmlns='jabber:client' ${stream}/>`)).toBe('not-well-formed');
    const { ear, framer } = listen({}, NS.server);
    feed(framer, `<stream:stream xmlns='jabber:server' ${stream}><message xmlns="jabber:server"/>`);
    expect(ear.heard).toHaveLength(1);
  });

  it('is not taken from other protocols', () => {
    // HTTP verbs on the XMPP port
    expect(fault('GET / HTTP/1.1\r\n')).toBe('not-well-formed');
    expect(fault('\u{16}\u{3}\u{1}')).toBe('not-well-formed');
    expect(fault('\u{FEFF}<stream')).toBe('not-well-formed');
  });

  it('says UTF-8 or nothing about its encoding', () => {
    //
    expect(fault(`<?xml version='1.0' encoding='UTF-16'?>${HEADER}`)).toBe('unsupported-encoding');
    expect(fault(`<?xml version='1.0' encoding='ISO-8859-1'?>`)).toBe('unsupported-encoding');
    expect(fault(`<?xml version='2.0'?>`)).toBe('not-well-formed');
    expect(fault(`<?xml ${' '.repeat(300)}`)).toBe('not-well-formed');
    expect(fault(`<?xml-stylesheet href="x"?>`)).toBe('not-well-formed');
    expect(fault(`<?php echo 1 ?>`)).toBe('restricted-xml');
    expect(fault(`<?xml version='1.0'?>x`)).toBe('not-well-formed');
    expect(fault(`<?xml version='1.0'?><?xml version='1.0'?>`)).toBe('restricted-xml');
  });

  it('may not be bigger than a tag may be', () => {
    // also when no > ever comes
    const { framer } = listen();
    const drip = (): void => {
      feed(framer, `<stream:stream a='`);
      for (let n = 0; n < 300; n++) feed(framer, '>'.repeat(100));
    };
    expect(drip).toThrow('A tag is longer');
    expect(fault(`<stream:stream to='${'a'.repeat(9000)}`, { maxBytes: 8192 })).toBe('policy-violation');
  });
});

const nested = (levels: number): string => `${'<a>'.repeat(levels)}${'</a>'.repeat(levels)}`;

const attributes = (count: number): string => Array.from({ length: count }, (_none, n) => ` a${n}="1"`).join('');

const sized = (bytes: number): string => `<a>${'x'.repeat(bytes - 7)}</a>`;

describe('a stream', () => {
  it('has no document type, comments, instructions or entities', () => {
    //
    const bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>';
    expect(fault(`${bomb}${HEADER}`)).toBe('restricted-xml');
    expect(fault(`<?xml version="1.0"?>${bomb}${HEADER}`)).toBe('restricted-xml');
    for (const markup of [
      bomb,
      '<!DOCTYPE x SYSTEM "http://127.0.0.1/x">',
      `<message>${bomb}</message>`,
      '<message><!-- x --></message>',
      '<!-- x -->',
      '<message><?x y?></message>',
      '<?xml version="1.0"?>',
      '<message>&a;</message>',
      '<message a="&a;"/>',
      '<message><x y="&nbsp;"/></message>',
      '<message>&averyveryveryverylongname;</message>',
    ]) {
      expect(faultInside(markup), markup).toBe('restricted-xml');
    }
  });

  it('has no character XML does not allow, however it is written', () => {
    //
    for (const text of [
      '&#0;',
      '&#xD800;',
      '&#xFFFE;',
      '&#x110000;',
      '&#;',
      '&#x;',
      '&#a;',
      '&;',
      '& ',
      '&lt',
      '&#8;',
    ]) {
      expect(faultInside(`<message><body>${text}</body></message>`), text).toMatch(/not-well-formed|restricted-xml/);
      expect(faultInside(`<message to="${text}"/>`), text).toMatch(/not-well-formed|restricted-xml/);
    }
    const bad = ['\0', '\u{1}', '\u{B}', '\u{FFFE}', '\u{FFFF}'].map((text) => Buffer.from(text));
    for (const bytes of [
      'c3',
      'e282',
      'f09f98',
      'c080',
      'e080af',
      'f08080af',
      'eda080',
      'f4908080',
      'f5808080',
      'ff',
      '80',
    ]) {
      bad.push(Buffer.from(bytes, 'hex'));
    }
    for (const bytes of bad) {
      for (const [before, behind] of [
        ['<message><body>', '</body></message>'],
        ['<message to="', '"/>'],
        ["<message><x y='", "'/></message>"],
        ['<message><![CDATA[', ']]></message>'],
        ['<m', '/>'],
        ['<message a', '="1"/>'],
        ['<message><a', '/></message>'],
      ] as const) {
        const stanza = Buffer.concat([Buffer.from(before), bytes, Buffer.from(behind)]);
        expect(faultInside(stanza), stanza.toString('latin1')).toBe('not-well-formed');
      }
    }
    expect(faultInside('\u{FEFF}<message/>')).toBe('not-well-formed');
  });

  it('takes a character that comes in two segments', () => {
    //
    const { ear, framer } = listen();
    feed(framer, HEADER);
    const stanza = Buffer.from(
      '<message to="\u{1F600}"><body>\u{E9}\u{20AC}\u{1F600}<![CDATA[\u{1F600}]]></body></message>',
    );
    for (const byte of stanza) feed(framer, Buffer.from([byte]));
    expect(ear.heard).toEqual([stanza.toString()]);
  });

  it.each([
    '<a></b>',
    '<a><b></a></b>',
    '<a b=1/>',
    '<a b/>',
    '<a b="1"c="2"/>',
    '<a b="1" b="2"/>',
    '<a b="<"/>',
    '<a>]]></a>',
    '< a/>',
    '<a / >',
    '<1/>',
    '<a 1="2"/>',
    '<a -b="2"/>',
    '<a\u{300}/>',
    '<\u{37E}/>',
    '<a\u{D7}="1"/>',
    'text',
    '</presence>',
    '</stream:strea>',
    '</stream:streams>',
    '<![CDATA[x]]>',
    '<p:a/>',
    '<a p:b="1"/>',
    '<a xmlns:p=""/>',
    '<a xmlns:xmlns="urn:x"/>',
    '<a xmlns:xml="urn:x"/>',
    `<a xmlns:x="${NS.xml}"/>`,
    `<a xmlns="${NS.xml}"/>`,
    `<a xmlns="${NS.xmlns}"/>`,
    `<a xmlns:p="${NS.xmlns}"/>`,
    '<xmlns:a/>',
    '<a xmlns:p="urn:x" p:b:c="1"/>',
    '<a xmlns:p="urn:x" p:="1"/>',
    '<a xmlns:="urn:x"/>',
    '<:a/>',
    '<a xmlns:p="urn:x" xmlns:q="urn:x" p:b="1" q:b="2"/>',
  ])('is not well-formed with %s', (stanza) => {
    expect(faultInside(stanza)).toBe('not-well-formed');
  });

  it('nests to 64 levels', () => {
    //
    expect(faultInside(nested(64))).toContain('none');
    expect(faultInside(nested(65))).toBe('policy-violation');
    expect(faultInside('<a>'.repeat(100_000), { maxBytes: 1_000_000 })).toBe('policy-violation');
  });

  it('has tags of bounded size and number', () => {
    //
    expect(faultInside(`<a${attributes(64)}/>`)).toContain('none');
    expect(faultInside(`<a${attributes(65)}/>`)).toBe('policy-violation');
    expect(faultInside(`<a${attributes(10_000)}/>`)).toBe('policy-violation');
    expect(faultInside(`<${'a'.repeat(200_000)}/>`)).toBe('policy-violation');
    expect(faultInside(`<a b="${'a'.repeat(MAX_TAG_BYTES - 9)}"/>`)).toContain('none');
    expect(faultInside(`<a b="${'a'.repeat(MAX_TAG_BYTES - 8)}"/>`)).toBe('policy-violation');
    expect(faultInside(`<a></a${' '.repeat(MAX_TAG_BYTES)}>`)).toBe('policy-violation');
    expect(faultInside(`<a>${'<b/>'.repeat(MAX_ELEMENTS - 1)}</a>`)).toContain('none');
    expect(faultInside(`<a>${'<b/>'.repeat(MAX_ELEMENTS)}</a>`)).toBe('policy-violation');
    const declarations = Array.from({ length: 10_000 }, (_none, n) => ` xmlns:p${n}="urn:${n}"`).join('');
    expect(faultInside(`<a${declarations}/>`)).toBe('policy-violation');
  });

  it('has elements of exactly the limit and not a byte more', () => {
    //
    for (const maxBytes of [8192, 262_144, 524_288]) {
      expect(faultInside(sized(maxBytes), { maxBytes })).toContain('none');
      expect(faultInside(sized(maxBytes + 1), { maxBytes })).toBe('policy-violation');
      expect(faultInside(sized(maxBytes + 1).slice(0, -1), { maxBytes: maxBytes - 1 })).toBe('policy-violation');
    }
    expect(faultInside(`<auth>${'<x/>'.repeat(31)}</auth>`, { maxElements: 32 })).toContain('none');
    expect(faultInside(`<auth>${'<x/>'.repeat(32)}</auth>`, { maxElements: 32 })).toBe('policy-violation');
  });

  it('reads nothing at all under a limit of 0', () => {
    //
    expect(faultInside('', { maxBytes: 0 })).toBe('policy-violation');
    expect(faultInside('', { maxElements: 0 })).toBe('policy-violation');
  });

  it('keeps 100,000 references as small as they came', () => {
    //
    const stanza = `<message><body>${'&#65;'.repeat(40_000)}</body></message>`;
    expect(faultInside(stanza)).toBe(`none: ${stanza}`);
  });

  it.each([
    ['an attribute', '<message to="', 'a'],
    ['white space in a tag', '<message', ' '],
    ['white space before a value', '<message to=', ' '],
    ['a name', '<', 'a'],
    ['an attribute name', '<message ', 'a'],
  ])('does not begin a tag again for every byte of %s that comes alone', (_what, start, filler) => {
    //
    const looks = vi.spyOn(TagScanner.prototype, 'scan');
    const { framer } = listen();
    feed(framer, HEADER);
    feed(framer, start);
    for (let n = 0; n < 12_000; n++) feed(framer, filler);
    expect(framer.pendingBytes).toBe(start.length + 12_000);
    expect(looks.mock.calls.length).toBeLessThan(5);
    looks.mockRestore();
  });

  it('keeps what has not been presented, and no more', () => {
    const { ear, framer } = listen();
    feed(framer, `${HEADER}<a/><b`);
    expect(framer.pendingBytes).toBe(2);
    feed(framer, '/>');
    expect(framer.pendingBytes).toBe(0);
    expect(ear.heard).toEqual(['<a/>', '<b/>']);
  });

  it('ends with its own end tag, behind which nothing is read', () => {
    const { ear, framer } = listen();
    feed(framer, `${HEADER}<a/></stream:stream><b/>`);
    feed(framer, '<c/>');
    expect(ear.hasClosed).toBe(true);
    expect(ear.heard).toEqual(['<a/>']);
  });

  it('waits for the rest of its end tag', () => {
    const { ear, framer } = listen();
    feed(framer, `${HEADER}</str`);
    feed(framer, 'eam:stream');
    expect(ear.hasClosed).toBe(false);
    feed(framer, ' >');
    expect(ear.hasClosed).toBe(true);
  });

  it('says how many bytes lie behind the element presented', () => {
    // what lies behind <starttls/> came before the encryption
    const { ear, framer } = listen();
    const behind: number[] = [];
    ear.onElement = () => behind.push(framer.pendingBytes);
    feed(framer, `${HEADER}<starttls/><auth/>`);
    expect(behind).toEqual([7, 0]);
  });

  it('tells white space behind the element presented from anything else', () => {
    //
    const { ear, framer } = listen();
    const blank: boolean[] = [];
    ear.onElement = () => blank.push(framer.isPendingBlank);
    feed(framer, `${HEADER}<starttls/>\r\n`);
    feed(framer, '<starttls/> <');
    expect(blank).toEqual([true, false]);
    expect(framer.isPendingBlank).toBe(false);
  });

  it('expects a header after a restart from inside an element', () => {
    const { ear, framer } = listen();
    ear.onElement = (xml) => {
      if (xml === '<auth/>') framer.restart();
    };
    feed(framer, `${HEADER}<auth/>${HEADER}<iq/>`);
    expect(ear.heard).toEqual(['<auth/>', '<iq/>']);
    // and none without one
    expect(() => feed(framer, HEADER)).toThrow('A stream header stands inside the stream.');
  });

  it('can be suspended and goes on where it stopped', () => {
    const { ear, framer } = listen();
    ear.onElement = (xml) => {
      if (xml === '<a/>') framer.suspend();
    };
    feed(framer, `${HEADER}<a/><b/><c`);
    feed(framer, '/>');
    expect(ear.heard).toEqual(['<a/>']);
    framer.resume();
    expect(ear.heard).toEqual(['<a/>', '<b/>', '<c/>']);
    framer.resume();
    expect(ear.heard).toHaveLength(3);
  });

  it('presents an element again when asked to', () => {
    const { ear, framer } = listen();
    let times = 0;
    ear.onElement = (xml) => {
      if (xml === '<a/>' && times++ < 2) framer.suspend({ again: true });
    };
    feed(framer, `${HEADER}<a/><b/>`);
    framer.resume();
    framer.resume();
    expect(ear.heard).toEqual(['<a/>', '<a/>', '<a/>', '<b/>']);
  });

  it('presents an element again at once when it is resumed from inside', () => {
    const { ear, framer } = listen();
    let times = 0;
    ear.onElement = () => {
      if (times++ > 0) return;
      framer.suspend({ again: true });
      framer.resume();
    };
    feed(framer, `${HEADER}<a/><b/>`);
    expect(ear.heard).toEqual(['<a/>', '<a/>', '<b/>']);
  });

  it('does not keep without bound while it is suspended', () => {
    const { ear, framer } = listen({ maxBytes: 1000 });
    ear.onElement = () => framer.suspend();
    feed(framer, `${HEADER}<a/>`);
    expect(() => {
      for (let n = 0; n < 10; n++) feed(framer, '<a/>'.repeat(4096));
    }).toThrow(XmlError);
    expect(framer.pendingBytes).toBe(0);
  });

  it('presents nothing after stop, and nothing after the sink failed', () => {
    const { ear, framer } = listen();
    ear.onElement = () => framer.stop();
    feed(framer, `${HEADER}<a/><b/>`);
    expect(ear.heard).toEqual(['<a/>']);
    const other = listen();
    other.ear.onElement = () => {
      throw new Error('bug');
    };
    expect(() => feed(other.framer, `${HEADER}<a/><b/>`)).toThrow('bug');
    feed(other.framer, '<c/>');
    expect(other.ear.heard).toEqual(['<a/>']);
  });

  it('resolves prefixes its header declares', () => {
    const ear = new Ear();
    let tree = '';
    const framer = new StreamFramer(
      scanner,
      {
        opened: () => undefined,
        closed: () => undefined,
        element: (buf, scan) => {
          tree = serialize(toTree(buf, scan.start, scan.end, scan.namespaces));
          ear.heard.push(String(scan.canonical));
        },
      },
      { limits: { maxBytes: 8192 } },
    );
    feed(framer, `<stream:stream xmlns="jabber:client" xmlns:stream="${NS.stream}" xmlns:p="urn:p"><p:a><b/></p:a>`);
    expect(tree).toBe('<a xmlns="urn:p"><b xmlns="jabber:client"/></a>');
    expect(ear.heard).toEqual(['false']);
  });
});
