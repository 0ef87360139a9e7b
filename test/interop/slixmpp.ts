import path from 'node:path';
import { LineProcess } from './line-process.js';

export interface SlixmppOptions {
  readonly jid: string;
  readonly password: string;
  readonly port: number;
  /** File of the authority that the server's certificate must come from. */
  readonly ca: string;
  /** Answers every message by "re: " and the message. */
  readonly answers?: boolean;
}

interface Said {
  readonly event: 'online' | 'message' | 'friend' | 'refused' | 'stream-error' | 'gone';
  readonly [field: string]: unknown;
}

/** python3-slixmpp, logged in over STARTTLS; slixmpp_chat.py beside this file is its half. */
export class Slixmpp {
  readonly #program: LineProcess;

  constructor({ jid, password, port, ca, answers = false }: SlixmppOptions) {
    const script = path.join(import.meta.dirname, 'slixmpp_chat.py');
    const args = [script, jid, '--port', String(port), '--ca', ca, ...(answers ? ['--answer'] : [])];
    this.#program = new LineProcess('/usr/bin/python3', args, { env: { ...process.env, XMPP_PASSWORD: password } });
  }

  /** The first thing it said that fits, also earlier. */
  async heard(event: Said['event'], fits: (said: Said) => boolean = () => true, waitMs?: number): Promise<Said> {
    const parse = (line: string): Said => JSON.parse(line) as Said;
    const isWanted = (line: string): boolean => parse(line).event === event && fits(parse(line));
    return parse(await this.#program.line(isWanted, waitMs));
  }

  message(body: string): Promise<Said> {
    return this.heard('message', (said) => said['body'] === body);
  }

  /** How many messages came so far. */
  get received(): number {
    return this.#program.lines.filter((line) => (JSON.parse(line) as Said).event === 'message').length;
  }

  send(to: string, body: string): void {
    this.#program.write(`${JSON.stringify({ to, body })}\n`);
  }

  /** Asks somebody to be a contact. The other one, if it is a Slixmpp, agrees and asks back. */
  befriend(contact: string, name: string, group: string): void {
    this.#program.write(`${JSON.stringify({ contact, name, group })}\n`);
  }

  async stop(): Promise<void> {
    await this.#program.stop();
  }
}
