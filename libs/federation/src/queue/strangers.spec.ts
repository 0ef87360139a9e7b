import { type Element, NS, xml } from '@interoffice/wire';
import { beforeEach, describe, expect, it } from 'vitest';
import type { TestClient } from '../../../../test/support/client.js';
import { inBothLanes } from '../../../../test/support/on-stage.js';
import { rule } from '../../../../test/support/rules.js';
import { ScriptedGateway } from '../../../../test/support/scripted-gateway.js';
import { type Actor, open } from '../../../../test/support/stage.js';
import { NewContacts } from './new-contacts.js';

const [PEER, OPEN, CLOSED] = ['tokyo.example', 'open.example', 'closed.example'];
const RULES = [rule({ peers: [PEER, OPEN, CLOSED] })];
const WISHES = new Map([
  [PEER, 'ask'],
  [CLOSED, 'refuse'],
] as const);
const wishOf = (peer: string) => WISHES.get(peer) ?? 'deliver';

inBothLanes(
  'somebody at another server who is not known',
  (stage) => {
    let gateway: ScriptedGateway;
    let romeo: Actor;
    let desk: TestClient;
    let count = 0;
    /** Another stranger in each test. */
    let yuki: string;
    let stream: number;
    beforeEach(async () => {
      gateway = new ScriptedGateway(stage());
      for (const peer of [PEER, OPEN, CLOSED]) await gateway.reaches(peer);
      romeo = await stage().account('romeo');
      desk = await stage().online(romeo, 'desk');
      yuki = `yuki${(count += 1)}@${PEER}`;
      stream = gateway.opens(PEER);
    });

    const writes = (from: string, text: string, over = stream): void =>
      gateway.comes(
        over,
        `<message from='${from}/pc' to='${romeo.bare}' type='chat' id='${text}'><body>${text}</body></message>`,
      );
    const heard = (client = desk): Element[] =>
      client.received.splice(0).filter((element) => element.is('message') && element.attrs['type'] !== 'error');
    const bodies = (client = desk): (string | null)[] => heard(client).map((element) => element.getChildText('body'));
    const say = (client: TestClient, to: string, text: string): void =>
      client.send(xml('message', { to, type: 'chat', id: text }, xml('body', {}, text)));
    /** What waits is shown in turns of its own. */
    const settled = async (): Promise<void> => {
      for (let i = 0; i < 3; i++) await stage().settled();
    };
    const errors = (): string[] => gateway.sent.filter((sent) => /type=["']error/.test(sent));

    it('waits with what they write: it is on record, and the receiver is told once who it is', async () => {
      for (const text of ['one', 'two', 'three']) writes(yuki, text);
      await settled();
      const [notice, ...more] = heard();
      expect([notice!.attrs['from'], more]).toEqual([stage().domain, []]);
      expect(notice!.getChildText('body')).toContain(yuki);
      const rows = stage().archive.rows.filter(({ author }) => author === yuki);
      expect(rows.map(({ body, verdict, decisionId }) => [body, verdict, decisionId])).toEqual(
        ['one', 'two', 'three'].map((text) => [text, 2, 'waits-for-consent']),
      );
      // Their server has handed them over; nobody is told whether they were read.
      expect([gateway.decided.get(stream), errors()]).toEqual([3, []]);
    });

    it('is heard, in order and with when it was written, as soon as the receiver writes to them', async () => {
      for (const text of ['one', 'two']) writes(yuki, text);
      await settled();
      heard();
      say(desk, yuki, 'Who is this?');
      await settled();
      const shown = heard();
      expect(shown.map((element) => element.getChildText('body'))).toEqual(['one', 'two']);
      for (const message of shown) {
        expect(message.getChild('delay', NS.delay)!.attrs['stamp']).toBe('2026-11-20T09:00:00.000Z');
        expect(message.getChild('stanza-id', NS.sid)!.attrs['by']).toBe(romeo.bare);
      }
      writes(yuki, 'three');
      await settled();
      expect(bodies()).toEqual(['three']);
      expect(stage().archive.rows.filter(({ author, verdict }) => author === yuki && verdict === 0)).toHaveLength(3);
    });

    it('is heard by who is in their contacts, asks to be, or agrees to be seen', async () => {
      for (const type of ['subscribe', 'subscribed']) {
        const other = `${type}-${yuki}`;
        writes(other, `to be ${type}`);
        await settled();
        heard();
        desk.send(xml('presence', { to: other, type }));
        await settled();
        expect(bodies()).toEqual([`to be ${type}`]);
      }
      const item = xml('item', { jid: yuki, name: 'Yuki' });
      await desk.ask(xml('iq', { type: 'set' }, xml('query', { xmlns: NS.roster }, item)));
      writes(yuki, 'in the contacts');
      await settled();
      expect(bodies()).toEqual(['in the contacts']);
    });

    it('is not heard when the receiver blocks them, nor when they are unblocked; then it is asked anew', async () => {
      const block = (name: string): Element =>
        xml('iq', { type: 'set' }, xml(name, { xmlns: NS.blocking }, xml('item', { jid: yuki })));
      writes(yuki, 'before');
      await settled();
      heard();
      await desk.ask(block('block'));
      await desk.ask(block('unblock'));
      writes(yuki, 'afterwards');
      await settled();
      expect(bodies().map((text) => text!.includes('wants to write'))).toEqual([true]);
      say(desk, yuki, 'Well?');
      await settled();
      expect(bodies()).toEqual(['afterwards']);
    });

    it('may not leave any number of messages waiting: their server is told to wait', async () => {
      for (let i = 0; i < 101; i++) writes(yuki, `${i}`);
      await settled();
      await gateway.reaches(PEER);
      expect(errors()).toHaveLength(1);
      expect(errors()[0]).toContain('resource-constraint');
      heard();
      say(desk, yuki, 'All at once?');
      await settled();
      expect(bodies()).toEqual(Array.from({ length: 100 }, (_, i) => `${i}`));
    });

    it('waits over a restart', async () => {
      writes(yuki, 'before');
      await settled();
      const later = await open({
        database: stage().database,
        archive: stage().archive,
        rules: RULES,
        strangers: { wishOf },
        now: stage().clock.now() + 60_000,
      });
      const gatewayLater = new ScriptedGateway(later);
      const laptop = await later.online(romeo, 'laptop');
      await later.settled();
      heard(laptop);
      gatewayLater.comes(
        gatewayLater.opens(PEER),
        `<message from='${yuki}/pc' to='${romeo.bare}' type='chat' id='after'><body>after</body></message>`,
      );
      await later.settled();
      // Asked already.
      expect(bodies(laptop)).toEqual([]);
      say(laptop, yuki, 'Yes?');
      for (let i = 0; i < 3; i++) await later.settled();
      expect(bodies(laptop)).toEqual(['before', 'after']);
      await later.close();
    });

    it('is delivered or refused at once where the settings say so of their server', async () => {
      writes(`hana${count}@${OPEN}`, 'delivered', gateway.opens(OPEN));
      writes(`kuro${count}@${CLOSED}`, 'refused', gateway.opens(CLOSED));
      await settled();
      await gateway.reaches(CLOSED);
      expect(bodies()).toEqual(['delivered']);
      expect(errors().at(-1)).toContain('people whom the receiver does not know');
    });

    it('is not asked about for typing, and rooms that the receiver is in are no strangers', async () => {
      const typing = `<composing xmlns='http://jabber.org/protocol/chatstates'/>`;
      gateway.comes(stream, `<message from='${yuki}/pc' to='${romeo.bare}' type='chat'>${typing}</message>`);
      await settled();
      expect(heard()).toEqual([]);
      const room = `lab${count}@${PEER}`;
      desk.send(xml('presence', { to: `${room}/romeo` }, xml('x', { xmlns: NS.muc })));
      await settled();
      gateway.comes(
        stream,
        `<message from='${room}/kenji' to='${desk.jid}' type='chat'><body>psst</body><x xmlns='${NS.mucUser}'/></message>`,
      );
      await settled();
      expect(bodies()).toEqual(['psst']);
    });
  },
  { rules: RULES, strangers: { wishOf } },
);

describe('first messages of one server’s people', () => {
  it('are so many in an hour, each pair of people counted once', () => {
    const clock = { at: 0, now: () => clock.at };
    const contacts = new NewContacts(clock, () => 2);
    const take = (from: string, to: string, peer = 'a.example'): boolean => contacts.take(peer, from, to);
    expect([take('x', 'anna'), take('x', 'anna'), take('y', 'anna'), take('x', 'bert')]).toEqual([
      true,
      true,
      true,
      false,
    ]);
    expect(take('z', 'anna', 'b.example')).toBe(true);
    clock.at = 3_600_000;
    expect(take('x', 'bert')).toBe(true);
  });
});
