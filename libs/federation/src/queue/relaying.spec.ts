import { NS, xml } from '@interoffice/wire';
import { beforeEach, describe, expect, it } from 'vitest';
import type { TestClient } from '../../../../test/support/client.js';
import { inBothLanes } from '../../../../test/support/on-stage.js';
import { rule } from '../../../../test/support/rules.js';
import { ScriptedGateway } from '../../../../test/support/scripted-gateway.js';
import type { Actor } from '../../../../test/support/stage.js';
import { MOST_HOPS } from './hops.js';

const [A, B, C, HUB] = ['a.example', 'b.example', 'c.example', 'hub.example'];
const RULES = [
  rule({ id: 'offices', peers: [A, B, C] }),
  rule({ id: 'no-files', effect: 'deny', peers: [B], classes: ['file'], reason: 'No files to B.' }),
];

inBothLanes(
  'headquarters',
  (stage) => {
    let gateway: ScriptedGateway;
    let romeo: Actor;
    let desk: TestClient;
    let ids = 0;
    beforeEach(async () => {
      gateway = new ScriptedGateway(stage());
      romeo = await stage().account('romeo');
      desk = await stage().online(romeo, 'desk');
    });

    const chat = (from: string, to: string, text: string, more = ''): string =>
      `<message from='${from}/x' to='${to}' type='chat' id='h${++ids}'><body>${text}</body>${more}</message>`;
    const relayed = (...hops: string[]): string => `<relayed xmlns='${NS.relay}' by='${hops.join(' ')}'/>`;
    const sentTo = (peer: string): string[] =>
      gateway.sent.filter((sent) => sent.startsWith(`${peer} `)).map((sent) => sent.slice(peer.length + 1));
    const settled = async (): Promise<void> => {
      await stage().settled();
      for (const peer of [A, B, C]) await gateway.reaches(peer);
    };
    const rows = () => stage().archive.rows;

    describe('pass on', () => {
      it('what settings name: it is on record here before the office that sent it is told, and is sent as it came', async () => {
        const stream = gateway.opens(A);
        stage().archive.hold();
        gateway.comes(stream, chat(`yuki@${A}`, `ben@${B}`, 'over the hub'));
        await desk.ask(xml('iq', { type: 'get', to: stage().domain }, xml('ping', { xmlns: NS.ping })));
        expect([gateway.decided.get(stream), sentTo(B)]).toEqual([undefined, []]);
        stage().archive.resume();
        await settled();
        expect(gateway.decided.get(stream)).toBe(1);
        const on = {
          author: `yuki@${A}`,
          authorId: 0,
          receiver: `ben@${B}`,
          peer: B,
          verdict: 0,
          body: 'over the hub',
        };
        expect(rows().at(-1)).toMatchObject(on);
        // The stream is ours; who wrote to whom stands in the stanza.
        expect(gateway.calls).toContainEqual(expect.objectContaining({ domain: A, peer: B, as: stage().domain }));
        const [sent] = sentTo(B).filter((stanza) => stanza.includes('over the hub'));
        expect(sent).toContain(`from="yuki@${A}/x"`.replaceAll('"', sent!.includes(`from='`) ? "'" : '"'));
        expect(sent).toMatch(new RegExp(`<relayed xmlns=.${NS.relay}. by=.${stage().domain}.`));
      });

      it('questions and presence behind the messages of the same person, and the answers to them', async () => {
        const [from, back] = [gateway.opens(A), gateway.opens(B)];
        gateway.comes(from, chat(`emi@${A}`, `ben@${B}`, 'first'));
        gateway.comes(from, `<presence from='emi@${A}/x' to='ben@${B}' type='subscribe'/>`);
        gateway.comes(from, `<iq from='emi@${A}/x' to='ben@${B}/y' type='get' id='q1'><ping xmlns='${NS.ping}'/></iq>`);
        gateway.comes(back, `<iq from='ben@${B}/y' to='emi@${A}/x' type='result' id='q1'/>`);
        await settled();
        const kinds = sentTo(B).filter((stanza) => stanza.includes(`emi@${A}`));
        expect(kinds.map((stanza) => /^<(\w+)/.exec(stanza)![1])).toEqual(['message', 'presence', 'iq']);
        expect(sentTo(A).some((stanza) => stanza.includes('q1') && stanza.includes('result'))).toBe(true);
        expect([gateway.decided.get(from), gateway.decided.get(back)]).toEqual([3, 1]);
      });

      it('nothing that settings do not name, and whoever wrote it reads so', async () => {
        const stream = gateway.opens(A);
        gateway.comes(stream, chat(`yuki@${A}`, `carl@${C}`, 'not this way'));
        gateway.comes(
          stream,
          `<iq from='yuki@${A}/x' to='carl@${C}' type='get' id='q2'><ping xmlns='${NS.ping}'/></iq>`,
        );
        await settled();
        expect(sentTo(C)).toEqual([]);
        const errors = sentTo(A).filter((stanza) => stanza.includes('<error') && stanza.includes(`carl@${C}`));
        expect(errors).toHaveLength(2);
        expect(errors[0]).toContain(`passes nothing on from ${A} to ${C}`);
        expect(rows().findLast(({ body }) => body === 'not this way')?.verdict).toBe(1);
      });

      it('only what its own rules allow as well, with the rule behind the refusal', async () => {
        const stream = gateway.opens(A);
        const file = "<x xmlns='jabber:x:oob'><url>https://x/</url></x>";
        gateway.comes(stream, chat(`yuki@${A}`, `ben@${B}`, 'the plans', file));
        gateway.comes(
          stream,
          `<iq from='yuki@${A}/x' to='ben@${B}' type='set' id='q3'><si xmlns='http://jabber.org/protocol/si'/></iq>`,
        );
        await settled();
        expect(sentTo(B).filter((stanza) => stanza.includes('the plans'))).toEqual([]);
        const error = sentTo(A).find((stanza) => stanza.includes('No files to B.'));
        const id = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/.exec(error!)![0];
        expect(await stage().server.federation!.decisions.find(id)).toMatchObject({ rule: 'no-files', peer: B });
        expect(rows().findLast(({ body }) => body === 'the plans')?.verdict).toBe(1);
      });

      it('once what comes again after a cut', async () => {
        const first = gateway.opens(A);
        const same = chat(`once@${A}`, `ben@${B}`, 'only once');
        gateway.comes(first, same);
        await settled();
        gateway.ends(first, 'cut');
        gateway.comes(gateway.opens(A), same);
        await settled();
        expect(rows().filter(({ body, verdict }) => body === 'only once' && verdict === 0)).toHaveLength(1);
      });
    });

    describe('refuse, and count', () => {
      it.each([
        ['what was here before', [HUB, 'im.example', HUB], 'in a circle'],
        ['what too many have passed on', Array.from({ length: MOST_HOPS }, (_, i) => `h${i}.example`), 'more than 8'],
      ])('%s', async (_, hops, says) => {
        // The list is that of an office which speaks for c.example here.
        const stream = gateway.opens(HUB);
        gateway.comes(stream, chat(`carl@${C}`, `ben@${B}`, 'round and round', relayed(...hops)));
        await settled();
        expect(sentTo(B).filter((stanza) => stanza.includes('round and round'))).toEqual([]);
        expect(sentTo(C).find((stanza) => stanza.includes('<error'))).toContain(says);
        expect(stage().server.federation!.relayLoops).toBeGreaterThan(0);
      });
    });

    // F-06
    describe('believe', () => {
      it('no list that somebody writes about their own stanzas', async () => {
        gateway.comes(
          gateway.opens(A),
          chat(`yuki@${A}`, `ben@${B}`, 'forged list', relayed('im.example', 'x.example')),
        );
        await settled();
        const [sent] = sentTo(B).filter((stanza) => stanza.includes('forged list'));
        expect(sent).toMatch(/by=.im\.example./);
        expect(sent).not.toContain('x.example');
      });

      it('an office about another one only where settings say so', async () => {
        const stream = gateway.opens(HUB);
        gateway.comes(stream, chat(`carl@${C}`, romeo.bare, 'through the other hub', relayed(HUB)));
        gateway.comes(stream, chat(`yuki@${A}`, romeo.bare, 'nobody said that'));
        await stage().settled();
        const got = desk.received.splice(0).filter((stanza) => stanza.is('message'));
        expect(got.map((stanza) => stanza.getChildText('body'))).toEqual(['through the other hub']);
        // Whoever it is for does not see the list.
        expect(got[0]!.getChild('relayed')).toBeUndefined();
      });
    });

    it('say where each office stands: through whom it is reached, and what is passed on', () => {
      const federation = stage().server.federation!;
      const nothing = { via: undefined, carries: [], passedTo: [], passedFrom: [] };
      expect(federation.placeOf(A)).toEqual({ ...nothing, isOffice: true, passedTo: [B], passedFrom: [B] });
      expect(federation.placeOf(B)).toEqual({ ...nothing, isOffice: true, passedTo: [A, C], passedFrom: [A, C] });
      expect(federation.placeOf(C)).toEqual({ isOffice: true, via: HUB, carries: [], passedTo: [B], passedFrom: [B] });
      expect(federation.placeOf(HUB)).toEqual({ ...nothing, isOffice: true, carries: [C] });
      expect(federation.placeOf('partner.example')).toEqual({ ...nothing, isOffice: false });
    });

    it('is the way to who is reached through another office', async () => {
      desk.send(xml('message', { to: `carl@${C}`, type: 'chat', id: 'via' }, xml('body', {}, 'by the hub')));
      await stage().settled();
      expect(gateway.calls).toContainEqual(expect.objectContaining({ domain: stage().domain, peer: C, via: HUB }));
    });
  },
  {
    rules: RULES,
    offices: [A, B, C, HUB],
    via: { [C]: HUB },
    relay: [
      { from: [A, C], to: [B] },
      { from: [B], to: [A, C] },
    ],
  },
);
