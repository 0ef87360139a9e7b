import { afterEach, expect, it } from 'vitest';
import { type Element, NS, xml } from '@interoffice/wire';
import type { TestClient } from '../../../test/support/client.js';
import { inBothLanes } from '../../../test/support/on-stage.js';

const ping = (to: string): Element => xml('iq', { to, type: 'get' }, xml('ping', { xmlns: NS.ping }));
const bodies = (client: TestClient): (string | null)[] => client.received.map((stanza) => stanza.getChildText('body'));

inBothLanes('while nothing can be recorded', (stage) => {
  afterEach(() => stage().archive.resume());

  const pair = async () => {
    const [romeo, juliet] = [await stage().account('romeo'), await stage().account('juliet')];
    const desk = await stage().online(romeo, 'desk');
    const phone = await stage().online(juliet, 'phone');
    return { romeo, juliet, desk, phone };
  };

  it('messages wait, nothing is delivered, and questions and pings are answered', async () => {
    const { desk, phone, juliet } = await pair();
    stage().archive.hold();
    desk.write(`<message to='${juliet.bare}' type='chat'><body>1</body></message>`);
    desk.write(`<message to='${juliet.bare}' type='chat'><body>2</body></message>`);
    expect((await desk.ask(ping('im.example'))).attrs['type']).toBe('result');
    expect((await phone.ask(ping('im.example'))).attrs['type']).toBe('result');
    expect(phone.received).toEqual([]);
    stage().archive.resume();
    await stage().settled();
    expect(bodies(phone)).toEqual(['1', '2']);
  });

  it("an author's presence and questions stay behind his messages", async () => {
    const { desk, phone, juliet } = await pair();
    stage().archive.hold();
    desk.write(`<message to='${phone.jid}' type='chat'><body>Adieu</body></message>`);
    desk.write(`<iq to='${phone.jid}' type='get' id='q'><query xmlns='jabber:iq:version'/></iq>`);
    desk.write(`<presence to='${juliet.bare}'><status>leaving</status></presence>`);
    desk.write(
      `<message to='${phone.jid}' type='chat'><composing xmlns='http://jabber.org/protocol/chatstates'/></message>`,
    );
    desk.write("<presence type='unavailable'/>");
    await phone.ask(ping('im.example'));
    expect(phone.received).toEqual([]);
    stage().archive.resume();
    await stage().settled();
    const got = phone.received.map(
      ({ name, attrs, children }) =>
        `${name} ${attrs['type'] ?? ''} ${(children[0] as Element | undefined)?.name ?? ''}`,
    );
    expect(got).toEqual([
      'message chat body',
      'iq get query',
      'presence  status',
      'message chat composing',
      'presence unavailable ',
    ]);
    // The last word of the device came after its first: it is gone for its own account too.
    expect(stage().sessionOf(desk).presence).toBeUndefined();
  });

  it("somebody else's presence does not wait", async () => {
    const { desk, phone, romeo } = await pair();
    stage().archive.hold();
    desk.write(`<message to='${phone.jid}' type='chat'><body>Adieu</body></message>`);
    phone.write(`<presence to='${romeo.bare}'><status>here</status></presence>`);
    expect((await desk.next()).getChildText('status')).toBe('here');
  });

  it('presence of a device that left before its turn is not shown any more', async () => {
    const { desk, phone, juliet } = await pair();
    stage().archive.hold();
    desk.write(`<message to='${phone.jid}' type='chat'><body>Adieu</body></message>`);
    desk.write(`<presence to='${juliet.bare}'/><presence><show>chat</show></presence>`);
    await desk.ask(ping('im.example'));
    desk.close();
    stage().archive.resume();
    await stage().settled();
    expect(phone.received.map(({ name }) => name)).toEqual(['message']);
  });

  it('a question to a device that leaves before its turn is answered with service-unavailable', async () => {
    const { desk, phone } = await pair();
    stage().archive.hold();
    desk.write(`<message to='${phone.jid}' type='chat'><body>Adieu</body></message>`);
    desk.write(`<iq to='${phone.jid}' type='get' id='q'><query xmlns='jabber:iq:version'/></iq>`);
    await desk.ask(ping('im.example'));
    phone.close();
    stage().archive.resume();
    const answer = await desk.next(({ attrs }) => attrs['id'] === 'q');
    expect(String(answer)).toContain('service-unavailable');
  });

  it('the message of a device that leaves is kept and delivered all the same', async () => {
    const { desk, phone, juliet } = await pair();
    stage().archive.hold();
    desk.write(`<message to='${juliet.bare}' type='chat'><body>Last words</body></message>`);
    desk.close();
    stage().archive.resume();
    await stage().settled();
    expect(bodies(phone)).toEqual(['Last words']);
  });

  it('a device may have 256 messages waiting; the next is answered with resource-constraint, type wait', async () => {
    const { desk, phone, juliet } = await pair();
    stage().archive.hold();
    for (let i = 0; i < 256; i++) desk.write(`<message to='${juliet.bare}' type='chat'><body>${i}</body></message>`);
    await desk.ask(ping('im.example'));
    desk.write(`<message to='${juliet.bare}' type='chat' id='m'><body>too many</body></message>`);
    desk.write(`<message to='${juliet.bare}/gone' id='r'><body>too many, and refused</body></message>`);
    desk.write(`<iq to='${phone.jid}' type='get' id='q'><query xmlns='jabber:iq:version'/></iq>`);
    desk.write(`<presence to='${juliet.bare}' id='p'/>`);
    for (const id of ['m', 'r', 'q', 'p']) {
      const answer = await desk.next(({ attrs }) => attrs['id'] === id);
      expect(String(answer.getChild('error')), id).toMatch(/type="wait".*resource-constraint/);
    }
    stage().archive.resume();
    await stage().settled();
    expect(bodies(phone)).toEqual(Array.from({ length: 256 }, (_, i) => String(i)));
  });

  it('what is decided is a prefix that never shrinks', async () => {
    const { desk, phone, juliet } = await pair();
    const session = stage().sessionOf(desk);
    const before = session.received;
    expect(session.decided).toBe(before);
    stage().archive.hold();
    desk.write(`<iq to='${phone.jid}' type='result' id='x'/>`);
    expect(session.decided).toBe(before + 1);
    desk.write(`<message to='${juliet.bare}' type='chat'><body>1</body></message>`);
    desk.write("<iq to='im.example' type='get' id='y'><ping xmlns='urn:xmpp:ping'/></iq>");
    desk.write(`<message to='${juliet.bare}' type='chat'><body>2</body></message>`);
    expect([session.received, session.decided, session.uncommitted]).toEqual([before + 4, before + 1, 2]);
    stage().archive.resume();
    await stage().settled();
    expect([session.received, session.decided, session.uncommitted]).toEqual([before + 4, before + 4, 0]);
  });

  it('a ping is answered while an earlier question still waits for the database', async () => {
    const { desk } = await pair();
    let answer = (): void => undefined;
    stage().beforeSql = (name) =>
      name === 'contacts.put' ? new Promise<void>((resolve) => (answer = resolve)) : undefined;
    desk.write("<iq type='set' id='r'><query xmlns='jabber:iq:roster'><item jid='nurse@im.example'/></query></iq>");
    expect((await desk.ask(ping('im.example'))).attrs['type']).toBe('result');
    expect(desk.received.some(({ attrs }) => attrs['id'] === 'r')).toBe(false);
    stage().beforeSql = () => undefined;
    answer();
    await desk.next(({ attrs }) => attrs['id'] === 'r');
  });
});
