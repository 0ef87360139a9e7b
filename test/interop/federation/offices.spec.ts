import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLIENT_AUTH, SERVER_AUTH, type TestCertificate, testRoot } from '../../support/certificates.js';
import { conversations } from './conversations.contract.js';
import { EjabberdPeer } from './ejabberd-peer.js';
import { NameServer } from './name-server.js';
import { Office, openTo } from './office.js';
import { ProsodyPeer } from './prosody-peer.js';
import { chat, isError } from './stanzas.js';

const BERLIN = 'berlin.example';
const TOKYO = 'tokyo.example';
const PARIS = 'paris.example';
const LYON = 'lyon.example';
const STRANGER = 'stranger.example';

let berlin: Office;
let tokyo: Office;
let paris: ProsodyPeer;
let lyon: EjabberdPeer;
let dns: NameServer;

beforeAll(async () => {
  const root = await testRoot();
  const authority = await root.authority();
  const shows = (domain: string): Promise<TestCertificate> =>
    authority.issue({
      names: { dns: [domain, `conference.${domain}`] },
      // ejabberd 24.12 lets no server in whose certificate is for servers only.
      purposes: [SERVER_AUTH, CLIENT_AUTH],
    });
  const office = async (domain: string, people: readonly string[], ...peers: readonly string[]): Promise<Office> =>
    Office.open({ domain, shows: await shows(domain), trusts: root, people, federation: openTo(...peers) });
  const withRooms = (domain: string): string[] => [domain, `conference.${domain}`];
  berlin = await office(BERLIN, ['ada', 'ben'], ...[TOKYO, PARIS, LYON].flatMap(withRooms));
  tokyo = await office(TOKYO, ['yuki'], ...withRooms(BERLIN));
  paris = await ProsodyPeer.open(
    [{ domain: PARIS, shows: await shows(PARIS), people: ['jean'], rooms: `conference.${PARIS}` }],
    root,
  );
  lyon = await EjabberdPeer.open(
    { domain: LYON, shows: await shows(LYON), people: ['claire'], rooms: `conference.${LYON}` },
    root,
  );
  const zones = [
    ...withRooms(BERLIN).map((domain) => ({ domain, starttls: berlin.ports.s2s })),
    // Only by direct TLS.
    ...withRooms(TOKYO).map((domain) => ({ domain, direct: tokyo.ports.s2sTls })),
    ...withRooms(PARIS).map((domain) => ({ domain, starttls: paris.ports.tcp })),
    ...withRooms(LYON).map((domain) => ({ domain, starttls: lyon.ports.tcp, direct: lyon.ports.tls })),
    { domain: STRANGER, starttls: paris.ports.tcp },
  ];
  dns = await NameServer.open(zones);
}, 180_000);

afterAll(async () => {
  await Promise.all([berlin?.close(), tokyo?.close(), paris?.close(), lyon?.close()]);
  await dns?.close();
});

/** The other side of each conversation: ours, and two that others made. */
describe.each([
  ['an office of ours', TOKYO, () => tokyo.login('yuki', 'desk')],
  ['Prosody', PARIS, () => paris.login('jean', PARIS, 'desk')],
  ['ejabberd', LYON, () => lyon.login('claire', LYON, 'desk')],
] as const)('with %s', (_, domain, login) => conversations({ office: () => berlin, domain, login }));

describe('policy', () => {
  it('refuses what no rule allows, to the sender with the reason, and calls nobody', async () => {
    const ben = await berlin.login('ben', 'desk');
    ben.send(chat(`somebody@${STRANGER}`, 'psst'));
    const refused = await ben.next(isError('message'));
    expect(refused.getChild('error')!.getChild('policy-violation')).toBeDefined();
    const id = String(refused.getChild('error')!.getChild('decision', 'urn:interoffice:policy:0')!.attrs['id']);
    const { text } = await berlin.appliance.ctl(['explain', 'decision', id, '--json']);
    expect(text).toContain(`no rule allows chat to ${STRANGER}`);
    ben.close();
  });

  it('lets no server in that no rule names', async () => {
    const jean = await paris.login('jean', PARIS, 'stray');
    jean.send(chat(`yuki@${TOKYO}`, 'let me in'));
    const refused = await jean.next(isError('message'), 20_000);
    expect(refused.attrs['from']).toBe(`yuki@${TOKYO}`);
    jean.close();
  });
});
