import { type Element, NS, xml } from '@interoffice/wire';
import { expect, it } from 'vitest';
import type { TestClient } from '../../../../test/support/client.js';
import { inBothLanes } from '../../../../test/support/on-stage.js';
import {
  befriend,
  conditions,
  type Fields,
  form,
  heard,
  idsIn,
  NODE_CONFIG,
  options,
  owner,
  publish,
  pubsub,
  readItems,
  settle,
  to,
} from '../../../../test/support/pubsub.js';
import { want } from '../../../../test/support/wants.js';

const TUNE = 'http://jabber.org/protocol/tune';
const tune = (title: string): Element => xml('tune', { xmlns: TUNE }, xml('title', {}, title));
const item = (id: string, payload = tune(id)): Element => xml('item', { id }, payload);

inBothLanes('what is not for everybody', (stage) => {
  const scene = async () => {
    const [romeo, juliet] = [await stage().account('romeo'), await stage().account('juliet')];
    const desk = await stage().online(romeo, 'desk');
    const phone = await stage().online(juliet, 'phone');
    await befriend(stage(), desk, phone);
    return { romeo, juliet, desk, phone };
  };
  it('makes a node as the options say, and publishes nothing to one that is otherwise (T-11)', async () => {
    const { desk, phone } = await scene();
    const closed = options({ access_model: 'whitelist', persist_items: 'true', max_items: 'max' });
    await want(desk, 'urn:private');
    await settle(stage(), desk);
    expect((await phone.ask(publish('urn:private', item('a'), closed))).attrs['type']).toBe('result');
    expect((await phone.ask(publish('urn:private', item('b'), closed))).attrs['type']).toBe('result');
    const others: readonly Fields[] = [
      { access_model: 'open' },
      { max_items: '7' },
      { access_model: 'authorize' },
      { max_items: '1001' },
      { colour: 'red' },
    ];
    for (const fields of others) {
      const answer = await phone.ask(publish('urn:private', item('c'), options(fields)));
      expect(conditions(answer), JSON.stringify(fields)).toEqual(['conflict', 'precondition-not-met']);
    }
    expect(idsIn(await phone.ask(readItems('urn:private')))).toEqual(['a', 'b']);
    const fresh = await phone.ask(publish('urn:fresh', item('a'), options({ colour: 'red' })));
    expect(conditions(fresh)).toEqual(['conflict', 'precondition-not-met']);
    expect(conditions(await phone.ask(readItems('urn:fresh')))).toEqual(['item-not-found']);
    const malformed = xml('publish-options', {}, form('urn:other', {}));
    expect(conditions(await phone.ask(publish('urn:fresh', item('a'), malformed)))).toEqual(['bad-request']);
    await stage().settled();
    expect(heard(desk)).toEqual([]);
  });

  it('shows nobody but the account what is private, nor that there is anything (T-11)', async () => {
    const { juliet, desk, phone } = await scene();
    const stranger = await stage().online(await stage().account('mercutio'), 'hall');
    await phone.ask(publish('urn:private', item('secret'), options({ access_model: 'whitelist', max_items: 'max' })));
    await phone.ask(publish('urn:friends', item('a')));
    await phone.ask(publish('urn:open', item('a'), options({ access_model: 'open' })));
    const disco = (namespace: string, node?: string): Element =>
      to(xml('iq', { type: 'get' }, xml('query', { xmlns: namespace, ...(node && { node }) })), juliet.bare);
    const answerTo = async (client: TestClient, question: Element): Promise<string> => {
      const answer = await client.ask(question);
      return String(answer).replaceAll(String(answer.attrs['id']), '').replaceAll('urn:private', 'urn:missing');
    };
    for (const client of [desk, stranger]) {
      for (const ask of [
        (node: string) => to(readItems(node), juliet.bare),
        (node: string) => to(readItems(node, {}, 'secret'), juliet.bare),
        (node: string) => disco(NS.discoInfo, node),
        (node: string) => disco(NS.discoItems, node),
        (node: string) => to(owner('get', xml('configure', { node })), juliet.bare),
        (node: string) => to(publish(node, item('b')), juliet.bare),
      ]) {
        expect(await answerTo(client, ask('urn:private'))).toBe(await answerTo(client, ask('urn:missing')));
      }
      expect(String(await client.ask(disco(NS.discoItems)))).not.toContain('urn:private');
    }
    expect(conditions(await desk.ask(to(readItems('urn:private'), juliet.bare)))).toEqual(['item-not-found']);
    expect(conditions(await desk.ask(to(publish('urn:friends', item('b')), juliet.bare)))).toEqual(['forbidden']);
    expect(idsIn(await desk.ask(to(readItems('urn:friends'), juliet.bare)))).toEqual(['a']);
    // A stranger is told what he would be told of an account that is not there.
    for (const question of [readItems('urn:friends'), readItems('urn:missing'), publish('urn:x', item('a'))]) {
      const known = await stranger.ask(to(question, juliet.bare));
      const nobody = await stranger.ask(to(question, 'nobody-of-this-name@im.example'));
      expect([conditions(known), conditions(nobody)]).toEqual([['service-unavailable'], ['service-unavailable']]);
      expect(known.getChild('error')!.getChild('text')).toEqual(nobody.getChild('error')!.getChild('text'));
    }
    expect(idsIn(await stranger.ask(to(readItems('urn:open'), juliet.bare)))).toEqual(['a']);
    const listed = async (client: TestClient): Promise<unknown[]> =>
      (await client.ask(disco(NS.discoItems)))
        .getChild('query')!
        .getChildren('item')
        .map(({ attrs }) => attrs['node']);
    expect(await listed(stranger)).toEqual(['urn:open']);
    expect(await listed(desk)).toEqual(['urn:friends', 'urn:open']);
    expect(await listed(phone)).toEqual(['urn:friends', 'urn:open', 'urn:private']);
  });

  it('lets only members of the named roster groups read a node for them', async () => {
    const { romeo, juliet, desk, phone } = await scene();
    const groups = xml('field', { var: 'pubsub#roster_groups_allowed' }, xml('value', {}, 'Friends'));
    const config = form(NODE_CONFIG, { access_model: 'roster' });
    config.cnode(groups);
    await phone.ask(pubsub('set', xml('create', { node: 'urn:roster' }), xml('configure', {}, config)));
    await phone.ask(publish('urn:roster', item('a')));
    expect(conditions(await desk.ask(to(readItems('urn:roster'), juliet.bare)))).toEqual(['item-not-found']);
    const group = xml('item', { jid: romeo.bare }, xml('group', {}, 'Friends'));
    await phone.ask(xml('iq', { type: 'set' }, xml('query', { xmlns: NS.roster }, group)));
    expect(idsIn(await desk.ask(to(readItems('urn:roster'), juliet.bare)))).toEqual(['a']);
  });
});
