import { NS, xml } from '@interoffice/wire';
import { expect, it } from 'vitest';
import type { TestClient } from '../../../../test/support/client.js';
import { inBothLanes } from '../../../../test/support/on-stage.js';
import { abilities, answer, isQuestion, presenceWith } from '../../../../test/support/wants.js';

const NODE = 'urn:example:news';
const LONG_MS = 31_000;

inBothLanes('what a device can do', (stage) => {
  /** Devices of one account; the last publishes. */
  const scene = async (...resources: string[]) => {
    const juliet = await stage().account('juliet');
    const devices: TestClient[] = [];
    for (const resource of [...resources, 'author']) devices.push(await stage().online(juliet, resource));
    await stage().settled();
    for (const device of devices) device.received = [];
    return devices;
  };
  const publish = async (author: TestClient): Promise<void> => {
    const item = xml('item', {}, xml('news', { xmlns: NODE }));
    await author.ask(
      xml('iq', { type: 'set' }, xml('pubsub', { xmlns: NS.pubsub }, xml('publish', { node: NODE }, item))),
    );
    await stage().settled();
  };
  const asked = (client: TestClient): number => client.received.filter(isQuestion).length;
  const events = (client: TestClient): number =>
    client.received.splice(0).filter((stanza) => stanza.is('message')).length;

  it('is asked once, whoever has the same, under the name of what it says', async () => {
    const [one, two, three, author] = await scene('one', 'two', 'three');
    const { ver, info } = abilities([NODE]);
    for (const client of [one!, two!]) client.send(presenceWith(ver));
    await stage().settled();
    expect([asked(one!), asked(two!)]).toEqual([1, 0]);
    const question = await one!.next(isQuestion);
    expect(question.attrs).toMatchObject({ to: one!.jid });
    expect(question.getChild('query')!.attrs['node']).toBe(`urn:example:test#${ver}`);
    answer(one!, question, info);
    await stage().settled();
    three!.send(presenceWith(ver));
    await stage().settled();
    expect(asked(three!)).toBe(0);
    await publish(author!);
    expect([one, two, three].map((client) => events(client!))).toEqual([1, 1, 1]);
  });

  it('that is not what its hash says is not remembered, and another is asked who says the same (T-11)', async () => {
    const [liar, honest, late, author] = await scene('liar', 'honest', 'late');
    const { ver, info } = abilities([NODE]);
    for (const client of [liar!, honest!]) client.send(presenceWith(ver));
    await stage().settled();
    answer(liar!, await liar!.next(isQuestion), abilities([NODE, 'urn:example:more']).info);
    const question = await honest!.next(isQuestion);
    await publish(author!);
    expect(events(liar!)).toBe(0);
    answer(honest!, question, info);
    await stage().settled();
    late!.send(presenceWith(ver));
    await stage().settled();
    // What was published while it was asked is not lost; who has lied hears nothing.
    expect([asked(late!), asked(liar!)]).toEqual([0, 0]);
    await publish(author!);
    expect([liar, honest, late].map((client) => events(client!))).toEqual([0, 2, 1]);
  });

  it('is asked of the next when the first does not answer, goes away, or answers with an error', async () => {
    const [silent, leaving, failing, honest, author] = await scene('silent', 'leaving', 'failing', 'honest');
    const { ver, info } = abilities([NODE]);
    silent!.send(presenceWith(ver));
    await silent!.next(isQuestion);
    leaving!.send(presenceWith(ver));
    await stage().settled();
    expect(asked(leaving!)).toBe(0);
    stage().advance(LONG_MS);
    leaving!.send(presenceWith(ver));
    await publish(author!);
    await leaving!.next(isQuestion);
    failing!.send(presenceWith(ver));
    await stage().settled();
    leaving!.close();
    const question = await failing!.next(isQuestion);
    honest!.send(presenceWith(ver));
    await stage().settled();
    expect(asked(honest!)).toBe(0);
    failing!.send(xml('iq', { type: 'error', id: String(question.attrs['id']) }));
    answer(honest!, await honest!.next(isQuestion), info);
    await publish(author!);
    // What was published while nobody knew has waited for the silent one as well.
    expect([silent, failing, honest].map((client) => events(client!))).toEqual([2, 0, 1]);
  });

  it('counts for that device alone when its hash cannot be verified, and not at all without one', async () => {
    const [one, two, old, author] = await scene('one', 'two', 'old');
    const { info } = abilities([NODE]);
    for (const client of [one!, two!]) client.send(presenceWith('anything', 'md2'));
    old!.send(xml('presence', {}, xml('c', { xmlns: NS.caps, node: 'urn:example:test', ver: '0.9' })));
    await stage().settled();
    expect([asked(one!), asked(two!), asked(old!)]).toEqual([1, 1, 0]);
    answer(one!, await one!.next(isQuestion), info);
    answer(two!, await two!.next(isQuestion), abilities([]).info);
    await stage().settled();
    await publish(author!);
    expect([one, two, old].map((client) => events(client!))).toEqual([1, 0, 0]);
  });

  it('is as before when presence says nothing of it, and changes when presence says so', async () => {
    const [phone, author] = await scene('phone');
    const first = abilities([NODE]);
    phone!.send(presenceWith(first.ver));
    answer(phone!, await phone!.next(isQuestion), first.info);
    phone!.send(xml('presence', {}, xml('show', {}, 'away')));
    await publish(author!);
    expect(events(phone!)).toBe(1);
    const second = abilities([]);
    phone!.send(presenceWith(second.ver));
    answer(phone!, await phone!.next(isQuestion), second.info);
    await publish(author!);
    expect(events(phone!)).toBe(0);
    phone!.send(presenceWith(first.ver));
    await publish(author!);
    expect(events(phone!)).toBe(1);
  });

  it('that a device does not say does not make more than 64 events wait for it', async () => {
    const [phone, author] = await scene('phone');
    const { ver, info } = abilities([NODE]);
    phone!.send(presenceWith(ver));
    const question = await phone!.next(isQuestion);
    for (let i = 0; i < 70; i++) await publish(author!);
    answer(phone!, question, info);
    await stage().settled();
    expect(events(phone!)).toBe(64);
  });
});
