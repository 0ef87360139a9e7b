import { type Element, NS, xml } from '@interoffice/wire';
import { beforeEach, expect, it, vi } from 'vitest';
import type { TestClient } from '../../../../test/support/client.js';
import { inBothLanes } from '../../../../test/support/on-stage.js';
import { rule } from '../../../../test/support/rules.js';
import { ScriptedGateway } from '../../../../test/support/scripted-gateway.js';
import type { Actor } from '../../../../test/support/stage.js';

const PEER = 'tokyo.example';
const EVIL = 'evil.example';
const RULES = [rule({ peers: [PEER, EVIL] })];
const yuki = `yuki@${PEER}/desk`;
const mallory = `mallory@${EVIL}/pc`;

inBothLanes(
  'what a peer forges',
  (stage) => {
    let gateway: ScriptedGateway;
    let romeo: Actor;
    let desk: TestClient;
    beforeEach(async () => {
      gateway = new ScriptedGateway(stage());
      romeo = await stage().account('romeo');
      desk = await stage().online(romeo, 'desk');
      await gateway.reaches(PEER);
      await gateway.reaches(EVIL);
    });

    /** The answer that leaves for whoever asked. */
    const ask = async (from: string, attrs: string, payload: string): Promise<string> => {
      const id = `q${Math.random()}`;
      gateway.comes(
        gateway.opens(from.slice(from.indexOf('@') + 1, from.indexOf('/'))),
        `<iq from='${from}' id='${id}' ${attrs}>${payload}</iq>`,
      );
      return vi.waitUntil(() => gateway.sent.findLast((sent) => sent.includes(`id="${id}"`)));
    };

    // T-01
    it('does not come in under an address that its stream was not proven for, however it is written', async () => {
      const stream = gateway.opens(EVIL);
      const others = ['boss@im.example', yuki, `x@sub.${EVIL}`, '@', 'x y@evil.example', ''];
      for (const from of others) {
        gateway.comes(stream, `<message from='${from}' to='${romeo.bare}' type='chat'><body>forged</body></message>`);
      }
      gateway.comes(stream, `<message to='${romeo.bare}' type='chat'><body>forged</body></message>`);
      gateway.comes(
        stream,
        `<message from='${mallory}' to='${romeo.bare}' type='chat'><body>own name</body></message>`,
      );
      const got = await desk.next((element) => element.is('message'));
      await stage().settled();
      expect([got.attrs['from'], desk.received.filter((element) => element.is('message'))]).toEqual([mallory, []]);
      expect(stage().archive.rows.some(({ body }) => body === 'forged')).toBe(false);
      expect(gateway.decided.get(stream)).toBe(others.length + 2);
    });

    // T-02
    it('changes no roster, block list or copies: a device never sees the order', async () => {
      for (const namespace of [NS.roster, NS.blocking, NS.carbons, NS.mam]) {
        for (const to of [desk.jid, romeo.bare]) {
          const answer = await ask(mallory, `type='set' to='${to}'`, `<query xmlns='${namespace}'/>`);
          expect(answer).toContain('service-unavailable');
        }
      }
      expect(desk.received).toEqual([]);
    });

    // T-03
    it('loses every element that only we, a room or an archive may use, in every copy, before archive and delivery', async () => {
      const stream = gateway.opens(EVIL);
      const owned = [
        `<stanza-id xmlns='${NS.sid}' by='${romeo.bare}' id='forged'/>`,
        `<stanza-id xmlns='${NS.sid}' by='${stage().domain}' id='forged'/>`,
        `<sent xmlns='${NS.carbons}'><forwarded xmlns='urn:xmpp:forward:0'>forged</forwarded></sent>`,
        `<received xmlns='${NS.carbons}'>forged</received>`,
        `<result xmlns='${NS.mam}' id='forged'/>`,
        `<delay xmlns='${NS.delay}' from='${stage().domain}' stamp='2001-01-01T00:00:00Z'>forged</delay>`,
        `<x xmlns='jabber:x:delay' from='${romeo.bare}' stamp='20010101T00:00:00'>forged</x>`,
        `<x xmlns='${NS.mucUser}'><invite from='forged@im.example'/></x>`,
      ];
      const ids = `<occupant-id xmlns='${NS.occupantId}' id='forged'/>`.repeat(2);
      for (const copies of [1, 2, 5]) {
        const forged = owned.map((element) => element.repeat(copies)).join('') + ids;
        const text = `in ${copies}`;
        gateway.comes(
          stream,
          `<message from='${mallory}' to='${romeo.bare}' type='chat'>${forged}<body>${text}</body>${forged}</message>`,
        );
        const got = await desk.next((element) => element.getChildText('body') === text);
        expect(got.getChildElements().map((child) => child.getName())).toEqual(['body', 'stanza-id']);
        const row = stage().archive.rows.find(({ body }) => body === text)!;
        expect(row.stanza.toString()).not.toContain('forged');
        expect(got.getChild('stanza-id')!.attrs).toMatchObject({ by: romeo.bare, id: row.id });
      }
    });

    // T-04
    it('is no answer to what we have asked somebody else, though the id is right', async () => {
      const room = `asked@conference.${stage().domain}`;
      desk.send(xml('presence', { to: `${room}/romeo` }, xml('x', { xmlns: NS.muc })));
      await desk.next((element) => element.is('message') && element.getChild('subject') !== undefined);
      const form = xml('x', { xmlns: 'jabber:x:data', type: 'submit' });
      await desk.ask(xml('iq', { type: 'set', to: room }, xml('query', { xmlns: NS.mucOwner }, form)));
      const streams = new Map<string, number>();
      for (const [who, nick] of [
        [yuki, 'yuki'],
        [mallory, 'mallory'],
      ] as const) {
        const stream = gateway.opens(who.slice(who.indexOf('@') + 1, who.indexOf('/')), `conference.${stage().domain}`);
        streams.set(who, stream);
        gateway.comes(stream, `<presence from='${who}' to='${room}/${nick}'><x xmlns='${NS.muc}'/></presence>`);
      }
      await stage().settled();
      for (const peer of [PEER, EVIL]) await gateway.reaches(peer);
      let answer: Element | undefined;
      const question = xml('iq', { type: 'get', to: `${room}/yuki` }, xml('query', { xmlns: NS.version }));
      const asked = desk.ask(question).then((element) => (answer = element));
      const relayed = await vi.waitUntil(() =>
        gateway.sent.find((sent) => sent.startsWith(PEER) && sent.includes(NS.version)),
      );
      const id = /<iq[^>]* id=["']([^"']+)/.exec(relayed)![1]!;
      const to = /<iq[^>]* from=["']([^"']+)/.exec(relayed)![1]!;
      // 128 bits of chance at least, in the id or beside it.
      expect(id.length).toBeGreaterThanOrEqual(22);
      const reply = (from: string, name: string): void =>
        gateway.comes(
          streams.get(from)!,
          `<iq type='result' from='${from}' to='${to}' id='${id}'><query xmlns='${NS.version}'><name>${name}</name></query></iq>`,
        );
      reply(mallory, 'forged');
      await stage().settled();
      expect(answer).toBeUndefined();
      reply(yuki, 'Psi');
      expect((await asked).getChild('query', NS.version)!.getChildText('name')).toBe('Psi');
    });

    // T-11
    it('does not find what somebody keeps to themselves, nor that it is there', async () => {
      const options = xml(
        'x',
        { xmlns: 'jabber:x:data', type: 'submit' },
        xml('field', { var: 'FORM_TYPE', type: 'hidden' }, xml('value', {}, `${NS.pubsub}#publish-options`)),
        xml('field', { var: 'pubsub#access_model' }, xml('value', {}, 'whitelist')),
      );
      const publish = xml(
        'publish',
        { node: 'secret' },
        xml('item', { id: '1' }, xml('note', { xmlns: 'urn:x' }, 'mine')),
      );
      const put = xml('pubsub', { xmlns: NS.pubsub }, publish, xml('publish-options', {}, options));
      expect((await desk.ask(xml('iq', { type: 'set' }, put))).attrs['type']).toBe('result');
      const items = (node: string): string =>
        `<pubsub xmlns='${NS.pubsub}'><items node='${node}'><item id="1' OR '1'='1"/></items></pubsub>`;
      const [secret, none] = [
        await ask(mallory, `type='get' to='${romeo.bare}'`, items('secret')),
        await ask(mallory, `type='get' to='${romeo.bare}'`, items('nothing')),
      ];
      const sense = (answer: string): string => answer.replace(/id="[^"]*"/g, '').replaceAll('nothing', 'secret');
      expect(sense(secret)).toBe(sense(none));
      expect([secret.includes('type="error"'), secret.includes('mine')]).toEqual([true, false]);
    });
  },
  { rules: RULES },
);
