import { NS, parseXml } from '@interoffice/wire';
import { describe, expect, it } from 'vitest';
import { differences, meets, type Values } from '../support/differences.js';

const read = (text: string): ReturnType<typeof parseXml> => parseXml(text, NS.client);
const between = (pattern: string, actual: string): string[] => differences(read(pattern), read(actual));
const user = (content: string): string => `<presence><x xmlns="${NS.mucUser}">${content}</x></presence>`;

describe('the pattern of a protocol script', () => {
  it.each([
    ['attributes it does not name', '<iq id="1"/>', '<iq id="1" from="a"/>'],
    ['a value that does not matter', '<iq id="{any}"/>', '<iq id="7"/>'],
    ['an attribute that must be missing', '<iq id="{none}"/>', '<iq/>'],
    ['a text that does not matter', '<message><body>{any}</body></message>', '<message><body>Hist!</body></message>'],
    ['what servers add', '<message/>', `<message><stanza-id xmlns="${NS.sid}" by="a" id="1"/></message>`],
    ['what an error repeats', '<iq type="error"><error/></iq>', '<iq type="error"><query/><error/></iq>'],
    ['more children, in whatever order', '<a><b/><c/>…</a>', '<a><d/><c/><b/></a>'],
    ['an element whose content does not matter', '<a><b>…</b></a>', '<a><b>text<c/></b></a>'],
    ['children that are not there', '<a><no><b id="2"/></no>…</a>', '<a><b id="1"/></a>'],
    ['one value in two places', '<a id="{any:x}"><b id="{any:x}"/></a>', '<a id="1"><b id="1"/></a>'],
    ['what a room says, in whatever order', user('<item/><status code="110"/>'), user('<status code="110"/><item/>')],
  ])('fits with %s', (_, pattern, actual) => {
    expect(between(pattern, actual)).toEqual([]);
  });

  it.each([
    ['another value', '<iq id="1"/>', '<iq id="2"/>', 'iq@id: expected "1", not "2"'],
    ['no value', '<iq id="{any}"/>', '<iq/>', 'iq@id: expected "{any}", not "undefined"'],
    ['a value where there must be none', '<iq id="{none}"/>', '<iq id="1"/>', 'iq@id: expected "{none}", not "1"'],
    ['one child more', '<a><b/></a>', '<a><b/><c/></a>', 'a: expected 1 children, not 2'],
    ['children in another order', '<a><b/><c/></a>', '<a><c/><b/></a>', 'a/b: expected <b'],
    ['a child that is missing', '<a><b/><c/>…</a>', '<a><b/></a>', 'a/c: missing <c'],
    ['a child that must not be there', '<a><no><b/></no>…</a>', '<a><b/></a>', 'a: unexpected <b'],
    ['one code more', user('<status code="110"/>'), user('<status code="110"/><status code="301"/>'), 'not 2'],
    ['two values for one name', '<a id="{any:x}"><b id="{any:x}"/></a>', '<a id="1"><b id="2"/></a>', 'a/b@id'],
  ])('does not fit with %s', (_, pattern, actual, said) => {
    expect(between(pattern, actual).join('; ')).toContain(said);
  });

  it('remembers values of what fits, and of nothing else', () => {
    const values: Values = new Map();
    expect(meets(read('<a id="{any:x}"><b/></a>'), read('<a id="1"/>'), values)).toBe(false);
    expect(values.size).toBe(0);
    expect(meets(read('<a id="{any:x}"/>'), read('<a id="1"/>'), values)).toBe(true);
    expect(meets(read('<a id="{any:x}"/>'), read('<a id="2"/>'), values)).toBe(false);
  });
});
