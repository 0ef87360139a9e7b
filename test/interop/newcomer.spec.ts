import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Chromium, type Watched } from '../browser/browser.js';
import { ChatPage } from '../browser/chat-page.js';
import { ConsolePage } from '../browser/console-page.js';
import { RunningAppliance } from './appliance.js';
import { LineProcess, run } from './line-process.js';
import { Profanity } from './profanity.js';
import { Slixmpp } from './slixmpp.js';

/** How many messages each side sends for the count by lane. */
const MANY = 150;

/**
 * A newcomer's first day: the demo that `npm start` runs, the people it prints, and clients of four different makers. The tests are steps of
 * one story and run in their order.
 */
describe('after the start of the demo, with the people it prints,', () => {
  let demo: RunningAppliance;
  let slixmpp: Slixmpp;
  let profanity: Profanity;
  let chromium: Chromium;
  let chat: Watched;
  const empty = mkdtempSync(path.join(tmpdir(), 'interop-empty-'));

  beforeAll(async () => {
    demo = await RunningAppliance.demo();
    const { jid, password } = demo.person('admin');
    slixmpp = new Slixmpp({ jid, password, port: demo.port('c2s'), ca: demo.ready.ca, answers: true });
    profanity = await Profanity.open(demo.ready.ca);
    chromium = await Chromium.open(demo.ready.ca);
  });
  afterAll(async () => {
    await Promise.all([slixmpp?.stop(), profanity?.close(), chromium?.close()]);
    await demo?.remove();
    rmSync(empty, { recursive: true, force: true });
  });

  const go = (role: string, authority: string, args: readonly string[]): LineProcess => {
    const { jid, password } = demo.person(role);
    const all = ['-u', jid, '-p', password, '-j', `localhost:${demo.port('c2s')}`, ...args];
    const env = { PATH: process.env['PATH'], HOME: empty, SSL_CERT_FILE: authority, SSL_CERT_DIR: empty };
    return new LineProcess('go-sendxmpp', all, { env });
  };

  it('the ready line names the addresses and an employee, an administrator and an officer', () => {
    expect(demo.ready).toMatchObject({ event: 'ready', domain: 'office.localhost' });
    expect(demo.ready.people?.map(({ role }) => role)).toEqual(['employee', 'admin', 'officer']);
    expect(demo.ready.chat).toBe(`https://localhost:${demo.port('https')}/chat/`);
  });

  it('python3-slixmpp logs in over STARTTLS with the certificate verified', async () => {
    expect(await slixmpp.heard('online')).toMatchObject({ tls: 'TLSv1.3' });
  });

  it('a client that trusts another authority does not log in', async () => {
    const sender = go('employee', '/dev/null', [demo.person('admin').jid]);
    sender.write('from one who does not trust');
    sender.endInput();
    await sender.ended;
    expect(sender.lines.join('\n') + sender.complaints).toContain('certificate signed by unknown authority');
    expect(slixmpp.received).toBe(0);
  });

  it('profanity and slixmpp exchange messages both ways', async () => {
    const { jid, password } = demo.person('officer');
    await profanity.login(jid, password, demo.port('c2s'));
    await profanity.types(`/msg ${demo.person('admin').jid} from profanity: Grüße`);
    await slixmpp.message('from profanity: Grüße');
    await profanity.shows('re: from profanity: Grüße');
    slixmpp.send(jid, 'from slixmpp: <&> 語');
    await profanity.shows('from slixmpp: <&> 語');
  });

  it('go-sendxmpp and slixmpp exchange messages both ways', async () => {
    const { jid } = demo.person('employee');
    const listening = go('employee', demo.ready.ca, ['-l']);
    const sender = go('employee', demo.ready.ca, [demo.person('admin').jid]);
    sender.write('from go-sendxmpp: Grüße');
    sender.endInput();
    expect(await sender.ended).toMatchObject({ code: 0 });
    await slixmpp.message('from go-sendxmpp: Grüße');
    slixmpp.send(jid, 'from slixmpp to Go: <&> 語');
    await listening.line((line) => line.endsWith('from slixmpp to Go: <&> 語'));
    await listening.stop();
  });

  it('the web chat sends to slixmpp and receives the answer', async () => {
    chat = await chromium.watch();
    const page = new ChatPage(chat.page);
    const { jid, password } = demo.person('employee');
    await page.login(demo.ready.chat, jid, password);
    await page.startChat(demo.person('admin').jid);
    await page.send('Is the Zeppelin invoice paid?');
    await slixmpp.message('Is the Zeppelin invoice paid?');
    await page.message('re: Is the Zeppelin invoice paid?').waitFor();
    slixmpp.send(jid, 'One more thing: 語');
    await page.message('One more thing: 語').waitFor();
  });

  it('of hundreds of messages of these clients at least 95 % take the fast lane', async () => {
    const { jid, password } = demo.person('officer');
    const other = new Slixmpp({ jid, password, port: demo.port('c2s'), ca: demo.ready.ca });
    await other.heard('online');
    for (let n = 0; n < MANY; n++) other.send(demo.person('admin').jid, `note ${n}`);
    await other.message(`re: note ${MANY - 1}`);
    const lanes = await demo.counted('interoffice_routing_lane_total', 'lane');
    const total = [...lanes.values()].reduce((sum, value) => sum + value, 0);
    const share = (lanes.get('fast') ?? 0) / total;
    process.stdout.write(
      `Messages by lane: ${JSON.stringify(Object.fromEntries(lanes))}, fast ${(share * 100).toFixed(1)} %\n`,
    );
    expect(total).toBeGreaterThanOrEqual(2 * MANY);
    expect(share).toBeGreaterThanOrEqual(0.95);
    await other.stop();
  });

  it('the officer finds both messages of the conversation in the console', async () => {
    const watched = await chromium.watch();
    const page = new ConsolePage(watched.page);
    const { jid, password } = demo.person('officer');
    await page.login(demo.ready.console, jid, password);
    const found = await page.searchArchive('zeppelin', 'Complaint 2026-17');
    await found.getByText('re: Is the Zeppelin invoice paid?').waitFor();
    expect(await found.count()).toBe(2);
    expect(watched).toMatchObject({ strangers: [], violations: [], errors: [] });
  });

  it('the officer finds them by interoffice archive search', async () => {
    const { jid, password } = demo.person('officer');
    const search = ['archive', 'search', '--as', jid, '--text', 'zeppelin', '--reason', 'Complaint 2026-17', '--json'];
    const { code, text, complaints } = await demo.ctl(search, password);
    expect({ code, complaints }).toEqual({ code: 0, complaints: '' });
    const { hits } = JSON.parse(text) as { hits: { body: string }[] };
    expect(hits.map(({ body }) => body).toSorted()).toEqual([
      'Is the Zeppelin invoice paid?',
      're: Is the Zeppelin invoice paid?',
    ]);
  });

  it('the page of the chat asks nothing of another host and keeps its Content-Security-Policy', () => {
    expect(chat).toMatchObject({ strangers: [], violations: [], errors: [] });
  });

  it('SIGTERM tells the clients and ends with exit code 0 within 10 seconds', async () => {
    const { code, seconds } = await demo.stop();
    expect(await slixmpp.heard('stream-error')).toMatchObject({ condition: 'system-shutdown' });
    expect(code).toBe(0);
    expect(seconds).toBeLessThan(10);
  });

  it('nothing is left of the demo on the system', async () => {
    const { text } = await run('ps', ['-eo', 'args']);
    expect(text.split('\n').filter((line) => line.includes(demo.dataDir))).toEqual([]);
  });
});
