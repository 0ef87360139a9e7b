import path from 'node:path';
import { type Said, ToldProcess } from './told-process.js';

export interface SlixmppOptions {
  readonly jid: string;
  readonly password: string;
  readonly port: number;
  /** File of the authority that the server's certificate must come from. */
  readonly ca: string;
  /** Answers every message by "re: " and the message. */
  readonly answers?: boolean;
}

type Event = 'online' | 'message' | 'friend' | 'refused' | 'stream-error' | 'gone';

/** python3-slixmpp, logged in over STARTTLS; slixmpp_chat.py beside this file is its half. */
export class Slixmpp {
  readonly #program: ToldProcess;

  constructor({ jid, password, port, ca, answers = false }: SlixmppOptions) {
    const script = path.join(import.meta.dirname, 'slixmpp_chat.py');
    const args = [script, jid, '--port', String(port), '--ca', ca, ...(answers ? ['--answer'] : [])];
    this.#program = new ToldProcess('/usr/bin/python3', args, { env: { ...process.env, XMPP_PASSWORD: password } });
  }

  /** The first thing it said that fits, also earlier. */
  heard(event: Event, fits?: (said: Said) => boolean, waitMs?: number): Promise<Said> {
    return this.#program.heard(event, fits, waitMs);
  }

  message(body: string): Promise<Said> {
    return this.heard('message', (said) => said['body'] === body);
  }

  /** How many messages came so far. */
  get received(): number {
    return this.#program.all('message').length;
  }

  send(to: string, body: string): void {
    this.#program.tell({ to, body });
  }

  /** Asks somebody to be a contact. The other one, if it is a Slixmpp, agrees and asks back. */
  befriend(contact: string, name: string, group: string): void {
    this.#program.tell({ contact, name, group });
  }

  async stop(): Promise<void> {
    await this.#program.stop();
  }
}
