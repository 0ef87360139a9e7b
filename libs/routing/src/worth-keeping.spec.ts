import { expect, it } from 'vitest';
import { inBothLanes } from '../../../test/support/on-stage.js';

const STATES = "xmlns='http://jabber.org/protocol/chatstates'";

inBothLanes('the record', (stage) => {
  it.each([
    ['a chat state', `<composing ${STATES}/>`],
    ['a chat state with its thread', `<composing ${STATES}/><thread>0e3141cd80894871a68e6fe6b1ec56fa</thread>`],
    ['a chat state with a hint', `<paused ${STATES} /><no-store xmlns='urn:xmpp:hints'/>`],
    ['a chat state with an end tag', `<active ${STATES}></active>`],
  ])('leaves out %s, which is delivered all the same', async (_, inner) => {
    expect(await send(inner)).toEqual({ delivered: true, recorded: false });
  });

  it.each([
    ['a body that asks not to be stored', "<body>Hark</body><no-store xmlns='urn:xmpp:hints'/>"],
    ['a receipt', "<received xmlns='urn:xmpp:receipts' id='1'/>"],
    ['nothing at all', ''],
    ['only a thread', '<thread>1</thread>'],
    ['a chat state with text in it', `<composing ${STATES}>By the way</composing>`],
    ['a chat state with something in an attribute', `<composing ${STATES} by='the way'/>`],
    ['a chat state beside an element as long as a thread', `<composing ${STATES}/><hidden>By the way</hidden>`],
    [
      'a chat state beside a thread that is a text',
      `<composing ${STATES}/><thread>${'By the way '.repeat(6)}</thread>`,
    ],
    ['a hint with text in it', `<composing ${STATES}/><no-store xmlns='urn:xmpp:hints'>By the way</no-store>`],
  ])('keeps %s', async (_, inner) => {
    expect(await send(inner)).toEqual({ delivered: true, recorded: true });
  });

  async function send(inner: string): Promise<{ delivered: boolean; recorded: boolean }> {
    const [romeo, juliet] = [await stage().account('romeo'), await stage().account('juliet')];
    const desk = await stage().online(romeo, 'desk');
    const phone = await stage().online(juliet, 'phone');
    desk.write(`<message to='${juliet.bare}' type='chat'>${inner}</message>`);
    await stage().settled();
    return {
      delivered: phone.received.length === 1,
      recorded: stage().archive.rows.some(({ author }) => author === romeo.bare),
    };
  }
});
