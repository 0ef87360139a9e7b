import { Element } from '@xmpp/xml';
import { describe, expect, it } from 'vitest';
import { delayElement, formatTimestamp, parseTimestamp, readDelay } from './delay.js';
import { parseXml } from './document.js';
import { fieldOptions, formElement, formIn, readForm } from './form.js';
import { forwardedElement, readForwarded } from './forward.js';
import { NS } from './namespaces.js';
import { pagingElement, readPaging, resultSet } from './paging.js';
import { PayloadMalformed } from './payload-malformed.js';
import { serialize } from './serialize.js';

const again = (element: Element): Element => parseXml(serialize(element));
const within = (payload: Element): Element => again(new Element('query', { xmlns: 'urn:q' }).cnode(payload).up());

describe('a form', () => {
  const written = formElement({
    type: 'submit',
    formType: 'urn:form',
    title: 'Title',
    instructions: 'Do.',
    fields: [
      { name: 'flag', type: 'boolean', values: ['1'], label: 'Flag' },
      { name: 'count', values: ['42'] },
      { name: 'empty' },
      { name: 'who', type: 'jid-multi', values: ['a@b', 'C@d'] },
      { name: 'pick', type: 'list-single', required: true, options: [{ value: 'x', label: 'X' }, { value: 'y' }] },
      { name: 'wrong', values: ['@'] },
    ],
  });

  it('is found by its FORM_TYPE and read by kind', () => {
    const form = formIn(within(written), 'urn:form');
    expect(form?.type).toBe('submit');
    expect(form?.names).toEqual(['flag', 'count', 'empty', 'who', 'pick', 'wrong']);
    expect(form?.flag('flag')).toBe(true);
    expect(form?.integer('count')).toBe(42);
    expect(form?.text('empty')).toBe('');
    expect(form?.jids('who')?.map(String)).toEqual(['a@b', 'c@d']);
    expect(form?.texts('who')).toEqual(['a@b', 'C@d']);
    expect(form?.has('none')).toBe(false);
    expect([form?.text('none'), form?.flag('none'), form?.integer('empty'), form?.jids('none')]).toEqual(
      Array.from({ length: 4 }),
    );
    expect(formIn(within(written), 'urn:other')).toBeUndefined();
  });

  it('tells its options', () => {
    expect(fieldOptions(again(written), 'pick')).toEqual(
      new Map([
        ['x', 'X'],
        ['y', 'y'],
      ]),
    );
    expect(fieldOptions(written, 'none').size).toBe(0);
  });

  it('says which value is of the wrong kind', () => {
    const form = readForm(again(written));
    expect(() => form.flag('wrong')).toThrow(PayloadMalformed);
    expect(() => form.integer('wrong')).toThrow('wrong');
    expect(() => form.jids('wrong')).toThrow(PayloadMalformed);
    const odd = readForm(parseXml('<x><field/><field var="a"><value>toString</value></field><field var="a"/></x>'));
    expect(() => odd.flag('a')).toThrow(PayloadMalformed);
    expect(odd.type).toBe('form');
  });
});

describe('a page of results', () => {
  it('is asked for by what lies before or after it', () => {
    expect(readPaging(within(pagingElement({ max: 10, after: 'x', index: 3 })))).toEqual({
      max: 10,
      after: 'x',
      before: undefined,
      index: 3,
    });
    expect(readPaging(within(pagingElement({ before: '' }))).before).toBe('');
    expect(readPaging(within(pagingElement({ before: 'y' }))).before).toBe('y');
    expect(readPaging(new Element('query'))).toEqual({});
    expect(() => readPaging(parseXml(`<q><set xmlns="${NS.rsm}"><max>-1</max></set></q>`))).toThrow(PayloadMalformed);
  });

  it('says where it begins and ends', () => {
    expect(serialize(resultSet({ first: 'a', last: 'b', firstIndex: 0, count: 9 }))).toBe(
      `<set xmlns="${NS.rsm}"><first index="0">a</first><last>b</last><count>9</count></set>`,
    );
    expect(serialize(resultSet({ first: 'a' }))).toBe(`<set xmlns="${NS.rsm}"><first>a</first><last>a</last></set>`);
    expect(serialize(resultSet({}))).toBe(`<set xmlns="${NS.rsm}"/>`);
  });
});

describe('a time', () => {
  it.each([
    ['1969-07-21T02:56:15Z', Date.UTC(1969, 6, 21, 2, 56, 15)],
    ['1969-07-20T21:56:15-05:00', Date.UTC(1969, 6, 21, 2, 56, 15)],
    ['2026-11-20T10:00:00.123456+01:30', Date.UTC(2026, 10, 20, 8, 30, 0, 123)],
    ['2024-02-29T00:00:00Z', Date.UTC(2024, 1, 29)],
  ])('%s is read', (text, atMs) => {
    expect(parseTimestamp(text)).toBe(atMs);
    expect(parseTimestamp(formatTimestamp(atMs))).toBe(atMs);
  });

  it.each([
    '',
    '2026-11-20',
    '2026-13-01T00:00:00Z',
    '2025-02-29T00:00:00Z',
    '2026-01-01T24:00:00Z',
    '2026-01-01T00:60:00Z',
    '2026-01-01T00:00:00',
  ])('%j is none', (text) => {
    expect(parseTimestamp(text)).toBeUndefined();
  });
});

describe('a delayed and forwarded stanza', () => {
  it('tells when and by whom it was held back', () => {
    const atMs = Date.UTC(2026, 0, 2);
    const message = within(delayElement({ atMs, from: 'im.example' }, 'Offline'));
    expect(readDelay(message)).toEqual({ atMs, from: 'im.example' });
    expect(message.getChildText('delay', NS.delay)).toBe('Offline');
    expect(readDelay(within(delayElement({ atMs })))).toEqual({ atMs, from: undefined });
    expect(readDelay(new Element('message'))).toBeUndefined();
    expect(readDelay(within(new Element('delay', { xmlns: NS.delay, stamp: 'x' })))).toBeUndefined();
  });

  it('is a jabber:client stanza inside another', () => {
    const wrapped = within(forwardedElement({ stanza: new Element('message', { id: '1' }), delay: { atMs: 0 } }));
    const read = readForwarded(wrapped);
    expect(read?.delay?.atMs).toBe(0);
    expect(read?.stanza.getNS()).toBe(NS.client);
    expect(readForwarded(new Element('message'))).toBeUndefined();
    expect(readForwarded(within(new Element('forwarded', { xmlns: NS.forward })))).toBeUndefined();
  });
});
