import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import tls from 'node:tls';
import type { S2sOutStream } from '@interoffice/stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLIENT_AUTH, SERVER_AUTH, type TestCertificate, testRoot } from '../../support/certificates.js';
import { StageServer } from '../../support/s2s-stage.js';
import { NameServer } from './name-server.js';
import { Office, openTo } from './office.js';

const BERLIN = 'berlin.example';
/** Small here; the campaign renews a hundred times under two hundred streams. */
const STREAMS = 40;
const RENEWALS = 3;
const USED_WITHIN_MS = 5_000;

let root: TestCertificate;
let authority: TestCertificate;
let berlin: Office;
let dns: NameServer;
const renewed = (): Promise<TestCertificate> =>
  authority.issue({ names: { dns: [BERLIN, `gate.${BERLIN}`] }, purposes: [SERVER_AUTH, CLIENT_AUTH] });

beforeAll(async () => {
  root = await testRoot();
  authority = await root.authority();
  dns = await NameServer.open([{ domain: BERLIN }]);
  berlin = await Office.open({
    domain: BERLIN,
    shows: await renewed(),
    trusts: root,
    people: [],
    gatewaysApart: 1,
    federation: openTo('*.peers.example'),
  });
}, 180_000);

afterAll(async () => {
  await berlin?.close();
  await dns?.close();
});

/** The serial number of what the gateway shows to who comes now. */
async function shown(): Promise<string> {
  const socket = tls.connect({
    host: '127.0.0.1',
    port: berlin.ports.s2sTls,
    servername: BERLIN,
    ALPNProtocols: ['xmpp-server'],
    rejectUnauthorized: false,
  });
  await once(socket, 'secureConnect');
  const { serialNumber } = socket.getPeerX509Certificate()!;
  socket.destroy();
  return serialNumber;
}

describe('a certificate that is renewed', () => {
  it('is shown to whoever comes next, and drops none of the streams that are up', async () => {
    const wildcard = await authority.issue({
      names: { dns: ['*.peers.example'] },
      purposes: [SERVER_AUTH, CLIENT_AUTH],
    });
    const callBy = async (name: string) => {
      const peer = await StageServer.open({ domain: `${name}.peers.example`, shows: wildcard, trusts: [root] });
      const { stream } = await peer.call({ peer: BERLIN }, [{ port: berlin.ports.s2sTls, kind: 'tls' }]);
      return stream && { peer, stream };
    };
    // The server dials its gateway; until then nobody is let in.
    while ((await callBy('first')) === undefined) await wait(100);
    const streams: S2sOutStream[] = [];
    const peers: StageServer[] = [];
    for (let i = 0; i < STREAMS; i++) {
      const called = await callBy(`p${i}`);
      expect(called).toBeDefined();
      peers.push(called!.peer);
      streams.push(called!.stream);
    }
    const seen = new Set([await shown()]);
    for (let i = 0; i < RENEWALS; i++) {
      const next = await renewed();
      writeFileSync(path.join(berlin.home, 'key.pem'), await next.keyPem());
      writeFileSync(path.join(berlin.home, 'chain.pem'), next.chain.map(({ pem }) => pem).join(''));
      const { serialNumber } = new X509Certificate(next.pem);
      const began = performance.now();
      while ((await shown()) !== serialNumber && performance.now() - began < USED_WITHIN_MS) await wait(100);
      expect(await shown()).toBe(serialNumber);
      seen.add(serialNumber);
    }
    expect(seen.size).toBe(RENEWALS + 1);
    // The server lists what its gateway has shown it beside its own, and what peers showed who only came.
    const { items } = JSON.parse((await berlin.appliance.ctl(['cert', 'list', '--json'])).text) as { items: object[] };
    const [own, gateway, ...others] = items;
    expect([own, gateway]).toMatchObject([
      { whose: 'own' },
      // The gateway says itself what of all that is served its certificate does not name.
      {
        whose: 'gateway',
        domain: `gate.${BERLIN}`,
        state: 'incomplete',
        missing: expect.arrayContaining([`conference.${BERLIN}`]),
      },
    ]);
    expect(others).toHaveLength(STREAMS + 1);
    expect(others).toContainEqual(expect.objectContaining({ whose: 'peer', domain: 'p0.peers.example' }));
    expect(streams.filter(({ isReady }) => isReady)).toHaveLength(STREAMS);
    // They still carry: each peer is answered what it has been taken.
    for (const [i, stream] of streams.entries()) {
      const to = `nobody@${BERLIN}`;
      const words = Buffer.from(
        `<message from='a@p${i}.peers.example' to='${to}' type='headline'><body>hi</body></message>`,
      );
      stream.send(words, 0, words.length);
      stream.askForAck();
    }
    await Promise.all(peers.map((peer) => peer.hasAcknowledged(1)));
    for (const stream of streams) stream.end();
  }, 120_000);
});
