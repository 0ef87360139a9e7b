import { expect, it } from 'vitest';
import { NS, xml } from '@interoffice/wire';
import {
  administer,
  bodiesOf,
  conditionOf,
  configure,
  enter,
  joining,
  said,
  romeoAndJuliet,
} from '../../../../test/support/in-rooms.js';
import { inBothLanes } from '../../../../test/support/on-stage.js';

const correcting = (room: string, original: string, { id, body }: { id: string; body: string }) =>
  said(room, body, { id }).c('replace', { xmlns: NS.correct, id: original }).up();

inBothLanes('what is said in a room', (stage) => {
  const scene = (config?: Record<string, string>) => romeoAndJuliet(stage(), config);

  it('reflects nothing, not even to its author, before it is durable', async () => {
    const { desk, phone, room } = await scene();
    stage().archive.hold();
    desk.send(said(room, 'What light?'));
    await new Promise((resolve) => setImmediate(resolve));
    expect([bodiesOf(desk), bodiesOf(phone)]).toEqual([[], []]);
    stage().archive.resume();
    await stage().settled();
    expect([bodiesOf(desk), bodiesOf(phone)]).toEqual([['What light?'], ['What light?']]);
  });

  it('lets somebody speak who has just sent that he comes in', async () => {
    const { phone, room } = await scene();
    const hall = await stage().online(await stage().account('mercutio'), 'hall');
    hall.write([joining(room, 'Mercutio'), said(room, 'Good e’en!')].map(String).join(''));
    await stage().settled();
    expect(bodiesOf(phone)).toEqual(['Good e’en!']);
    expect(bodiesOf(hall)).toEqual(['Good e’en!']);
  });

  it('says a message that is sent again once', async () => {
    const { desk, phone, room } = await scene();
    desk.send(said(room, 'Once', { id: 'o1' }));
    desk.send(said(room, 'Once', { id: 'o1' }));
    await stage().settled();
    expect(bodiesOf(phone)).toEqual(['Once']);
  });

  it('keeps one row for what is said, whoever hears it, and rows for who came, who left and what was changed', async () => {
    const { desk, phone, room, romeo, juliet } = await scene({ roomname: 'Orchard' });
    await configure(phone, room, { roomsecret: 'sesame' });
    desk.send(said(room, 'Hist!'));
    await administer(phone, room, { jid: romeo.bare, affiliation: 'member' });
    desk.send(xml('presence', { to: `${room}/Romeo`, type: 'unavailable' }));
    await stage().settled();
    const rows = stage().archive.rows.filter((row) => row.room === room);
    const kinds = rows.map(({ kind, author }) => [
      kind,
      author === romeo.bare ? 'romeo' : author === juliet.bare ? 'juliet' : author,
    ]);
    expect(kinds).toEqual([
      [5, 'juliet'],
      [1, 'juliet'],
      [5, 'romeo'],
      [1, 'juliet'],
      [3, 'romeo'],
      [1, 'juliet'],
      [6, 'romeo'],
    ]);
    expect(rows.every(({ receiver }) => receiver === room)).toBe(true);
    // A password is nobody's business, a compliance officer's neither.
    expect(rows.map(({ stanza }) => stanza.toString()).join('')).not.toContain('sesame');
  });

  it('keeps what is said in it out of the archives of people', async () => {
    const { desk, room } = await scene();
    desk.send(said(room, 'Hist!'));
    await stage().settled();
    desk.received = [];
    const fin = await desk.ask(xml('iq', { type: 'set' }, xml('query', { xmlns: NS.mam })));
    expect(fin.getChild('fin')!.attrs['complete']).toBe('true');
    expect(desk.received).toEqual([]);
  });

  // T-06
  it('lets nobody correct or retract what another has said, whatever his nick', async () => {
    const { desk, phone, room } = await scene();
    desk.send(said(room, 'I love thee', { id: 'l1' }));
    await stage().settled();
    const id = String(phone.received.splice(0)[0]!.getChild('stanza-id')!.attrs['id']);
    desk.send(xml('presence', { to: `${room}/Romeo`, type: 'unavailable' }));
    await stage().settled();
    const hall = await stage().online(await stage().account('mercutio'), 'hall');
    await enter(stage(), hall, room, 'Romeo');
    phone.received = [];
    hall.send(correcting(room, 'l1', { id: 'f1', body: 'I hate thee' }));
    hall.send(xml('message', { to: room, type: 'groupchat', id: 'f2' }, xml('retract', { xmlns: NS.retract, id })));
    hall.send(
      xml(
        'message',
        { to: room, type: 'groupchat', id: 'f3' },
        xml('retract', { xmlns: NS.retract, id: 'f'.repeat(16) }),
      ),
    );
    await stage().settled();
    expect(hall.received.splice(0).map(conditionOf)).toEqual(['forbidden', 'forbidden', 'item-not-found']);
    expect(phone.received).toEqual([]);
  });

  it('links corrections, retractions and what moderators do to the original, which stays as it was', async () => {
    const { desk, phone, room } = await scene();
    desk.send(said(room, 'I hate thee', { id: 'c1' }));
    desk.send(correcting(room, 'c1', { id: 'c2', body: 'I love thee' }));
    await stage().settled();
    const [original] = phone.received.splice(0);
    const id = String(original!.getChild('stanza-id')!.attrs['id']);
    const moderate = xml(
      'moderate',
      { xmlns: NS.moderate, id },
      xml('retract', { xmlns: NS.retract }),
      xml('reason', {}, 'unkind'),
    );
    expect((await phone.ask(xml('iq', { type: 'set', to: room }, moderate))).attrs['type']).toBe('result');
    const changes = stage().archive.rows.filter(({ about }) => about === id);
    expect(changes.map(({ body }) => body)).toEqual(['I love thee', undefined]);
    expect(stage().archive.rows.find((row) => row.id === id)!.body).toBe('I hate thee');
    await stage().settled();
    phone.received = [];
    await phone.ask(xml('iq', { type: 'set', to: room }, xml('query', { xmlns: NS.mam })));
    const shown = phone.received.map((m) => m.getChild('result')!.getChild('forwarded')!.getChild('message')!);
    expect(shown[0]!.getChild('retracted', NS.retract)!.getChildText('reason')).toBe('unkind');
    expect(String(shown[0])).not.toContain('hate');
  });
});
