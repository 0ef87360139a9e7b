// People who go on talking whatever breaks, and what has become of what they said.
import { setTimeout as wait } from 'node:timers/promises';
import { type Element, xml } from '@interoffice/wire';
import type { TestClient } from '../../support/client.js';
import type { Office } from './office.js';

/** Milliseconds between two messages of one sender. */
const PACE_MS = 20;

/** Says one thing after another until it is told to stop; whatever becomes of its connection, it logs in again. */
export class Talker {
  readonly said: string[] = [];
  readonly refused: string[] = [];
  /** What its server said of its messages. */
  readonly told: string[] = [];
  #client: TestClient | undefined;
  #isFinished = false;

  constructor(
    private readonly office: Office,
    private readonly user: string,
    private readonly to: string,
  ) {}

  async talk(forMs: number): Promise<void> {
    const end = performance.now() + forMs;
    while (performance.now() < end && !this.#isFinished) {
      const text = `${this.user} ${this.said.length}`;
      try {
        const client = await this.#there();
        client.send(xml('message', { to: this.to, type: 'chat', id: text }, xml('body', {}, text)));
        // Answered behind the message: then it is recorded, or was refused.
        await client.ask(xml('iq', { type: 'get', to: this.office.domain }, xml('query', { xmlns: DISCO })));
        this.#note(client);
        this.said.push(text);
      } catch {
        // The server was killed. The same words under the same id again, as a client does that got no answer.
        this.#client?.close();
        this.#client = undefined;
        await wait(500);
      }
      await wait(PACE_MS);
    }
  }

  /** Resolves once its server has said so of its messages. */
  async hears(state: 'waiting' | 'handed-over'): Promise<void> {
    if (!this.told.includes(state)) await this.#client!.next((stanza) => isNotice(stanza, state), 60_000);
  }

  /** Says no more. */
  finish(): void {
    this.#isFinished = true;
  }

  close(): void {
    this.#client?.close();
  }

  /** What was sent last may have arrived without this being known: then it is among what was said. */
  settle(arrived: readonly string[]): string[] {
    const next = `${this.user} ${this.said.length}`;
    return arrived.at(-1) === next ? [...this.said, next] : this.said;
  }

  #note(client: TestClient): void {
    for (const stanza of client.received.splice(0)) {
      if (stanza.attrs['type'] === 'error') this.refused.push(stanza.toString());
      for (const state of ['waiting', 'handed-over']) {
        if (isNotice(stanza, state)) this.told.push(state);
      }
    }
  }

  async #there(): Promise<TestClient> {
    return (this.#client ??= await this.office.login(this.user, 'desk'));
  }
}

const DISCO = 'http://jabber.org/protocol/disco#info';
const isNotice = (stanza: Element, state: string): boolean =>
  stanza.getChild(state, 'urn:interoffice:waiting:0') !== undefined;
const bodyOf = (element: Element): string | undefined => element.getChildText('body') ?? undefined;

/** What the archive of somebody holds of somebody else, the oldest first. */
export async function archived(office: Office, user: string, other: string): Promise<string[]> {
  const client = await office.login(user, 'reader');
  const found: string[] = [];
  for (let after: string | undefined; ;) {
    const paging = xml('set', { xmlns: 'http://jabber.org/protocol/rsm' }, xml('max', {}, '250'));
    if (after !== undefined) paging.cnode(xml('after', {}, after));
    const form = xml(
      'x',
      { xmlns: 'jabber:x:data', type: 'submit' },
      xml('field', { var: 'FORM_TYPE', type: 'hidden' }, xml('value', {}, MAM)),
      xml('field', { var: 'with' }, xml('value', {}, other)),
    );
    const fin = await client.ask(xml('iq', { type: 'set' }, xml('query', { xmlns: MAM }, form, paging)));
    const results = client.received.splice(0).flatMap((element) => element.getChild('result', MAM) ?? []);
    for (const result of results) {
      const body = bodyOf(result.getChild('forwarded')!.getChild('message')!);
      if (body !== undefined) found.push(body);
    }
    const page = fin.getChild('fin', MAM)!;
    if (page.attrs['complete'] === 'true') break;
    after = page.getChild('set')!.getChildText('last')!;
  }
  await client.leave();
  return found;
}

const MAM = 'urn:xmpp:mam:2';

/** Until somebody's archive holds as many of somebody else's as were sent, or a minute has passed. */
export async function everythingIsThere(
  office: Office,
  count: number,
  [user, sender]: readonly [string, string],
): Promise<void> {
  for (let tries = 0; tries < 30; tries++) {
    if ((await archived(office, user, sender)).length >= count) return;
    await wait(2_000);
  }
}

/** What `interoffice peer receipts` says, once all but so many messages to the other office have one, or half a minute later. */
export async function receiptsOf(office: Office, other: string, without = 0): Promise<ReceiptReport> {
  for (let tries = 0; ; tries++) {
    const { text, complaints } = await office.appliance.ctl(['peer', 'receipts', other, '--json']);
    if (text === '') throw new Error(complaints);
    const report = JSON.parse(text) as ReceiptReport;
    if (report.receipted < report.messages - without && tries < 30) {
      await wait(1_000);
      continue;
    }
    process.stdout.write(
      `line: ${report.receipted} receipts for ${report.messages} messages of ${office.domain} to ${other}\n`,
    );
    return report;
  }
}

interface ReceiptReport {
  readonly messages: number;
  readonly receipted: number;
  readonly missing: readonly unknown[];
  readonly faults: readonly string[];
}
