import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { NS, parseJid, xml } from '@interoffice/wire';
import type { TestClient } from '../../../../test/support/client.js';
import { enter } from '../../../../test/support/in-rooms.js';
import { onStage } from '../../../../test/support/on-stage.js';
import { pubsub } from '../../../../test/support/pubsub.js';
import type { Actor } from '../../../../test/support/stage.js';
import { want } from '../../../../test/support/wants.js';
import type { TeamRoom } from './team-rooms.js';

onStage('rooms of teams', {}, (stage) => {
  const fresh = (): string => `team-${randomBytes(4).toString('hex')}`;
  const numbersOf = async (people: readonly Actor[]): Promise<number[]> => {
    const found = await stage().records.findMany(people.map(({ bare }) => bare));
    return people.map(({ bare }) => found.get(bare)!.id);
  };
  const people = async (...names: readonly string[]): Promise<Actor[]> => {
    const made: Actor[] = [];
    for (const name of names) made.push(await stage().account(name));
    return made;
  };
  const rule = async (
    room: string,
    members: readonly Actor[],
    { owners = [], membership = 'mandatory' }: Partial<TeamRoom> & { owners?: readonly Actor[] } = {},
  ): Promise<TeamRoom> => ({
    room,
    title: 'The Team',
    membership,
    people: { members: await numbersOf(members), owners: await numbersOf(owners) },
  });
  /** Rules of earlier tests end with it. */
  const apply = (...rules: TeamRoom[]): Promise<boolean> => stage().server.teams.rooms.apply('local', rules);
  const rooms = () => stage().server.rooms;
  const relations = async (room: string): Promise<string[]> =>
    (await rooms().people(rooms().addressOf(room)))
      .filter(({ affiliation }) => affiliation !== 'none')
      .map(({ jid, affiliation }) => `${jid.split('-')[0]} ${affiliation}`)
      .sort();
  const relate = (room: string, { bare }: Actor, affiliation: 'member' | 'none' | 'admin' | 'outcast'): Promise<void> =>
    rooms().relate(rooms().addressOf(room), { jid: bare, affiliation }, parseJid('admin@im.example'));
  /** Room → name and autojoin. */
  const bookmarks = async (client: TestClient): Promise<Record<string, string>> => {
    const answer = await client.ask(pubsub('get', xml('items', { node: NS.bookmarks })));
    const items = answer.getChild('pubsub')?.getChild('items')?.getChildren('item') ?? [];
    return Object.fromEntries(
      items.map((item) => {
        const { name, autojoin } = item.getChild('conference', NS.bookmarks)!.attrs;
        return [item.attrs['id'].split('@')[0], `${name} ${autojoin}`];
      }),
    );
  };

  it('are made with the people of the group, found among their bookmarks and entered by their clients', async () => {
    const [romeo, juliet, nurse] = await people('romeo', 'juliet', 'nurse');
    const phone = await stage().online(juliet!, 'phone');
    await want(phone, NS.bookmarks);
    await stage().settled();
    phone.received = [];
    const room = fresh();
    expect(await apply(await rule(room, [romeo!, juliet!], { owners: [romeo!, nurse!] }))).toBe(true);
    await stage().settled();
    expect(await relations(room)).toEqual(['juliet member', 'nurse owner', 'romeo owner']);
    const facts = (await rooms().find(rooms().addressOf(room)))!;
    expect([facts.name, facts.isMembersOnly, facts.isPersistent]).toEqual(['The Team', true, true]);
    expect(phone.received.map(String).filter((stanza) => stanza.includes(NS.bookmarks))).toHaveLength(1);
    expect(await bookmarks(phone)).toEqual({ [room]: 'The Team true' });
    // Who only looks after it is not sent into it.
    expect(await bookmarks(await stage().online(nurse!, 'hall'))).toEqual({ [room]: 'The Team false' });
    const rows = stage().archive.rows.length;
    expect(await apply(await rule(room, [romeo!, juliet!], { owners: [romeo!, nurse!] }))).toBe(true);
    expect(stage().archive.rows).toHaveLength(rows);
  });

  it('lose who leaves the group, at once and with the bookmark, and keep who was added by hand', async () => {
    const [romeo, juliet, paris] = await people('romeo', 'juliet', 'paris');
    const phone = await stage().online(juliet!, 'phone');
    const room = fresh();
    await apply(await rule(room, [romeo!, juliet!], { owners: [romeo!] }));
    await relate(room, paris!, 'member');
    await enter(stage(), phone, `${room}@conference.im.example`, 'Juliet');
    await apply(await rule(room, [romeo!], { owners: [romeo!] }));
    await stage().settled();
    expect(await relations(room)).toEqual(['paris member', 'romeo owner']);
    // XEP-0045 §9.4: 321, the loss of membership
    expect(phone.received.map(String).some((stanza) => stanza.includes('code="321"'))).toBe(true);
    expect(await bookmarks(phone)).toEqual({});
    await stage().records.setState(juliet!.bare, 'suspended');
    await apply(await rule(room, [romeo!, juliet!], { owners: [romeo!] }));
    expect(await relations(room)).toEqual(['paris member', 'romeo owner']);
  });

  it('that are optional wait among the bookmarks, and what people choose there stays', async () => {
    const [romeo, juliet] = await people('romeo', 'juliet');
    const phone = await stage().online(juliet!, 'phone');
    const room = fresh();
    const optional = await rule(room, [romeo!, juliet!], { membership: 'optional', owners: [romeo!] });
    await apply(optional);
    expect(await bookmarks(phone)).toEqual({ [room]: 'The Team false' });
    const account = (await stage().server.accounts.load(juliet!.bare))!;
    const own = { room: rooms().addressOf(room), name: 'Mine', autojoin: true };
    await stage().server.bookmarks.add(account, own);
    await apply(optional);
    expect(await bookmarks(phone)).toEqual({ [room]: 'Mine true' });
    await stage().server.bookmarks.remove(account, own.room);
    await apply({ ...optional, membership: 'mandatory' });
    expect(await bookmarks(phone)).toEqual({ [room]: 'The Team true' });
  });

  it('leave people what somebody has made of them', async () => {
    const [romeo, juliet, paris, nurse] = await people('romeo', 'juliet', 'paris', 'nurse');
    const room = fresh();
    const everybody = await rule(room, [romeo!, juliet!, paris!, nurse!], { owners: [romeo!] });
    await apply(everybody);
    await relate(room, juliet!, 'admin');
    await relate(room, paris!, 'outcast');
    await relate(room, nurse!, 'none');
    await apply(everybody);
    expect(await relations(room)).toEqual(['juliet admin', 'nurse member', 'paris outcast', 'romeo owner']);
    await apply(await rule(room, [romeo!], { owners: [romeo!] }));
    expect(await relations(room)).toEqual(['juliet admin', 'paris outcast', 'romeo owner']);
  });

  it('that were there before get the people of the group beside their own', async () => {
    const [romeo, juliet, nurse] = await people('romeo', 'juliet', 'nurse');
    const room = fresh();
    const plan = { jid: room, config: { name: 'Old' }, owners: [nurse!.bare], members: [romeo!.bare] };
    await rooms().create(plan, parseJid('admin@im.example'));
    await apply(await rule(room, [romeo!, juliet!], { owners: [romeo!] }));
    expect(await relations(room)).toEqual(['juliet member', 'nurse owner', 'romeo owner']);
    await apply();
    expect(await relations(room)).toEqual(['nurse owner', 'romeo member']);
  });

  it('without owners by rule belong to an administrator, until somebody is made one', async () => {
    const [juliet, ada, nurse] = await people('juliet', 'ada', 'nurse');
    const room = fresh();
    await stage().records.setRole(ada!.bare, 'admin', '*');
    const team = await rule(room, [juliet!]);
    await apply(team);
    expect(await relations(room)).toEqual(['ada owner', 'juliet member']);
    await apply(team);
    expect(await relations(room)).toEqual(['ada owner', 'juliet member']);
    await rooms().relate(
      rooms().addressOf(room),
      { jid: nurse!.bare, affiliation: 'owner' },
      parseJid('admin@im.example'),
    );
    await apply(team);
    expect(await relations(room)).toEqual(['juliet member', 'nurse owner']);
    await stage().records.setRole(ada!.bare, 'employee', '*');
  });

  it('keep their last owner when a rule ends, and are not made for nobody', async () => {
    const [romeo, juliet] = await people('romeo', 'juliet');
    const room = fresh();
    await apply(await rule(room, [juliet!], { owners: [romeo!] }));
    await apply();
    expect(await relations(room)).toEqual(['romeo owner']);
    const empty = fresh();
    expect(await apply(await rule(empty, []))).toBe(true);
    expect(await rooms().find(rooms().addressOf(empty))).toBeUndefined();
  });

  it('that somebody has retired stay so, which is said once', async () => {
    const [romeo, juliet] = await people('romeo', 'juliet');
    const room = fresh();
    const team = await rule(room, [juliet!], { owners: [romeo!] });
    await apply(team);
    await rooms().retire(rooms().addressOf(room), {}, parseJid('admin@im.example'));
    await apply(team);
    await apply(team);
    expect((await rooms().find(rooms().addressOf(room)))!.ended).toBeDefined();
    const said = stage().log.events.filter(
      ({ name, fields }) => name === 'teams.room.retired' && fields['room'] === room,
    );
    expect(said).toHaveLength(1);
  });

  it('stay as they are while the directory does not show their group', async () => {
    const [romeo, juliet] = await people('romeo', 'juliet');
    const room = fresh();
    const team = await rule(room, [juliet!], { owners: [romeo!] });
    await apply(team);
    await apply({ ...team, people: undefined });
    expect(await relations(room)).toEqual(['juliet member', 'romeo owner']);
  });

  it('that cannot be changed are an event, and the others go on', async () => {
    const [romeo, juliet] = await people('romeo', 'juliet');
    const room = fresh();
    const bad = await rule('bad name@elsewhere', [juliet!], { owners: [romeo!] });
    expect(await apply(bad, await rule(room, [juliet!], { owners: [romeo!] }))).toBe(false);
    expect(await relations(room)).toEqual(['juliet member', 'romeo owner']);
    expect(stage().log.count('teams.room.failed')).toBe(1);
  });
});
