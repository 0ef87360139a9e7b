import { describe, expect, it } from 'vitest';
import { parse, PretendShelf } from '../testing/stage.contract.js';
import { outgoing, Outbox } from './outbox.js';

const message = (inside: string): string => `<message xmlns='jabber:client' id='m1'>${inside}</message>`;
const idOf = (text: string): string | undefined => outgoing({ text, element: parse(text) }).id;

describe('the outbox', () => {
  it('keeps messages that somebody would miss, by the id by which the server knows them', () => {
    expect(idOf(message('<body>hi</body>'))).toBe('m1');
    expect(idOf(message("<body>hi</body><origin-id xmlns='urn:xmpp:sid:0' id='o1'/>"))).toBe('o1');
    expect(idOf(message("<retract xmlns='urn:xmpp:message-retract:1' id='x'/>"))).toBe('m1');
    expect(
      idOf(message("<paused xmlns='http://jabber.org/protocol/chatstates'/><no-store xmlns='urn:xmpp:hints'/>")),
    ).toBe(undefined);
    expect(idOf("<presence xmlns='jabber:client'/>")).toBe(undefined);
  });

  it('is there again on the next page, in order, and only for who wrote it', () => {
    const shelf = new PretendShelf();
    const before = new Outbox('anna@im.example', shelf, () => undefined);
    before.add({ id: '1', text: 'one' });
    before.add({ id: '2', text: 'two' });
    expect(new Outbox('anna@im.example', shelf, () => undefined).waiting.map(({ text }) => text)).toEqual([
      'one',
      'two',
    ]);
    expect(new Outbox('ada@im.example', shelf, () => undefined).waiting).toEqual([]);
    before.clear();
    expect(shelf.items.size).toBe(0);
  });

  it('counts what somebody wrote, and keeps receipts and markers beside it, also on the next page', () => {
    const shelf = new PretendShelf();
    const outbox = new Outbox('anna@im.example', shelf, () => undefined);
    const texts = [
      "<body>hi</body><request xmlns='urn:xmpp:receipts'/><markable xmlns='urn:xmpp:chat-markers:0'/>",
      "<received xmlns='urn:xmpp:receipts' id='x'/>",
      "<displayed xmlns='urn:xmpp:chat-markers:0' id='x'/><store xmlns='urn:xmpp:hints'/>",
      "<reactions xmlns='urn:xmpp:reactions:0' id='x'/>",
    ].map((inside, n) => message(inside).replace('m1', `m${n}`));
    for (const text of texts) outbox.add(outgoing({ text, element: parse(text) }));
    expect([outbox.written, outbox.waiting.length]).toEqual([2, 4]);
    const after = new Outbox('anna@im.example', shelf, () => undefined);
    expect([after.written, after.waiting.length]).toEqual([2, 4]);
  });

  it('says which messages have come and gone', () => {
    const changes: string[] = [];
    const outbox = new Outbox('anna@im.example', new PretendShelf(), (ids) => changes.push([...ids].join(' ')));
    const one = { id: '1', text: 'one' };
    outbox.add(one);
    outbox.remove([one, { id: undefined, text: '<presence/>' }]);
    outbox.remove([one]);
    expect(changes).toEqual(['1', '1']);
  });

  it('takes no more than 500 messages, and none that the server would throw the stream away for', () => {
    const outbox = new Outbox('anna@im.example', new PretendShelf(), () => undefined);
    expect(outbox.refusal('x'.repeat(80_000))).toBe(undefined);
    expect(outbox.refusal('x'.repeat(80_001))).toMatch(/too long/);
    for (let n = 0; n < 500; n++) outbox.add({ id: String(n), text: 'x' });
    expect(outbox.refusal('x')).toMatch(/Too many/);
  });
});
