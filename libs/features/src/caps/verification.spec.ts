import { parseXml } from '@interoffice/wire';
import { describe, expect, it } from 'vitest';
import { canVerify, verificationString, wantedNodes } from './verification.js';

const info = (children: string) => parseXml(`<query xmlns='http://jabber.org/protocol/disco#info'>${children}</query>`);
const features = ['caps', 'disco#info', 'disco#items', 'muc']
  .toReversed()
  .map((name) => `<feature var='http://jabber.org/protocol/${name}'/>`)
  .join('');
const field = (name: string, ...values: string[]) =>
  `<field var='${name}'>${values.map((value) => `<value>${value}</value>`).join('')}</field>`;
const form = (formType: string, fields = '', type = 'hidden') =>
  `<x xmlns='jabber:x:data' type='result'><field var='FORM_TYPE' type='${type}'><value>${formType}</value></field>${fields}</x>`;

describe('a verification string', () => {
  it('of the simple example is that of XEP-0115 §5.2', () => {
    const exodus = info(`<identity category='client' name='Exodus 0.9.1' type='pc'/>${features}`);
    expect(verificationString(exodus, 'sha-1')).toBe('QgayPKawpkPSDYmwT/WM94uAlu0=');
  });

  it('of the complex example is that of XEP-0115 §5.3, whatever the order', () => {
    const psi = info(
      form(
        'urn:xmpp:dataforms:softwareinfo',
        field('software_version', '0.11') +
          field('os', 'Mac') +
          field('ip_version', 'ipv6', 'ipv4') +
          field('os_version', '10.5.1') +
          field('software', 'Psi'),
      ) +
        features +
        `<identity xml:lang='en' category='client' name='Psi 0.11' type='pc'/><identity xml:lang='el' category='client' name='Ψ 0.11' type='pc'/>`,
    );
    expect(verificationString(psi, 'sha-1')).toBe('q07IKJEyjvHSyhy//CH0CxmKi8w=');
  });

  it('leaves out forms that say nothing of what they are', () => {
    const plain = verificationString(info(features), 'sha-256');
    expect(verificationString(info(features + form('urn:x', field('a', 'b'), 'text-single')), 'sha-256')).toBe(plain);
    expect(verificationString(info(features + form('urn:x', field('a', 'b'))), 'sha-256')).not.toBe(plain);
  });

  it.each([
    ['an identity twice', `<identity category='a' type='b'/><identity category='a' type='b'/>`],
    ['a feature twice', `${features}<feature var='http://jabber.org/protocol/muc'/>`],
    ['a form twice', form('urn:x') + form('urn:x')],
    [
      'a form of two types',
      `<x xmlns='jabber:x:data'><field var='FORM_TYPE' type='hidden'><value>a</value><value>b</value></field></x>`,
    ],
    ['a wish that passes for a form', form('urn:x+notify')],
    ['a wish that passes for a name', `<identity category='a' type='b' name='urn:x+notify'/>`],
  ])('is not made of an answer with %s', (_, children) => {
    expect(verificationString(info(children), 'sha-1')).toBeUndefined();
  });

  it('tells a part with a delimiter in it from two parts', () => {
    const one = info(`<feature var='urn:a&lt;urn:b'/>`);
    const two = info(`<feature var='urn:a'/><feature var='urn:b'/>`);
    expect(verificationString(one, 'sha-1')).not.toBe(verificationString(two, 'sha-1'));
  });

  it('can be verified with the hashes we have', () => {
    expect(['sha-1', 'sha-256', 'sha-512', 'md2', 'toString'].map(canVerify)).toEqual([true, true, true, false, false]);
  });
});

it('nodes that a device wants are those it names with +notify', () => {
  const wanted = wantedNodes(info(`${features}<feature var='urn:a+notify'/><feature var='urn:b'/><feature/>`));
  expect([...wanted]).toEqual(['urn:a']);
});
