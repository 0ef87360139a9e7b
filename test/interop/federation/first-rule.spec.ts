import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { xml } from '@interoffice/wire';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { CLIENT_AUTH, SERVER_AUTH, type TestCertificate, testRoot } from '../../support/certificates.js';
import { S2sStage, StageServer } from '../../support/s2s-stage.js';
import { NameServer } from './name-server.js';
import { Office, openTo } from './office.js';
import { ownPort } from './ports.js';
import { chat, isError, says } from './stanzas.js';

const BERLIN = 'berlin.example';
const PARTNER = 'partner.example';
const stage = new S2sStage();
const port = ownPort();
let root: TestCertificate;
let berlin: Office;
let dns: NameServer;

const shows = (domain: string): Promise<TestCertificate> =>
  root.issue({ names: { dns: [domain] }, purposes: [SERVER_AUTH, CLIENT_AUTH] });

beforeAll(async () => {
  root = await testRoot();
  dns = await NameServer.open([{ domain: BERLIN }, { domain: PARTNER, starttls: port }]);
  berlin = await Office.open({
    domain: BERLIN,
    shows: await shows(BERLIN),
    trusts: root,
    people: ['ada'],
    federation: '',
  });
}, 180_000);
afterAll(async () => {
  await berlin?.close();
  await dns?.close();
});

// F-07
it('the first rule of a server that began without any holds without a restart, and with it other settings of peers', async () => {
  const partner = await StageServer.open({ domain: PARTNER, shows: await shows(PARTNER), trusts: [root] });
  await stage.listen(partner, { port });
  const calls = () => partner.call({ peer: BERLIN }, [{ port: berlin.ports.s2sTls, kind: 'tls' }]);
  const ada = await berlin.login('ada', 'desk');
  ada.send(xml('presence'));

  // Nothing listens, and nobody is called.
  expect((await calls()).attempts.at(-1)).toMatchObject({ code: 'refused' });
  ada.send(chat(`pat@${PARTNER}`, 'too soon'));
  const refused = await ada.next(isError('message'), 20_000);
  expect(refused.getChild('error')?.getChild('remote-server-not-found')).toBeDefined();

  const file = path.join(berlin.appliance.dataDir, 'interoffice.yaml');
  const settings = `${readFileSync(file, 'utf8')}${openTo(PARTNER)}\n`;
  const follows = async (text: string): Promise<void> => {
    writeFileSync(file, text);
    expect(await berlin.appliance.ctl(['policy', 'reload'])).toMatchObject({ code: 0 });
  };
  await follows(settings);
  const { stream } = await calls();
  ada.send(chat(`pat@${PARTNER}`, 'at last'));
  await partner.has(1);
  const words = (text: string): Buffer =>
    Buffer.from(`<message from='pat@${PARTNER}/x' to='ada@${BERLIN}' type='chat'><body>${text}</body></message>`);
  const hello = words('hello');
  stream!.send(hello, 0, hello.length);
  await ada.next(says('hello'), 20_000);

  // A key that is not the partner's: its streams end, and it is not let in again.
  await follows(`${settings}  peers: [{ domain: ${PARTNER}, keys: ["q83v"] }]\n`);
  await vi.waitFor(() => expect(stream!.isReady).toBe(false), { timeout: 20_000 });
  expect((await calls()).stream).toBeUndefined();
  expect((await berlin.peer(PARTNER)).turnedAway).toContainEqual(expect.objectContaining({ code: 'pin-mismatch' }));
  const { text } = await berlin.appliance.ctl(['policy', 'reload']);
  expect(text).toContain('The rules are those of before');
  ada.close();
}, 120_000);
