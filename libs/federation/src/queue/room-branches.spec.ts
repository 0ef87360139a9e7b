import { NS, xml } from '@interoffice/wire';
import { beforeEach, describe, expect, it } from 'vitest';
import type { TestClient } from '../../../../test/support/client.js';
import { inBothLanes } from '../../../../test/support/on-stage.js';
import { rule } from '../../../../test/support/rules.js';
import { ScriptedGateway } from '../../../../test/support/scripted-gateway.js';

const OFFICE = 'tokyo.example';
const THEIR_ROOMS = `conference.${OFFICE}`;
const STRANGER = 'osaka.example';
const RULES = [
  rule({
    id: 'offices',
    peers: [OFFICE, THEIR_ROOMS, STRANGER, `conference.${STRANGER}`],
    classes: ['chat', 'room', 'presence', 'iq'],
  }),
];

inBothLanes(
  'a room with people of two offices',
  (stage) => {
    let gateway: ScriptedGateway;
    let desk: TestClient;
    const texts = (client: TestClient): string[] =>
      client.received.splice(0).flatMap((element) => (element.is('message') && element.getChildText('body')) || []);
    const hears = async (client: TestClient, text: string) =>
      client.next((element) => element.is('message') && element.getChildText('body') === text);
    const sentTo = (peer: string, what: string): string[] =>
      gateway.sent.filter((sent) => sent.startsWith(`${peer} <${what}`));

    beforeEach(async () => {
      gateway = new ScriptedGateway(stage());
      desk = await stage().online(await stage().account('romeo'), 'desk');
    });

    describe('that is theirs', () => {
      let room: string;
      let rooms = 0;
      let other: TestClient;
      let stream: number;
      let rowId = 0;
      /** What the room says to one of ours. */
      const say = (client: TestClient, nick: string, text: string, more = ''): void => {
        const id = (0x1000_0000_0000_0000n + BigInt(++rowId)).toString(16);
        const stamp = `<stanza-id xmlns='${NS.sid}' by='${room}' id='${id}'/>`;
        gateway.comes(
          stream,
          `<message from='${room}/${nick}' to='${client.jid}' type='groupchat' id='${text}'><body>${text}</body>${more}${stamp}</message>`,
        );
      };
      const enter = async (client: TestClient, nick: string): Promise<void> => {
        client.send(xml('presence', { to: `${room}/${nick}` }, xml('x', { xmlns: NS.muc }, xml('password', {}, 'pw'))));
        await stage().settled();
        const x = `<x xmlns='${NS.mucUser}'><item affiliation='none' role='participant'/><status code='110'/></x>`;
        gateway.comes(stream, `<presence from='${room}/${nick}' to='${client.jid}'>${x}</presence>`);
        await stage().settled();
      };
      const groupchat = (text: string) =>
        xml('message', { to: room, type: 'groupchat', id: text }, xml('body', {}, text));
      /** As it was put behind what was said. */
      const markIn = (stanza: string): string => /<office [^>]*\/>/.exec(stanza)![0];

      beforeEach(async () => {
        other = await stage().online(await stage().account('juliet'), 'phone');
        room = `plant-${++rooms}@${THEIR_ROOMS}`;
        await gateway.reaches(THEIR_ROOMS);
        stream = gateway.opens(THEIR_ROOMS);
        await enter(desk, 'romeo');
        await enter(other, 'juliet');
        desk.received = [];
        other.received = [];
        gateway.sent.length = 0;
      });

      it('says what is said while the line holds, and nothing is shown before', async () => {
        desk.send(groupchat('together'));
        await stage().settled();
        const [sent] = sentTo(THEIR_ROOMS, 'message');
        const mark = markIn(sent!);
        expect(texts(other)).toEqual([]);
        say(other, 'romeo', 'together', mark);
        say(desk, 'romeo', 'together', mark);
        await Promise.all([hears(other, 'together'), hears(desk, 'together')]);
        stage().advance(10_000);
        await new Promise((resolve) => setTimeout(resolve, 1_200));
        expect([texts(other), texts(desk)]).toEqual([[], []]);
      });

      it('goes on here while the line is down, and nobody is shown twice what the room says later', async () => {
        desk.send(groupchat('before the cut'));
        await stage().settled();
        await gateway.loses(THEIR_ROOMS);
        desk.send(groupchat('after the cut'));
        await stage().settled();
        expect(texts(other)).toEqual([]);
        stage().advance(3_100);
        const shown = await hears(other, 'before the cut');
        expect(shown.attrs['from']).toBe(`${room}/romeo`);
        await hears(other, 'after the cut');
        // From here on nobody waits any more.
        other.send(groupchat('an answer'));
        await Promise.all([hears(desk, 'an answer'), hears(other, 'an answer')]);
        desk.received = [];
        other.received = [];
        await gateway.reaches(THEIR_ROOMS);
        const waited = sentTo(THEIR_ROOMS, 'message').slice(-3);
        expect(waited.map((sent) => /<body>([^<]*)/.exec(sent)![1])).toEqual([
          'before the cut',
          'after the cut',
          'an answer',
        ]);
        for (const sent of waited) {
          const [text, nick] = [/<body>([^<]*)/.exec(sent)![1]!, sent.includes('romeo-') ? 'romeo' : 'juliet'];
          for (const client of [desk, other]) say(client, nick, text, markIn(sent));
        }
        for (const client of [desk, other]) say(client, 'yuki', 'we are back');
        await Promise.all([hears(desk, 'we are back'), hears(other, 'we are back')]);
        expect([texts(desk), texts(other)]).toEqual([[], []]);
        await stage().settled();
        expect(gateway.decided.get(stream)).toBe(10);
      });

      it('shows what waits in the order in which it was said, also while the line is only just found to be down', async () => {
        desk.send(groupchat('early'));
        await stage().settled();
        stage().advance(2_000);
        desk.send(groupchat('late'));
        await stage().settled();
        // The line seems to be up still when the first has waited long enough, and the second has not.
        stage().advance(1_500);
        await hears(other, 'early');
        await gateway.loses(THEIR_ROOMS);
        desk.send(groupchat('latest'));
        await stage().settled();
        expect(texts(other)).toEqual(['late', 'latest']);
      });

      it('is told first of all who is in it here, and what they heard last, when the line is back', async () => {
        say(desk, 'yuki', 'the last thing');
        await hears(desk, 'the last thing');
        await gateway.loses(THEIR_ROOMS);
        await gateway.fails(THEIR_ROOMS);
        for (const client of [desk, other]) client.send(groupchat('waits'));
        await stage().settled();
        other.close();
        await stage().settled();
        gateway.sent.length = 0;
        await gateway.reaches(THEIR_ROOMS);
        const told = gateway.sent.filter((sent) => sent.includes(room));
        expect(told.map((sent) => /<(\w+)/.exec(sent)![1])).toEqual([
          'presence',
          'presence',
          'message',
          'message',
          'presence',
        ]);
        const [back, still, , , gone] = told;
        expect(back).toContain(`to="${room}/romeo"`);
        // What she said before she went is hers, and heard before she goes.
        expect(still).toContain(`to="${room}/juliet"`);
        expect(still).not.toContain('unavailable');
        expect(back).toContain('<password>pw</password>');
        expect(back).toContain(`after="${(0x1000_0000_0000_0000n + BigInt(rowId)).toString(16)}"`);
        expect(gone).toContain('type="unavailable"');
      });

      it('is asked again to let somebody in whose wish the line has lost', async () => {
        const late = await stage().online(await stage().account('nurse'), 'tablet');
        await gateway.loses(THEIR_ROOMS);
        await gateway.fails(THEIR_ROOMS);
        late.send(xml('presence', { to: `${room}/nurse` }, xml('x', { xmlns: NS.muc })));
        await stage().settled();
        gateway.sent.length = 0;
        await gateway.reaches(THEIR_ROOMS);
        const wishes = sentTo(THEIR_ROOMS, 'presence').filter((sent) => sent.includes(`${room}/nurse`));
        expect(wishes).toHaveLength(1);
        expect(wishes[0]).not.toContain('<branch');
      });

      it('may refuse what was shown here; its author reads why, and nothing else is held up', async () => {
        desk.send(groupchat('not wanted'));
        await stage().settled();
        const error = `<error type='auth'><forbidden xmlns='${NS.stanzas}'/></error>`;
        gateway.comes(
          stream,
          `<message from='${room}' to='${desk.jid}' type='error' id='not wanted'>${error}</message>`,
        );
        await desk.next((element) => element.attrs['type'] === 'error');
        stage().advance(4_000);
        await new Promise((resolve) => setTimeout(resolve, 1_200));
        expect(texts(other)).toEqual([]);
      });
    });

    describe('that is ours', () => {
      let yuki: string;
      const kenji = `kenji@${STRANGER}/desk`;
      let room: string;
      let stream: number;
      let rooms = 0;
      const come = (from: string, nick: string, more = ''): void =>
        gateway.comes(stream, `<presence from='${from}' to='${room}/${nick}'><x xmlns='${NS.muc}'/>${more}</presence>`);
      const say = (from: string, text: string, more = ''): void =>
        gateway.comes(
          stream,
          `<message from='${from}' to='${room}' type='groupchat' id='${text}'><body>${text}</body>${more}</message>`,
        );
      const groupchat = (text: string) =>
        xml('message', { to: room, type: 'groupchat', id: text }, xml('body', {}, text));
      /** As the other office has recorded it. */
      const markedAt = (atMs: number): string => {
        const id = (BigInt(atMs - Date.UTC(2024, 0, 1)) << 22n).toString(16).padStart(16, '0');
        return `<office xmlns='${NS.office}' row='${id}'/>`;
      };

      beforeEach(async () => {
        room = `office-${++rooms}@conference.${stage().domain}`;
        yuki = `yuki-${rooms}@${OFFICE}/desk`;
        desk.send(xml('presence', { to: `${room}/romeo` }, xml('x', { xmlns: NS.muc })));
        await desk.next((element) => element.is('message') && element.getChild('subject') !== undefined);
        const form = xml('x', { xmlns: 'jabber:x:data', type: 'submit' });
        await desk.ask(xml('iq', { type: 'set', to: room }, xml('query', { xmlns: NS.mucOwner }, form)));
        await gateway.reaches(OFFICE);
        stream = gateway.opens(OFFICE, `conference.${stage().domain}`);
        come(yuki, 'yuki');
        await stage().settled();
        await gateway.reaches(OFFICE);
        await gateway.takesAll(OFFICE);
        desk.received = [];
        gateway.sent.length = 0;
      });

      const bodiesFor = (peer: string): string[] =>
        sentTo(peer, 'message').flatMap((sent) => /<body>([^<]*)/.exec(sent)?.[1] ?? []);

      it('keeps its people of the other office, who hear everything in order when the line is back', async () => {
        desk.send(groupchat('in flight'));
        await stage().settled();
        await gateway.loses(OFFICE);
        await gateway.fails(OFFICE);
        for (const text of ['one', 'two', 'three']) desk.send(groupchat(text));
        await hears(desk, 'three');
        gateway.sent.length = 0;
        await gateway.reaches(OFFICE);
        await expect.poll(() => bodiesFor(OFFICE), { timeout: 5_000 }).toEqual(['in flight', 'one', 'two', 'three']);
        expect(sentTo(OFFICE, 'message').every((sent) => sent.includes(NS.delay))).toBe(true);
        desk.send(groupchat('together again'));
        await expect.poll(() => bodiesFor(OFFICE).at(-1)).toBe('together again');
        expect(desk.received.some((element) => element.attrs['type'] === 'unavailable')).toBe(false);
      });

      it('shows who came and went meanwhile, in its place among the messages', async () => {
        await gateway.loses(OFFICE);
        await gateway.fails(OFFICE);
        const guest = await stage().online(await stage().account('juliet'), 'phone');
        desk.send(groupchat('wait for her'));
        await hears(desk, 'wait for her');
        guest.send(xml('presence', { to: `${room}/juliet` }, xml('x', { xmlns: NS.muc })));
        await guest.next((element) => element.is('message') && element.getChild('subject') !== undefined);
        gateway.sent.length = 0;
        await gateway.reaches(OFFICE);
        await expect
          .poll(() => gateway.sent.map((sent) => sent.slice(OFFICE.length + 1)), { timeout: 5_000 })
          .toEqual([expect.stringContaining('wait for her'), expect.stringContaining(`${room}/juliet`)]);
      });

      it('has what waited in the other office in its history at the time it was said', async () => {
        const now = stage().clock.now();
        stage().advance(60_000);
        desk.send(groupchat('said here'));
        await hears(desk, 'said here');
        say(yuki, 'said there before', markedAt(now + 20_000));
        const late = await hears(desk, 'said there before');
        expect(late.getChild('delay', NS.delay)!.attrs).toMatchObject({
          from: room,
          stamp: new Date(now + 20_000).toISOString().replace('.000', ''),
        });
        const newcomer = await stage().online(await stage().account('juliet'), 'phone');
        newcomer.send(xml('presence', { to: `${room}/juliet` }, xml('x', { xmlns: NS.muc })));
        await newcomer.next((element) => element.is('message') && element.getChild('subject') !== undefined);
        newcomer.send(xml('iq', { type: 'set', id: 'q', to: room }, xml('query', { xmlns: NS.mam })));
        await newcomer.next((element) => element.is('iq') && element.attrs['id'] === 'q');
        const told = newcomer.received.filter((element) => element.is('message'));
        const history = told.flatMap((element) => element.getChildText('body') ?? []);
        const archive = told.flatMap((element) => {
          const forwarded = element.getChild('result', NS.mam)?.getChild('forwarded', NS.forward);
          return forwarded ? [forwarded.getChild('message')!.getChildText('body')] : [];
        });
        expect([history, archive]).toEqual([
          ['said there before', 'said here'],
          ['said there before', 'said here'],
        ]);
      });

      it('takes back somebody it has forgotten, with what was said since they heard it last', async () => {
        for (const text of ['heard', 'missed']) desk.send(groupchat(text));
        await stage().settled();
        await gateway.takesAll(OFFICE);
        const heard = /<stanza-id [^>]* id='([^']+)'/.exec(sentTo(OFFICE, 'message')[0]!)![1]!;
        gateway.comes(stream, `<presence from='${yuki}' to='${room}/yuki' type='unavailable'/>`);
        await stage().settled();
        desk.send(groupchat('missed too'));
        await hears(desk, 'missed too');
        gateway.sent.length = 0;
        come(yuki, 'yuki', `<office xmlns='${NS.office}' after='${heard}'/>`);
        say(yuki, 'here again');
        await expect.poll(() => bodiesFor(OFFICE), { timeout: 5_000 }).toEqual(['missed', 'missed too', 'here again']);
      });

      // F-06: only our own offices are believed
      it('takes no such word from anybody who is no office of ours', async () => {
        const now = stage().clock.now();
        stage().advance(60_000);
        await gateway.reaches(STRANGER);
        stream = gateway.opens(STRANGER, `conference.${stage().domain}`);
        desk.send(groupchat('not for strangers who come later'));
        await stage().settled();
        come(kenji, 'kenji', `<office xmlns='${NS.office}' after='0000000000000000'/>`);
        say(kenji, 'an hour ago, honestly', markedAt(now));
        const heard = await hears(desk, 'an hour ago, honestly');
        expect([heard.getChild('delay', NS.delay), heard.getChild('office', NS.office)]).toEqual([
          undefined,
          undefined,
        ]);
        desk.send(
          xml(
            'message',
            { to: room, type: 'groupchat', id: 'x' },
            xml('body', {}, 'mine'),
            xml('office', { xmlns: NS.office, row: '0'.repeat(16) }),
          ),
        );
        expect((await hears(desk, 'mine')).getChild('office', NS.office)).toBeUndefined();
      });
    });
  },
  { rules: RULES, offices: [OFFICE, THEIR_ROOMS] },
);
