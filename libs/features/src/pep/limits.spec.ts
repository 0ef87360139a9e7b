import { type Element, NS, xml } from '@interoffice/wire';
import { expect, it } from 'vitest';
import { inBothLanes, onStage } from '../../../../test/support/on-stage.js';
import { conditions, idsIn, options, publish, pubsub, readItems } from '../../../../test/support/pubsub.js';

const TUNE = 'http://jabber.org/protocol/tune';
const tune = (title: string): Element => xml('tune', { xmlns: TUNE }, xml('title', {}, title));
const item = (id: string, payload = tune(id)): Element => xml('item', { id }, payload);

inBothLanes('what an account publishes', (stage) => {
  it('keeps within bounds, and says which', async () => {
    const phone = await stage().online(await stage().account('juliet'), 'phone');
    const big = (bytes: number): Element => item('a', tune('x'.repeat(bytes)));
    expect(conditions(await phone.ask(publish('urn:big', big(65_536))))).toEqual(['not-acceptable', 'payload-too-big']);
    expect(conditions(await phone.ask(publish('urn:big', item('i'.repeat(1024)))))).toEqual(['bad-request']);
    expect(conditions(await phone.ask(publish('u'.repeat(1024), item('a'))))).toEqual(['bad-request']);
    const max = options({ max_items: 'max' });
    const outcomes: string[] = [];
    for (let i = 0; i < 33; i++) {
      const answer = await phone.ask(publish('urn:big', item(`${i}`, tune('x'.repeat(65_000))), max));
      outcomes.push(answer.attrs['type'] === 'result' ? 'result' : conditions(answer).join());
    }
    expect(outcomes).toEqual([...Array.from({ length: 32 }, () => 'result'), 'not-allowed']);
    for (let i = 1; i < 200; i++) await phone.ask(publish(`urn:node:${i}`, item('a')));
    expect(conditions(await phone.ask(publish('urn:node:200', item('a'))))).toEqual(['not-allowed']);
    expect(conditions(await phone.ask(pubsub('set', xml('create', { node: 'urn:node:200' }))))).toEqual([
      'not-allowed',
    ]);
    expect((await phone.ask(publish('urn:node:7', item('b')))).attrs['type']).toBe('result');
  }, 60_000);

  it('keeps no more than a thousand items, whatever a node is asked to keep', async () => {
    const juliet = await stage().account('juliet');
    const phone = await stage().online(juliet, 'phone');
    await phone.ask(publish('urn:many', item('first'), options({ max_items: 'max' })));
    await stage().database.query(
      'app',
      `INSERT INTO pep_items (account_id, node, id, payload, size, published_at)
       SELECT a.id, 'urn:many', 'i' || n, '<a xmlns="b"/>', 14, now() FROM accounts a, generate_series(1, 999) n WHERE jid = $1`,
      [juliet.bare],
    );
    await phone.ask(publish('urn:many', item('last'), options({ max_items: '1000' })));
    const ids = idsIn(await phone.ask(readItems('urn:many')));
    expect([ids.length, ids[0], ids.at(-1)]).toEqual([1000, 'i1', 'last']);
  });
});

onStage('what grows when it is written', { lane: 'fast' }, (stage) => {
  // Every quote takes six bytes then, and a tag has at most 16,384.
  const large = `<a xmlns='b' c='${'"'.repeat(9000)}'/>`;

  it.each([
    ['an item', `<pubsub xmlns='${NS.pubsub}'><publish node='x'><item>${large}</item></publish></pubsub>`],
    ['an element of private storage', `<query xmlns='${NS.privateStorage}'>${large}</query>`],
    [
      'a bookmark of an older client',
      `<query xmlns='${NS.privateStorage}'><storage xmlns='storage:bookmarks'><conference jid='a@b' name='${'"'.repeat(9000)}'/></storage></query>`,
    ],
  ])('so that it could not be read again is not taken as %s', async (_, payload) => {
    const phone = await stage().online(await stage().account('juliet'), 'phone');
    phone.write(`<iq type='set' id='q'>${payload}</iq>`);
    expect(conditions(await phone.next())[0]).toBe('not-acceptable');
  });
});
