import { describe, expect, it } from 'vitest';
import { NS } from './namespaces.js';
import { MAX_CHILDREN } from './scan-state.js';
import { Scanner, bareContext } from './scan.js';
import { Vocabulary } from './vocabulary.js';

const vocabulary = new Vocabulary();
const BODY = vocabulary.bit(NS.client, 'body');
const SID = vocabulary.bit(NS.sid);
const CARBON = vocabulary.bit(NS.carbons, 'received');
const scanner = new Scanner(vocabulary);

function scan(xml: string, content?: string): Buffer {
  const buf = Buffer.from(`${xml}\0`);
  const namespaces = { content: content ?? NS.client, prefixes: new Map<string, string>() };
  scanner.enter(bareContext({ maxBytes: 65_536 }, namespaces));
  expect(scanner.next(buf, 0, buf.length - 1)).toBe(buf.length - 1);
  return buf;
}

const bits = (xml: string, content?: string): number => {
  scan(xml, content);
  return scanner.bits;
};

describe('the scanner', () => {
  it('says where the parts of a stanza stand', () => {
    const buf = scan(
      `<message to='juliet@im.example'\n from="romeo@im.example" type='chat' id="1" xml:lang='en' xmlns="jabber:client"><body>Hi &amp; ho</body ><x xmlns='urn:x'/></message>`,
    );
    const at = (start: number, end: number): string => buf.toString('latin1', start, end);
    expect(at(scanner.nameStart, scanner.nameEnd)).toBe('message');
    expect(at(scanner.toStart, scanner.toEnd)).toBe('juliet@im.example');
    expect(at(scanner.toAttribute, scanner.toAttributeEnd)).toBe(" to='juliet@im.example'");
    expect(at(scanner.fromStart, scanner.fromEnd)).toBe('romeo@im.example');
    expect(at(scanner.fromAttribute, scanner.fromAttributeEnd)).toBe('\n from="romeo@im.example"');
    expect(at(scanner.typeStart, scanner.typeEnd)).toBe('chat');
    expect(at(scanner.idStart, scanner.idEnd)).toBe('1');
    expect(at(scanner.langStart, scanner.langEnd)).toBe('en');
    expect(at(scanner.xmlnsStart, scanner.xmlnsEnd)).toBe('jabber:client');
    expect(at(scanner.tagEnd, scanner.tagEnd + 6)).toBe('><body');
    expect(at(scanner.endTag, scanner.end)).toBe('</message>');
    expect(scanner.selfClosed).toBe(false);
    expect(scanner.children).toBe(2);
    expect(at(scanner.childStart(0), scanner.childEnd(0))).toBe('<body>Hi &amp; ho</body >');
    expect(at(scanner.childTagEnd(0) + 1, scanner.childEndTag(0))).toBe('Hi &amp; ho');
    expect(at(scanner.childNameStart(1), scanner.childNameEnd(1))).toBe('x');
    expect(at(scanner.childNsStart(1), scanner.childNsEnd(1))).toBe('urn:x');
    expect(scanner.childNsStart(0)).toBe(-1);
    expect(scanner.childEndTag(1)).toBe(scanner.childTagEnd(1));
    expect(scanner.canonical).toBe(true);
    expect(scanner.nonAscii).toBe(false);
  });

  it('says what is absent', () => {
    const buf = scan('<presence/>');
    expect(scanner.toStart + scanner.fromStart + scanner.typeStart + scanner.idStart).toBe(-4);
    expect(scanner.langStart + scanner.xmlnsStart + scanner.fromAttribute).toBe(-3);
    expect(scanner.selfClosed).toBe(true);
    expect(buf[scanner.tagEnd]).toBe('/'.charCodeAt(0));
    expect(scanner.endTag).toBe(scanner.tagEnd);
    expect(scanner.children).toBe(0);
  });

  it('sets the bits of the children somebody knows', () => {
    expect(bits('<message><body/></message>')).toBe(BODY);
    expect(bits('<message><body xmlns="jabber:client"/></message>')).toBe(BODY);
    expect(bits('<message><body xmlns="urn:x"/><y><body/></y></message>')).toBe(0);
    expect(bits(`<message><a xmlns='${NS.sid}'/><body/></message>`)).toBe(SID | BODY);
    expect(bits(`<message><received xmlns='${NS.carbons}'/></message>`)).toBe(CARBON);
    expect(bits(`<message><sent xmlns='${NS.carbons}'/></message>`)).toBe(0);
    expect(bits('<message xmlns="jabber:server"><body/></message>', NS.server)).toBe(BODY);
    expect(bits('<message><body xmlns="jabber:server"/></message>', NS.server)).toBe(BODY);
    expect(bits('<message xmlns="urn:x"><body/></message>')).toBe(0);
  });

  it('sets the same bits when the namespace is hidden behind a prefix or references', () => {
    // T-03
    const hidden = [
      `<message><p:received xmlns:p='${NS.carbons}'/></message>`,
      `<message xmlns:p='${NS.carbons}'><p:received/></message>`,
      `<message><received xmlns='urn:xmpp:carbons&#58;2'/></message>`,
      `<p:message xmlns:p='jabber:client'><received xmlns='${NS.carbons}'/></p:message>`,
    ];
    for (const xml of hidden) {
      scan(xml);
      expect(scanner.bits, xml).toBe(CARBON);
      expect(scanner.canonical, xml).toBe(false);
    }
  });

  it('sets bits also for children it does not index', () => {
    scan(`<message>${'<a/>'.repeat(MAX_CHILDREN)}<body/></message>`);
    expect(scanner.bits).toBe(BODY);
    expect(scanner.children).toBe(MAX_CHILDREN);
    expect(scanner.canonical).toBe(false);
  });

  it.each([
    '<message to="a&amp;b"/>',
    '<message to="a\tb"/>',
    '<message id="a\nb"/>',
    '<message xmlns="jabber:server"/>',
    '<message xmlns=""/>',
    '<message><a xmlns=""/></message>',
    '<message><a xmlns="urn:x y"/></message>',
    '<message><a xmlns=" urn:x"/></message>',
    '<message><a xmlns="urn:x&#32;"/></message>',
    '<message><a xmlns="urn:\u{FC}"/></message>',
    '<message><b><a xmlns="urn:x\n"/></b></message>',
    '<message><![CDATA[x]]></message>',
    '<message xmlns:p="urn:x"/>',
    '<message><b xmlns:p="urn:x" p:a="1"/></message>',
    '<message xml:space="preserve"/>',
  ])('does not call %j canonical', (xml) => {
    //
    scan(xml);
    expect(scanner.canonical).toBe(false);
  });

  it.each([
    '<message/>',
    "<message to='a' type='x > y'/>",
    '<message><b a="&lt;\n"/>&#10;</message>',
    '<message><body xml:lang="de">\u{1F600}</body><\u{E9}/></message>',
  ])('calls %j canonical', (xml) => {
    scan(xml);
    expect(scanner.canonical).toBe(true);
    expect(scanner.isInside).toBe(false);
  });

  it('knows at most 24 words: what a batch keeps of a stanza has room for no more', () => {
    const full = new Vocabulary();
    for (let n = 0; n < 24; n++) expect(full.bit(`urn:${n}`)).toBe(1 << n);
    expect(full.bit('urn:7')).toBe(1 << 7);
    expect(() => full.bit('urn:24')).toThrow(RangeError);
  });
});
