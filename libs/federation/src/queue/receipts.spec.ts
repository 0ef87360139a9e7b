import { PeerCertificates } from '@interoffice/pki';
import { NS, serialize, xml } from '@interoffice/wire';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CLIENT_AUTH, SERVER_AUTH, type TestCertificate, testRoot } from '../../../../test/support/certificates.js';
import type { TestClient } from '../../../../test/support/client.js';
import { rule } from '../../../../test/support/rules.js';
import { ScriptedGateway } from '../../../../test/support/scripted-gateway.js';
import { DOMAIN, open, type Stage } from '../../../../test/support/stage.js';
import { stanzaOf } from './outgoing-bytes.js';
import { readReceipt, receiptElement, type Signer, signReceipt } from './receipt.js';

const OFFICE = 'tokyo.example';
const STRANGER = 'osaka.example';
const RULES = [rule({ id: 'offices', peers: [OFFICE, STRANGER], classes: ['chat', 'room', 'presence', 'iq'] })];

let root: TestCertificate;
let ours: Signer;
let theirs: Signer;
let strangers: Signer;
beforeAll(async () => {
  root = await testRoot();
  const authority = await root.authority();
  const signerOf = async (domain: string): Promise<Signer> => {
    const pair = await authority.issue({ names: { dns: [domain] }, purposes: [SERVER_AUTH, CLIENT_AUTH] });
    return { key: await pair.keyPem(), certificate: pair.chain.map(({ pem }) => pem).join('') };
  };
  [ours, theirs, strangers] = (await Promise.all([DOMAIN, OFFICE, STRANGER].map(signerOf))) as [Signer, Signer, Signer];
});

describe('receipts between offices', () => {
  let stage: Stage;
  let gateway: ScriptedGateway;
  let desk: TestClient;
  let stream: number;
  let certificates: PeerCertificates;
  beforeEach(async () => {
    certificates = new PeerCertificates({ authorities: [root.pem], lists: [] });
    const receipts = { signer: () => ours, certificates: () => certificates };
    stage = await open({ rules: RULES, offices: [OFFICE], receipts, now: Date.now() });
    gateway = new ScriptedGateway(stage);
    desk = await stage.online(await stage.account('romeo'), 'desk');
    await gateway.reaches(OFFICE);
    stream = gateway.opens(OFFICE);
  });
  afterEach(() => stage.close());

  const row = (n: number): string => n.toString(16).padStart(16, '0');
  const comes = (n: number, more = ''): void =>
    gateway.comes(
      stream,
      `<message from='yuki@${OFFICE}/desk' to='${desk.jid}' type='chat' id='m${n}'><body>${n}</body>${more}<office xmlns='${NS.office}' of='${OFFICE}' row='${row(n)}'/></message>`,
    );
  /** Receipts that have been sent, as they are on the line. */
  const sent = () =>
    gateway.sent.flatMap((stanza) => {
      const iq = stanzaOf(Buffer.from(stanza.slice(stanza.indexOf('<'))));
      const receipt = iq.getChild('receipt', NS.office);
      return receipt ? [{ iq, receipt: readReceipt(receipt, { by: String(iq.attrs['from']), of: OFFICE })! }] : [];
    });
  const answer = (iq: { attrs: Record<string, unknown> }, type = 'result'): void =>
    gateway.comes(stream, `<iq type='${type}' from='${OFFICE}' to='${DOMAIN}' id='${String(iq.attrs['id'])}'/>`);

  describe('are given', () => {
    it('for what is on record here, once it is, signed with the certificate of this office', async () => {
      for (const n of [1, 2, 3]) comes(n);
      await expect.poll(() => sent().length, { timeout: 5_000 }).toBe(1);
      const [{ iq, receipt } = expect.fail('none')] = sent();
      expect(receipt).toMatchObject({ by: DOMAIN, of: OFFICE, rows: [row(1), row(2), row(3)] });
      expect(stage.receipts.given).toHaveLength(1);
      answer(iq);
      await expect.poll(() => [...stage.receipts.confirmed]).toEqual([1]);
    });

    it('again when they were not confirmed, also after a restart, and for what a crash has left without one', async () => {
      comes(1);
      await expect.poll(() => sent().length, { timeout: 5_000 }).toBe(1);
      // The office could not keep it.
      answer(sent()[0]!.iq, 'error');
      stage.advance(2_000);
      await gateway.loses(OFFICE);
      await gateway.reaches(OFFICE);
      expect(sent().map(({ receipt }) => receipt.rows)).toEqual([[row(1)], [row(1)]]);
      stage.receipts.found = [
        Buffer.from(`<message><office xmlns='${NS.office}' of='${OFFICE}' row='${row(2)}'/></message>`),
        Buffer.from(`<message><office xmlns='${NS.office}' of='${DOMAIN}' row='${row(9)}'/></message>`),
      ];
      gateway.sent.length = 0;
      await stage.server.federation!.start();
      await expect.poll(() => sent().flatMap(({ receipt }) => receipt.rows), { timeout: 5_000 }).toContain(row(2));
      expect(sent().flatMap(({ receipt }) => receipt.rows)).not.toContain(row(9));
    });

    it('later when they cannot be kept, and none is sent that is not kept', async () => {
      stage.receipts.before = () => {
        throw new Error('the database is away');
      };
      comes(1);
      await expect
        .poll(() => stage.log.events.some(({ name }) => name === 'federation.receipts.unkept'), { timeout: 5_000 })
        .toBe(true);
      expect(sent()).toEqual([]);
      stage.receipts.before = () => undefined;
      await stage.server.federation!.stop();
      expect(stage.receipts.given.map(({ rows }) => rows)).toEqual([[row(1)]]);
    });

    it('neither to who is no office nor for what an author has written himself', async () => {
      const forged = `<office xmlns='${NS.office}' of='${OFFICE}' row='${row(77)}'/>`;
      comes(1, `<x xmlns='urn:example'>${forged}</x>`);
      const other = gateway.opens(STRANGER);
      gateway.comes(
        other,
        `<message from='kenji@${STRANGER}/x' to='${desk.jid}' type='chat' id='k'><body>k</body><office xmlns='${NS.office}' of='${STRANGER}' row='${row(5)}'/></message>`,
      );
      await expect.poll(() => sent().length, { timeout: 5_000 }).toBe(1);
      expect(stage.receipts.given.map(({ of, rows }) => [of, rows])).toEqual([[OFFICE, [row(1)]]]);
    });
  });

  it('are asked for by the id of the row: what people here write to an office has it', async () => {
    desk.send(xml('message', { to: `yuki@${OFFICE}`, type: 'chat', id: 'a' }, xml('body', {}, 'hello')));
    await stage.settled();
    const marked = gateway.sent.find((stanza) => stanza.includes('hello'))!;
    expect(marked).toContain(`<office xmlns='${NS.office}' of='${DOMAIN}' row='${stage.archive.rows.at(-1)!.id}'/>`);
  });

  // The mark is in the journal, and not in what its author sends again.
  it('change nothing in what is the same message: sent again after a crash it is on record once', async () => {
    const message = xml('message', { to: `yuki@${OFFICE}`, type: 'chat', id: 'once' }, xml('body', {}, 'hello again'));
    const juliet = await stage.account('juliet');
    (await stage.online(juliet, 'desk')).send(message);
    await stage.settled();
    // The first process is not stopped: it counts as crashed.
    const { database, archive, clock } = stage;
    const after = await open({ rules: RULES, offices: [OFFICE], database, archive, now: clock.now() });
    try {
      (await after.online(juliet, 'desk')).send(message);
      await after.settled();
      expect(archive.rows.filter(({ body }) => body === 'hello again')).toHaveLength(1);
    } finally {
      await after.close();
    }
  });

  describe('of other offices', () => {
    const said = () => ({ by: OFFICE, of: DOMAIN, atMs: Date.now(), rows: [row(1), row(2)] });
    let asked = 0;
    const give = async (receipt: Parameters<typeof receiptElement>[0], from = OFFICE): Promise<string | undefined> => {
      const over = from === OFFICE ? stream : gateway.opens(from);
      if (from !== OFFICE) await gateway.reaches(from);
      const id = `r${++asked}`;
      gateway.comes(
        over,
        `<iq type='set' from='${from}' to='${DOMAIN}' id='${id}'>${serialize(receiptElement(receipt))}</iq>`,
      );
      const find = () =>
        gateway.sent
          .map((text) => stanzaOf(Buffer.from(text.slice(text.indexOf('<')))))
          .find(({ attrs }) => attrs['id'] === id);
      await expect.poll(find).toBeDefined();
      const reply = find()!;
      return reply.attrs['type'] === 'result' ? undefined : reply.getChild('error')!.getChildElements()[0]!.getName();
    };

    it('are kept when they hold', async () => {
      expect(await give(signReceipt(said(), theirs))).toBeUndefined();
      expect(stage.receipts.got).toMatchObject([{ by: OFFICE, of: DOMAIN, rows: [row(1), row(2)] }]);
    });

    it('are refused when a row, the time or the signer is another', async () => {
      const good = signReceipt(said(), theirs);
      const bad = [
        { ...good, rows: [row(1), row(3)] },
        { ...good, atMs: good.atMs + 60_000 },
        { ...good, rows: good.rows.slice(1) },
        { ...good, signature: signReceipt(said(), strangers).signature },
        signReceipt(said(), strangers),
      ];
      for (const receipt of bad) expect(await give(receipt)).toBe('forbidden');
      expect(await give({ ...good, rows: ['no row'] })).toBe('bad-request');
      expect(stage.receipts.got).toEqual([]);
    });

    it('are each judged, however many of the same signer were good before', async () => {
      const good = signReceipt(said(), theirs);
      expect(await give(good)).toBeUndefined();
      expect(await give({ ...good, rows: [row(1), row(3)] })).toBe('forbidden');
      expect(await give(signReceipt(said(), strangers))).toBe('forbidden');
      // The certificate is good for weeks, not for ever.
      const after = { ...said(), atMs: Date.now() + 10 * 365 * 86_400_000 };
      expect(await give(signReceipt(after, theirs))).toBe('forbidden');
      // Nobody is trusted any more.
      certificates = new PeerCertificates({ authorities: [], lists: [] });
      expect(await give(signReceipt(said(), theirs))).toBe('forbidden');
      expect(stage.receipts.got).toHaveLength(1);
    });

    it('are taken from offices alone', async () => {
      const receipt = signReceipt({ ...said(), by: STRANGER }, strangers);
      expect(await give(receipt, STRANGER)).toBe('forbidden');
      expect(stage.receipts.got).toEqual([]);
    });
  });
});
