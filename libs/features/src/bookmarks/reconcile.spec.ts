import { parseXml, serialize } from '@interoffice/wire';
import { describe, expect, it } from 'vitest';
import type { Item } from '../personal-nodes.js';
import { collate, reconcile } from './reconcile.js';

const NEW = 'urn:xmpp:bookmarks:1';
const item = (id: string, attributes: string, children = ''): Item => ({
  id,
  payload: serialize(parseXml(`<conference xmlns='${NEW}' ${attributes}>${children}</conference>`)),
});
const storage = (children: string) => parseXml(`<storage xmlns='storage:bookmarks'>${children}</storage>`);
const text = (children: string): string => serialize(storage(children));

const play = item('play@rooms.example', `name='The Play' autojoin='true'`, '<nick>JC</nick>');
const orchard = item(
  'orchard@rooms.example',
  `name='The Orchard' autojoin='1'`,
  `<nick>JC</nick><password>secret</password><extensions><state xmlns='urn:x' minimized='true'/></extensions>`,
);
const playOld = `<conference jid='play@rooms.example' name='The Play' autojoin='true'><nick>JC</nick></conference>`;
const orchardOld = `<conference jid='orchard@rooms.example' name='The Orchard' autojoin='1'><nick>JC</nick><password>secret</password><state xmlns='urn:x' minimized='true'/></conference>`;
const web = `<url name='Works' url='https://example.com/'/>`;

describe('the older form of bookmarks', () => {
  it('shows every room with all that is known of it, and what only it knows', () => {
    expect(serialize(collate([play, orchard], storage(web)))).toBe(text(playOld + orchardOld + web));
  });

  it('leaves out items that are no rooms', () => {
    expect(serialize(collate([{ id: 'x', payload: '<other xmlns="urn:x"/>' }], undefined))).toBe(text(''));
  });

  it('written as it was read changes nothing', () => {
    const { items, removed, rest } = reconcile([play, orchard], storage(orchardOld + web + playOld));
    expect([items, removed, serialize(rest)]).toEqual([[], [], text(web)]);
  });

  it.each([
    ['true for 1', orchardOld.replace("autojoin='1'", "autojoin='true'")],
    ['a room in other letters', orchardOld.replace('orchard@rooms', 'Orchard@ROOMS')],
    ['a room without what it does not understand', orchardOld.replace(/<state[^>]*>/, '')],
  ])('written with %s changes nothing', (_, old) => {
    expect(reconcile([play, orchard], storage(playOld + old))).toMatchObject({ items: [], removed: [] });
  });

  it.each([
    [
      'another name and no nick',
      `<conference jid='orchard@rooms.example' name='Garden' autojoin='1'><password>secret</password></conference>`,
      `name='Garden' autojoin='1'`,
      `<password>secret</password><extensions><state xmlns='urn:x' minimized='true'/></extensions>`,
    ],
    [
      'no name, no password and no wish to join',
      `<conference jid='orchard@rooms.example'><nick>J</nick></conference>`,
      `autojoin='false'`,
      `<nick>J</nick><extensions><state xmlns='urn:x' minimized='true'/></extensions>`,
    ],
    [
      'something of its own',
      orchardOld
        .replace(
          '</conference>',
          `<state xmlns='urn:x' minimized='false'/><print_status>all</print_status></conference>`,
        )
        .replace(`<state xmlns='urn:x' minimized='true'/>`, ''),
      `name='The Orchard' autojoin='1'`,
      `<nick>JC</nick><password>secret</password><extensions><state xmlns='urn:x' minimized='false'/><print_status xmlns='storage:bookmarks'>all</print_status></extensions>`,
    ],
  ])('written with %s changes that and keeps the extensions', (_, old, attributes, children) => {
    const { items, removed } = reconcile([play, orchard], storage(playOld + old));
    expect([items, removed]).toEqual([[item('orchard@rooms.example', attributes, children)], []]);
  });

  it('adds rooms, under their address as it is prepared, and takes those away that it leaves out', () => {
    const balcony = `<conference jid='Balcony@rooms.example/JC' name='Balcony' autojoin='true'><nick>JC</nick><password>p</password></conference>`;
    const { items, removed } = reconcile([play, orchard], storage(playOld + balcony));
    expect(items).toEqual([
      item('balcony@rooms.example', `name='Balcony' autojoin='true'`, '<nick>JC</nick><password>p</password>'),
    ]);
    expect(removed).toEqual(['orchard@rooms.example']);
  });

  it('keeps what cannot be an item as it is', () => {
    const odd = `<conference name='Nowhere'/><conference jid='a b@' name='Odd'/>${web}`;
    const { items, removed, rest } = reconcile([], storage(odd + playOld));
    expect([items, removed, serialize(rest)]).toEqual([[play], [], text(odd)]);
    expect(serialize(collate(items, rest))).toBe(text(playOld + odd));
  });

  it('has the later of two entries for one room', () => {
    const twice = playOld + playOld.replace('JC', 'Juliet');
    expect(reconcile([play], storage(twice)).items).toEqual([
      item('play@rooms.example', `name='The Play' autojoin='true'`, '<nick>Juliet</nick>'),
    ]);
  });
});
