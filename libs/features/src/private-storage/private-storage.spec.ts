import { type Element, NS, xml } from '@interoffice/wire';
import { expect, it } from 'vitest';
import { inBothLanes } from '../../../../test/support/on-stage.js';
import { open } from '../../../../test/support/stage.js';

const query = (type: 'get' | 'set', ...children: Element[]): Element =>
  xml('iq', { type }, xml('query', { xmlns: NS.privateStorage }, ...children));
const prefs = (...children: (Element | string)[]): Element => xml('prefs', { xmlns: 'urn:example:prefs' }, ...children);
const stored = (answer: Element): string => String(answer.getChild('query', NS.privateStorage)!.getChildElements()[0]);
const condition = (answer: Element): string => answer.getChild('error')!.getChildElements()[0]!.getName();

inBothLanes('private storage', (stage) => {
  it('gives back what was stored last, on every device, after a restart too', async () => {
    const juliet = await stage().account('juliet');
    const phone = await stage().online(juliet, 'phone');
    const laptop = await stage().online(juliet, 'laptop');
    await phone.ask(query('set', prefs(xml('colour', {}, 'red'))));
    await phone.ask(query('set', prefs(xml('colour', {}, 'blue & <green>'))));
    const wanted = String(prefs(xml('colour', {}, 'blue & <green>')));
    expect(stored(await laptop.ask(query('get', prefs())))).toBe(wanted);
    const later = await open({ database: stage().database });
    expect(stored(await (await later.online(juliet, 'desk')).ask(query('get', prefs())))).toBe(wanted);
    await later.close();
  });

  it('is empty for what was never stored, or stored empty', async () => {
    const phone = await stage().online(await stage().account('juliet'), 'phone');
    expect(stored(await phone.ask(query('get', prefs())))).toBe(String(prefs()));
    await phone.ask(query('set', prefs('x')));
    await phone.ask(query('set', prefs()));
    expect(stored(await phone.ask(query('get', prefs())))).toBe(String(prefs()));
  });

  it('takes several elements at once', async () => {
    const phone = await stage().online(await stage().account('juliet'), 'phone');
    const other = xml('more', { xmlns: 'urn:example:prefs' }, '2');
    expect((await phone.ask(query('set', prefs('1'), other))).attrs['type']).toBe('result');
    expect(stored(await phone.ask(query('get', xml('more', { xmlns: 'urn:example:prefs' }))))).toBe(String(other));
    expect(stored(await phone.ask(query('get', prefs())))).toBe(String(prefs('1')));
  });

  it("is nobody else's to read or write", async () => {
    const juliet = await stage().account('juliet');
    const desk = await stage().online(await stage().account('romeo'), 'desk');
    for (const iq of [query('get', prefs()), query('set', prefs('x'))]) {
      iq.attrs['to'] = juliet.bare;
      expect(condition(await desk.ask(iq))).toBe('service-unavailable');
    }
  });

  it('refuses what has no namespace of its own, is nothing, or is too much', async () => {
    const phone = await stage().online(await stage().account('juliet'), 'phone');
    for (const [iq, expected] of [
      [query('get'), 'bad-request'],
      [query('get', prefs(), xml('b', { xmlns: 'urn:b' })), 'bad-request'],
      [query('set'), 'not-acceptable'],
      [query('set', xml('a', {}, 'x')), 'not-acceptable'],
      [query('set', prefs('x'.repeat(65_536))), 'not-acceptable'],
      [query('set', xml('a', { xmlns: `urn:${'x'.repeat(1024)}` }, 'x')), 'not-acceptable'],
    ] as const) {
      expect(condition(await phone.ask(iq)), String(iq).slice(0, 200)).toBe(expected);
    }
    for (let i = 0; i < 100; i++) await phone.ask(query('set', xml('a', { xmlns: `urn:${i}` }, 'x')));
    expect(condition(await phone.ask(query('set', xml('a', { xmlns: 'urn:100' }, 'x'))))).toBe('not-allowed');
    expect((await phone.ask(query('set', xml('a', { xmlns: 'urn:7' }, 'y')))).attrs['type']).toBe('result');
  });
});
