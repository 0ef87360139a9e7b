import { expect, it } from 'vitest';
import { jid, NS, xml } from '@interoffice/wire';
import { inBothLanes } from '../../../test/support/on-stage.js';

const condition = (stanza: { getChild(name: string): unknown }): string => String(stanza.getChild('error'));

inBothLanes('a stanza that comes in', (stage) => {
  // T-01
  it.each([
    ['another account', 'mercutio@im.example'],
    ['another of its own devices', '{own}/other'],
    ['something that is no address', 'a@b@c'],
    ['the server', 'im.example'],
  ])('ends the stream with invalid-from when it names %s as its author', async (_, from) => {
    const [romeo, juliet] = [await stage().account('romeo'), await stage().account('juliet')];
    const desk = await stage().online(romeo, 'desk');
    const phone = await stage().online(juliet, 'phone');
    const forged = from.replace('{own}', romeo.bare);
    desk.write(`<message from='${forged}' to='${phone.jid}' type='chat'><body>I am not I</body></message>`);
    expect(await desk.closed()).toContain('<invalid-from');
    await stage().settled();
    expect(phone.received).toEqual([]);
  });

  // T-01
  it('is stamped with the full address of its device, also when the client names its bare one', async () => {
    const [romeo, juliet] = [await stage().account('romeo'), await stage().account('juliet')];
    const desk = await stage().online(romeo, 'desk');
    const phone = await stage().online(juliet, 'phone');
    for (const from of ['', ` from='${romeo.bare}'`, ` from='${romeo.bare}/desk'`]) {
      desk.write(`<message${from} to='${juliet.bare}' type='chat'><body>It is I</body></message>`);
      expect((await phone.next()).attrs['from']).toBe(desk.jid);
    }
  });

  it('reaches and comes from devices whose names hold characters that XML writes as references', async () => {
    const [romeo, juliet] = [await stage().account('romeo'), await stage().account('juliet')];
    const desk = await stage().online(romeo, 'R&D');
    const phone = await stage().online(juliet, 'Q<A');
    desk.write(
      `<message from='${romeo.bare}/R&amp;D' to='${juliet.bare}/Q&lt;A' type='chat'><body>one</body></message>`,
    );
    expect((await phone.next()).attrs).toMatchObject({ from: desk.jid, to: phone.jid });
    phone.write(`<iq to='${romeo.bare}/R&#38;D' type='get' id='q'><ping xmlns='urn:xmpp:ping'/></iq>`);
    expect((await desk.next()).attrs).toMatchObject({ from: phone.jid, to: desk.jid, id: 'q' });
  });

  // T-02
  it('never brings a roster change from somebody else to a device', async () => {
    const [romeo, juliet] = [await stage().account('romeo'), await stage().account('juliet')];
    const desk = await stage().online(romeo, 'desk');
    const phone = await stage().online(juliet, 'phone');
    for (const namespace of [NS.roster, NS.blocking, NS.carbons, NS.mam]) {
      const iq = xml('iq', { to: phone.jid, type: 'set' }, xml('query', { xmlns: namespace }));
      expect(condition(await desk.ask(iq))).toContain('service-unavailable');
    }
    await stage().settled();
    expect(phone.received).toEqual([]);
  });

  // T-03
  it('loses every element that only servers may use, in every copy and in the archive', async () => {
    const [romeo, juliet] = [await stage().account('romeo'), await stage().account('juliet')];
    const desk = await stage().online(romeo, 'desk');
    const phone = await stage().online(juliet, 'phone');
    const owned = [
      `<stanza-id xmlns='urn:xmpp:sid:0' by='${juliet.bare}' id='forged'/>`,
      "<sent xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'/></sent>",
      "<received xmlns='urn:xmpp:carbons:2'/>",
      "<result xmlns='urn:xmpp:mam:2' id='forged'/>",
      "<delay xmlns='urn:xmpp:delay' from='im.example' stamp='2001-01-01T00:00:00Z'>forged</delay>",
      "<x xmlns='jabber:x:delay' stamp='20010101T00:00:00'>forged</x>",
      "<occupant-id xmlns='urn:xmpp:occupant-id:0' id='forged'/>",
      "<x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='owner'/></x>",
    ];
    for (const copies of [1, 2, 5]) {
      const forged = owned.flatMap((element) => Array.from({ length: copies }, () => element)).join('');
      desk.write(`<message to='${juliet.bare}' type='chat'>${forged}<body>By the way</body>${forged}</message>`);
      const got = await phone.next();
      expect(got.getChildElements().map((child) => child.getName())).toEqual(['body', 'stanza-id']);
      expect(got.getChild('stanza-id')!.attrs['id']).toMatch(/^[0-9a-f]{16}$/);
      const kept = stage().archive.rows.find((row) => row.id === got.getChild('stanza-id')!.attrs['id'])!;
      expect(kept.stanza.toString()).not.toContain('forged');
    }
  });

  it('is refused with jid-malformed when its address is none, and the stream goes on', async () => {
    const desk = await stage().online(await stage().account('romeo'), 'desk');
    desk.write("<message to='@nowhere' id='m'><body>?</body></message>");
    expect(condition(await desk.next())).toContain('jid-malformed');
    expect(condition(await desk.ask(xml('iq', { to: 'a b@', type: 'get' }, xml('x', { xmlns: 'urn:x' }))))).toContain(
      'jid-malformed',
    );
    desk.write("<iq type='result' to='@nowhere' id='i'/><presence type='error' to='@nowhere'/>");
    expect(
      (await desk.ask(xml('iq', { to: stage().domain, type: 'get' }, xml('ping', { xmlns: NS.ping })))).attrs['type'],
    ).toBe('result');
  });

  it('comes back when it is for a domain that this server cannot reach', async () => {
    const desk = await stage().online(await stage().account('romeo'), 'desk');
    desk.write("<message to='tybalt@elsewhere.example' id='m'><body>?</body></message>");
    expect(condition(await desk.next())).toContain('remote-server-not-found');
    const question = xml('iq', { to: 'tybalt@elsewhere.example/x', type: 'get' }, xml('ping', { xmlns: NS.ping }));
    expect(condition(await desk.ask(question))).toContain('remote-server-not-found');
    desk.write("<presence to='tybalt@elsewhere.example' type='subscribe'/>");
    expect(condition(await desk.next())).toContain('remote-server-not-found');
    desk.write("<presence to='tybalt@elsewhere.example' type='unavailable'/>");
    await stage().settled();
    expect(desk.received).toEqual([]);
  });

  it('comes back when it is a message to the server itself or to a suspended account', async () => {
    const [romeo, juliet] = [await stage().account('romeo'), await stage().account('juliet')];
    const desk = await stage().online(romeo, 'desk');
    desk.write("<message to='im.example'><body>?</body></message>");
    expect(condition(await desk.next())).toContain('service-unavailable');
    const phone = await stage().online(juliet, 'phone');
    const record = (await stage().records.setState(juliet.bare, 'suspended'))!;
    await stage().server.accountChanged(record);
    expect(await phone.closed()).toContain('<not-authorized');
    desk.write(`<message to='${juliet.bare}' type='chat'><body>?</body></message>`);
    expect(condition(await desk.next())).toContain('service-unavailable');
    await stage().server.accountChanged((await stage().records.setState(juliet.bare, 'active'))!);
    desk.write(`<message to='${juliet.bare}' type='chat'><body>!</body></message>`);
    await stage().settled();
    expect(desk.received).toEqual([]);
  });

  it('is kept with its verdict when it is refused', async () => {
    const [romeo, juliet] = [await stage().account('romeo'), await stage().account('juliet')];
    const desk = await stage().online(romeo, 'desk');
    desk.write(`<message to='${juliet.bare}/gone' id='refused'><body>Where art thou?</body></message>`);
    expect(condition(await desk.next())).toContain('service-unavailable');
    const row = stage().archive.rows.find(({ author, stanzaId }) => author === romeo.bare && stanzaId === 'refused')!;
    expect(row).toMatchObject({ verdict: 1, body: 'Where art thou?', receiver: juliet.bare, receiverDevice: 'gone' });
    const told = stage().log.events.find(
      ({ name, fields }) => name === 'stanza.refused' && fields['decisionId'] === row.id,
    );
    expect(told!.fields).toMatchObject({ because: 'the device is not there', verdict: 'refused' });
  });

  it('goes to its own account when it is a message that names nobody', async () => {
    const desk = await stage().online(await stage().account('romeo'), 'desk');
    desk.write("<message type='chat'><body>Note to self</body></message>");
    expect((await desk.next()).getChildText('body')).toBe('Note to self');
  });

  it('is answered with bad-request when an iq has no id, no known type or two children', async () => {
    const desk = await stage().online(await stage().account('romeo'), 'desk');
    for (const iq of [
      "<iq type='get'><a xmlns='urn:x'/></iq>",
      "<iq id='1'><a xmlns='urn:x'/></iq>",
      "<iq id='1' type='set'><a xmlns='urn:x'/><b xmlns='urn:x'/></iq>",
    ]) {
      desk.write(iq);
      expect(condition(await desk.next())).toContain('bad-request');
    }
    desk.write("<presence type='unheard-of'/>");
    expect(condition(await desk.next())).toContain('bad-request');
  });

  it('finds an account by the time its owner has logged in, whoever wrote to the address before', async () => {
    const romeo = await stage().account('romeo');
    const desk = await stage().online(romeo, 'desk');
    const address = jid('newcomer', 'im.example');
    desk.write(`<message to='${address.bare}' type='chat'><body>Welcome</body></message>`);
    expect(condition(await desk.next())).toContain('service-unavailable');
    const example = await stage().account('copy');
    const verifier = await stage().records.verifier(example.bare, 'SCRAM-SHA-256');
    await stage().records.create({
      jid: address,
      person: {},
      role: 'employee',
      roleScope: '*',
      verifiers: [verifier!],
    });
    const phone = await stage().online({ user: 'newcomer', password: example.password, bare: address.bare }, 'phone');
    desk.write(`<message to='${address.bare}' type='chat'><body>Welcome</body></message>`);
    expect((await phone.next()).getChildText('body')).toBe('Welcome');
    await stage().server.accountChanged((await stage().records.setState(address.bare, 'deleted'))!);
  });
});
