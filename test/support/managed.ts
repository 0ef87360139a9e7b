import { type Element, NS, xml } from '@interoffice/wire';
import { TestClient } from './client.js';

const SM = NS.streamManagement;
const isStanza = ({ name }: Element): boolean => name === 'message' || name === 'presence' || name === 'iq';

/** The client's side of stream management: its own counters, which it may lie about. XEP-0198 */
export class Managed {
  /** Stanzas received since the session began. */
  handled = 0;
  id = '';
  maxSeconds = 0;

  private constructor(public client: TestClient) {}

  /** Enables it on a client that is bound, and takes what came before. */
  static async enable(client: TestClient, attributes: Record<string, string> = { resume: 'true' }): Promise<Managed> {
    client.send(xml('enable', { xmlns: SM, ...attributes }));
    const enabled = await client.next((element) => element.is('enabled', SM));
    const managed = new Managed(client);
    managed.id = String(enabled.attrs['id'] ?? '');
    managed.maxSeconds = Number(enabled.attrs['max'] ?? 0);
    client.received = [];
    return managed;
  }

  /** Everything received until now, counted. `<r/>` and `<a/>` are left out. */
  take(): Element[] {
    const stanzas = this.client.received.splice(0).filter(isStanza);
    this.handled += stanzas.length;
    return stanzas;
  }

  bodies(): (string | null)[] {
    return this.take()
      .filter(({ name }) => name === 'message')
      .map((message) => message.getChildText('body'));
  }

  /** Acknowledges what was taken, or says something else. */
  acknowledge(h: number | string = this.handled): void {
    this.client.send(xml('a', { xmlns: SM, h: String(h) }));
  }

  /** What the server says it has handled. */
  async ask(): Promise<number> {
    this.client.received = this.client.received.filter((element) => !element.is('a', SM));
    this.client.send(xml('r', { xmlns: SM }));
    return this.answer();
  }

  async answer(): Promise<number> {
    const answer = await this.client.next((element) => element.is('a', SM));
    return Number(answer.attrs['h']);
  }

  /** On a client that has logged in and bound nothing: asks for the former stream and returns the answer. */
  async resume(client: TestClient, h: number = this.handled, id = this.id): Promise<Element> {
    client.send(xml('resume', { xmlns: SM, previd: id, h: String(h) }));
    const answer = await client.next((element) => element.is('resumed', SM) || element.is('failed', SM));
    if (answer.is('resumed', SM)) {
      client.jid = this.client.jid;
      this.client = client;
    }
    return answer;
  }
}
