import { expect, it } from 'vitest';
import { type Element, NS, xml } from '@interoffice/wire';
import type { TestClient } from '../../../../test/support/client.js';
import { inBothLanes, onStage } from '../../../../test/support/on-stage.js';
import { open } from '../../../../test/support/stage.js';

const get = (ver?: string): Element =>
  xml('iq', { type: 'get' }, xml('query', { xmlns: NS.roster, ...(ver === undefined ? {} : { ver }) }));
const put = (attributes: Record<string, string>, ...groups: string[]): Element =>
  xml(
    'iq',
    { type: 'set' },
    xml('query', { xmlns: NS.roster }, xml('item', attributes, ...groups.map((group) => xml('group', {}, group)))),
  );
const pushes = (client: TestClient): string[] =>
  client.received
    .splice(0)
    .filter((stanza) => stanza.is('iq'))
    .map((iq) => iq.getChild('query', NS.roster)!.getChild('item')!.attrs)
    .map(({ jid, name, subscription }) => `${jid} ${name ?? '-'} ${subscription}`);

inBothLanes('a roster', (stage) => {
  it('is told to a client that knows an old version as the changes since then', async () => {
    const juliet = await stage().account('juliet');
    const phone = await stage().online(juliet, 'phone');
    const first = (await phone.ask(get(''))).getChild('query', NS.roster)!;
    expect(first.children).toEqual([]);
    for (const name of ['a', 'b', 'c']) await phone.ask(put({ jid: `${name}@x`, name }));
    const known = phone.received.findLast((stanza) => stanza.is('iq'))!.getChild('query')!.attrs['ver'] as string;
    await phone.ask(put({ jid: 'a@x', subscription: 'remove' }));
    await phone.ask(put({ jid: 'b@x', name: 'B' }, 'Verona', 'Friends'));
    phone.received = [];
    const laptop = await stage().bound(juliet, 'laptop');
    const since = await laptop.ask(get(known));
    expect(since.children).toEqual([]);
    await stage().settled();
    expect(pushes(laptop)).toEqual(['a@x - remove', 'b@x B none']);
    const all = (await laptop.ask(get())).getChild('query', NS.roster)!;
    expect(
      all
        .getChildren('item')
        .map(({ attrs }) => String(attrs['jid']))
        .toSorted(),
    ).toEqual(['b@x', 'c@x']);
    const fresh = await laptop.ask(get(String(all.attrs['ver'])));
    await stage().settled();
    expect([fresh.children, pushes(laptop)]).toEqual([[], []]);
    expect((await laptop.ask(get('999999'))).getChild('query', NS.roster)).toBeDefined();
  });

  it('refuses oneself, a device, a name that is too long and too many groups', async () => {
    const juliet = await stage().account('juliet');
    const phone = await stage().online(juliet, 'phone');
    const groups = Array.from({ length: 65 }, (_, i) => `g${i}`);
    for (const [iq, condition] of [
      [put({ jid: juliet.bare }), 'not-allowed'],
      [put({ jid: 'romeo@x/desk' }), 'bad-request'],
      [put({ jid: 'a b@' }), 'bad-request'],
      [put({ jid: 'romeo@x', name: 'n'.repeat(1024) }), 'not-acceptable'],
      [put({ jid: 'romeo@x' }, ...groups), 'not-acceptable'],
      [xml('iq', { type: 'set' }, xml('query', { xmlns: NS.roster })), 'bad-request'],
      [xml('iq', { type: 'set' }, xml('query', { xmlns: NS.roster }, xml('entry', { jid: 'a@x' }))), 'bad-request'],
    ] as const) {
      expect(String((await phone.ask(iq)).getChild('error'))).toContain(condition);
    }
  });

  it("is nobody else's to read", async () => {
    const [romeo, juliet] = [await stage().account('romeo'), await stage().account('juliet')];
    const desk = await stage().online(romeo, 'desk');
    const iq = get();
    iq.attrs['to'] = juliet.bare;
    expect(String(await desk.ask(iq))).toContain('service-unavailable');
  });

  it('forgets a subscription that was asked for by somebody whom it then denies without being told of him', async () => {
    const [romeo, juliet] = [await stage().account('romeo'), await stage().account('juliet')];
    const desk = await stage().online(romeo, 'desk');
    const phone = await stage().online(juliet, 'phone');
    desk.write(`<presence to='${juliet.bare}' type='subscribe'/>`);
    await phone.next(({ attrs }) => attrs['type'] === 'subscribe');
    // RFC 6121 §3.1.3: who has only asked is not in the roster.
    expect((await phone.ask(get())).getChild('query', NS.roster)!.children).toEqual([]);
    expect(String(await phone.ask(put({ jid: romeo.bare, subscription: 'remove' })))).toContain('item-not-found');
    desk.write(`<presence to='${juliet.bare}' type='subscribe'/>`);
    desk.write(`<presence to='${juliet.bare}' type='unsubscribe'/>`);
    expect((await phone.next()).attrs['type']).toBe('unsubscribe');
    await stage().settled();
    // Nothing of Juliet's devices is shown to somebody who never saw them.
    expect(desk.received).toEqual([]);
  });

  it('asks and answers in both directions until both see each other, and grants again what was granted', async () => {
    const [romeo, juliet] = [await stage().account('romeo'), await stage().account('juliet')];
    const desk = await stage().online(romeo, 'desk');
    const phone = await stage().online(juliet, 'phone');
    await Promise.all([desk.ask(get()), phone.ask(get())]);
    for (const [one, other] of [
      [desk, phone],
      [phone, desk],
    ] as const) {
      const [from, to] = [one.jid.split('/')[0]!, other.jid.split('/')[0]!];
      one.write(`<presence to='${to}' type='subscribe'/>`);
      await other.next(({ attrs }) => attrs['type'] === 'subscribe');
      other.write(`<presence to='${from}/whatever' type='subscribed'/>`);
      await one.next(({ attrs }) => attrs['type'] === 'subscribed');
    }
    await stage().settled();
    for (const client of [desk, phone]) client.received = [];
    const items = async (client: TestClient): Promise<unknown[]> =>
      (await client.ask(get()))
        .getChild('query')!
        .getChildren('item')
        .map(({ attrs }) => [attrs['jid'], attrs['subscription'], attrs['ask']]);
    expect(await items(desk)).toEqual([[juliet.bare, 'both', undefined]]);
    expect(await items(phone)).toEqual([[romeo.bare, 'both', undefined]]);
    desk.write(`<presence to='${juliet.bare}' type='subscribe'/>`);
    phone.write(`<presence to='${romeo.bare}' type='subscribed'/>`);
    desk.write(`<presence to='${romeo.bare}' type='subscribe'/>`);
    await stage().settled();
    expect([...desk.received, ...phone.received]).toEqual([]);
  });

  it('says that one asked also when nobody has the address, so that it shows nothing', async () => {
    const desk = await stage().online(await stage().account('romeo'), 'desk');
    await desk.ask(get());
    desk.write("<presence to='nobody-at-all@im.example' type='subscribe'/>");
    await stage().settled();
    expect(pushes(desk)).toEqual(['nobody-at-all@im.example - none']);
    expect((await desk.ask(get())).getChild('query')!.getChild('item')!.attrs['ask']).toBe('subscribe');
  });
});

onStage('a roster in the database', {}, (stage) => {
  it('is the same after a restart: entries, what is pending, and what was removed', async () => {
    const first = await open({ database: stage().database });
    const [romeo, juliet] = [await first.account('romeo'), await first.account('juliet')];
    const desk = await first.online(romeo, 'desk');
    const phone = await first.online(juliet, 'phone');
    await phone.ask(put({ jid: 'mercutio@x', name: 'Mercutio' }, 'Verona'));
    await phone.ask(put({ jid: 'tybalt@x' }));
    const { ver } = (await phone.ask(get())).getChild('query')!.attrs;
    await phone.ask(put({ jid: 'tybalt@x', subscription: 'remove' }));
    await phone.leave();
    desk.write(`<presence to='${juliet.bare}' type='subscribe'><status>Hark</status></presence>`);
    await first.settled();
    await first.close();
    const second = await open({ database: stage().database });
    const laptop = await second.online(juliet, 'laptop');
    const request = await laptop.next(({ attrs }) => attrs['type'] === 'subscribe');
    expect(request.getChildText('status')).toBe('Hark');
    expect(request.getChild('delay', NS.delay)).toBeDefined();
    await laptop.ask(get(String(ver)));
    await second.settled();
    expect(pushes(laptop)).toEqual(['tybalt@x - remove']);
    const items = (await laptop.ask(get())).getChild('query')!.getChildren('item');
    expect(items.map(String)).toEqual([
      expect.stringMatching(/jid="mercutio@x".*name="Mercutio".*<group>Verona<\/group>/) as unknown as string,
    ]);
    await second.close();
  });
});
