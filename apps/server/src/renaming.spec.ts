import { expect, it } from 'vitest';
import { type Element, NS, parseJid, xml } from '@interoffice/wire';
import type { TestClient } from '../../../test/support/client.js';
import { administer, enter, freshRoom, make, said } from '../../../test/support/in-rooms.js';
import { Managed } from '../../../test/support/managed.js';
import { inBothLanes } from '../../../test/support/on-stage.js';
import type { Actor, Stage } from '../../../test/support/stage.js';

const DAY_MS = 86_400_000;
const roster = xml('iq', { type: 'get' }, xml('query', { xmlns: NS.roster }));
const isPush = (element: Element): boolean => element.is('iq') && element.getChild('query', NS.roster) !== undefined;

/** Gives somebody another name. Returns who they are from then on. */
async function rename(stage: Stage, actor: Actor, name: string, forwardMs = DAY_MS): Promise<Actor> {
  const [user, until] = [actor.user.replace(/^[a-z]+/, name), stage.clock.now() + forwardMs];
  const to = parseJid(`${user}@im.example`);
  const record = await stage.records.rename(actor.bare, to, until);
  await stage.server.accountRenamed(parseJid(actor.bare), record!);
  await stage.settled();
  return { ...actor, user, bare: to.bare };
}

/** Each sees when the other is there. */
async function befriend(one: TestClient, other: TestClient): Promise<void> {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    const address = ({ jid }: TestClient): string => jid.split('/')[0]!;
    from.send(xml('presence', { to: address(to), type: 'subscribe' }));
    await to.next(({ attrs }) => attrs['type'] === 'subscribe');
    to.send(xml('presence', { to: address(from), type: 'subscribed' }));
    await from.next(({ attrs }) => attrs['type'] === 'subscribed');
  }
}

const chat = (to: string, body: string): Element =>
  xml('message', { to, type: 'chat', id: body }, xml('body', {}, body));
const bodies = (client: TestClient): (string | null)[] =>
  client.received
    .splice(0)
    .filter((element) => element.is('message'))
    .map((element) => element.getChildText('body'));

inBothLanes('somebody who gets another address', (stage) => {
  const scene = async () => {
    const [romeo, juliet] = [await stage().account('romeo'), await stage().account('juliet')];
    const desk = await stage().online(romeo, 'desk');
    const phone = await stage().online(juliet, 'phone');
    return { romeo, juliet, desk, phone };
  };

  it('is asked to log in again, and stands in the rosters of others under the new one', async () => {
    const { romeo, juliet, desk, phone } = await scene();
    const nurse = await stage().account('nurse');
    await (
      await stage().online(nurse, 'phone')
    ).ask(xml('iq', { type: 'set' }, xml('query', { xmlns: NS.roster }, xml('item', { jid: juliet.bare, name: 'J' }))));
    for (const client of [desk, phone]) await client.ask(roster);
    await befriend(desk, phone);
    await stage().settled();
    desk.received = [];
    const montague = await rename(stage(), juliet, 'montague');
    expect(await phone.closed()).toContain('<reset');
    const told = desk.received.splice(0);
    expect(told.filter(isPush).map((iq) => iq.getChild('query')!.getChild('item')!.attrs)).toMatchObject([
      { jid: juliet.bare, subscription: 'remove' },
      { jid: montague.bare, subscription: 'both' },
    ]);
    const gone = told.find((element) => element.attrs['type'] === 'unavailable');
    expect(gone?.attrs['from']).toBe(`${juliet.bare}/phone`);
    const laptop = await stage().online(montague, 'laptop');
    await stage().settled();
    const seen = (client: TestClient): unknown[] =>
      client.received.splice(0).flatMap((element) => (element.is('presence') ? [element.attrs['from']] : []));
    expect(seen(desk)).toEqual([`${montague.bare}/laptop`]);
    expect(seen(laptop)).toEqual([`${romeo.bare}/desk`]);
    expect(String(await laptop.ask(roster))).toContain(`jid="${romeo.bare}"`);
    const others = await stage().bound(nurse, 'desk');
    const [item] = (await others.ask(roster)).getChild('query')!.getChildElements();
    expect(item!.attrs).toMatchObject({ jid: montague.bare, name: 'J' });
  });

  it('gets what is sent to the former one for a while, and is on record under the new one', async () => {
    const { juliet, desk, phone } = await scene();
    desk.send(chat(juliet.bare, 'before'));
    await phone.next((element) => element.is('message'));
    const montague = await rename(stage(), juliet, 'montague', 30 * DAY_MS);
    desk.send(chat(juliet.bare, 'while nobody is there'));
    await stage().settled();
    const laptop = await stage().online(montague, 'laptop');
    await stage().settled();
    expect(bodies(laptop)).toEqual(['while nobody is there']);
    desk.send(chat(`${juliet.bare}/phone`, 'to a device of before'));
    desk.send(chat(juliet.bare, 'again'));
    await stage().settled();
    const got = laptop.received.filter((element) => element.is('message')).map(({ attrs }) => attrs['to']);
    expect(got).toEqual([`${montague.bare}/phone`, montague.bare]);
    expect(bodies(laptop)).toEqual(['to a device of before', 'again']);
    expect(bodies(desk)).toEqual([]);
    const { id } = (await stage().records.find(montague.bare))!;
    const rows = stage().archive.rows.filter(({ receiverId }) => receiverId === id);
    expect(rows.map(({ receiver }) => receiver)).toEqual([juliet.bare, ...Array<string>(3).fill(montague.bare)]);
    stage().advance(30 * DAY_MS);
    desk.send(chat(juliet.bare, 'too late'));
    const error = await desk.next((element) => element.attrs['type'] === 'error');
    expect(String(error)).toContain('service-unavailable');
    expect(String(error)).not.toContain(montague.bare);
    await stage().settled();
    expect(bodies(laptop)).toEqual([]);
  });

  it('is where questions and requests to the former one are told to go, as long as it forwards', async () => {
    const { juliet, desk } = await scene();
    await desk.ask(roster);
    const montague = await rename(stage(), juliet, 'montague');
    const question = (): Promise<Element> =>
      desk.ask(xml('iq', { type: 'get', to: juliet.bare }, xml('query', { xmlns: NS.discoInfo })));
    const gone = `<gone xmlns="${NS.stanzas}">xmpp:${montague.bare}</gone>`;
    expect(String(await question())).toContain(gone);
    for (const type of ['subscribe', 'probe', undefined])
      desk.send(xml('presence', { to: juliet.bare, ...(type === undefined ? {} : { type }) }));
    for (let i = 0; i < 3; i++) {
      const answer = await desk.next((element) => element.is('presence') && element.attrs['type'] === 'error');
      expect(String(answer)).toContain(gone);
      expect(answer.attrs['from']).toBe(juliet.bare);
    }
    const steps = await stage().server.routing.explain(parseJid(desk.jid), parseJid(juliet.bare));
    expect(steps.map(({ outcome }) => outcome)).not.toContain('fails');
    desk.send(xml('presence', { to: juliet.bare, type: 'unavailable' }));
    desk.send(xml('iq', { to: juliet.bare, type: 'result', id: 'x' }));
    await stage().settled();
    // No roster entry of a request that went nowhere, and no answer to what asks nothing.
    expect(desk.received).toEqual([]);
    stage().advance(DAY_MS);
    expect(String(await question())).not.toContain('<gone');
  });

  it('logs in by the former one and is who they are now, by password and by SCRAM', async () => {
    const { juliet } = await scene();
    const montague = await rename(stage(), juliet, 'montague');
    stage().advance(400 * DAY_MS);
    for (const mechanism of ['PLAIN', 'SCRAM-SHA-1', 'SCRAM-SHA-512'] as const) {
      const client = await stage().connect();
      await client.login(juliet.user, juliet.password, { mechanism, resource: mechanism });
      expect(client.jid).toBe(`${montague.bare}/${mechanism}`);
      const wrong = await stage().connect();
      await expect(wrong.login(juliet.user, 'another', { mechanism })).rejects.toThrow('not-authorized');
    }
    await stage().records.setState(montague.bare, 'suspended');
    const client = await stage().connect();
    const login = client.login(juliet.user, juliet.password, { mechanism: 'SCRAM-SHA-256' });
    await expect(login).rejects.toThrow('account-disabled');
  });

  it('keeps their place in rooms, which know them by the new one', async () => {
    const { romeo, juliet, desk, phone } = await scene();
    const [awake, asleep] = [freshRoom(), freshRoom()];
    for (const room of [awake, asleep]) {
      await make(stage(), phone, room, { nick: 'Juliet', config: { persistentroom: '1', membersonly: '1' } });
      await administer(phone, room, { jid: romeo.bare, affiliation: 'member' });
      await enter(stage(), desk, room, 'Romeo');
    }
    const montague = await rename(stage(), juliet, 'montague');
    const laptop = await stage().online(montague, 'laptop');
    for (const room of [awake, asleep]) {
      const entered = await enter(stage(), laptop, room, 'Juliet');
      expect(String(entered.find((element) => String(element).includes('code="110"')))).toContain(
        'affiliation="owner"',
      );
      desk.send(said(room, 'good morrow'));
      await stage().settled();
      expect(bodies(laptop)).toContain('good morrow');
      const people = await stage().server.rooms.people(parseJid(room));
      expect(people.map(({ jid, affiliation }) => `${jid} ${affiliation}`).toSorted()).toEqual(
        [`${montague.bare} owner`, `${romeo.bare} member`].toSorted(),
      );
    }
  });

  it('stays blocked by who has blocked the former one, and learns nothing new of them', async () => {
    const { juliet, desk, romeo } = await scene();
    const block = xml('block', { xmlns: NS.blocking }, xml('item', { jid: juliet.bare }));
    await desk.ask(xml('iq', { type: 'get' }, xml('blocklist', { xmlns: NS.blocking })));
    await desk.ask(xml('iq', { type: 'set' }, block));
    desk.received = [];
    const montague = await rename(stage(), juliet, 'montague');
    expect(desk.received.map((iq) => String(iq.getChildElements()[0]))).toEqual([
      expect.stringContaining(juliet.bare) as unknown as string,
      expect.stringContaining(montague.bare) as unknown as string,
    ]);
    const laptop = await stage().online(montague, 'laptop');
    laptop.send(chat(romeo.bare, 'art thou there'));
    const error = await laptop.next((element) => element.attrs['type'] === 'error');
    expect(String(error)).toContain('service-unavailable');
    // Who is blocked is not told where the other has gone either.
    const moved = await rename(stage(), romeo, 'tybalt');
    laptop.send(xml('presence', { to: romeo.bare, type: 'subscribe' }));
    const answer = await laptop.ask(xml('iq', { type: 'get', to: romeo.bare }, xml('query', { xmlns: NS.discoInfo })));
    expect(String(answer)).not.toContain(moved.bare);
    await stage().settled();
    expect(laptop.received.map(String).join('')).not.toContain(moved.bare);
  });

  it('cannot resume the streams they had, neither of now nor of before a restart', async () => {
    const { juliet, phone, desk } = await scene();
    const managed = await Managed.enable(phone);
    phone.close();
    await stage().settled();
    const montague = await rename(stage(), juliet, 'montague');
    const back = await stage().connect();
    await back.restart();
    await back.authenticate(montague.user, montague.password);
    await back.restart();
    expect((await managed.resume(back)).getName()).toBe('failed');
    expect(desk.isClosed).toBe(false);
  });

  it('may have been renamed before, also back to what they were called', async () => {
    const { juliet, desk } = await scene();
    const capulet = await rename(stage(), juliet, 'capulet');
    desk.send(chat(juliet.bare, 'once'));
    await stage().settled();
    const montague = await rename(stage(), capulet, 'montague');
    const laptop = await stage().online(montague, 'laptop');
    await stage().settled();
    expect(bodies(laptop)).toEqual(['once']);
    for (const { bare } of [juliet, capulet, montague]) desk.send(chat(bare, bare));
    await stage().settled();
    expect(bodies(laptop)).toEqual([juliet.bare, capulet.bare, montague.bare]);
    const record = await stage().records.rename(montague.bare, parseJid(juliet.bare), stage().clock.now() + DAY_MS);
    await stage().server.accountRenamed(parseJid(montague.bare), record!);
    expect(await laptop.closed()).toContain('<reset');
    const phone = await stage().online(juliet, 'phone');
    desk.received = [];
    for (const { bare } of [juliet, capulet, montague]) desk.send(chat(bare, `back ${bare}`));
    await stage().settled();
    expect(bodies(phone)).toHaveLength(3);
  });
});
