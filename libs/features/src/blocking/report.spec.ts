import { expect, it } from 'vitest';
import { type Element, NS, xml } from '@interoffice/wire';
import { inBothLanes } from '../../../../test/support/on-stage.js';

const SPAM = 'urn:xmpp:reporting:spam';
const report = (reason: string | undefined, ...children: Element[]): Element =>
  xml('report', { xmlns: NS.reporting, ...(reason !== undefined && { reason }) }, ...children);
const block = (jid: string, ...children: Element[]): Element =>
  xml('iq', { type: 'set' }, xml('block', { xmlns: NS.blocking }, xml('item', { jid }, ...children)));

interface Row {
  readonly reporter: string;
  readonly about: string;
  readonly peer: string;
  readonly reason: string;
  readonly note: string;
  readonly messages: string[];
  readonly state: string;
}

// XEP-0377
inBothLanes('a report', (stage) => {
  const reports = (): Promise<Row[]> => stage().database.query<Row>('app', 'SELECT * FROM reports ORDER BY id');

  it('comes to the administrators with whom, why and which messages, and blocks as any other block', async () => {
    const romeo = await stage().account('romeo');
    const desk = await stage().online(romeo, 'desk');
    const answer = await desk.ask(
      block(
        'tybalt@spam.example/pc',
        report(
          SPAM,
          xml('stanza-id', { xmlns: NS.sid, by: romeo.bare, id: '0123456789abcdef' }),
          xml('stanza-id', { xmlns: NS.sid, by: 'tybalt@spam.example', id: 'theirs' }),
          xml('text', {}, 'Never came trouble to my house like this.'),
        ),
      ),
    );
    expect(answer.attrs['type']).toBe('result');
    expect((await reports()).filter(({ reporter }) => reporter === romeo.bare)).toMatchObject([
      {
        about: 'tybalt@spam.example/pc',
        peer: 'spam.example',
        reason: 'spam',
        note: 'Never came trouble to my house like this.',
        messages: ['0123456789abcdef'],
        state: 'open',
      },
    ]);
    const list = await desk.ask(xml('iq', { type: 'get' }, xml('blocklist', { xmlns: NS.blocking })));
    expect(list.getChild('blocklist')!.getChild('item')!.attrs['jid']).toBe('tybalt@spam.example/pc');
  });

  it('of a kind we do not know is one all the same; without a reason nothing is done', async () => {
    const romeo = await stage().account('romeo');
    const desk = await stage().online(romeo, 'desk');
    await desk.ask(block('a@spam.example', report('urn:example:boredom', xml('text', {}, 'x'.repeat(9_000)))));
    expect(String(await desk.ask(block('b@spam.example', report(undefined))))).toContain('bad-request');
    const own = (await reports()).filter(({ reporter }) => reporter === romeo.bare);
    expect(own.map(({ about, reason, note }) => [about, reason, note.length])).toEqual([
      ['a@spam.example', 'other', 2_000],
    ]);
    const list = await desk.ask(xml('iq', { type: 'get' }, xml('blocklist', { xmlns: NS.blocking })));
    expect(list.getChild('blocklist')!.getChildren('item')).toHaveLength(1);
  });

  it('is not written any number of times, and blocking goes on without it', async () => {
    const romeo = await stage().account('romeo');
    const desk = await stage().online(romeo, 'desk');
    for (let i = 0; i < 50; i++) await desk.ask(block(`x${i}@spam.example`, report(SPAM)));
    const over = await desk.ask(block('last@spam.example', report(SPAM)));
    expect(over.getChild('error')!.attrs['type']).toBe('wait');
    expect((await desk.ask(block('last@spam.example'))).attrs['type']).toBe('result');
    expect((await reports()).filter(({ reporter }) => reporter === romeo.bare)).toHaveLength(50);
    stage().advance(3_600_000);
    expect((await desk.ask(block('later@spam.example', report(SPAM)))).attrs['type']).toBe('result');
  });

  it('that cannot be written blocks nobody: its author is told', async () => {
    const romeo = await stage().account('romeo');
    const desk = await stage().online(romeo, 'desk');
    stage().beforeSql = (name) => {
      if (name === 'reports.add') throw new Error('the database is away');
    };
    const answer = await desk.ask(block('t@spam.example', report(SPAM)));
    stage().beforeSql = () => undefined;
    expect(answer.attrs['type']).toBe('error');
    const list = await desk.ask(xml('iq', { type: 'get' }, xml('blocklist', { xmlns: NS.blocking })));
    expect(list.getChild('blocklist')!.getChildren('item')).toEqual([]);
  });
});
