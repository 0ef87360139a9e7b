import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLIENT_AUTH, SERVER_AUTH, type TestCertificate, testRoot } from '../../support/certificates.js';
import type { TestClient } from '../../support/client.js';
import { CuttingProxy } from '../../support/cutting-proxy.js';
import { EjabberdPeer } from './ejabberd-peer.js';
import { NameServer } from './name-server.js';
import { Office, openTo, type ShownLine } from './office.js';
import { ownPort } from './ports.js';
import { ProsodyPeer } from './prosody-peer.js';
import { chat, says } from './stanzas.js';
import { UncalledServer } from './uncalled-server.js';

/** Is called, and can call neither of the others: DNS leads to nobody. */
const BERLIN = 'berlin.example';
/** Calls, by a way that is fixed, and cannot be called. */
const TOKYO = 'tokyo.example';
/** Prosody, and ejabberd. */
const PARIS = 'paris.example';
const LYON = 'lyon.example';
const WITHIN_MS = 20_000;

let berlin: Office;
let tokyo: Office;
let paris: ProsodyPeer;
let lyon: EjabberdPeer;
let dns: NameServer;
/** What peers reach Berlin by. */
let toBerlin: CuttingProxy;
/** Who stands where DNS says that Paris and Lyon are, and Tokyo. */
let uncalled: UncalledServer;
let uncallable: UncalledServer;

beforeAll(async () => {
  const root = await testRoot();
  const authority = await root.authority();
  const shows = (domain: string): Promise<TestCertificate> =>
    authority.issue({ names: { dns: [domain] }, purposes: [SERVER_AUTH, CLIENT_AUTH] });
  [uncalled, uncallable] = [await UncalledServer.open(), await UncalledServer.open()];
  const inFront = ownPort();
  paris = await ProsodyPeer.open(
    [{ domain: PARIS, shows: await shows(PARIS), people: ['pat', 'paul'], bidi: true }],
    root,
  );
  lyon = await EjabberdPeer.open({ domain: LYON, shows: await shows(LYON), people: ['pat', 'paul'], bidi: true }, root);
  const office = async (domain: string, people: readonly string[], more: string): Promise<Office> =>
    Office.open({ domain, shows: await shows(domain), trusts: root, people, federation: openTo(PARIS, LYON) + more });
  berlin = await office(BERLIN, ['ada', 'ben'], '');
  const ways = [
    [PARIS, paris.ports.tcp],
    [LYON, lyon.ports.tcp],
  ].map(([domain, port]) => `\n    - { domain: ${domain}, route: { host: 127.0.0.1, port: ${port} } }`);
  tokyo = await office(TOKYO, ['yuki'], `\n  peers:${ways.join('')}`);
  toBerlin = await CuttingProxy.before(berlin.ports.s2s, inFront);
  dns = await NameServer.open([
    { domain: BERLIN, starttls: inFront },
    { domain: TOKYO, starttls: uncallable.port },
    { domain: PARIS, starttls: uncalled.port },
    { domain: LYON, starttls: uncalled.port },
  ]);
}, 180_000);

afterAll(async () => {
  await Promise.all([berlin?.close(), tokyo?.close(), paris?.close(), lyon?.close()]);
  await Promise.all([toBerlin?.close(), uncalled?.close(), uncallable?.close()]);
  await dns?.close();
});

/** The line that is up, once it is. */
async function upTo(office: Office, domain: string): Promise<ShownLine> {
  for (const end = performance.now() + WITHIN_MS; ; await wait(250)) {
    const line = (await office.peer(domain)).lines.find(({ state }) => state === 'up');
    if (line) return line;
    if (performance.now() > end) throw new Error(`${office.domain} has no line to ${domain}`);
  }
}

/** Each words once, in the order in which they came: whoever does not know stanza-ids may see some twice. */
function heard(client: TestClient, of: readonly string[]): string[] {
  const bodies = client.received.flatMap((element) => element.getChildText('body') ?? []);
  return [...new Set(bodies)].filter((body) => of.includes(body));
}

// XEP-0288
describe.each([
  ['Prosody', PARIS, (user: string) => paris.login(user, PARIS, 'desk')],
  ['ejabberd', LYON, (user: string) => lyon.login(user, LYON, 'desk')],
] as const)('%s that cannot be called', (name, domain, login) => {
  it('is answered over the connection that it has opened, and over no other', async () => {
    const [ada, pat] = [await berlin.login('ada', `to-${domain}`), await login('pat')];
    const before = { to: toBerlin.carried, from: uncalled.connections };
    pat.send(chat(ada.jid, 'from behind a firewall'));
    expect((await ada.next(says('from behind a firewall'), WITHIN_MS)).attrs['from']).toBe(pat.jid);
    ada.send(chat(pat.jid, 'and back'));
    expect((await pat.next(says('and back'), WITHIN_MS)).attrs['from']).toBe(ada.jid);
    const line = await upTo(berlin, domain);
    expect(line).toMatchObject({ direction: 'both', openedBy: 'peer', isCounted: name === 'Prosody' });
    expect([toBerlin.carried - before.to, uncalled.connections - before.from]).toEqual([1, 0]);
    for (const client of [ada, pat]) client.close();
  });

  it('gets everything, in its order, though the connection is cut while it is under way', async () => {
    const [ben, paul] = [await berlin.login('ben', `to-${domain}`), await login('paul')];
    paul.send(chat(ben.jid, 'hello'));
    await ben.next(says('hello'), WITHIN_MS);
    const words = Array.from({ length: 300 }, (_, n) => `${domain} ${n}`);
    for (const [n, text] of words.entries()) {
      ben.send(chat(paul.jid, text));
      if (n % 100 === 50) toBerlin.cut();
      if (n % 10 === 0) await wait(20);
    }
    // Only the peer can make a connection again, and it does when it has something to say.
    for (let more = 0; heard(paul, words).length < words.length && more < 40; more++) {
      paul.send(chat(ben.jid, `still here ${more}`));
      await wait(500);
    }
    expect(heard(paul, words)).toEqual(words);
    for (const client of [ben, paul]) client.close();
  }, 60_000);
});

describe.each([
  ['Prosody', PARIS, (user: string) => paris.login(user, PARIS, 'desk')],
  ['ejabberd', LYON, (user: string) => lyon.login(user, LYON, 'desk')],
] as const)('%s that cannot call', (name, domain, login) => {
  it('answers over the connection that we have opened, and both ways are counted', async () => {
    const [yuki, pat] = [await tokyo.login('yuki', `to-${domain}`), await login('pat')];
    const before = uncallable.connections;
    yuki.send(chat(pat.jid, 'by a way that is fixed'));
    expect((await pat.next(says('by a way that is fixed'), WITHIN_MS)).attrs['from']).toBe(yuki.jid);
    for (const text of ['one', 'two', 'three']) pat.send(chat(yuki.jid, text));
    for (const text of ['one', 'two', 'three']) await yuki.next(says(text), WITHIN_MS);
    const line = await upTo(tokyo, domain);
    expect(line).toMatchObject({ direction: 'both', openedBy: 'us', isCounted: name === 'Prosody' });
    expect(uncallable.connections - before).toBe(0);
    for (const client of [yuki, pat]) client.close();
  });
});
