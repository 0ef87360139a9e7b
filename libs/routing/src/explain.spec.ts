import { expect, it } from 'vitest';
import { NS, parseJid, xml } from '@interoffice/wire';
import { onStage } from '../../../test/support/on-stage.js';
import { on } from './feature.js';

const broken = {
  name: 'broken',
  implements: [],
  hooks: [
    on('screen', { kind: 'message', to: ['nobody'] }, () => {
      throw new Error('a fault of this feature');
    }),
  ],
};

onStage('explaining why a message would not pass', { more: [broken] }, (stage) => {
  const explain = async (from: string, to: string): Promise<string[]> =>
    (await stage().server.routing.explain(parseJid(from), parseJid(to))).map(
      ({ step, outcome, because }) => `${step} ${outcome}: ${because}`,
    );

  it('names the route, the state of the receiver and each feature that has a say', async () => {
    const [romeo, juliet] = [await stage().account('romeo'), await stage().account('juliet')];
    expect(await explain(romeo.bare, juliet.bare)).toEqual([
      'route passes: an account of this server',
      'screen encryption-policy passes: has nothing against it',
      'screen blocking passes: has nothing against it',
      'welcome blocking passes: has nothing against it',
    ]);
    const phone = await stage().online(juliet, 'phone');
    await phone.ask(xml('iq', { type: 'set' }, xml('block', { xmlns: NS.blocking }, xml('item', { jid: romeo.bare }))));
    expect(await explain(`${romeo.bare}/desk`, phone.jid)).toContain(
      'welcome blocking refused: the receiver has blocked the sender',
    );
    await stage().server.accountChanged((await stage().records.setState(juliet.bare, 'suspended'))!);
    expect(await explain(romeo.bare, juliet.bare)).toContain(`receiver refused: ${juliet.bare} is not active`);
  });

  it('says when nobody is there, on either side, and which feature fails', async () => {
    const romeo = await stage().account('romeo');
    const steps = await explain(romeo.bare, 'nobody-at-all@im.example');
    expect(steps[0]).toBe('route refused: an address at our domain that belongs to no one');
    expect(steps).toContain('screen broken fails: the feature failed: a fault of this feature');
    expect(await explain(romeo.bare, 'tybalt@elsewhere.example')).toContain(
      'route refused: another domain, to which there is no connection',
    );
    expect(await explain('nobody-at-all@im.example', romeo.bare)).toEqual([
      'author fails: nobody-at-all@im.example has no account here',
    ]);
  });
});
