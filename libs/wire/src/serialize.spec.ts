import { Element } from '@xmpp/xml';
import { describe, expect, it } from 'vitest';
import { parseXml } from './document.js';
import { UnserializableText, isLegalText } from './escape.js';
import { serialize, serializeInto } from './serialize.js';
import { XmlError } from './xml-error.js';

describe('the serializer', () => {
  it('escapes what would end a text or a value, and what a parser would change', () => {
    const el = new Element('a', { b: `<>&"'\t\n\r` });
    el.t(']]> <b/> & "quoted" \r\n');
    expect(serialize(el)).toBe(
      '<a b="&lt;&gt;&amp;&quot;&apos;&#9;&#10;&#13;">]]&gt; &lt;b/&gt; &amp; "quoted" &#13;\n</a>',
    );
  });

  it('refuses characters no XML document can hold', () => {
    //
    for (const text of ['\0', '\u{B}', '\u{FFFE}', '\u{D800}', 'a\u{DC00}b']) {
      expect(isLegalText(text)).toBe(false);
      expect(() => serialize(new Element('a').t(text))).toThrow(UnserializableText);
      expect(() => serialize(new Element('a', { b: text }))).toThrow(UnserializableText);
    }
    expect(isLegalText('\u{1F600}\u{FFFD}')).toBe(true);
  });

  it('refuses names that are not names', () => {
    for (const name of ['a b', '', '1', 'a>', 'a:b', 'xmlns:', ':a', 'p:stream:x']) {
      expect(() => serialize(new Element(name)), name).toThrow(UnserializableText);
      expect(() => serialize(new Element('a', { [name]: '1' })), name).toThrow(UnserializableText);
    }
  });

  it('writes declared prefixes, and stream: on the root alone', () => {
    expect(serialize(new Element('a', { 'xmlns:p': 'urn:p', 'p:b': '1', 'xml:lang': 'en' }))).toBe(
      '<a xmlns:p="urn:p" p:b="1" xml:lang="en"/>',
    );
    const features = new Element('stream:features');
    features.c('bind', { xmlns: 'urn:b' });
    expect(serialize(features)).toBe('<stream:features><bind xmlns="urn:b"/></stream:features>');
    expect(() => serialize(new Element('a').c('stream:b').up())).toThrow(UnserializableText);
  });

  it('writes a namespace only where it changes', () => {
    const message = new Element('message', { xmlns: 'jabber:client' });
    message.c('body', { xmlns: 'jabber:client' }).t('Hi');
    message.c('x', { xmlns: 'urn:x' }).c('y', { xmlns: 'urn:x' }).up().c('z', { xmlns: 'jabber:client' });
    const inner = '<body>Hi</body><x xmlns="urn:x"><y/><z xmlns="jabber:client"/></x></message>';
    expect(serialize(message)).toBe(`<message xmlns="jabber:client">${inner}`);
    expect(serialize(message, 'jabber:client')).toBe(`<message>${inner}`);
  });

  it('writes numbers and booleans as text, leaves out what is undefined, and refuses objects', () => {
    const el = new Element('a', { n: 1, yes: true, no: undefined, none: null });
    el.children.push(...([2, null, undefined] as unknown as string[]));
    expect(serialize(el)).toBe('<a n="1" yes="true">2</a>');
    expect(() => serialize(new Element('a', { n: {} }))).toThrow(UnserializableText);
  });

  it('does not care how deep the tree is', () => {
    //
    const root = new Element('a');
    let at = root;
    for (let depth = 0; depth < 20_000; depth++) at = at.c('a');
    expect(serialize(root)).toHaveLength(20_000 * 7 + 4);
  });

  it('writes into a buffer, or says that the buffer is too small', () => {
    const buffer = Buffer.alloc(12);
    expect(serializeInto(new Element('a').t('\u{E9}'), buffer, 2)).toBe(11);
    expect(buffer.toString('utf8', 2, 11)).toBe('<a>\u{E9}</a>');
    expect(serializeInto(new Element('a').t('\u{E9}'), buffer, 4)).toBe(-1);
  });
});

describe('a tree', () => {
  it('has plain names, namespaces where they change, and joined text', () => {
    const tree = parseXml(
      `<p:a xmlns:p='urn:p' xmlns='urn:d'> x&#x41;<![CDATA[<&]]>\r\ny<b p:c='1\r\n2' d="3"/><p:e xmlns:q="urn:q"/><f xmlns=""/></p:a>`,
    );
    expect(tree.children[0]).toBe(' xA<&\ny');
    expect(serialize(tree)).toBe(
      '<a xmlns="urn:p"> xA&lt;&amp;\ny<b xmlns="urn:d" xmlns:p="urn:p" p:c="1 2" d="3"/><e/><f xmlns=""/></a>',
    );
    expect(tree.getChild('e')?.getNS()).toBe('urn:p');
  });

  it('keeps attributes with the names of object members as attributes', () => {
    const tree = parseXml('<a __proto__="1" constructor="2" hasOwnProperty="3"/>');
    expect(Object.entries(tree.attrs)).toContainEqual(['__proto__', '1']);
    expect(serialize(tree)).toBe('<a xmlns="" __proto__="1" constructor="2" hasOwnProperty="3"/>');
    expect(Object.getPrototypeOf(tree.attrs)).toBe(Object.prototype);
  });

  it('is read from one whole document only', () => {
    for (const xml of ['', '<a>', '<a/><b/>', '<a/>x', '\u{D800}', '<a>\u{D800}</a>', '<stream:a/>']) {
      expect(() => parseXml(xml), xml).toThrow(XmlError);
    }
    expect(serialize(parseXml(Buffer.from(' <a>\u{E9}</a>\n'), 'urn:x'))).toBe('<a xmlns="urn:x">\u{E9}</a>');
  });
});
