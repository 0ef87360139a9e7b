import { type Element, NS, xml } from '@interoffice/wire';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { TestClient } from '../../../../test/support/client.js';
import { inBothLanes } from '../../../../test/support/on-stage.js';
import { rule } from '../../../../test/support/rules.js';
import { ScriptedGateway } from '../../../../test/support/scripted-gateway.js';
import type { Actor } from '../../../../test/support/stage.js';
import { bodies, chat } from '../../../../test/support/talk.js';

const PEER = 'tokyo.example';
const PEERS = [PEER, `conference.${PEER}`];
const RULES = [
  rule({ peers: PEERS }),
  rule({ id: 'mute', peers: ['mute.example'], directions: ['in'], classes: ['presence'] }),
  rule({ id: 'no-files', effect: 'deny', peers: PEERS, classes: ['file'], reason: 'Files stay here.' }),
];
const DECISION = 'urn:interoffice:policy:0';

inBothLanes(
  'other servers',
  (stage) => {
    let gateway: ScriptedGateway;
    let romeo: Actor;
    let desk: TestClient;
    beforeEach(async () => {
      gateway = new ScriptedGateway(stage());
      romeo = await stage().account('romeo');
      desk = await stage().online(romeo, 'desk');
      stage().marks.length = 0;
    });

    const yuki = `yuki@${PEER}/desk`;
    const from = (to: string, text: string, more = ''): string =>
      `<message from='${yuki}' to='${to}' type='chat' id='${text}'><body>${text}</body>${more}</message>`;
    const words = (): string[] => gateway.sent.flatMap((sent) => /<body>([^<]*)</.exec(sent)?.[1] ?? []);

    describe('are written to', () => {
      it('from the archive: what is durable is sent once the peer is there, and its mark moves when the peer has it', async () => {
        for (const text of ['one', 'two']) desk.send(chat(`yuki@${PEER}`, text));
        await stage().settled();
        expect([
          words(),
          stage()
            .archive.rows.slice(-2)
            .map(({ peer }) => peer),
        ]).toEqual([[], [PEER, PEER]]);
        await gateway.reaches(PEER);
        desk.send(chat(`yuki@${PEER}`, 'three'));
        await stage().settled();
        expect(words()).toEqual(['one', 'two', 'three']);
        // Between servers the namespace is the stream's, and the sender is the device. RFC 6120 §4.8.3
        expect(gateway.sent[0]).toContain(`from='${desk.jid}'`);
        expect(gateway.sent[0]).not.toContain(NS.client);
        await gateway.takes(PEER, 3);
        await stage().server.federation!.stop();
        const [mark] = stage().marks.filter(({ peer }) => peer === PEER);
        expect(mark?.journalId).toBe(BigInt(`0x${stage().archive.rows.at(-1)!.id}`));
      });

      it('again over the next stream, with the same bytes, where the one before was cut', async () => {
        await gateway.reaches(PEER);
        desk.send(chat(`yuki@${PEER}`, 'again'));
        await stage().settled();
        const before = gateway.sent.filter((sent) => sent.includes('again'));
        await gateway.loses(PEER);
        await gateway.reaches(PEER);
        const after = gateway.sent.filter((sent) => sent.includes('again'));
        expect(after.length).toBeGreaterThan(before.length);
        expect(new Set(after).size).toBe(1);
      });

      it('over a line that rests when the peer closes what is not used, and is called for again', async () => {
        await gateway.reaches(PEER);
        desk.send(chat(`yuki@${PEER}`, 'before the pause'));
        await stage().settled();
        await gateway.reaches(PEER);
        const facts = () =>
          stage()
            .server.federation!.facts()
            .find(({ peer }) => peer === PEER)!;
        await gateway.takes(PEER, facts().unacknowledged);
        await gateway.loses(PEER);
        expect(facts().state).toBe('idle');
        const calls = gateway.calls.length;
        desk.send(chat(`yuki@${PEER}`, 'after the pause'));
        await stage().settled();
        expect([gateway.calls.length, facts().state]).toEqual([calls + 1, 'calling']);
        await gateway.reaches(PEER);
        expect(words().at(-1)).toBe('after the pause');
      });

      // XEP-0288
      it('over a stream of ours on which the peer may bring something: it is made again, though nothing is to be sent', async () => {
        const facts = () =>
          stage()
            .server.federation!.facts()
            .find(({ peer }) => peer === PEER)!;
        await gateway.reaches(PEER, { direction: 'both', openedBy: 'us' });
        desk.send(chat(`yuki@${PEER}`, 'both ways'));
        await stage().settled();
        await gateway.takes(PEER, facts().unacknowledged);
        await gateway.loses(PEER, 'cut');
        expect([facts().state, facts().unacknowledged]).toEqual(['calling', 0]);
        await gateway.reaches(PEER);
        // Whoever closes each at once is left alone.
        await gateway.loses(PEER, 'closed');
        expect(facts().state).toBe('idle');
        desk.send(chat(`yuki@${PEER}`, 'for longer'));
        await stage().settled();
        await gateway.reaches(PEER);
        await gateway.takes(PEER, facts().unacknowledged);
        stage().advance(60_000);
        await gateway.loses(PEER, 'closed');
        expect(facts().state).toBe('calling');
      });

      it('as soon as the peer comes itself, though the next try is not due, and not more often than that', async () => {
        await gateway.fails(PEER);
        desk.send(chat(`yuki@${PEER}`, 'waits for the next try'));
        await stage().settled();
        await gateway.loses(PEER);
        await gateway.fails(PEER, stage().clock.now() + 60_000);
        const before = gateway.retries.length;
        for (let n = 0; n < 3; n++) gateway.opens(PEER);
        await stage().settled();
        expect(gateway.retries).toHaveLength(before + 1);
        stage().advance(6_000);
        gateway.opens(PEER);
        await stage().settled();
        expect(gateway.retries).toHaveLength(before + 2);
        await gateway.reaches(PEER);
        expect(words()).toContain('waits for the next try');
      });

      it('with copies for the other devices of who wrote', async () => {
        const phone = await stage().online(romeo, 'phone');
        await phone.ask(xml('iq', { type: 'set' }, xml('enable', { xmlns: NS.carbons })));
        desk.send(chat(`yuki@${PEER}`, 'copied'));
        await stage().settled();
        expect(phone.received.some((element) => element.getChild('sent', NS.carbons))).toBe(true);
      });

      it('with questions, whose asker is told when the line is down', async () => {
        await gateway.reaches(PEER);
        const ask = desk.ask(xml('iq', { type: 'get', to: PEER }, xml('ping', { xmlns: NS.ping })));
        await stage().settled();
        await gateway.reaches(PEER);
        const question = gateway.sent.findLast((sent) => sent.includes('<iq'))!;
        const id = /id='([^']+)'|id="([^"]+)"/.exec(question)!.slice(1).find(Boolean)!;
        const stream = gateway.opens(PEER);
        gateway.comes(stream, `<iq type='result' from='${PEER}' to='${desk.jid}' id='${id}'/>`);
        expect((await ask).attrs['type']).toBe('result');
        const lost = desk.ask(xml('iq', { type: 'get', to: PEER }, xml('ping', { xmlns: NS.ping })));
        await stage().settled();
        await gateway.loses(PEER);
        expect((await lost).getChild('error')!.getChild('remote-server-timeout')).toBeDefined();
      });

      it('not where no rule allows it, and the refusal leads back to the rule', async () => {
        desk.send(chat('somebody@stranger.example', 'psst'));
        desk.send(chat(`yuki@${PEER}`, 'a file', [xml('x', { xmlns: 'jabber:x:oob' }, xml('url', {}, 'https://x/'))]));
        await stage().settled();
        const errors = desk.received.splice(0).flatMap((element) => element.getChild('error') ?? []);
        expect(errors.map((error) => error.getChild('policy-violation') !== undefined)).toEqual([true, true]);
        const ids = errors.map((error) => String(error.getChild('decision', DECISION)!.attrs['id']));
        const found = await Promise.all(ids.map((id) => stage().server.federation!.decisions.find(id)));
        expect(found.map((denial) => [denial?.rule, denial?.peer])).toEqual([
          [undefined, 'stranger.example'],
          ['no-files', PEER],
        ]);
        expect(errors[1]!.getChildText('text')).toContain('Files stay here.');
        // On record, and nobody was called.
        expect(stage().archive.rows.at(-1)).toMatchObject({ verdict: 1, peer: PEER });
        expect(gateway.calls.map(({ peer }) => peer)).not.toContain('stranger.example');
      });
    });

    describe('write to us', () => {
      it('and what they wrote is delivered, recorded with the peer, and decided when it is durable', async () => {
        const stream = gateway.opens(PEER);
        stage().archive.hold();
        gateway.comes(stream, from(romeo.bare, 'first'));
        await desk.ask(xml('iq', { type: 'get', to: stage().domain }, xml('ping', { xmlns: NS.ping })));
        expect([gateway.decided.get(stream), bodies(desk)]).toEqual([undefined, []]);
        stage().archive.resume();
        await stage().settled();
        expect([gateway.decided.get(stream), bodies(desk)]).toEqual([1, ['first']]);
        expect(stage().archive.rows.at(-1)).toMatchObject({ author: `yuki@${PEER}`, authorId: 0, peer: PEER });
      });

      it('once, also when they send it again after a cut, and in their order', async () => {
        const first = gateway.opens(PEER);
        for (const text of ['a', 'b', 'c']) gateway.comes(first, from(romeo.bare, text));
        await stage().settled();
        gateway.ends(first, 'cut');
        const second = gateway.opens(PEER);
        for (const text of ['b', 'c', 'd']) gateway.comes(second, from(romeo.bare, text));
        await stage().settled();
        expect([bodies(desk), gateway.decided.get(second)]).toEqual([['a', 'b', 'c', 'd'], 3]);
      });

      it('more at once than may wait for its commit, and loses nothing by it', async () => {
        const stream = gateway.opens(PEER);
        stage().archive.hold();
        const texts = Array.from({ length: 700 }, (_, i) => `${i}`);
        for (const text of texts) gateway.comes(stream, from(romeo.bare, text));
        await desk.ask(xml('iq', { type: 'get', to: stage().domain }, xml('ping', { xmlns: NS.ping })));
        stage().archive.resume();
        await stage().settled();
        expect([bodies(desk), gateway.decided.get(stream)]).toEqual([texts, 700]);
        expect(gateway.sent.filter((sent) => sent.includes('<error'))).toEqual([]);
      });

      it('with what servers add, but not in our name', async () => {
        const stream = gateway.opens(PEER);
        const theirs = `<stanza-id xmlns='${NS.sid}' by='yuki@${PEER}' id='theirs'/>`;
        const forged = `<stanza-id xmlns='${NS.sid}' by='${romeo.bare}' id='forged'/>`;
        const delay = `<delay xmlns='${NS.delay}' stamp='2026-11-20T08:00:00Z' from='${PEER}'/>`;
        const copy = `<received xmlns='${NS.carbons}'><forwarded xmlns='urn:xmpp:forward:0'/></received>`;
        gateway.comes(stream, from(romeo.bare, 'stamped', theirs + forged + delay + copy));
        await stage().settled();
        const message = desk.received.find((element) => element.getChildText('body') === 'stamped')!;
        const ids = message.getChildren('stanza-id', NS.sid).map(({ attrs }) => String(attrs['id']));
        expect([ids.includes('theirs'), ids.includes('forged')]).toEqual([true, false]);
        expect(message.getChild('delay', NS.delay)).toBeDefined();
        expect(message.getChild('received', NS.carbons)).toBeUndefined();
      });

      it('not what no rule allows, and they read so over the line', async () => {
        const stream = gateway.opens(PEER);
        const before = gateway.sent.length;
        gateway.comes(stream, from(romeo.bare, 'a file', "<x xmlns='jabber:x:oob'><url>https://x/</url></x>"));
        await stage().settled();
        await gateway.reaches(PEER);
        expect(bodies(desk)).toEqual([]);
        const [error] = gateway.sent.slice(before).filter((sent) => sent.includes('<error'));
        expect(error).toContain('Files stay here.');
        const id = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/.exec(error!)![0];
        const denial = await stage().server.federation!.decisions.find(id);
        expect(denial).toMatchObject({ direction: 'in', rule: 'no-files', from: `yuki@${PEER}` });
        expect([gateway.decided.get(stream), stage().archive.rows.at(-1)?.verdict]).toEqual([1, 1]);
      });

      it.each([
        ['behind a prefix', "<f:x xmlns:f='jabber:x:oob'><f:url>https://x/</f:url></f:x>"],
        ['in a namespace written with references', "<x xmlns='jabber:x:&#111;ob'><url>https://x/</url></x>"],
        ['behind more children than anybody needs', `${'<thread/>'.repeat(32)}<x xmlns='jabber:x:oob'/>`],
      ])('not a file %s either', async (_, more) => {
        gateway.comes(gateway.opens(PEER), from(romeo.bare, 'a file', more));
        await stage().settled();
        expect([bodies(desk), stage().archive.rows.at(-1)?.verdict]).toEqual([[], 1]);
      });

      it('with all that stands beside words', async () => {
        const beside = `<request xmlns='urn:xmpp:receipts'/><markable xmlns='urn:xmpp:chat-markers:0'/><active xmlns='${NS.chatStates}'/><origin-id xmlns='${NS.sid}' id='o1'/>`;
        gateway.comes(gateway.opens(PEER), from(romeo.bare, 'words', beside));
        await stage().settled();
        expect(bodies(desk)).toEqual(['words']);
      });

      it('and learn of us what is meant for others, and nothing else', async () => {
        await gateway.reaches(PEER);
        const stream = gateway.opens(PEER);
        const ask = async (id: string, to: string, payload: string): Promise<string> => {
          gateway.comes(stream, `<iq type='get' from='${yuki}' to='${to}' id='${id}'>${payload}</iq>`);
          // What is said of accounts to strangers comes in steps of ten milliseconds.
          return vi.waitUntil(() => gateway.sent.findLast((sent) => sent.includes(`id="${id}"`)));
        };
        const domain = stage().domain;
        expect(await ask('d', domain, `<query xmlns='${NS.discoInfo}'/>`)).toContain('identity');
        for (const [id, to, namespace] of [
          ['s', domain, NS.search],
          ['v', domain, NS.version],
          ['r', romeo.bare, NS.roster],
          ['b', domain, NS.blocking],
        ] as const) {
          expect(await ask(id, to, `<query xmlns='${namespace}'/>`)).toContain('error');
        }
      });
    });

    it('are counted by class and way, with what was refused', async () => {
      const counted = (): { in: number; out: number; refused: number } => {
        const steps = stage().server.federation!.traffic.of(PEER, { minutes: 60, step: 60 });
        const sum = (of: (step: (typeof steps)[number]) => number): number =>
          steps.reduce((all, step) => all + of(step), 0);
        return {
          in: sum((step) => step.in.chat),
          out: sum((step) => step.out.chat),
          refused: sum((step) => step.out.refused),
        };
      };
      const before = counted();
      gateway.comes(gateway.opens(PEER), from(romeo.bare, 'counted'));
      desk.send(chat(`yuki@${PEER}`, 'counted as well'));
      desk.send(chat(`yuki@${PEER}`, 'file', [xml('x', { xmlns: 'jabber:x:oob' }, xml('url', {}, 'https://x/'))]));
      await stage().settled();
      const { in: came, out, refused } = counted();
      expect([came - before.in, out - before.out, refused - before.refused]).toEqual([1, 1, 1]);
    });

    // XEP-0157
    it('say whom to write to about them, where questions may pass, and nobody else says so for them', async () => {
      await gateway.reaches(PEER);
      const asked = stage().server.federation!.contacts(PEER);
      await stage().settled();
      await gateway.reaches(PEER);
      const question = gateway.sent.findLast((sent) => sent.includes(NS.discoInfo))!;
      expect(question).toContain(`from="${stage().domain}"`);
      const id = /<iq[^>]* id=["']([^"']+)/.exec(question)![1]!;
      const field = (name: string, ...values: string[]): string =>
        `<field var='${name}'>${values.map((value) => `<value>${value}</value>`).join('')}</field>`;
      const form = (abuse: string): string =>
        `<query xmlns='${NS.discoInfo}'><x xmlns='jabber:x:data' type='result'>${field('FORM_TYPE', 'http://jabber.org/network/serverinfo')}` +
        `${field('abuse-addresses', abuse, 'javascript:alert(1)')}${field('admin-addresses')}</x></query>`;
      const says = (who: string, abuse: string): void =>
        gateway.comes(
          gateway.opens(PEER),
          `<iq type='result' from='${who}' to='${stage().domain}' id='${id}'>${form(abuse)}</iq>`,
        );
      says(yuki, 'mailto:forged@evil.example');
      says(PEER, `mailto:abuse@${PEER}`);
      expect(await asked).toEqual({ abuse: [`mailto:abuse@${PEER}`] });
      await expect(stage().server.federation!.contacts('mute.example')).rejects.toThrow('No rule lets questions pass');
    });

    it('are not shown by presence what may not go to them, nor let into a room by it', async () => {
      const told = async (stanza: Element): Promise<Element> => {
        desk.send(stanza);
        return desk.next((element) => element.attrs['type'] === 'error');
      };
      const join = xml('presence', { to: 'lobby@mute.example/romeo' }, xml('x', { xmlns: NS.muc }));
      expect((await told(join)).getChild('error')!.getChild('policy-violation')).toBeDefined();
      expect(gateway.calls.map(({ peer }) => peer)).not.toContain('mute.example');
    });

    it('get in a room of ours what may go to them, and nothing else', async () => {
      await gateway.reaches(PEER);
      const room = `files@conference.${stage().domain}`;
      desk.send(xml('presence', { to: `${room}/romeo` }, xml('x', { xmlns: NS.muc })));
      await desk.next((element) => element.is('message') && element.getChild('subject') !== undefined);
      const form = xml('x', { xmlns: 'jabber:x:data', type: 'submit' });
      await desk.ask(xml('iq', { type: 'set', to: room }, xml('query', { xmlns: NS.mucOwner }, form)));
      const stream = gateway.opens(PEER, `conference.${stage().domain}`);
      gateway.comes(stream, `<presence from='${yuki}' to='${room}/guest'><x xmlns='${NS.muc}'/></presence>`);
      await stage().settled();
      await gateway.reaches(PEER);
      const file = xml('x', { xmlns: 'jabber:x:oob' }, xml('url', {}, 'https://x/'));
      desk.send(xml('message', { to: room, type: 'groupchat' }, xml('body', {}, 'with a file'), file));
      desk.send(xml('message', { to: room, type: 'groupchat' }, xml('body', {}, 'without')));
      await stage().settled();
      await gateway.reaches(PEER);
      expect(bodies(desk)).toEqual(expect.arrayContaining(['with a file', 'without']));
      expect([words().includes('with a file'), words().includes('without')]).toEqual([false, true]);
    });

    it('see who is there once both agree, and no longer when one does not', async () => {
      await gateway.reaches(PEER);
      const stream = gateway.opens(PEER);
      const presence = (attributes: string): void =>
        gateway.comes(stream, `<presence to='${romeo.bare}' ${attributes}/>`);
      const told = (): string[] => gateway.sent.filter((sent) => sent.includes('<presence'));
      presence(`from='yuki@${PEER}' type='subscribe'`);
      await desk.next((element) => element.attrs['type'] === 'subscribe');
      desk.send(xml('presence', { to: `yuki@${PEER}`, type: 'subscribed' }));
      await stage().settled();
      await gateway.reaches(PEER);
      expect(told().some((sent) => /type=.subscribed/.test(sent))).toBe(true);
      expect(told().at(-1)).toContain(desk.jid);
      desk.send(xml('presence', {}, xml('show', {}, 'away')));
      await stage().settled();
      await gateway.reaches(PEER);
      expect(told().at(-1)).toContain('away');
      presence(`from='yuki@${PEER}' type='unsubscribe'`);
      await stage().settled();
      await gateway.reaches(PEER);
      expect(told().at(-1)).toMatch(/type=.unavailable/);
      const before = told().length;
      desk.send(xml('presence', {}, xml('show', {}, 'dnd')));
      await stage().settled();
      await gateway.reaches(PEER);
      expect(told()).toHaveLength(before);
    });

    it('are out of a room when what was said there cannot reach them', async () => {
      await gateway.reaches(PEER);
      const room = `away@conference.${stage().domain}`;
      desk.send(xml('presence', { to: `${room}/romeo` }, xml('x', { xmlns: NS.muc })));
      await desk.next((element) => element.is('message') && element.getChild('subject') !== undefined);
      const form = xml('x', { xmlns: 'jabber:x:data', type: 'submit' });
      await desk.ask(xml('iq', { type: 'set', to: room }, xml('query', { xmlns: NS.mucOwner }, form)));
      const stream = gateway.opens(PEER, `conference.${stage().domain}`);
      gateway.comes(stream, `<presence from='${yuki}' to='${room}/guest'><x xmlns='${NS.muc}'/></presence>`);
      await stage().settled();
      await gateway.reaches(PEER);
      desk.received = [];
      await gateway.loses(PEER);
      await gateway.fails(PEER);
      desk.send(xml('message', { to: room, type: 'groupchat' }, xml('body', {}, 'anybody?')));
      const gone = await desk.next((element) => element.is('presence') && element.attrs['type'] === 'unavailable');
      expect(gone.attrs['from']).toBe(`${room}/guest`);
    });

    // T-06, across the border
    it('correct their own words in a room, and nobody else’s', async () => {
      await gateway.reaches(PEER);
      const room = `team@conference.${stage().domain}`;
      desk.send(xml('presence', { to: `${room}/romeo` }, xml('x', { xmlns: NS.muc })));
      await desk.next((element) => element.is('message') && element.getChild('subject') !== undefined);
      const form = xml('x', { xmlns: 'jabber:x:data', type: 'submit' });
      await desk.ask(xml('iq', { type: 'set', to: room }, xml('query', { xmlns: NS.mucOwner }, form)));
      const stream = gateway.opens(PEER, `conference.${stage().domain}`);
      const people = [yuki, `kenji@${PEER}/desk`];
      for (const [i, person] of people.entries()) {
        gateway.comes(stream, `<presence from='${person}' to='${room}/guest${i}'><x xmlns='${NS.muc}'/></presence>`);
      }
      const say = (person: string, id: string, text: string, replaces?: string): void => {
        const replace = replaces === undefined ? '' : `<replace xmlns='${NS.correct}' id='${replaces}'/>`;
        gateway.comes(
          stream,
          `<message from='${person}' to='${room}' type='groupchat' id='${id}'><body>${text}</body>${replace}</message>`,
        );
      };
      say(yuki, 'y1', 'helo');
      await stage().settled();
      say(people[1]!, 'k1', 'never said', 'y1');
      say(yuki, 'y2', 'hello', 'y1');
      await stage().settled();
      expect(bodies(desk)).toEqual(expect.arrayContaining(['helo', 'hello']));
      expect(stage().archive.rows.some(({ body, verdict }) => body === 'never said' && verdict === 0)).toBe(false);
    });
  },
  { rules: RULES },
);
