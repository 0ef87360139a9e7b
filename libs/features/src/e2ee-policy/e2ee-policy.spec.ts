import { type Element, NS, UNREADABLE_NAMESPACES, xml } from '@interoffice/wire';
import { afterEach, describe, expect, it } from 'vitest';
import { open, type Stage } from '../../../../test/support/stage.js';
import type { EncryptionRule } from './e2ee-policy.js';

let stage: Stage;
afterEach(() => stage.close());

/** One company, one rule; in both lanes the same. */
async function pair(rule: EncryptionRule, treeLaneOnly: boolean) {
  stage = await open({ lane: treeLaneOnly ? 'tree' : 'fast', encryption: { of: () => rule } });
  const [romeo, juliet] = [await stage.account('romeo'), await stage.account('juliet')];
  const desk = await stage.online(romeo, 'desk');
  const phone = await stage.online(juliet, 'phone');
  const says = async (inner: string): Promise<{ arrived: boolean; answer: string }> => {
    desk.write(`<message to='${juliet.bare}' type='chat' id='m'>${inner}</message>`);
    await stage.settled();
    const answer = desk.received.splice(0).map(String).join('');
    return { arrived: phone.received.splice(0).length > 0, answer };
  };
  const publishes = (node: string): Promise<Element> =>
    desk.ask(
      xml(
        'iq',
        { type: 'set' },
        xml(
          'pubsub',
          { xmlns: NS.pubsub },
          xml('publish', { node }, xml('item', { id: '1' }, xml('keys', { xmlns: 'x' }))),
        ),
      ),
    );
  return { says, publishes, verdicts: () => stage.archive.rows.map(({ verdict }) => verdict) };
}

const ENCRYPTED = [
  ...UNREADABLE_NAMESPACES.map((namespace) => `<body>fallback</body><encrypted xmlns='${namespace}'/>`),
  '<body>?OTR:AAMC</body>',
];
const KEY_NODES = [
  'eu.siacs.conversations.axolotl.devicelist',
  'urn:xmpp:omemo:2:bundles',
  'urn:xmpp:openpgp:0:public-keys',
];

describe.each([false, true])('end-to-end encryption (tree lane: %s)', (treeLaneOnly) => {
  it('is recorded and delivered where it is allowed, with its keys', async () => {
    const { says, publishes, verdicts } = await pair('allow', treeLaneOnly);
    for (const inner of ENCRYPTED) expect((await says(inner)).arrived, inner).toBe(true);
    expect(verdicts()).toEqual(ENCRYPTED.map(() => 0));
    for (const node of KEY_NODES) expect((await publishes(node)).attrs['type'], node).toBe('result');
  });

  it('is refused with the reason, and on record as refused, where what is said has to be readable', async () => {
    const { says, publishes, verdicts } = await pair('require-readable', treeLaneOnly);
    for (const inner of ENCRYPTED) {
      const { arrived, answer } = await says(inner);
      expect(arrived, inner).toBe(false);
      expect(answer).toMatch(/policy-violation.*Switch the encryption off/);
    }
    expect(verdicts()).toEqual(ENCRYPTED.map(() => 1));
    expect((await says('<body>in the clear</body>')).arrived).toBe(true);
    expect((await says('<body>what does ?OTR mean</body>')).arrived).toBe(true);
    for (const node of KEY_NODES) expect((await publishes(node)).attrs['type'], node).toBe('result');
  });

  it('is refused together with its keys where it is forbidden; other nodes are published as ever', async () => {
    const { says, publishes } = await pair('forbid', treeLaneOnly);
    for (const inner of ENCRYPTED) expect((await says(inner)).arrived, inner).toBe(false);
    for (const node of KEY_NODES) expect(String(await publishes(node)), node).toMatch(/policy-violation.*no key/);
    expect((await publishes('urn:example:tunes')).attrs['type']).toBe('result');
  });
});
