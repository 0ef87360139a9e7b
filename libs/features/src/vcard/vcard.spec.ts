import { expect, it } from 'vitest';
import { type Element, jid, xml } from '@interoffice/wire';
import { inBothLanes } from '../../../../test/support/on-stage.js';

const ask = (to?: string): Element =>
  xml('iq', { type: 'get', ...(to ? { to } : {}) }, xml('vCard', { xmlns: 'vcard-temp' }));

inBothLanes('the card of a person', (stage) => {
  it('holds what the directory says, for everybody', async () => {
    // One dot.
    const dot = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=';
    const photo = { type: 'image/png', bytes: Buffer.from(dot, 'base64') };
    const person = {
      name: 'Juliet of Verona',
      mail: 'juliet@example.com',
      phone: '+39 045 1',
      title: 'Daughter',
      department: 'Capulet',
      office: 'Verona',
      photo,
    };
    const address = jid(`juliet-${Date.UTC(2026, 1)}-${stage().server.routing.compiled.features.length}`, 'im.example');
    await stage().records.create({ jid: address, person, role: 'employee', roleScope: '*', verifiers: [] });
    const client = await stage().bound(await stage().account('romeo'));
    const card = (await client.ask(ask(address.bare))).getChild('vCard', 'vcard-temp')!;
    const text = (...path: string[]): string | undefined =>
      path.reduce<Element | undefined>((element, name) => element?.getChild(name), card)?.getText();
    expect(text('FN')).toBe('Juliet of Verona');
    expect([text('N', 'GIVEN'), text('N', 'FAMILY')]).toEqual(['Juliet', 'of Verona']);
    expect(text('EMAIL', 'USERID')).toBe('juliet@example.com');
    expect(text('TEL', 'NUMBER')).toBe('+39 045 1');
    expect(text('TITLE')).toBe('Daughter');
    expect(
      card
        .getChild('ORG')!
        .getChildElements()
        .map((child) => child.getText()),
    ).toEqual(['Example', 'Capulet', 'Verona']);
    expect(text('PHOTO', 'TYPE')).toBe('image/png');
    expect(Buffer.from(text('PHOTO', 'BINVAL')!, 'base64')).toEqual((await stage().records.photo(address.bare))!.bytes);
    await stage().records.setState(address.bare, 'deleted');
    expect(String(await client.ask(ask(address.bare)))).toContain('service-unavailable');
  });

  it("is one's own when nobody is named, and cannot be changed by oneself", async () => {
    const romeo = await stage().account('romeo');
    const client = await stage().bound(romeo);
    const card = (await client.ask(ask())).getChild('vCard', 'vcard-temp')!;
    expect(card.getChildText('FN')).toBe('romeo of Verona');
    const change = xml('iq', { type: 'set' }, xml('vCard', { xmlns: 'vcard-temp' }, xml('FN', {}, 'King of Cats')));
    expect(String(await client.ask(change))).toContain('not-allowed');
  });
});
