import { type Element, NS, xml } from '@interoffice/wire';
import { expect, it } from 'vitest';
import { inBothLanes } from '../../../../test/support/on-stage.js';
import {
  conditions,
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
} from '../../../../test/support/pubsub.js';
import { open } from '../../../../test/support/stage.js';
import { want } from '../../../../test/support/wants.js';

const TUNE = 'http://jabber.org/protocol/tune';
const tune = (title: string): Element => xml('tune', { xmlns: TUNE }, xml('title', {}, title));
const item = (id: string, payload = tune(id)): Element => xml('item', { id }, payload);

inBothLanes('a node of an account', (stage) => {
  it('replaces, orders and forgets items as the node is configured', async () => {
    const phone = await stage().online(await stage().account('juliet'), 'phone');
    await phone.ask(publish('urn:one', item('a')));
    await phone.ask(publish('urn:one', item('b')));
    expect(idsIn(await phone.ask(readItems('urn:one')))).toEqual(['b']);
    const three = options({ max_items: '3' });
    for (const id of ['a', 'b', 'c', 'a', 'd']) await phone.ask(publish('urn:three', item(id), three));
    expect(idsIn(await phone.ask(readItems('urn:three')))).toEqual(['c', 'a', 'd']);
    expect(idsIn(await phone.ask(readItems('urn:three', { max_items: '2' })))).toEqual(['a', 'd']);
    expect(idsIn(await phone.ask(readItems('urn:three', {}, 'c', 'b', 'd')))).toEqual(['c', 'd']);
    expect(idsIn(await phone.ask(readItems('urn:three', {}, 'nothing')))).toEqual([]);
    await phone.ask(owner('set', xml('configure', { node: 'urn:three' }, form(NODE_CONFIG, { max_items: '2' }))));
    expect(idsIn(await phone.ask(readItems('urn:three')))).toEqual(['a', 'd']);
  });

  it('keeps nothing in a node that only tells', async () => {
    const phone = await stage().online(await stage().account('juliet'), 'phone');
    await want(phone, 'urn:fleeting');
    await settle(stage(), phone);
    await phone.ask(publish('urn:fleeting', item('a'), options({ persist_items: 'false' })));
    await stage().settled();
    expect(heard(phone)).toHaveLength(1);
    expect(conditions(await phone.ask(readItems('urn:fleeting')))).toEqual(['feature-not-implemented', 'unsupported']);
    const purge = await phone.ask(owner('set', xml('purge', { node: 'urn:fleeting' })));
    expect(conditions(purge)).toEqual(['feature-not-implemented', 'unsupported']);
  });

  it('refuses what it does not understand with the error that says so', async () => {
    const phone = await stage().online(await stage().account('juliet'), 'phone');
    await phone.ask(publish('urn:x', item('a')));
    const configure = (fields: Record<string, string>): Element =>
      owner('set', xml('configure', { node: 'urn:x' }, form(NODE_CONFIG, fields)));
    for (const [iq, expected] of [
      [xml('iq', { type: 'get' }, xml('pubsub', { xmlns: NS.pubsub })), ['bad-request']],
      [readItems(''), ['bad-request', 'nodeid-required']],
      [readItems('urn:x', { max_items: 'some' }), ['bad-request']],
      [publish('urn:x', xml('item', { id: 'a' })), ['bad-request', 'payload-required']],
      [publish('urn:x', xml('item', {}, tune('a'), tune('b'))), ['bad-request', 'invalid-payload']],
      [pubsub('set', xml('publish', { node: 'urn:x' })), ['bad-request', 'item-required']],
      [pubsub('set', xml('publish', { node: 'urn:x' }, item('a'), item('b'))), ['bad-request', 'item-required']],
      [pubsub('set', xml('retract', { node: 'urn:x' })), ['bad-request', 'item-required']],
      [pubsub('set', xml('retract', { node: 'urn:x' }, xml('item', { id: 'b' }))), ['item-not-found']],
      [pubsub('set', xml('retract', { node: 'urn:y' }, xml('item', { id: 'b' }))), ['item-not-found']],
      [pubsub('set', xml('create', { node: 'urn:x' })), ['conflict']],
      [pubsub('set', xml('create', {}), xml('configure', { node: 'x' })), ['bad-request']],
      [pubsub('set', xml('create', {}), xml('configure', {}, form('urn:x', {}))), ['bad-request']],
      [pubsub('set', xml('subscribe', { node: 'urn:x', jid: 'a@b' })), ['feature-not-implemented', 'unsupported']],
      [pubsub('get', xml('subscriptions', {})), ['feature-not-implemented', 'unsupported']],
      [owner('set', xml('affiliations', { node: 'urn:x' })), ['feature-not-implemented', 'unsupported']],
      [owner('get', xml('configure', {})), ['bad-request', 'nodeid-required']],
      [owner('get', xml('configure', { node: 'urn:y' })), ['item-not-found']],
      [owner('set', xml('configure', { node: 'urn:x' })), ['bad-request']],
      [configure({ access_model: 'authorize' }), ['not-acceptable', 'unsupported-access-model']],
      [configure({ max_items: '2000' }), ['not-acceptable']],
      [owner('set', xml('delete', { node: 'urn:y' })), ['item-not-found']],
      [owner('set', xml('purge', { node: 'urn:y' })), ['item-not-found']],
    ] as const) {
      const answer = await phone.ask(iq);
      expect(answer.attrs['type'], String(iq)).toBe('error');
      expect(conditions(answer), String(iq)).toEqual(expected);
    }
    expect((await phone.ask(configure({ colour: 'red' }))).attrs['type']).toBe('result');
    const cancelled = xml('configure', { node: 'urn:x' }, xml('x', { xmlns: NS.dataForms, type: 'cancel' }));
    expect((await phone.ask(owner('set', cancelled))).attrs['type']).toBe('result');
  });

  it('gives a node a name where none is said, and says who owns what', async () => {
    const juliet = await stage().account('juliet');
    const phone = await stage().online(juliet, 'phone');
    const made = await phone.ask(pubsub('set', xml('create', {})));
    const node = String(made.getChild('pubsub')!.getChild('create')!.attrs['node']);
    expect(node.length).toBeGreaterThan(20);
    const mine = await phone.ask(pubsub('get', xml('affiliations', {})));
    expect(mine.getChild('pubsub')!.getChild('affiliations')!.getChild('affiliation')!.attrs).toMatchObject({
      node,
      affiliation: 'owner',
    });
    const owners = await phone.ask(owner('get', xml('affiliations', { node })));
    expect(owners.getChild('pubsub')!.getChild('affiliations')!.getChildren('affiliation')).toHaveLength(1);
    const defaults = await phone.ask(owner('get', xml('default', {})));
    expect(String(defaults)).toContain('pubsub#access_model');
  });

  it('is kept over a restart of the server, and goes with the account', async () => {
    const juliet = await stage().account('juliet');
    const phone = await stage().online(juliet, 'phone');
    await phone.ask(
      publish('urn:kept', item('a', tune('<&> "語" \'x\'')), options({ access_model: 'open', max_items: '5' })),
    );
    await phone.leave();
    await stage().settled();
    const later = await open({ database: stage().database });
    const laptop = await later.online(juliet, 'laptop');
    const answer = await laptop.ask(readItems('urn:kept'));
    const [read] = answer.getChild('pubsub')!.getChild('items')!.getChildren('item');
    expect(read!.getChild('tune', TUNE)!.getChildText('title')).toBe('<&> "語" \'x\'');
    const configured = await laptop.ask(owner('get', xml('configure', { node: 'urn:kept' })));
    const values = configured.getChild('pubsub')!.getChild('configure')!.getChild('x')!.getChildren('field');
    expect(Object.fromEntries(values.map((field) => [field.attrs['var'], field.getChildText('value')]))).toMatchObject({
      'pubsub#access_model': 'open',
      'pubsub#max_items': '5',
      'pubsub#persist_items': '1',
    });
    await later.close();
    await stage().database.query('app', 'DELETE FROM accounts WHERE jid = $1', [juliet.bare]);
    const left = await stage().database.query('app', 'SELECT 1 FROM pep_nodes n WHERE name = $1', ['urn:kept']);
    expect(left).toEqual([]);
  });
});
