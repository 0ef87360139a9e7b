import { setTimeout as wait } from 'node:timers/promises';
import type { S2sOutStream } from '@interoffice/stream';
import { NS, xml } from '@interoffice/wire';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CLIENT_AUTH, SERVER_AUTH, testRoot } from '../../support/certificates.js';
import type { TestClient } from '../../support/client.js';
import { StageServer } from '../../support/s2s-stage.js';
import { NameServer } from './name-server.js';
import { Office, openTo } from './office.js';
import { says, withForm } from './stanzas.js';

const BERLIN = 'berlin.example';
const HONEST = 'honest.example';
const HOSTILE = 'hostile.example';
/** As fast as it can be written: what 10,000 a second is on a machine that does nothing else. */
const FLOOD = 20_000;
const HONEST_WORDS = 40;
/** Of the flood before the honest peer's turn comes: what may wait of one stream, and what is between the processes. */
const MOST_BETWEEN = FLOOD / 3;

let berlin: Office;
let dns: NameServer;
let ada: TestClient;
const peers = new Map<string, StageServer>();

beforeAll(async () => {
  const root = await testRoot();
  const authority = await root.authority();
  const shows = (domain: string): ReturnType<typeof authority.issue> =>
    authority.issue({ names: { dns: [domain] }, purposes: [SERVER_AUTH, CLIENT_AUTH] });
  dns = await NameServer.open([{ domain: BERLIN }]);
  const wish = { domain: BERLIN, shows: await shows(BERLIN), trusts: root, people: ['ada'] };
  berlin = await Office.open({ ...wish, federation: openTo(HONEST, HOSTILE) });
  for (const domain of [HONEST, HOSTILE]) {
    peers.set(domain, await StageServer.open({ domain, shows: await shows(domain), trusts: [root] }));
  }
  ada = await berlin.login('ada', 'desk');
  ada.send(xml('presence'));
}, 180_000);

afterAll(async () => {
  ada?.close();
  await berlin?.close();
  await dns?.close();
});

async function callBy(domain: string): Promise<S2sOutStream> {
  for (;;) {
    const { stream } = await peers.get(domain)!.call({ peer: BERLIN }, [{ port: berlin.ports.s2sTls, kind: 'tls' }]);
    if (stream) return stream;
    await wait(100);
  }
}

function write(stream: S2sOutStream, text: string): void {
  const bytes = Buffer.from(text);
  stream.send(bytes, 0, bytes.length);
}

const words = (domain: string, text: string): string =>
  `<message from='pat@${domain}/desk' to='ada@${BERLIN}' type='chat' id='${text}'><body>${text}</body></message>`;

/** Each ends the stream it comes over, or is refused; none may be stored. */
const POISON: readonly (readonly [what: string, stanza: string])[] = [
  ['a character that XML has not', words(HOSTILE, 'poison').replace('<body>', '<body>&#1;')],
  ['an entity that nobody declared', words(HOSTILE, 'poison').replace('<body>', '<body>&boom;')],
  ['a comment', words(HOSTILE, 'poison').replace('<body>', '<body><!-- poison -->')],
  ['a prefix that nobody declared', words(HOSTILE, 'poison').replace('<body>', '<y:z/><body>')],
  ['ends in the wrong order', words(HOSTILE, 'poison').replace('</body></message>', '</message></body>')],
  ['more than the limit', words(HOSTILE, `poison${'x'.repeat(524_289)}`)],
  ['bytes that are no UTF-8', 'poison'],
  ['elements within elements', words(HOSTILE, 'poison').replace('</body>', `</body>${'<a>'.repeat(5_000)}`)],
];

// F-10
it('a hostile peer that floods us takes no more than its turn from an honest one, and its poison is stored nowhere', async () => {
  const [honest, hostile] = [await callBy(HONEST), await callBy(HOSTILE)];
  write(honest, words(HONEST, 'first'));
  await ada.next(says('first'), 20_000);
  let flooded = 0;
  const burst = (): void => {
    // As fast as it is taken: more would burst our own buffers, not theirs.
    for (let i = 0; i < 500 && flooded < FLOOD && !hostile.connection.isChoked; i++)
      write(hostile, words(HOSTILE, `flood ${(flooded += 1)}`));
    if (flooded < FLOOD) setTimeout(burst, 1);
  };
  burst();
  // Servers cut off who says nothing for a minute.
  const awake = setInterval(() => ada.write(' '), 10_000).unref();
  // Counted and put away as it comes: nobody looks through all of it again and again.
  let heard = 0;
  const count = (): number => {
    const rest = ada.received.filter((element) => element.getChildText('body')?.startsWith('flood') !== true);
    heard += ada.received.length - rest.length;
    ada.received = rest;
    return heard;
  };
  const between: number[] = [];
  for (let i = 0; i < HONEST_WORDS; i++) {
    const before = count();
    write(honest, words(HONEST, `honest ${i}`));
    await ada.until(() => count() >= 0 && ada.received.some(says(`honest ${i}`)), 'the honest peer', 60_000);
    between.push(count() - before);
  }
  expect(Math.max(...between)).toBeLessThan(MOST_BETWEEN);
  // It is held to its rate, and loses nothing by it.
  await ada.until(() => count() === FLOOD, 'the whole flood', 60_000);

  clearInterval(awake);

  for (const [what, stanza] of POISON) {
    const stream = await callBy(HOSTILE);
    const bytes = Buffer.from(stanza);
    if (what === 'bytes that are no UTF-8') stream.send(Buffer.from([0x3c, 0x6d, 0xc3, 0x28, 0x3e]), 0, 5);
    else stream.send(bytes, 0, bytes.length);
    while (stream.isReady) await wait(20);
  }
  write(honest, words(HONEST, 'last'));
  await ada.next(says('last'), 20_000);
  expect(honest.isReady).toBe(true);
  expect(ada.received.filter((element) => element.toString().includes('poison'))).toEqual([]);

  // What is stored can be read back, to the last page.
  const query = xml('query', { xmlns: NS.mam }, withForm(`pat@${HOSTILE}`));
  query.append(xml('set', { xmlns: 'http://jabber.org/protocol/rsm' }, xml('before', {}), xml('max', {}, '100')));
  const answer = await ada.ask(xml('iq', { type: 'set' }, query));
  expect(answer.getChild('fin', NS.mam)).toBeDefined();
  const results = ada.received.filter((element) => element.getChild('result', NS.mam));
  expect(results).toHaveLength(100);
  expect(results.at(-1)!.toString()).toContain(`flood ${FLOOD}`);
}, 240_000);
