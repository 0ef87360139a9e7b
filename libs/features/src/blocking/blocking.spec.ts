import { expect, it } from 'vitest';
import { type Element, NS, xml } from '@interoffice/wire';
import { inBothLanes } from '../../../../test/support/on-stage.js';

const command = (name: 'block' | 'unblock', ...jids: string[]): Element =>
  xml('iq', { type: 'set' }, xml(name, { xmlns: NS.blocking }, ...jids.map((jid) => xml('item', { jid }))));

inBothLanes('a block list', (stage) => {
  const pair = async () => {
    const [romeo, juliet] = [await stage().account('romeo'), await stage().account('juliet')];
    const desk = await stage().online(romeo, 'desk');
    const phone = await stage().online(juliet, 'phone');
    return { romeo, juliet, desk, phone };
  };

  it('may name a device, an account or a whole domain', async () => {
    const { romeo, juliet, desk, phone } = await pair();
    const hall = await stage().online(romeo, 'hall');
    const arrives = async (from: typeof desk): Promise<boolean> => {
      from.write(`<message to='${juliet.bare}' type='chat'><body>?</body></message>`);
      await stage().settled();
      for (const client of [desk, hall]) client.received = [];
      return phone.received.splice(0).length > 0;
    };
    for (const [jid, deskArrives, hallArrives] of [
      [`${romeo.bare}/desk`, false, true],
      [romeo.bare, false, false],
      [stage().domain, false, false],
      ['elsewhere.example', true, true],
      [`${stage().domain}/hall`, true, false],
    ] as const) {
      await phone.ask(command('block', jid));
      expect([await arrives(desk), await arrives(hall)], jid).toEqual([deskArrives, hallArrives]);
      await phone.ask(command('unblock'));
    }
    expect([await arrives(desk), await arrives(hall)]).toEqual([true, true]);
  });

  it('is kept with the account', async () => {
    const { romeo, juliet, desk, phone } = await pair();
    await phone.ask(command('block', romeo.bare));
    await phone.leave();
    await stage().settled();
    const { open } = await import('../../../../test/support/stage.js');
    const later = await open({ database: stage().database });
    const laptop = await later.online(juliet, 'laptop');
    const list = await laptop.ask(xml('iq', { type: 'get' }, xml('blocklist', { xmlns: NS.blocking })));
    expect(
      list
        .getChild('blocklist')!
        .getChildren('item')
        .map(({ attrs }) => attrs['jid']),
    ).toEqual([romeo.bare]);
    await later.close();
    expect(desk.isClosed).toBe(false);
  });

  it('lets no presence pass in either direction, and tells a sender of headlines nothing', async () => {
    const { romeo, juliet, desk, phone } = await pair();
    await phone.ask(command('block', romeo.bare));
    desk.write(
      `<presence to='${juliet.bare}'/><presence to='${juliet.bare}' type='subscribe'/><presence to='${juliet.bare}' type='probe'/>`,
    );
    desk.write(`<message to='${juliet.bare}' type='headline'><body>News</body></message>`);
    desk.write(`<message to='${juliet.bare}' type='error'><error type='cancel'/></message>`);
    await stage().settled();
    expect([...phone.received, ...desk.received]).toEqual([]);
    phone.write(`<presence to='${romeo.bare}' id='p'/>`);
    expect(String(await phone.next())).toContain('not-acceptable');
    const question = xml('iq', { type: 'get', to: desk.jid }, xml('ping', { xmlns: NS.ping }));
    expect(String(await phone.ask(question))).toContain('<blocked');
    desk.write(`<iq type='result' id='x' to='${phone.jid}'/>`);
    await stage().settled();
    expect(phone.received).toEqual([]);
  });

  it('never keeps an account from its own devices', async () => {
    const { juliet, phone } = await pair();
    const laptop = await stage().online(juliet, 'laptop');
    await phone.ask(command('block', juliet.bare, stage().domain));
    phone.received = [];
    laptop.write(`<message to='${phone.jid}' type='chat'><body>It is you</body></message>`);
    expect((await phone.next()).getChildText('body')).toBe('It is you');
  });

  it('refuses what is no address, and more than 5,000', async () => {
    const { phone } = await pair();
    expect(String(await phone.ask(command('block', 'a b@')))).toContain('jid-malformed');
    expect(String(await phone.ask(command('unblock', 'a b@')))).toContain('jid-malformed');
    const many = Array.from({ length: 4000 }, (_, i) => `a${i}@x`);
    expect((await phone.ask(command('block', ...many))).attrs['type']).toBe('result');
    const more = Array.from({ length: 1001 }, (_, i) => `b${i}@x`);
    expect(String(await phone.ask(command('block', ...more)))).toContain('policy-violation');
  });
});
