// People of two offices in one room who go on talking whatever becomes of the line and of their servers.
import { setTimeout as wait } from 'node:timers/promises';
import { type Element, NS, parseTimestamp, xml } from '@interoffice/wire';
import type { TestClient } from '../../support/client.js';
import type { Office } from './office.js';
import { join } from './stanzas.js';

/** Something that one of them heard. */
export interface Heard {
  readonly text: string;
  /** When it came; as `performance.now()`. */
  readonly at: number;
}

/** Somebody in a room who says one thing after another and writes down what everybody says. */
export class RoomTalker {
  readonly said: string[] = [];
  readonly heard: Heard[] = [];
  readonly refused: string[] = [];
  #client: TestClient | undefined;

  constructor(
    private readonly office: Office,
    private readonly user: string,
    private readonly room: string,
  ) {}

  async enter(): Promise<void> {
    this.#client = await this.office.login(this.user, 'desk');
    await join(this.#client, this.room, this.user);
    this.note();
  }

  /** The room as it is, by who has made it. */
  async open(form: Element): Promise<void> {
    await this.#client!.ask(form);
  }

  async talk(forMs: number, everyMs: number): Promise<void> {
    const end = performance.now() + forMs;
    while (performance.now() < end) {
      const text = `${this.user} ${this.said.length}`;
      try {
        if (!this.#client) await this.enter();
        this.#client!.send(xml('message', { to: this.room, type: 'groupchat', id: text }, xml('body', {}, text)));
        // Answered behind the message by his own server: then it is recorded there, or was refused.
        const { domain } = this.office;
        await this.#client!.ask(xml('iq', { type: 'get', to: domain }, xml('query', { xmlns: NS.discoInfo })));
        this.said.push(text);
      } catch {
        // The server was killed: the same words under the same id again.
        this.#client?.close();
        this.#client = undefined;
        await wait(500);
      }
      this.note();
      await wait(everyMs);
    }
  }

  note(): void {
    const at = performance.now();
    for (const stanza of this.#client?.received.splice(0) ?? []) {
      const text = stanza.is('message') ? stanza.getChildText('body') : null;
      if (stanza.attrs['type'] === 'error') this.refused.push(stanza.toString());
      else if (typeof text === 'string' && stanza.attrs['type'] === 'groupchat') this.heard.push({ text, at });
    }
  }

  /** What the room's archive has, with the moments it gives, in the order in which it tells them. */
  async archived(): Promise<{ readonly text: string; readonly atMs: number }[]> {
    const client = this.#client!;
    const found: { text: string; atMs: number }[] = [];
    for (let after: string | undefined; ;) {
      const paging = xml('set', { xmlns: NS.rsm }, xml('max', {}, '250'));
      if (after !== undefined) paging.cnode(xml('after', {}, after));
      const fin = await client.ask(xml('iq', { type: 'set', to: this.room }, xml('query', { xmlns: NS.mam }, paging)));
      for (const element of client.received.splice(0)) {
        const forwarded = element.getChild('result', NS.mam)?.getChild('forwarded', NS.forward);
        const text = forwarded?.getChild('message')?.getChildText('body');
        const atMs = parseTimestamp(String(forwarded?.getChild('delay', NS.delay)?.attrs['stamp']));
        if (typeof text === 'string') found.push({ text, atMs: atMs! });
      }
      const page = fin.getChild('fin', NS.mam)!;
      if (page.attrs['complete'] === 'true') return found;
      after = page.getChild('set')!.getChildText('last')!;
    }
  }

  close(): void {
    this.#client?.close();
  }
}
