import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLIENT_AUTH, selfSigned, SERVER_AUTH, type TestCertificate, testRoot } from '../../support/certificates.js';
import { EjabberdPeer } from './ejabberd-peer.js';
import { NameServer } from './name-server.js';
import { Office, openTo, type ShownPeer } from './office.js';
import { ProsodyPeer } from './prosody-peer.js';
import { chat, isError, says } from './stanzas.js';

/** Believes PARIS and LYON by dialback. */
const BERLIN = 'berlin.example';
/** Has the same rules, and believes certificates alone. */
const TOKYO = 'tokyo.example';
/** Prosody, with a certificate that signed itself. */
const PARIS = 'paris.example';
/** ejabberd, with a certificate of an authority that nobody here knows. */
const LYON = 'lyon.example';
/** A first message each way means two connections, and a question to the other's own server in between. */
const FIRST_WITHIN_MS = 20_000;

const NO_LINE = { state: 'none', attempts: [] };

let berlin: Office;
let tokyo: Office;
let paris: ProsodyPeer;
let lyon: EjabberdPeer;
let dns: NameServer;

beforeAll(async () => {
  const root = await testRoot();
  const authority = await root.authority();
  const wish = (domain: string): { names: { dns: string[] }; purposes: string[] } => ({
    names: { dns: [domain] },
    purposes: [SERVER_AUTH, CLIENT_AUTH],
  });
  const office = async (domain: string, user: string, peers: string): Promise<Office> => {
    const shows: TestCertificate = await authority.issue(wish(domain));
    return Office.open({ domain, shows, trusts: root, people: [user], federation: openTo(PARIS, LYON) + peers });
  };
  const byDialback = [PARIS, LYON].map((domain) => `\n    - { domain: ${domain}, authentication: dialback }`);
  berlin = await office(BERLIN, 'ada', `\n  peers:${byDialback.join('')}`);
  tokyo = await office(TOKYO, 'yuki', '');
  const selfMade = await selfSigned(wish(PARIS));
  paris = await ProsodyPeer.open([{ domain: PARIS, shows: selfMade, people: ['jean'] }], root, 'dialback');
  const unheardOf = await testRoot({ subject: 'Unheard-of root' });
  const shows = await unheardOf.issue(wish(LYON));
  const sends = [shows, unheardOf];
  lyon = await EjabberdPeer.open({ domain: LYON, shows, sends, people: ['claire'] }, root, 'dialback');
  dns = await NameServer.open([
    { domain: BERLIN, starttls: berlin.ports.s2s },
    { domain: TOKYO, starttls: tokyo.ports.s2s },
    { domain: PARIS, starttls: paris.ports.tcp },
    { domain: LYON, starttls: lyon.ports.tcp },
  ]);
}, 180_000);

afterAll(async () => {
  await Promise.all([berlin?.close(), tokyo?.close(), paris?.close(), lyon?.close()]);
  await dns?.close();
});

/** A call is made behind the back of who waits for it: asked about until it is known, for as long as a call may take. */
async function shown(office: Office, domain: string, isEnough: (peer: ShownPeer) => boolean): Promise<ShownPeer> {
  for (const end = performance.now() + FIRST_WITHIN_MS; ; await wait(250)) {
    const peer = await office.peer(domain);
    if (isEnough(peer) || performance.now() > end) return peer;
  }
}

// XEP-0220
describe.each([
  ['Prosody', PARIS, 'self-signed', () => paris.login('jean', PARIS, 'desk')],
  ['ejabberd', LYON, 'untrusted-root', () => lyon.login('claire', LYON, 'desk')],
] as const)('%s, whose certificate nobody vouches for,', (_, domain, code, login) => {
  it('is believed by dialback where the settings allow that, both ways', async () => {
    const [ada, other] = [await berlin.login('ada', `to-${domain}`), await login()];
    ada.send(chat(other.jid, 'by dialback'));
    expect((await other.next(says('by dialback'), FIRST_WITHIN_MS)).attrs['from']).toBe(ada.jid);
    other.send(chat(ada.jid, 'and back'));
    expect((await ada.next(says('and back'), FIRST_WITHIN_MS)).attrs['from']).toBe(other.jid);
    for (const client of [ada, other]) client.close();
  });

  it('has a line that is up then', async () => {
    const [{ state, attempts } = NO_LINE] = (await berlin.peer(domain)).lines;
    expect([state, ...attempts.map(({ stage, code }) => `${stage} ${code}`)]).toEqual(['up', 'ready ok']);
  });

  // A fault of ours: the gateway notes what is wrong with the certificate before it knows that dialback may do instead.
  it('does not stand among those who were turned away', async () => {
    expect((await berlin.peer(domain)).turnedAway).toEqual([]);
  });

  it('gets not a word where the settings do not: its page says what its certificate lacks', async () => {
    const [yuki, other] = [await tokyo.login('yuki', `to-${domain}`), await login()];
    yuki.send(chat(other.jid, 'not without a certificate'));
    const { lines } = await shown(tokyo, domain, ({ lines }) => (lines[0]?.attempts.length ?? 0) > 0);
    const [{ state, attempts } = NO_LINE] = lines;
    expect([state, attempts.length > 0]).toEqual(['calling', true]);
    expect(new Set(attempts.map(({ stage, code }) => `${stage} ${code}`))).toEqual(new Set([`certificate ${code}`]));
    expect(other.received.filter(says('not without a certificate'))).toEqual([]);
    for (const client of [yuki, other]) client.close();
  });

  it('is not let in there either, and its people are told so', async () => {
    const [yuki, other] = [await tokyo.login('yuki', `from-${domain}`), await login()];
    other.send(chat(yuki.jid, 'let me in'));
    const refused = await other.next(isError('message'), FIRST_WITHIN_MS);
    expect(refused.attrs['from']).toBe(yuki.jid);
    const { turnedAway } = await shown(tokyo, domain, ({ turnedAway }) => turnedAway.length > 0);
    expect(new Set(turnedAway.map((one) => one.code))).toEqual(new Set([code]));
    expect(yuki.received.filter(says('let me in'))).toEqual([]);
    for (const client of [yuki, other]) client.close();
  });
});
