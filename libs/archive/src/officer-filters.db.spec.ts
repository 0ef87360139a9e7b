import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { party, type Said } from '../../../test/support/recordable.js';
import { RecordedArchive } from '../../../test/support/recorded-archive.js';

const HALL = 'hall@rooms.im.example';
const romeo = party(1, 'romeo@im.example/phone');
const juliet = party(2, 'juliet@im.example', 'Tokyo');
const nurse = party(3, 'nurse@im.example');
const tybalt = party(0, 'tybalt@other.example/sword', '');
const paris = party(0, 'paris@third.example', '');
const hall = party(-9, HALL, 'Verona');
const label = (marking: string): string =>
  `<securitylabel xmlns='urn:xmpp:sec-label:0'><displaymarking fgcolor='red'>${marking}</displaymarking><label/></securitylabel>`;

let archive: RecordedArchive;
const place: Record<string, number> = {};

/** By what the tests call it. */
function say(name: string, message: Said, decision: Parameters<RecordedArchive['say']>[1] = {}): void {
  place[name] = archive.say(message, decision);
}

async function found(query: Parameters<RecordedArchive['found']>[0], scope?: string): Promise<string[]> {
  const places = await archive.found(query, scope);
  return places.map((at) => Object.keys(place).find((name) => place[name] === at)!);
}

beforeAll(async () => {
  archive = await RecordedArchive.open();
  const { database } = archive;
  for (const name of ['romeo', 'juliet', 'nurse']) {
    const text = `INSERT INTO accounts (jid, directory, search) VALUES ($1, 'local', $2)`;
    await database.query('app', text, [`${name}@im.example`, `${name} ${name}@im.example`]);
  }
  const group = `INSERT INTO directory_groups (directory, directory_id, dn, dn_key, name, members_hash)
    VALUES ('d', $1, $1, $1, $1, '') RETURNING id`;
  const [[traders], [desk]] = await Promise.all([
    database.query<{ id: number }>('app', group, ['Traders']),
    database.query<{ id: number }>('app', group, ['Desk']),
  ]);
  const member = `INSERT INTO directory_group_members (group_id, member, account_id, member_group_id) VALUES ($1, $2, $3, $4)`;
  await database.query('app', member, [traders!.id, 'desk', null, desk!.id]);
  await database.query('app', member, [desk!.id, 'juliet', 2, null]);
  // A group in itself ends all the same.
  await database.query('app', member, [desk!.id, 'traders', null, traders!.id]);
  const file = `<x xmlns='jabber:x:oob'><url>https://files.example/a</url></x>`;
  say('plain', { from: romeo, to: nurse, body: 'lark in the morning' });
  say('file', { from: romeo, to: juliet, body: 'lark picture', more: file });
  say('share', { from: juliet, to: nurse, more: `<file-sharing xmlns='urn:xmpp:sfs:0'/>` });
  say('names it', { from: nurse, to: romeo, body: `a lark says xmlns='jabber:x:oob' and urn:xmpp:sec-label:0` });
  say('secret', { from: romeo, to: nurse, body: 'lark', more: label('NATO SECRET') });
  say('restricted', { from: romeo, to: nurse, body: 'other', more: label('Ｒestricted') });
  say('out', { from: romeo, to: tybalt, body: 'lark out', peer: 'other.example' });
  say(
    'in',
    { from: tybalt, to: romeo, body: 'lark in', peer: 'other.example' },
    { verdict: 'refused', decisionId: 'd' },
  );
  say('relayed', { from: tybalt, to: paris, body: 'lark by', peer: 'third.example' });
  say('in room', { from: romeo, to: hall, room: HALL, kind: 3, body: 'lark hall' });
  say('headline', { from: nurse, to: romeo, kind: 2, body: 'news of the lark' });
  say('dropped', { from: nurse, to: romeo, body: 'lark spam' }, { verdict: 'dropped' });
  say('original', { from: romeo, to: hall, room: HALL, kind: 3, body: 'lakr' });
  const about = archive.ids[place['original']!]!;
  say('correction', { from: romeo, to: hall, room: HALL, kind: 3, body: 'lark mended' }, { about });
  await archive.journal.settled();
});
afterAll(() => archive.close());

describe('filters of a search', () => {
  it('by what was sent with it', async () => {
    expect(await found({ hasFile: true })).toEqual(['share', 'file']);
    expect(await found({ hasFile: true, text: 'lark' })).toEqual(['file']);
    expect(await found({ label: 'nato secret' })).toEqual(['secret']);
    expect(await found({ label: 'Restricted', text: 'other' })).toEqual(['restricted']);
    for (const none of ['nato', 'restricte', 'lark']) expect(await found({ label: none })).toEqual([]);
    expect(await found({ label: 'nato secret', hasFile: true })).toEqual([]);
  });

  it('by the way it took', async () => {
    expect(await found({ peer: 'other.example' })).toEqual(['in', 'out']);
    expect(await found({ direction: 'in' })).toEqual(['in']);
    expect(await found({ direction: 'out' })).toEqual(['out']);
    expect(await found({ direction: 'relayed' })).toEqual(['relayed']);
    expect(await found({ direction: 'internal', text: 'lark', kind: 'chat' })).toEqual([
      'dropped',
      'secret',
      'names it',
      'file',
      'plain',
    ]);
    expect(await found({ peer: 'other.example', direction: 'out', text: 'lark' })).toEqual(['out']);
    expect(await found({ peer: 'OTHER.example' })).toEqual([]);
  });

  it('by verdict and kind', async () => {
    expect(await found({ verdict: 'refused' })).toEqual(['in']);
    expect(await found({ verdict: 'dropped', text: 'spam' })).toEqual(['dropped']);
    expect(await found({ verdict: 'passed', text: 'lark', participant: 'nurse@im.example' })).toEqual([
      'headline',
      'secret',
      'names it',
      'plain',
    ]);
    expect(await found({ kind: 'headline' })).toEqual(['headline']);
    expect(await found({ kind: 'groupchat' })).toEqual(['correction', 'original', 'in room']);
    expect(await found({ kind: 'chat', room: HALL })).toEqual([]);
  });

  it('by what became of it: what was changed later', async () => {
    expect(await found({ isEdited: true })).toEqual(['original']);
    expect(await found({ isEdited: true, text: 'lakr', room: HALL, from: 'romeo@im.example' })).toEqual(['original']);
    expect(await found({ isEdited: true, text: 'lark' })).toEqual([]);
    expect(await found({ isEdited: true, hasFile: true })).toEqual([]);
    expect(await found({ isEdited: true }, 'Tokyo')).toEqual([]);
  });

  it('by groups of the directory, as they are now, and groups in them', async () => {
    for (const group of ['Traders', 'traders', 'Desk']) expect(await found({ group })).toEqual(['share', 'file']);
    expect(await found({ group: 'Traders', text: 'lark' })).toEqual(['file']);
    expect(await found({ group: 'Traders', from: 'juliet@im.example' })).toEqual(['share']);
    expect(await found({ group: 'Nobody' })).toEqual([]);
  });

  it('by office, and within the scope of the officer', async () => {
    expect(await found({ office: 'Tokyo' })).toEqual(['share', 'file']);
    expect(await found({ office: 'Verona', text: 'lark' })).toEqual(['correction', 'in room']);
    expect(await found({ office: 'Verona' }, 'Tokyo')).toEqual([]);
    expect(await found({ verdict: 'refused' }, 'Tokyo')).toEqual([]);
    expect(await found({}, 'Tokyo')).toEqual(['share', 'file']);
    expect(await found({ text: 'lark' }, 'Tokyo\u001fVerona')).toEqual(['correction', 'in room', 'file']);
  });

  it('all of them together, and phrases beside words', async () => {
    const query = { from: 'romeo', to: 'juliet', office: 'Tokyo', direction: 'internal', kind: 'chat' } as const;
    expect(await found({ ...query, hasFile: true, text: 'pict "lark picture"' })).toEqual(['file']);
    expect(await found({ text: '"in the morning" lark' })).toEqual(['plain']);
    expect(await found({ participant: 'tybalt@other.example' })).toEqual(['relayed', 'in', 'out']);
  });

  it('cannot be asked for what only the index writes', async () => {
    for (const text of ['\u0002', '\u000e\u000e', '\u0001']) expect(await found({ text })).toEqual(await found({}));
    expect(await found({ text: '\u0002\u0016\u000f\u0002lark' })).toEqual(await found({ text: 'lark' }));
  });

  it('counts what the newest hits are made of', async () => {
    const facets = await archive.officers.facets({ text: 'lark', scope: '*' });
    expect(facets).toMatchObject({
      looked: 11,
      isWhole: true,
      rooms: [{ value: HALL, count: 2 }],
      peers: [
        { value: 'other.example', count: 2 },
        { value: 'third.example', count: 1 },
      ],
      months: [{ value: '2026-06', count: 11 }],
      verdicts: [
        { value: 'passed', count: 9 },
        { value: 'dropped', count: 1 },
        { value: 'refused', count: 1 },
      ],
    });
    expect(facets!.people[0]).toEqual({ value: 'romeo@im.example', count: 10 });
    const narrow = await archive.officers.facets({ text: 'lark', scope: 'Tokyo' });
    expect(narrow).toMatchObject({
      looked: 1,
      people: expect.arrayContaining([{ value: 'juliet@im.example', count: 1 }]),
    });
    expect(await archive.officers.facets({ isEdited: true, scope: '*' })).toMatchObject({ looked: 1 });
    expect(await archive.officers.facets({ group: 'Nobody', scope: '*' })).toBeUndefined();
  });
});
