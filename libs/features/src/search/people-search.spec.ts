import { expect, it } from 'vitest';
import { type Element, formElement, NS, xml } from '@interoffice/wire';
import { inBothLanes } from '../../../../test/support/on-stage.js';
import type { Stage } from '../../../../test/support/stage.js';

const asking = (stage: Stage, ...content: Element[]): Element =>
  xml('iq', { type: 'set', to: stage.domain }, xml('query', { xmlns: NS.search }, ...content));
const submitted = (text: string): Element =>
  formElement({ type: 'submit', formType: NS.search, fields: [{ name: 'text', values: [text] }] });
const items = (answer: Element): Record<string, string>[] =>
  answer
    .getChild('query', NS.search)!
    .getChild('x', NS.dataForms)!
    .getChildren('item')
    .map((item) =>
      Object.fromEntries(
        item.getChildren('field').map((field) => [String(field.attrs['var']), field.getChildText('value') ?? '']),
      ),
    );

inBothLanes('the search for people', (stage) => {
  it('finds by parts of a name, with data forms and without', async () => {
    const [rosaline, benvolio] = [await stage().account('rosaline'), await stage().account('benvolio')];
    const desk = await stage().online(benvolio, 'desk');
    const fields = await desk.ask(xml('iq', { type: 'get', to: stage().domain }, xml('query', { xmlns: NS.search })));
    const form = fields.getChild('query', NS.search)!.getChild('x', NS.dataForms)!;
    expect(form.getChildren('field').map((field) => field.attrs['var'])).toEqual(['FORM_TYPE', 'text']);

    const found = items(await desk.ask(asking(stage(), submitted(rosaline.user.slice(2)))));
    expect(found).toEqual([{ jid: rosaline.bare, fn: 'rosaline of Verona', email: `${rosaline.user}@example.com` }]);
    const plain = await desk.ask(asking(stage(), xml('nick', {}, rosaline.user)));
    const [item] = plain.getChild('query', NS.search)!.getChildren('item');
    expect(item?.attrs['jid']).toBe(rosaline.bare);
    expect([item?.getChildText('first'), item?.getChildText('last')]).toEqual(['rosaline', 'of Verona']);
  });

  it('says when nobody is found, and leaves out who may not be here', async () => {
    const [gone, benvolio] = [await stage().account('gone'), await stage().account('benvolio')];
    await stage().records.setState(gone.bare, 'suspended');
    const desk = await stage().online(benvolio, 'desk');
    expect(items(await desk.ask(asking(stage(), submitted(gone.user))))).toEqual([]);
  });

  // A wildcard is no text: nobody gets everybody.
  it.each(['', ' ', '*', '**', 'a', 'x'.repeat(201)])('is refused for %j', async (text) => {
    const benvolio = await stage().account('benvolio');
    const desk = await stage().online(benvolio, 'desk');
    const answer = await desk.ask(asking(stage(), submitted(text)));
    expect(answer.getChild('error')?.getChild('not-acceptable', NS.stanzas)).toBeDefined();
  });

  it('is refused for a form of something else', async () => {
    const benvolio = await stage().account('benvolio');
    const desk = await stage().online(benvolio, 'desk');
    const form = formElement({ type: 'submit', formType: 'urn:other', fields: [] });
    const answer = await desk.ask(asking(stage(), form));
    expect(answer.getChild('error')?.getChild('bad-request', NS.stanzas)).toBeDefined();
  });
});
