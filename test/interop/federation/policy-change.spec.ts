import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { S2sOutStream } from '@interoffice/stream';
import { xml } from '@interoffice/wire';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { CLIENT_AUTH, SERVER_AUTH, testRoot } from '../../support/certificates.js';
import type { TestClient } from '../../support/client.js';
import { S2sStage, StageServer } from '../../support/s2s-stage.js';
import { NameServer } from './name-server.js';
import { Office, openTo } from './office.js';
import { ownPort } from './ports.js';
import { chat, isError, says } from './stanzas.js';

const BERLIN = 'berlin.example';
const HONEST = 'honest.example';
const DENIED = 'denied.example';
const ENFORCED_WITHIN_MS = 5_000;
const stage = new S2sStage();

let berlin: Office;
let dns: NameServer;
let ada: TestClient;
/** Servers whose every stanza the test writes and reads, with the streams they have to Berlin. */
const peers = new Map<string, { readonly server: StageServer; stream: S2sOutStream }>();

beforeAll(async () => {
  const root = await testRoot();
  const authority = await root.authority();
  const shows = (domain: string): ReturnType<typeof authority.issue> =>
    authority.issue({ names: { dns: [domain] }, purposes: [SERVER_AUTH, CLIENT_AUTH] });
  const ports = { [HONEST]: ownPort(), [DENIED]: ownPort() };
  dns = await NameServer.open([
    { domain: BERLIN },
    ...Object.entries(ports).map(([domain, starttls]) => ({ domain, starttls })),
  ]);
  berlin = await Office.open({
    domain: BERLIN,
    shows: await shows(BERLIN),
    trusts: root,
    people: ['ada'],
    federation: openTo(HONEST, DENIED),
  });
  for (const [domain, port] of Object.entries(ports)) {
    const server = await StageServer.open({ domain, shows: await shows(domain), trusts: [root] });
    await stage.listen(server, { port });
    peers.set(domain, { server, stream: await callBy(server) });
  }
  ada = await berlin.login('ada', 'desk');
  ada.send(xml('presence'));
}, 180_000);

afterAll(async () => {
  ada?.close();
  await berlin?.close();
  await dns?.close();
});

async function callBy(server: StageServer): Promise<S2sOutStream> {
  for (;;) {
    const { stream } = await server.call({ peer: BERLIN }, [{ port: berlin.ports.s2sTls, kind: 'tls' }]);
    if (stream) return stream;
    await wait(100);
  }
}

/** Over the stream that is open, whatever has become of it. */
function write(domain: string, text: string): void {
  const words = `<message from='pat@${domain}/desk' to='ada@${BERLIN}' type='chat' id='${text}'><body>${text}</body></message>`;
  const bytes = Buffer.from(words);
  peers.get(domain)!.stream.send(bytes, 0, bytes.length);
}

const file = (): string => path.join(berlin.appliance.dataDir, 'interoffice.yaml');
const settings = (): string => readFileSync(file(), 'utf8');

// F-07
describe('rules that change while streams are open', () => {
  it('hold on them within five seconds: the denied peer’s are closed both ways and nothing of it is accepted, others’ stay', async () => {
    for (const domain of [DENIED, HONEST]) {
      write(domain, `before ${domain}`);
      await ada.next(says(`before ${domain}`), 20_000);
      ada.send(chat(`pat@${domain}`, `to ${domain}`));
      await peers.get(domain)!.server.has(1);
    }
    const { server, stream } = peers.get(DENIED)!;
    const [incoming] = server.streams;
    const began = performance.now();
    let written = 0;
    const writing = setInterval(() => write(DENIED, `flood ${(written += 1)}`), 20);
    writeFileSync(file(), settings().replace(`, "${DENIED}"`, ''));
    await vi.waitFor(() => expect([stream.isReady, incoming!.isOpen]).toEqual([false, false]), {
      timeout: ENFORCED_WITHIN_MS * 4,
      interval: 20,
    });
    const tookMs = performance.now() - began;
    clearInterval(writing);
    expect(written).toBeGreaterThan(0);
    expect(tookMs).toBeLessThan(ENFORCED_WITHIN_MS);
    // Through the same server and the same archive, behind all that the denied peer has written.
    write(HONEST, 'after');
    await ada.next(says('after'), 20_000);
    const accepted = heard('flood');
    const denied = peers.get(DENIED)!.server;
    write(DENIED, 'flood of the last');
    const { stream: again, attempts } = await denied.call({ peer: BERLIN }, [
      { port: berlin.ports.s2sTls, kind: 'tls' },
    ]);
    expect([again, attempts.at(-1)!.text]).toEqual([undefined, expect.stringContaining('may not talk')]);
    ada.send(chat(`pat@${DENIED}`, 'not sent'));
    const error = await ada.next(isError('message'), 20_000);
    const id = String(error.getChild('error')!.getChild('decision', 'urn:interoffice:policy:0')!.attrs['id']);
    expect(heard('flood')).toBe(accepted);
    expect(denied.received.filter((words) => words.includes('not sent'))).toEqual([]);
    const { text } = await berlin.appliance.ctl(['explain', 'decision', id]);
    expect(text).toContain('policy version: 2');
    expect(text).toContain('today: it would be refused by version 2');
    ada.send(chat(`pat@${HONEST}`, 'still'));
    await peers.get(HONEST)!.server.has(2);
    expect(peers.get(HONEST)!.stream.isReady).toBe(true);
  }, 120_000);

  it('do not hold while the file is broken, and that is an alarm; what is right again holds', async () => {
    const good = settings();
    writeFileSync(file(), good.replace('classes:', 'clases:'));
    await vi.waitFor(
      async () => {
        const { code, text } = await berlin.appliance.ctl(['status']);
        expect([code, text]).toMatchObject([
          1,
          expect.stringMatching(/policy: .*interoffice\.yaml:\d+: unknown key clases/),
        ]);
      },
      { timeout: 20_000, interval: 200 },
    );
    const check = await berlin.appliance.ctl(['policy', 'show', '--json']);
    expect(JSON.parse(check.text)).toMatchObject({ version: 2, rules: [{ peers: [HONEST] }] });
    write(HONEST, 'meanwhile');
    await ada.next(says('meanwhile'), 20_000);
    writeFileSync(file(), good.replace(`"${HONEST}"`, `"${HONEST}", "${DENIED}"`));
    const reloaded = await berlin.appliance.ctl(['policy', 'reload']);
    expect(reloaded.code).toBe(0);
    const asked = await berlin.appliance.ctl(['policy', 'ask', '--from', `ada@${BERLIN}`, '--to', `pat@${DENIED}`]);
    expect(asked.text).toContain('It passes by version 3');
  }, 120_000);
});

/** How many messages that begin so have come. */
function heard(text: string): number {
  return ada.received.filter((element) => element.getChildText('body')?.startsWith(text) === true).length;
}
