import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NS, parseJid, xml } from '@interoffice/wire';
import { ApiStage, type Ask, CANARY, PASSWORD, PIAZZA, type Reply } from '../testing/stage.contract.js';

const stage = new ApiStage();
let admin = '';
beforeAll(async () => {
  await stage.start();
  await stage.person('romeo');
  await stage.person('juliet');
  await stage.person('viceroy', { role: 'admin', scope: 'Mantua', office: 'Mantua' });
  admin = await stage.as('admin');
});
afterAll(() => stage.stop());

const ask = (path: string, what: Ask = {}): Promise<Reply> =>
  stage.ask(`/api/v1/rooms${path}`, { token: admin, ...what });
const create = (body: object, token = admin) => ask('', { method: 'POST', body, token });
const configure = (room: string, body: object, token = admin) => ask(`/${room}`, { method: 'PATCH', body, token });
const relate = (room: string, person: string, body: object, token = admin) =>
  ask(`/${room}/people/${person}`, { method: 'PUT', body, token });
const retire = (room: string, body: object, token = admin) =>
  ask(`/${room}/retire`, { method: 'POST', body: { reason: 'no longer needed', ...body }, token });
const at = (name: string): string => `${name}@conference.im.example`;
const actor = (user: string) => ({ user, password: PASSWORD, bare: `${user}@im.example` });
const rows = ({ json }: Reply): Record<string, unknown>[] =>
  (json as unknown as { items: Record<string, unknown>[] }).items;

/** A device of this person that is in the room. */
async function enter(user: string, room: string) {
  const client = await stage.xmpp.online(actor(user));
  client.send(xml('presence', { to: `${room}/${user}` }, xml('x', { xmlns: NS.muc })));
  await client.next((element) => element.is('message') && element.getChild('subject') !== undefined);
  return client;
}

describe('a room', () => {
  it('is made with what its maker says, and owned by who asks unless others are named', async () => {
    const made = await create({ jid: 'Garden', title: 'The Garden', membersOnly: true, members: ['romeo@im.example'] });
    expect(made).toMatchObject({
      status: 201,
      json: {
        jid: at('garden'),
        title: 'The Garden',
        office: 'Verona',
        membersOnly: true,
        persistent: true,
        public: true,
        members: 2,
        occupants: 0,
        createdBy: 'admin@im.example',
        hasPassword: false,
      },
    });
    const people = rows(await ask(`/${at('garden')}/people`));
    expect(people).toEqual([
      { jid: 'admin@im.example', name: 'The admin', affiliation: 'owner', role: 'none' },
      { jid: 'romeo@im.example', name: 'The romeo', affiliation: 'member', role: 'none' },
    ]);
    expect(stage.audit.deeds.at(-1)).toMatchObject({
      actor: 'admin@im.example',
      role: 'admin',
      action: 'room.create',
      subject: at('garden'),
      details: { title: 'The Garden', owners: ['admin@im.example'], members: ['romeo@im.example'] },
    });
  });

  it('is found by its members among their bookmarks', async () => {
    await create({ jid: 'tower', title: 'The Tower', owners: ['juliet@im.example'] });
    const juliet = await stage.xmpp.online(actor('juliet'));
    const items = xml('items', { node: NS.bookmarks });
    const answer = await juliet.ask(xml('iq', { type: 'get' }, xml('pubsub', { xmlns: NS.pubsub }, items)));
    expect(answer.toString()).toContain(at('tower'));
    juliet.close();
  });

  it('is as its template says, unless its maker says otherwise', async () => {
    const templates = await ask('/templates');
    expect(templates.json).toMatchObject({
      domain: 'conference.im.example',
      items: [{ name: 'team Verona', office: 'Verona', membersOnly: true }, {}, { name: 'team anywhere' }],
    });
    const made = await create({ jid: 'team', template: 'team Mantua', title: 'Team', membersOnly: false });
    expect(made.json).toMatchObject({
      template: 'team Mantua',
      office: 'Mantua',
      description: 'A team at work',
      public: false,
      nonAnonymous: true,
      membersOnly: false,
    });
    expect((await create({ jid: 'other', template: 'no such' })).json).toMatchObject({
      status: 422,
      code: 'NO_SUCH_TEMPLATE',
    });
  });

  it.each([
    [{ jid: 'piazza' }, 409, 'ROOM_EXISTS'],
    [{ jid: 'new@elsewhere.example' }, 422, 'BAD_ADDRESS'],
    [{ jid: 'two words' }, 422, 'BAD_ADDRESS'],
    [{ jid: 'new', members: ['nobody@im.example'] }, 422, 'NO_SUCH_ACCOUNT'],
    [{ jid: 'new', owners: ['@@'] }, 422, 'NO_SUCH_ACCOUNT'],
    [{ jid: '' }, 400, 'BAD_REQUEST'],
    [{ jid: 'new', createdBy: 'romeo@im.example' }, 400, 'BAD_REQUEST'],
    [{ jid: 'new', historyLength: 51 }, 400, 'BAD_REQUEST'],
    [{ jid: 'new', office: 'a\u0000b' }, 400, 'BAD_REQUEST'],
    [{ jid: 'new', title: 'a\u001b[31m' }, 400, 'BAD_REQUEST'],
  ])('is not made from %j', async (body, status, code) => {
    expect((await create(body)).json).toMatchObject({ status, code });
    expect((await ask(`/${at('new')}`)).status).toBe(404);
  });
});

describe('rooms', () => {
  it('are listed, searched, sorted and cut', async () => {
    const all = await ask('?sort=-createdAt&range=0-1');
    expect(rows(all)).toHaveLength(2);
    expect(Number(all.json['total'])).toBeGreaterThan(3);
    expect((await ask('?text=GARD')).json).toMatchObject({ total: 1, items: [{ title: 'The Garden' }] });
    expect((await ask('?text=%25')).json).toMatchObject({ total: 0 });
    expect((await ask('?office=Mantua')).json).toMatchObject({ total: 1, items: [{ jid: at('team') }] });
    expect((await ask('?range=100-199')).json).toMatchObject({ total: all.json['total'], items: [] });
    expect((await ask('?text=%00')).json).toMatchObject({ code: 'BAD_REQUEST' });
    expect((await ask('?sort=subject')).json).toMatchObject({ code: 'BAD_REQUEST' });
  });

  it('say who is there now, under which name', async () => {
    const romeo = await enter('romeo', PIAZZA);
    expect((await ask(`/${PIAZZA}`)).json).toMatchObject({ occupants: 1, members: 2 });
    const people = rows(await ask(`/${PIAZZA}/people`));
    expect(people).toContainEqual({
      jid: 'romeo@im.example',
      name: 'The romeo',
      affiliation: 'none',
      nick: 'romeo',
      role: 'participant',
    });
    expect(people[0]).toMatchObject({ affiliation: 'owner' });
    romeo.close();
  });

  // W-05
  it('tell administrators nothing of what is said in them, the subject neither', async () => {
    const employee = await enter('employee', PIAZZA);
    const say = (...children: ReturnType<typeof xml>[]) =>
      employee.send(xml('message', { to: PIAZZA, type: 'groupchat', id: 'said' }, ...children));
    await configure(PIAZZA, { participantsSetSubject: true });
    say(xml('subject', {}, CANARY));
    await employee.next((element) => element.getChildText('subject') === CANARY);
    say(xml('body', {}, CANARY));
    await employee.next((element) => element.getChildText('body') === CANARY);
    for (const path of ['', '?sort=jid', `/${PIAZZA}`, `/${PIAZZA}/people`, '/templates']) {
      expect([path, (await ask(path)).text.includes(CANARY)]).toEqual([path, false]);
    }
    expect(JSON.stringify(stage.audit.deeds)).not.toContain(CANARY);
    employee.close();
  });
});

describe('a change', () => {
  it('of the settings is in the audit log with what was before, and told in the room', async () => {
    const romeo = await enter('romeo', at('garden'));
    const changed = await configure(at('garden'), { title: 'The Orchard', slowModeSeconds: 5, public: true });
    expect(changed.json).toMatchObject({ title: 'The Orchard', slowModeSeconds: 5 });
    await romeo.next((element) => element.toString().includes('code="104"'));
    expect(stage.audit.deeds.at(-1)).toMatchObject({
      action: 'room.configure',
      subject: at('garden'),
      details: {
        before: { name: 'The Garden', slowModeSeconds: 0 },
        after: { name: 'The Orchard', slowModeSeconds: 5 },
      },
    });
    romeo.close();
  });

  it('that changes nothing is none', async () => {
    const before = stage.audit.deeds.length;
    expect((await configure(at('garden'), { title: 'The Orchard' })).status).toBe(200);
    expect(stage.audit.deeds).toHaveLength(before);
  });

  it('of the password tells nobody which it is', async () => {
    expect((await configure(at('garden'), { password: CANARY })).json).toMatchObject({ hasPassword: true });
    expect(stage.audit.deeds.at(-1)).toMatchObject({ details: { after: { hasPassword: true } } });
    expect((await configure(at('garden'), { password: null })).json).toMatchObject({ hasPassword: false });
    expect(JSON.stringify(stage.audit.deeds)).not.toContain(CANARY);
  });

  it('of who belongs to a room takes hold at once', async () => {
    const romeo = await enter('romeo', at('garden'));
    const told = relate(at('garden'), 'juliet@im.example', { affiliation: 'admin', reason: 'helps out' });
    expect((await told).json).toMatchObject({ jid: 'juliet@im.example', affiliation: 'admin', reason: 'helps out' });
    const out = await relate(at('garden'), 'romeo@im.example', { affiliation: 'outcast', reason: 'loud by night' });
    expect(out.json).toMatchObject({ affiliation: 'outcast', role: 'none' });
    await romeo.next((element) => element.toString().includes('code="301"'));
    expect(stage.audit.deeds.slice(-2)).toMatchObject([
      { action: 'room.relate', reason: 'helps out', details: { before: 'none', after: 'admin' } },
      { details: { person: 'romeo@im.example', before: 'member', after: 'outcast' } },
    ]);
    romeo.close();
  });

  it.each([
    ['nobody@im.example', { affiliation: 'member' }, 422, 'NO_SUCH_ACCOUNT'],
    ['admin@im.example', { affiliation: 'member' }, 409, 'NO_OWNER'],
    ['@@', { affiliation: 'member' }, 400, 'BAD_REQUEST'],
    ['juliet@im.example', { affiliation: 'king' }, 400, 'BAD_REQUEST'],
    ['juliet@im.example', { affiliation: 'member', role: 'moderator' }, 400, 'BAD_REQUEST'],
  ])('of %s to %j is refused', async (person, body, status, code) => {
    expect((await relate(at('garden'), person, body)).json).toMatchObject({ status, code });
  });

  // W-05
  it('lets no administrator into a room by himself', async () => {
    await create({ jid: 'crypt', owners: ['juliet@im.example'], membersOnly: true });
    const own = await relate(at('crypt'), 'admin@im.example', { affiliation: 'member' });
    expect(own.json).toMatchObject({ status: 409, code: 'OWN_ADMISSION' });
    await stage.person('second', { role: 'admin' });
    const byAnother = await relate(
      at('crypt'),
      'admin@im.example',
      { affiliation: 'member' },
      await stage.as('second'),
    );
    expect(byAnother.status).toBe(200);
    expect((await relate(at('crypt'), 'admin@im.example', { affiliation: 'none' })).status).toBe(200);
  });

  // W-06
  it('is not made while the audit log cannot be written', async () => {
    const { record } = stage.audit;
    stage.audit.record = () => Promise.reject(new Error('disk full'));
    const replies = [
      await create({ jid: 'unheard' }),
      await configure(PIAZZA, { title: 'Nobody knows' }),
      await relate(PIAZZA, 'juliet@im.example', { affiliation: 'owner' }),
      await retire(PIAZZA, {}),
    ];
    stage.audit.record = record;
    for (const { json } of replies) expect(json).toMatchObject({ status: 503, code: 'AUDIT_UNAVAILABLE' });
    expect((await ask(`/${at('unheard')}`)).status).toBe(404);
    expect((await ask(`/${PIAZZA}`)).json).toMatchObject({ title: 'Piazza', members: 2 });
  });
});

describe('a room that is retired', () => {
  it('sends people to another one, and stays as a trace', async () => {
    const romeo = await enter('romeo', at('tower'));
    const retired = await retire(at('tower'), { alternate: 'piazza' });
    expect(retired.json).toMatchObject({
      retired: { by: 'admin@im.example', reason: 'no longer needed', alternate: PIAZZA },
    });
    const told = await romeo.next((element) => element.toString().includes('destroy'));
    expect(told.toString()).toContain(`jid="${PIAZZA}"`);
    expect(stage.audit.deeds.at(-1)).toMatchObject({
      action: 'room.retire',
      subject: at('tower'),
      reason: 'no longer needed',
      details: { occupants: 1, alternate: PIAZZA },
    });
    expect((await ask('?state=retired')).json).toMatchObject({ total: 1, items: [{ jid: at('tower') }] });
    expect(rows(await ask(`/${at('tower')}/people`))).toHaveLength(1);
    romeo.close();
  });

  it('does not change any more', async () => {
    for (const reply of [
      await configure(at('tower'), { title: 'Ruin' }),
      await relate(at('tower'), 'romeo@im.example', { affiliation: 'owner' }),
      await retire(at('tower'), {}),
    ]) {
      expect(reply.json).toMatchObject({ status: 409, code: 'ROOM_RETIRED' });
    }
  });

  it.each(['tower', 'garden', 'nowhere'])('does not send anybody to %s', async (alternate) => {
    expect((await retire(at('garden'), { alternate })).json).toMatchObject({ status: 422, code: 'NO_SUCH_ALTERNATE' });
  });

  it('is retired for a reason', async () => {
    expect((await retire(at('garden'), { reason: ' ' })).json).toMatchObject({ code: 'BAD_REQUEST' });
  });
});

// W-03, T-09
describe('who administers one office', () => {
  let viceroy = '';
  beforeAll(async () => {
    viceroy = await stage.as('viceroy');
  });

  it('sees the rooms of that office and no others', async () => {
    for (const query of ['', '?text=piazza', '?office=Verona', '?sort=-members', '?state=retired']) {
      const offices = rows(await ask(query, { token: viceroy })).map(({ office }) => office);
      expect([query, offices.filter((office) => office !== 'Mantua')]).toEqual([query, []]);
    }
    expect((await ask('?office=Mantua', { token: viceroy })).json).toMatchObject({ total: 1 });
    const { items } = (await ask('/templates', { token: viceroy })).json as unknown as { items: { name: string }[] };
    expect(items.map(({ name }) => name)).toEqual(['team Mantua', 'team anywhere']);
  });

  it('gets the same answer for a room of another office and for one that does not exist', async () => {
    const none = at('none');
    const tries = (room: string): Promise<Reply>[] => [
      ask(`/${room}`, { token: viceroy }),
      ask(`/${room}/people`, { token: viceroy }),
      configure(room, { title: 'Mine' }, viceroy),
      relate(room, 'viceroy@im.example', { affiliation: 'owner' }, viceroy),
      retire(room, {}, viceroy),
    ];
    const [there, nowhere] = [await Promise.all(tries(PIAZZA)), await Promise.all(tries(none))];
    expect(there.map(({ status }) => status)).toEqual([404, 404, 404, 404, 404]);
    expect(there.map(({ text }) => text)).toEqual(nowhere.map(({ text }) => text));
    expect((await ask(`/${PIAZZA}`)).json).toMatchObject({ title: 'Piazza' });
    const refused = stage.audit.deeds.filter(({ action }) => action === 'room.outside-scope');
    expect(refused).toHaveLength(5);
    expect(refused[0]).toMatchObject({ actor: 'viceroy@im.example', subject: PIAZZA });
  });

  it('makes rooms of that office only', async () => {
    const made = await create({ jid: 'palace', members: ['romeo@im.example'] }, viceroy);
    expect(made.json).toMatchObject({ office: 'Mantua' });
    expect((await create({ jid: 'hall', template: 'team anywhere' }, viceroy)).json).toMatchObject({
      office: 'Mantua',
    });
    expect((await create({ jid: 'annex', office: 'Verona' }, viceroy)).status).toBe(404);
    expect((await create({ jid: 'annex', template: 'team Verona' }, viceroy)).status).toBe(422);
    expect(await stage.xmpp.server.rooms.find(parseJid(at('annex')))).toBeUndefined();
  });

  it('sends nobody to a room of another office', async () => {
    expect((await retire(at('hall'), { alternate: PIAZZA }, viceroy)).json).toMatchObject({
      status: 422,
      code: 'NO_SUCH_ALTERNATE',
    });
    expect((await retire(at('hall'), { alternate: 'palace' }, viceroy)).status).toBe(200);
  });
});

describe('roles without the right to change rooms', () => {
  it.each(['helpdesk', 'readonly'])('let %s look', async (role) => {
    const token = await stage.as(role);
    expect((await ask(`/${PIAZZA}/people`, { token })).status).toBe(200);
    expect((await configure(PIAZZA, { title: 'X' }, token)).json).toMatchObject({ code: 'NOT_PERMITTED' });
  });

  it.each(['employee', 'peers', 'officer', 'auditor'])('show %s nothing', async (role) => {
    expect((await ask('', { token: await stage.as(role) })).json).toMatchObject({ code: 'NOT_PERMITTED' });
  });
});
