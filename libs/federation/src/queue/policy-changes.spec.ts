import type { Rule } from '@interoffice/policy';
import { NS, xml } from '@interoffice/wire';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { TestClient } from '../../../../test/support/client.js';
import { inBothLanes } from '../../../../test/support/on-stage.js';
import { rule } from '../../../../test/support/rules.js';
import { ScriptedGateway } from '../../../../test/support/scripted-gateway.js';
import type { Actor } from '../../../../test/support/stage.js';
import { said, chat } from '../../../../test/support/talk.js';

const PEER = 'tokyo.example';
const PEERS = [PEER, `conference.${PEER}`];
const RULES = [
  rule({ peers: PEERS }),
  rule({ id: 'mute', peers: ['mute.example'], directions: ['in'], classes: ['presence'] }),
  rule({ id: 'no-files', effect: 'deny', peers: PEERS, classes: ['file'], reason: 'Files stay here.' }),
];

// F-07
inBothLanes(
  'by other rules, while streams are open, other servers',
  (stage) => {
    let gateway: ScriptedGateway;
    let romeo: Actor;
    let desk: TestClient;
    beforeEach(async () => {
      gateway = new ScriptedGateway(stage());
      romeo = await stage().account('romeo');
      desk = await stage().online(romeo, 'desk');
    });
    afterEach(() => stage().server.federation!.changeRules(RULES, 1));

    const yuki = `yuki@${PEER}/desk`;
    const from = (to: string, text: string): string =>
      `<message from='${yuki}' to='${to}' type='chat' id='${text}'><body>${text}</body></message>`;
    const words = (): string[] => gateway.sent.flatMap((sent) => /<body>([^<]*)</.exec(sent)?.[1] ?? []);
    const now = (...rules: Rule[]): void => stage().server.federation!.changeRules(rules, 2);

    it('are neither heard nor written to any more, and the gateway is told whom it may call', async () => {
      await gateway.reaches(PEER);
      const stream = gateway.opens(PEER);
      desk.send(chat(`yuki@${PEER}`, 'before'));
      gateway.comes(stream, from(romeo.bare, 'heard'));
      await stage().settled();
      now(rule({ id: 'other', peers: ['other.example'] }));
      await stage().settled();
      expect(gateway.setUp!.rules.map(({ id }) => id)).toEqual(['other']);
      expect(gateway.hungUp).toContain(PEER);
      gateway.comes(stream, from(romeo.bare, 'not heard'));
      desk.send(chat(`yuki@${PEER}`, 'after'));
      await stage().settled();
      expect([said(desk).includes('heard'), words().includes('after')]).toEqual([true, false]);
      const since = stage().archive.rows.slice(-2);
      expect(since.map(({ body, verdict }) => `${body} ${verdict}`).toSorted()).toEqual(['after 1', 'not heard 1']);
    });

    it('get nothing of what had waited for them: its author is told', async () => {
      desk.send(chat(`yuki@${PEER}`, 'waiting'));
      await stage().settled();
      now();
      const error = await desk.next(
        (element) => element.attrs['type'] === 'error' && element.attrs['id'] === 'waiting',
      );
      expect(error.getChild('error')!.getChildText('text')).toContain('allows no exchange');
      now(...RULES);
      await stage().settled();
      await gateway.reaches(PEER);
      desk.send(chat(`yuki@${PEER}`, 'allowed again'));
      await stage().settled();
      await gateway.reaches(PEER);
      expect(words()).toEqual(['allowed again']);
    });

    it('are judged by a rule that denies one class, and keep the others and their streams', async () => {
      const stream = gateway.opens(PEER);
      now(...RULES, rule({ id: 'no-chat', effect: 'deny', peers: PEERS, classes: ['chat'], reason: 'Not now.' }));
      expect(gateway.hungUp).toEqual([]);
      gateway.comes(stream, from(romeo.bare, 'words'));
      gateway.comes(stream, `<presence from='yuki@${PEER}' to='${romeo.bare}' type='subscribe'/>`);
      await desk.next((element) => element.attrs['type'] === 'subscribe');
      await stage().settled();
      expect(said(desk)).toEqual([]);
      expect(stage().archive.rows.at(-1)).toMatchObject({ body: 'words', verdict: 1 });
      await stage().server.federation!.decisions.flush();
      expect(stage().denials.at(-1)).toMatchObject({ rule: 'no-chat', policyVersion: 2, office: '' });
    });

    it('are out of our rooms', async () => {
      await gateway.reaches(PEER);
      const room = `shut@conference.${stage().domain}`;
      desk.send(xml('presence', { to: `${room}/romeo` }, xml('x', { xmlns: NS.muc })));
      await desk.next((element) => element.is('message') && element.getChild('subject') !== undefined);
      const form = xml('x', { xmlns: 'jabber:x:data', type: 'submit' });
      await desk.ask(xml('iq', { type: 'set', to: room }, xml('query', { xmlns: NS.mucOwner }, form)));
      const stream = gateway.opens(PEER, `conference.${stage().domain}`);
      gateway.comes(stream, `<presence from='${yuki}' to='${room}/guest'><x xmlns='${NS.muc}'/></presence>`);
      await stage().settled();
      desk.received = [];
      now();
      const gone = await desk.next((element) => element.is('presence') && element.attrs['type'] === 'unavailable');
      expect(gone.attrs['from']).toBe(`${room}/guest`);
    });

    it('stay by the rules of before where the new ones cannot be meant', () => {
      expect(() => now(rule({ peers: ['no domain'] }))).toThrow('no domain is no domain');
      expect(stage().server.federation!.policy.version).toBe(1);
    });
  },
  { rules: RULES },
);
