import { expect, it } from 'vitest';
import { copyOf, type Element, NS, xml } from '@interoffice/wire';
import { inBothLanes } from '../../../../test/support/on-stage.js';

const ask = (namespace: string, to?: string): Element =>
  xml('iq', { type: 'get', ...(to ? { to } : {}) }, xml('query', { xmlns: namespace }));

/** How each advertised namespace is put to use; those without a question of their own say why. */
const QUESTIONS: Readonly<
  Record<string, readonly (readonly [type: 'get' | 'set', name: string, inside?: string])[] | string>
> = {
  [NS.discoInfo]: [['get', 'query']],
  [NS.discoItems]: [['get', 'query']],
  [NS.ping]: [['get', 'ping']],
  [NS.version]: [['get', 'query']],
  [NS.time]: [['get', 'time']],
  [NS.last]: [['get', 'query']],
  [NS.mam]: [
    ['set', 'query'],
    ['get', 'query'],
    ['get', 'metadata'],
    ['get', 'prefs'],
    ['set', 'prefs'],
  ],
  [NS.blocking]: [['get', 'blocklist']],
  'vcard-temp': [['get', 'vCard']],
  [NS.search]: [['get', 'query']],
  [NS.privateStorage]: "is put to use with somebody's own element: private-storage.spec.ts",
  [NS.pubsub]: [['get', 'pubsub', 'affiliations']],
  [NS.caps]: 'says that capabilities in presence are understood',
  [`${NS.bookmarks}#compat`]: 'says what private storage shows',
  [`${NS.bookmarks}#compat-pep`]: 'says what PEP shows',
  [NS.carbons]: [
    ['set', 'enable'],
    ['set', 'disable'],
  ],
  [NS.carbonsRules]: 'says how copies are chosen',
  [NS.mamExtended]: 'says what queries may hold',
  [NS.sid]: 'is seen on every message',
  msgoffline: 'says that messages wait',
  [NS.reporting]: 'comes with what is blocked: report.spec.ts',
};

inBothLanes('service discovery', (stage) => {
  it.each(['server', 'account'] as const)('advertises of the %s what is answered, and nothing else', async (place) => {
    const juliet = await stage().account('juliet');
    const phone = await stage().online(juliet, 'phone');
    const to = place === 'server' ? stage().domain : juliet.bare;
    const info = (await phone.ask(ask(NS.discoInfo, to))).getChild('query', NS.discoInfo)!;
    const found = info.getChildren('feature').map((feature) => String(feature.attrs['var']));
    expect(found.length).toBeGreaterThan(5);
    expect(found).toEqual([...new Set(found)].toSorted());
    for (const namespace of found) {
      // What PEP can do is put to use in pep.spec.ts, one by one.
      if (namespace.startsWith(`${NS.pubsub}#`)) continue;
      const questions = QUESTIONS[namespace];
      expect(questions, namespace).toBeDefined();
      if (typeof questions === 'string' || (place === 'server' && namespace === NS.carbons)) continue;
      if (place === 'server' && [NS.blocking, 'vcard-temp'].includes(namespace)) continue;
      for (const [type, name, inside] of questions!) {
        const content = inside === undefined ? [] : [xml(inside)];
        const answer = await phone.ask(xml('iq', { type, to }, xml(name, { xmlns: namespace }, ...content)));
        expect(answer.attrs['type'], `${type} ${name} of ${namespace}: ${String(answer)}`).toBe('result');
      }
    }
  });

  it('says what the server is, and whom to turn to', async () => {
    const phone = await stage().online(await stage().account('juliet'), 'phone');
    const info = (await phone.ask(ask(NS.discoInfo, stage().domain))).getChild('query', NS.discoInfo)!;
    expect(info.getChild('identity')!.attrs).toMatchObject({ category: 'server', type: 'im', name: 'Interoffice' });
    const form = info.getChild('x', NS.dataForms)!;
    const fields = Object.fromEntries(
      form.getChildren('field').map((field) => [field.attrs['var'], field.getChildText('value')]),
    );
    expect(fields).toEqual({
      FORM_TYPE: 'http://jabber.org/network/serverinfo',
      'admin-addresses': 'mailto:admin@im.example',
    });
  });

  it('shows an account to its owner and to those who may see it', async () => {
    const juliet = await stage().account('juliet');
    const phone = await stage().online(juliet, 'phone');
    const own = (await phone.ask(ask(NS.discoInfo))).getChild('query', NS.discoInfo)!;
    expect(own.getChild('identity')!.attrs).toMatchObject({ category: 'account', type: 'registered' });
    const items = (await phone.ask(ask(NS.discoItems))).getChild('query', NS.discoItems)!;
    expect(items.children).toEqual([]);
  });

  it('says that accounts publish, and where older clients look for it', async () => {
    const juliet = await stage().account('juliet');
    const phone = await stage().online(juliet, 'phone');
    for (const to of [juliet.bare, stage().domain]) {
      const info = (await phone.ask(ask(NS.discoInfo, to))).getChild('query', NS.discoInfo)!;
      const identities = info.getChildren('identity').map(({ attrs }) => `${attrs['category']}/${attrs['type']}`);
      expect(identities).toContain('pubsub/pep');
      expect(info.getChildren('feature').map(({ attrs }) => attrs['var'])).toContain(NS.pubsubOptions);
    }
  });
});

//
inBothLanes('a question about somebody one may not see', (stage) => {
  it.each([NS.discoInfo, NS.discoItems, NS.mam, NS.pubsub, 'vcard-temp'])(
    'about %s is answered as if there were nobody, attribute by attribute',
    async (namespace) => {
      const client = await stage().bound(await stage().account('romeo'));
      const gone = await stage().account('juliet');
      await stage().records.setState(gone.bare, 'deleted');
      const payload: Readonly<Record<string, Element>> = {
        [NS.pubsub]: xml('pubsub', { xmlns: NS.pubsub }, xml('items', { node: 'urn:xmpp:avatar:metadata' })),
        'vcard-temp': xml('vCard', { xmlns: 'vcard-temp' }),
      };
      const answer = async (to: string): Promise<string> => {
        const child = payload[namespace] ?? xml('query', { xmlns: namespace });
        const iq = xml('iq', { type: namespace === NS.mam ? 'set' : 'get', to }, copyOf(child));
        const { attrs, children } = await client.ask(iq);
        return JSON.stringify([{ ...attrs, id: '', from: attrs['from'] === to }, children.map(String)]);
      };
      expect(await answer(gone.bare)).toBe(await answer('nobody-of-this-name@im.example'));
    },
  );
});
