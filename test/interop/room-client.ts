import path from 'node:path';
import { type Said, ToldProcess } from './told-process.js';

export interface RoomClientOptions {
  readonly jid: string;
  readonly password: string;
  readonly port: number;
  /** File of the authority that the server's certificate must come from. */
  readonly ca: string;
  /** The room that is meant where an order names none. */
  readonly room: string;
}

/** Somebody in chat rooms with a library of another maker, over STARTTLS; its half is a script beside this file. */
export class RoomClient {
  readonly jid: string;
  readonly #room: string;
  readonly #program: ToldProcess;

  private constructor(script: string, { jid, password, port, ca, room }: RoomClientOptions) {
    this.jid = jid;
    this.#room = room;
    const args = [path.join(import.meta.dirname, script), jid, '--port', String(port), '--ca', ca];
    const env = { ...process.env, XMPP_PASSWORD: password, PYTHONDONTWRITEBYTECODE: '1' };
    this.#program = new ToldProcess('/usr/bin/python3', args, { env });
  }

  static slixmpp(options: RoomClientOptions): RoomClient {
    return new RoomClient('slixmpp_room.py', options);
  }

  /** The library of Gajim. */
  static nbxmpp(options: RoomClientOptions): RoomClient {
    return new RoomClient('nbxmpp_room.py', options);
  }

  online(): Promise<Said> {
    return this.#program.heard('online');
  }

  /** Does one of the things the script can do, and gives what came of it. Rejects when the server refuses it. */
  async ask(order: string, fields: object = {}): Promise<Said> {
    const answer = await this.#program.ask({ do: order, room: this.#room, ...fields });
    if (answer.event === 'done') return answer;
    throw new Error(`${this.jid}: ${order} is refused: ${String(answer['condition'])}. ${String(answer['text'])}`);
  }

  /** The condition with which the server refuses it. */
  async refusal(order: string, fields: object = {}): Promise<unknown> {
    const answer = await this.#program.ask({ do: order, room: this.#room, ...fields });
    if (answer.event === 'done') throw new Error(`${this.jid}: ${order} is not refused.`);
    return answer['condition'];
  }

  /** The first thing that happened and looks like this, also earlier. */
  heard(event: string, like: Readonly<Record<string, unknown>> = {}): Promise<Said> {
    const given = Object.entries(like);
    const isLike = (said: Said): boolean =>
      given.every(([name, value]) => JSON.stringify(said[name]) === JSON.stringify(value));
    return this.#program.heard(event, isLike);
  }

  /** Everything of this kind that has happened. */
  all(event: string): Said[] {
    return this.#program.all(event);
  }

  /** Says it to all in the room, and waits until it is there. */
  async say(body: string): Promise<Said> {
    await this.ask('say', { body });
    return this.heard('said', { body });
  }

  async stop(): Promise<void> {
    await this.#program.stop();
  }
}
