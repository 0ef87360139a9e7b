import * as fc from 'fast-check';
import { Element } from '@interoffice/wire';

/**
 * Random XML for every test that compares readers: trees as the features build them, and documents as strange clients
 * write them (prefixes, CDATA, references, both kinds of quotes, odd white space). All of it is well-formed and within
 * the limits of a stream.
 */

const localName = fc.constantFrom('a', 'body', 'x', 'item', 'delay', 'é', 'ünï', '_n-1.x', 'stanza-id', '名');
const prefix = fc.constantFrom('p', 'q', 'ns-1', 'ä', 'stream');
const namespace = fc.constantFrom(
  'jabber:client',
  'urn:x',
  'urn:xmpp:sid:0',
  'http://example.org/a?b=c&d',
  'urn:ü',
  'jabber:server',
);
const characters = fc.string({
  unit: fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom('a', 'Z', ' ', '1', '-', '.') },
    { weight: 4, arbitrary: fc.constantFrom('<', '>', '&', '"', "'", ']', ']]>', '/', '=', '\n', '\t', '\r', '\r\n') },
    {
      weight: 3,
      arbitrary: fc.constantFrom('é', 'д', '語', '\u{FFFD}', '\u{1F600}', '\u{10FFFF}', '\u{85}', '\u{2028}', '\u{7F}'),
    },
  ),
  maxLength: 12,
});
const attributeName = fc.constantFrom('to', 'from', 'type', 'id', 'xml:lang', 'jid', 'é', 'name', 'stamp');

interface Shape {
  readonly name: string;
  readonly xmlns: string | undefined;
  readonly attributes: readonly (readonly [string, string])[];
  readonly children: readonly (Shape | string)[];
}

const shape = (depth: number): fc.Arbitrary<Shape> =>
  fc.record({
    name: localName,
    xmlns: fc.option(namespace, { nil: undefined, freq: 2 }),
    attributes: fc.uniqueArray(fc.tuple(attributeName, characters), { selector: ([name]) => name, maxLength: 4 }),
    children: fc.array(depth <= 0 ? characters : fc.oneof(characters, shape(depth - 1)), { maxLength: 4 }),
  });

function build(from: Shape, inherited: string | undefined): Element {
  const xmlns = from.xmlns ?? inherited ?? 'jabber:client';
  const element = new Element(from.name);
  element.attrs = Object.fromEntries(from.attributes);
  if (xmlns !== inherited) element.attrs = { xmlns, ...element.attrs };
  for (const node of from.children) {
    const last = element.children.at(-1);
    if (typeof node !== 'string') element.cnode(build(node, xmlns));
    else if (typeof last === 'string') element.children[element.children.length - 1] = last + node;
    else if (node !== '') element.children.push(node);
  }
  return element;
}

/** Trees in the form `toTree` gives them: an `xmlns` where it differs from the parent's, neighbouring text joined. */
export const trees: fc.Arbitrary<Element> = shape(3).map((from) => build(from, undefined));

/** Ways to write one character of text. */
const written = (character: string): fc.Arbitrary<string> => {
  const point = character.codePointAt(0) ?? 0;
  const references = [`&#${point};`, `&#x${point.toString(16)};`, `&#x0${point.toString(16).toUpperCase()};`];
  const named = { '<': '&lt;', '>': '&gt;', '&': '&amp;', '"': '&quot;', "'": '&apos;' }[character];
  if (named !== undefined) return fc.constantFrom(named, ...references);
  return fc.oneof({ weight: 6, arbitrary: fc.constant(character) }, fc.constantFrom(...references));
};

const writtenText = (text: string): fc.Arbitrary<string> =>
  fc.tuple(...Array.from(text, written)).map((parts) => parts.join(''));

const cdata = characters.map((text) => `<![CDATA[${text.replaceAll(']]>', '')}]]>`);
const content = fc.oneof({ weight: 4, arbitrary: characters.chain(writtenText) }, cdata);
const space = fc.constantFrom(' ', '  ', '\n', '\t', '\r\n ');
const noSpace = fc.constantFrom('', '', '', ' ', '\n');

const value = characters.chain(writtenText).chain((text) => fc.constantFrom(`"${text}"`, `'${text}'`));

interface Tag {
  readonly name: string;
  readonly attributes: readonly string[];
}

const writtenNamespace = namespace.chain(writtenText).map((text) => `"${text}"`);

const tag = (bound: readonly string[]): fc.Arbitrary<Tag & { bound: readonly string[] }> =>
  fc
    .record({
      local: localName,
      usesPrefix: fc.boolean(),
      declared: fc.uniqueArray(prefix, { maxLength: 2 }),
      xmlns: fc.option(writtenNamespace, { nil: undefined }),
      attributes: fc.uniqueArray(fc.tuple(attributeName, value), { selector: ([name]) => name, maxLength: 3 }),
      declarations: fc.array(writtenNamespace, { minLength: 2, maxLength: 2 }),
      qualified: fc.option(value, { nil: undefined }),
      between: space,
      around: noSpace,
    })
    .map((of) => {
      const inScope = Array.from(new Set([...bound, ...of.declared]));
      const used = of.usesPrefix ? inScope[0] : undefined;
      const pairs = [
        ...(of.xmlns === undefined ? [] : [['xmlns', of.xmlns]]),
        ...of.declared.map((name, at) => [`xmlns:${name}`, of.declarations[at]]),
        ...of.attributes,
        ...(of.qualified === undefined || inScope[0] === undefined ? [] : [[`${inScope[0]}:q`, of.qualified]]),
      ];
      const attributes = pairs.map(([name, text]) => `${of.between}${name}${of.around}=${of.around}${text}`);
      return { name: used === undefined ? of.local : `${used}:${of.local}`, attributes, bound: inScope };
    });

const element = (depth: number, bound: readonly string[]): fc.Arbitrary<string> =>
  tag(bound).chain(({ name, attributes, bound: inner }) =>
    fc
      .tuple(fc.array(depth <= 0 ? content : fc.oneof(content, element(depth - 1, inner)), { maxLength: 3 }), noSpace)
      .map(([nodes, end]) =>
        nodes.length === 0
          ? `<${name}${attributes.join('')}${end}/>`
          : `<${name}${attributes.join('')}${end}>${nodes.join('')}</${name}${end}>`,
      ),
  );

/** Documents of one element, as text. */
export const documents: fc.Arbitrary<string> = element(3, []);

/** The same documents for the same seed: for readers in other languages. */
export function sampleDocuments(count: number, seed: number): string[] {
  return fc.sample(documents, { numRuns: count, seed });
}

const plainText = fc.string({
  unit: fc.constantFrom('a', 'b', ' ', 'é', '语', '&amp;', '&lt;', "'", '"'),
  maxLength: 20,
});
const payload = fc.constantFrom(
  '<active xmlns="http://jabber.org/protocol/chatstates"/>',
  "<origin-id xmlns='urn:xmpp:sid:0' id='1'/>",
  '<x xmlns="jabber:x:data"><field var="a"><value>]] &gt;</value></field></x>',
  '<thread>t1</thread>',
);

/** Stanzas as honest clients write them: all of them may be forwarded as bytes. */
export const plainStanzas: fc.Arbitrary<string> = fc
  .record({
    name: fc.constantFrom('message', 'presence', 'iq'),
    quote: fc.constantFrom('"', "'"),
    to: fc.option(fc.constantFrom('juliet@im.example/balcony', 'im.example'), { nil: undefined }),
    from: fc.option(fc.constant('romeo@im.example'), { nil: undefined }),
    lang: fc.option(fc.constantFrom('en', 'de'), { nil: undefined }),
    xmlns: fc.boolean(),
    body: fc.option(plainText, { nil: undefined }),
    payloads: fc.array(payload, { maxLength: 3 }),
  })
  .map((of) => {
    const pairs = { to: of.to, from: of.from, 'xml:lang': of.lang, xmlns: of.xmlns ? 'jabber:client' : undefined };
    const attributes = Object.entries(pairs)
      .filter(([, text]) => text !== undefined)
      .map(([name, text]) => ` ${name}=${of.quote}${text}${of.quote}`);
    const body = of.body === undefined ? '' : `<body>${of.body}</body>`;
    return `<${of.name}${attributes.join('')}>${body}${of.payloads.join('')}</${of.name}>`;
  });
