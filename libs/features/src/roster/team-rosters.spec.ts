import { expect, it } from 'vitest';
import { type Element, NS, xml } from '@interoffice/wire';
import type { TestClient } from '../../../../test/support/client.js';
import { onStage } from '../../../../test/support/on-stage.js';
import { type Actor, open } from '../../../../test/support/stage.js';
import type { Team } from './team-rosters.js';

const get = (ver?: string): Element =>
  xml('iq', { type: 'get' }, xml('query', { xmlns: NS.roster, ...(ver === undefined ? {} : { ver }) }));
const put = (attributes: Record<string, string>, ...groups: string[]): Element =>
  xml(
    'iq',
    { type: 'set' },
    xml('query', { xmlns: NS.roster }, xml('item', attributes, ...groups.map((group) => xml('group', {}, group)))),
  );
const lineOf = (item: Element): string => {
  const { jid, name, subscription } = item.attrs as Record<string, string | undefined>;
  const groups = item.getChildren('group').map((group) => group.getText());
  return `${jid!.split('-')[0]} ${name?.split(' ')[0] ?? '-'} ${subscription} ${groups.join('+')}`.trim();
};
const rosterOf = async (client: TestClient): Promise<string[]> =>
  (await client.ask(get())).getChild('query', NS.roster)!.getChildren('item').map(lineOf).sort();
const told = (client: TestClient): string[] =>
  client.received
    .splice(0)
    .map((stanza) => {
      const item = stanza.getChild('query', NS.roster)?.getChild('item');
      return item ? lineOf(item) : `${stanza.attrs['type'] ?? 'available'} ${stanza.attrs['from'].split('-')[0]}`;
    })
    .sort();

onStage('teams of a directory', {}, (stage) => {
  const numberOf = async ({ bare }: Actor): Promise<number> => (await stage().records.find(bare))!.id;
  const team = async (name: string, people: readonly Actor[], more: Partial<Team> = {}): Promise<Team> => {
    return { name, members: await Promise.all(people.map(numberOf)), seenBy: [], most: 200, ...more };
  };
  /** Teams that earlier tests have made end with it. */
  const apply = (...teams: Team[]): Promise<number> => stage().server.teams.rosters.apply('local', teams);
  const people = async <const N extends readonly string[]>(...names: N): Promise<{ [K in keyof N]: Actor }> => {
    const made = [];
    for (const name of names) made.push(await stage().account(name));
    return made as { [K in keyof N]: Actor };
  };
  /** Online, and the roster asked for. */
  const listening = async (actor: Actor, resource: string): Promise<TestClient> => {
    const client = await stage().online(actor, resource);
    await client.ask(get());
    await stage().settled();
    client.received = [];
    return client;
  };

  it('puts its people into each other’s rosters, pushed, and with who is there', async () => {
    const [romeo, juliet, nurse] = await people('romeo', 'juliet', 'nurse');
    const [desk, phone] = [await listening(romeo, 'desk'), await listening(juliet, 'phone')];
    await apply(await team('Verona', [romeo, juliet, nurse]));
    await stage().settled();
    expect(told(desk)).toEqual(['available juliet', 'juliet juliet both Verona', 'nurse nurse both Verona']);
    expect(told(phone)).toEqual(['available romeo', 'nurse nurse both Verona', 'romeo romeo both Verona']);
    // Who comes later finds the same, and is seen.
    const hall = await listening(nurse, 'hall');
    expect(await rosterOf(hall)).toEqual(['juliet juliet both Verona', 'romeo romeo both Verona']);
    await stage().settled();
    expect([told(desk), told(phone)]).toEqual([['available nurse'], ['available nurse']]);
    expect(await apply(await team('Verona', [romeo, juliet, nurse]))).toBe(0);
    await stage().settled();
    expect([told(desk), told(hall)]).toEqual([[], []]);
  });

  it('takes out who leaves it or is not active any more', async () => {
    const [romeo, juliet, paris] = await people('romeo', 'juliet', 'paris');
    const [desk, phone] = [await listening(romeo, 'desk'), await listening(juliet, 'phone')];
    await apply(await team('Verona', [romeo, juliet, paris]));
    await stage().settled();
    told(desk);
    await apply(await team('Verona', [romeo, paris]));
    await stage().settled();
    expect(told(desk)).toEqual(['juliet - remove', 'unavailable juliet']);
    expect(await rosterOf(phone)).toEqual([]);
    await stage().records.setState(paris.bare, 'suspended');
    await apply(await team('Verona', [romeo, paris]));
    expect(await rosterOf(desk)).toEqual([]);
  });

  it('is seen by the people of other groups, and by everybody, who are seen too', async () => {
    const [romeo, juliet, nurse] = await people('romeo', 'juliet', 'nurse');
    const phone = await listening(juliet, 'phone');
    const desk = await listening(romeo, 'desk');
    const hall = await listening(nurse, 'hall');
    await apply(await team('Help', [nurse], { seenBy: [await numberOf(juliet)] }));
    expect(await rosterOf(phone)).toEqual(['nurse nurse both Help']);
    expect(await rosterOf(hall)).toEqual(['juliet juliet both']);
    expect(await rosterOf(desk)).toEqual([]);
    await apply(await team('Help', [nurse], { seenBy: 'all' }));
    expect(await rosterOf(desk)).toEqual(['nurse nurse both Help']);
    expect(await rosterOf(phone)).toEqual(['nurse nurse both Help']);
  });

  it('shows people of several teams in all of them, under the name that the directory has now', async () => {
    const [romeo, juliet] = await people('romeo', 'juliet');
    const phone = await listening(juliet, 'phone');
    const teams = [await team('Lovers', [romeo, juliet]), await team('Verona', [romeo, juliet])];
    await apply(...teams);
    expect(await rosterOf(phone)).toEqual(['romeo romeo both Lovers+Verona']);
    await stage().database.query('app', "UPDATE accounts SET name = 'Montague' WHERE jid = $1", [romeo.bare]);
    await apply(...teams);
    expect(await rosterOf(phone)).toEqual(['romeo Montague both Lovers+Verona']);
    await apply(teams[1]!);
    expect(await rosterOf(phone)).toEqual(['romeo Montague both Verona']);
  });

  it('gives back a contact that was made by hand as it was, with what its owner has changed since', async () => {
    const [romeo, juliet] = await people('romeo', 'juliet');
    const [desk, phone] = [await listening(romeo, 'desk'), await listening(juliet, 'phone')];
    await phone.ask(put({ jid: romeo.bare, name: 'Love' }, 'Dear'));
    phone.write(`<presence to='${romeo.bare}' type='subscribe'/>`);
    await desk.next(({ attrs }) => attrs['type'] === 'subscribe');
    desk.write(`<presence to='${juliet.bare}' type='subscribed'/>`);
    await stage().settled();
    expect([await rosterOf(phone), await rosterOf(desk)]).toEqual([['romeo Love to Dear'], ['juliet - from']]);
    await apply(await team('Verona', [romeo, juliet]));
    expect(await rosterOf(phone)).toEqual(['romeo Love both Verona+Dear']);
    expect(await rosterOf(desk)).toEqual(['juliet juliet both Verona']);
    await phone.ask(put({ jid: romeo.bare, name: 'Mine' }, 'Dearest'));
    expect(await rosterOf(phone)).toEqual(['romeo Mine both Verona+Dearest']);
    expect(await apply(await team('Verona', [romeo, juliet]))).toBe(0);
    await apply();
    expect([await rosterOf(phone), await rosterOf(desk)]).toEqual([['romeo Mine to Dearest'], ['juliet - from']]);
  });

  it('cannot be left by its people, neither by removing somebody nor by not seeing him', async () => {
    const [romeo, juliet] = await people('romeo', 'juliet');
    const phone = await listening(juliet, 'phone');
    await apply(await team('Verona', [romeo, juliet]));
    expect(String(await phone.ask(put({ jid: romeo.bare, subscription: 'remove' })))).toContain('not-allowed');
    for (const type of ['unsubscribe', 'unsubscribed', 'subscribe']) {
      phone.write(`<presence to='${romeo.bare}' type='${type}'/>`);
    }
    await stage().settled();
    expect(await rosterOf(phone)).toEqual(['romeo romeo both Verona']);
    // A name and groups of one's own are nobody else's business, and go with the contact.
    await phone.ask(put({ jid: romeo.bare, name: 'Love' }));
    expect(await rosterOf(phone)).toEqual(['romeo Love both Verona']);
    await apply();
    expect(await rosterOf(phone)).toEqual([]);
  });

  it('grants what somebody had asked for, and does not ask again when it ends', async () => {
    const [romeo, juliet] = await people('romeo', 'juliet');
    const desk = await listening(romeo, 'desk');
    desk.write(`<presence to='${juliet.bare}' type='subscribe'/>`);
    await stage().settled();
    await apply(await team('Verona', [romeo, juliet]));
    const phone = await listening(juliet, 'phone');
    expect(await rosterOf(phone)).toEqual(['romeo romeo both Verona']);
    await apply();
    expect([await rosterOf(phone), await rosterOf(desk)]).toEqual([[], ['juliet - none']]);
  });

  it('that is too large puts nobody into rosters, which is said once', async () => {
    const [romeo, juliet, nurse] = await people('romeo', 'juliet', 'nurse');
    const phone = await listening(juliet, 'phone');
    await apply(await team('Verona', [romeo, juliet]));
    const large = await team('Verona', [romeo, juliet, nurse], { most: 2 });
    stage().log.events.length = 0;
    await apply(large);
    await apply(large);
    expect(await rosterOf(phone)).toEqual([]);
    const said = stage().log.events.filter(({ name }) => name === 'roster.team.large');
    expect(said.map(({ fields }) => fields)).toMatchObject([{ team: 'Verona', people: 3, most: 2 }]);
  });

  it('of another directory has nothing to do with it', async () => {
    const [romeo, juliet] = await people('romeo', 'juliet');
    const phone = await listening(juliet, 'phone');
    const verona = await team('Verona', [romeo, juliet]);
    await apply(verona);
    expect(await stage().server.teams.rosters.apply('other', [verona])).toBe(0);
    expect(await rosterOf(phone)).toEqual(['romeo romeo both Verona']);
  });

  it('is told to a client that comes back as what has changed since it went', async () => {
    const [romeo, juliet, nurse] = await people('romeo', 'juliet', 'nurse');
    await apply(await team('Verona', [romeo, juliet]));
    const later = await open({ database: stage().database });
    const phone = await later.online(juliet, 'phone');
    const { ver } = (await phone.ask(get())).getChild('query')!.attrs;
    await later.close();
    // Nobody of them is in this server's memory: the rows alone are written.
    await apply(await team('Verona', [juliet, nurse]));
    const last = await open({ database: stage().database });
    const laptop = await last.online(juliet, 'laptop');
    expect((await laptop.ask(get(String(ver)))).children).toEqual([]);
    await last.settled();
    expect(told(laptop)).toEqual(['nurse nurse both Verona', 'romeo - remove']);
    await last.close();
  });

  it('reaches also who is being loaded while it is written', async () => {
    const [romeo, juliet] = await people('romeo', 'juliet');
    let phone: Promise<TestClient> | undefined;
    const quiet = stage().beforeSql;
    stage().beforeSql = async (name) => {
      if (name !== 'teams.give' || phone) return;
      phone = stage().online(juliet, 'phone');
      const isThere = (): boolean => Boolean(stage().server.accounts.peek(juliet.bare));
      while (!isThere()) await new Promise((resolve) => setImmediate(resolve));
    };
    await apply(await team('Verona', [romeo, juliet]));
    stage().beforeSql = quiet;
    expect(await rosterOf(await phone!)).toEqual(['romeo romeo both Verona']);
  });

  it('that could not be written is written the next time', async () => {
    const [romeo, juliet] = await people('romeo', 'juliet');
    const phone = await listening(juliet, 'phone');
    await apply();
    const verona = await team('Verona', [romeo, juliet]);
    stage().beforeSql = (name) => {
      if (name === 'teams.give') throw new Error('the database is away');
    };
    await expect(apply(verona)).rejects.toThrow('the database is away');
    stage().beforeSql = () => undefined;
    expect(await rosterOf(phone)).toEqual([]);
    expect(await apply(verona)).toBe(2);
    expect(await rosterOf(phone)).toEqual(['romeo romeo both Verona']);
  });
});
