import { expect, it } from 'vitest';
import { type Element, NS, xml } from '@interoffice/wire';
import type { TestClient } from '../../../../test/support/client.js';
import { inBothLanes } from '../../../../test/support/on-stage.js';

const field = (name: string, ...values: string[]): Element =>
  xml('field', { var: name }, ...values.map((value) => xml('value', {}, value)));
const page = (...children: Element[]): Element => xml('set', { xmlns: NS.rsm }, ...children);

interface Found {
  readonly ids: string[];
  readonly bodies: (string | null)[];
  readonly messages: Element[];
  readonly fin: Element;
}

/** Asks the archive, and takes what it sends. */
async function query(client: TestClient, filters: Element[] = [], ...rest: Element[]): Promise<Found> {
  const form = xml('x', { xmlns: NS.dataForms, type: 'submit' }, field('FORM_TYPE', NS.mam), ...filters);
  const answer = await client.ask(
    xml('iq', { type: 'set' }, xml('query', { xmlns: NS.mam, queryid: 'q' }, form, ...rest)),
  );
  const results = client.received.splice(0).map((message) => message.getChild('result', NS.mam)!);
  const messages = results.map((result) => result.getChild('forwarded', NS.forward)!.getChild('message', NS.client)!);
  return {
    ids: results.map(({ attrs }) => String(attrs['id'])),
    bodies: messages.map((message) => message.getChildText('body')),
    messages,
    fin: answer.getChild('fin', NS.mam) ?? answer,
  };
}

inBothLanes('the archive of an account', (stage) => {
  /** Romeo has written five messages to Juliet, at one a minute. */
  const scene = async () => {
    const [romeo, juliet] = [await stage().account('romeo'), await stage().account('juliet')];
    const desk = await stage().online(romeo, 'desk');
    const phone = await stage().online(juliet, 'phone');
    const startMs = stage().clock.now();
    const stamps: string[] = [];
    for (let i = 1; i <= 5; i++) {
      desk.write(`<message to='${juliet.bare}' type='chat' id='m${i}'><body>${i}</body></message>`);
      const got = await phone.next();
      stamps.push(String(got.getChild('stanza-id', NS.sid)!.attrs['id']));
      stage().advance(60_000);
    }
    return { romeo, juliet, desk, phone, stamps, startMs };
  };
  const iso = (ms: number): string => new Date(ms).toISOString();

  it('has each message under the id it was delivered with, for both sides', async () => {
    const { desk, phone, stamps, romeo, juliet } = await scene();
    const [received, sent] = [await query(phone), await query(desk)];
    expect(received.ids).toEqual(stamps);
    expect(sent.ids).toEqual(stamps);
    const stampOf = (message: Element): unknown => message.getChild('stanza-id', NS.sid)!.attrs['by'];
    expect(received.messages.map(stampOf)).toEqual(Array.from({ length: 5 }, () => juliet.bare));
    expect(sent.messages.map(stampOf)).toEqual(Array.from({ length: 5 }, () => romeo.bare));
    expect(received.fin.attrs['complete']).toBe('true');
  });

  it('is filtered by contact, time and ids', async () => {
    const { phone, romeo, stamps, startMs } = await scene();
    expect((await query(phone, [field('with', romeo.bare)])).bodies).toEqual(['1', '2', '3', '4', '5']);
    expect((await query(phone, [field('with', `${romeo.bare}/desk`)])).bodies).toHaveLength(5);
    expect((await query(phone, [field('with', `${romeo.bare}/other`)])).bodies).toEqual([]);
    expect(
      (await query(phone, [field('start', iso(startMs + 60_000)), field('end', iso(startMs + 180_000))])).bodies,
    ).toEqual(['2', '3', '4']);
    expect((await query(phone, [field('after-id', stamps[1]!), field('before-id', stamps[4]!)])).bodies).toEqual([
      '3',
      '4',
    ]);
    expect(
      (await query(phone, [field('ids', stamps[4]!, stamps[0]!)])).bodies.toSorted((a, b) =>
        String(a).localeCompare(String(b)),
      ),
    ).toEqual(['1', '5']);
  });

  it('is paged forwards, backwards and in reverse order', async () => {
    const { phone, stamps } = await scene();
    const first = await query(phone, [], page(xml('max', {}, '2')));
    expect(first.bodies).toEqual(['1', '2']);
    expect(first.fin.attrs['complete']).toBeUndefined();
    const second = await query(phone, [], page(xml('max', {}, '3'), xml('after', {}, first.ids[1]!)));
    expect(second.bodies).toEqual(['3', '4', '5']);
    expect(second.fin.attrs['complete']).toBe('true');
    const back = await query(phone, [], page(xml('max', {}, '2'), xml('before', {}, stamps[3]!)));
    expect(back.bodies).toEqual(['2', '3']);
    const flipped = await query(phone, [], page(xml('max', {}, '2'), xml('before')), xml('flip-page'));
    expect(flipped.bodies).toEqual(['5', '4']);
    const set = flipped.fin.getChild('set', NS.rsm)!;
    expect([set.getChildText('first'), set.getChildText('last')]).toEqual([stamps[3], stamps[4]]);
    expect((await query(phone, [], page(xml('max', {}, '0')))).fin.getChild('set', NS.rsm)!.getChildText('count')).toBe(
      '5',
    );
  });

  it('refuses what it does not understand with the error that says so', async () => {
    const phone = await stage().online(await stage().account('juliet'), 'phone');
    const condition = async (...args: Parameters<typeof query>): Promise<string> =>
      String((await query(...args)).fin.getChild('error'));
    expect(await condition(phone, [field('with', 'a b@')])).toContain('bad-request');
    expect(await condition(phone, [field('start', 'yesterday')])).toContain('bad-request');
    expect(await condition(phone, [field('colour', 'red')])).toContain('feature-not-implemented');
    expect(await condition(phone, [field('ids', '0123456789abcdef')])).toContain('item-not-found');
    expect(await condition(phone, [field('after-id', 'nonsense')])).toContain('item-not-found');
    expect(await condition(phone, [], page(xml('max', {}, 'many')))).toContain('bad-request');
    const foreign = xml('x', { xmlns: NS.dataForms, type: 'submit' }, field('FORM_TYPE', 'urn:x'));
    const answer = await phone.ask(xml('iq', { type: 'set' }, xml('query', { xmlns: NS.mam }, foreign)));
    expect(String(answer)).toContain('bad-request');
  });

  it('says what it can be filtered by, and from when to when it reaches', async () => {
    const { phone, stamps, startMs } = await scene();
    const form = (await phone.ask(xml('iq', { type: 'get' }, xml('query', { xmlns: NS.mam }))))
      .getChild('query')!
      .getChild('x', NS.dataForms)!;
    expect(form.getChildren('field').map(({ attrs }) => attrs['var'])).toEqual([
      'FORM_TYPE',
      'with',
      'start',
      'end',
      'before-id',
      'after-id',
      'ids',
    ]);
    const metadata = (await phone.ask(xml('iq', { type: 'get' }, xml('metadata', { xmlns: NS.mam })))).getChild(
      'metadata',
    )!;
    expect(metadata.getChild('start')!.attrs).toMatchObject({ id: stamps[0], timestamp: iso(startMs) });
    expect(metadata.getChild('end')!.attrs['id']).toBe(stamps[4]);
    const empty = await stage().online(await stage().account('mercutio'), 'hall');
    const none = (await empty.ask(xml('iq', { type: 'get' }, xml('metadata', { xmlns: NS.mam })))).getChild(
      'metadata',
    )!;
    expect(none.children).toEqual([]);
  });

  it('keeps everything, whatever its owner asks it to', async () => {
    const phone = await stage().online(await stage().account('juliet'), 'phone');
    const asked = xml(
      'iq',
      { type: 'set' },
      xml('prefs', { xmlns: NS.mam, default: 'never' }, xml('always'), xml('never')),
    );
    expect((await phone.ask(asked)).getChild('prefs')!.attrs['default']).toBe('always');
  });

  it('shows nothing that was refused', async () => {
    const { desk, juliet } = await scene();
    desk.write(`<message to='${juliet.bare}/gone' id='x'><body>refused</body></message>`);
    await desk.next();
    expect((await query(desk)).bodies).toEqual(['1', '2', '3', '4', '5']);
  });
});
